//! How our engine is called. Nothing else of the fuzzer knows it.

use std::path::Path;

use kustomize::{DiskFiles, LoadRestrictor, Options};

/// The output of our build of a folder within a root, or what is wrong with it.
pub(super) fn build(
    root: &Path,
    folder: &str,
    unrestricted: bool,
) -> Option<Result<String, String>> {
    let mut options = Options::default();
    if unrestricted {
        options.load_restrictor = LoadRestrictor::None;
    }
    let folder = root.join(folder);
    let built = kustomize::build(&DiskFiles::new(), &folder.to_string_lossy(), &options);
    Some(built.map(|built| built.to_yaml()).map_err(|failure| failure.to_string()))
}
