//! Files that git keeps in another form than they lie on the disk: encrypted, as a pointer, in another encoding.
//!
//! libgit2 turns line endings and knows no filters. To commit such a file as it lies could publish what is to be encrypted,
//! so `git` makes the object then.

use std::path::Path;

use git2::{AttrCheckFlags, AttrValue, Oid};

use super::program::{Call, text};
use super::{GitError, Repository};
use crate::path::RepoPath;

impl Repository {
    /// The object of a file that a filter applies to; nothing where none does.
    pub(super) fn filtered(&self, path: &RepoPath, full: &Path) -> Result<Option<Oid>, GitError> {
        let attribute = |name: &str| {
            let value = self.inner.get_attr(full, name, AttrCheckFlags::FILE_THEN_INDEX);
            let value = value.map_err(GitError::reading)?;
            Ok::<_, GitError>(match AttrValue::from_string(value) {
                AttrValue::String(value) => Some(value.to_owned()),
                _ => None,
            })
        };
        let settings = self.settings()?;
        let filter = attribute("filter")?.filter(|name| {
            ["clean", "process"]
                .iter()
                .any(|kind| settings.get(&format!("filter.{name}.{kind}")).is_some())
        });
        if filter.is_none() && attribute("working-tree-encoding")?.is_none() {
            return Ok(None);
        }
        let output = Call::new(self.workdir(), "applying the filters of `.gitattributes`")
            .args(["hash-object", "-w", "--"])
            .args([full])
            .output()?;
        let id = text(&output.stdout);
        match Oid::from_str(id.trim()) {
            Ok(id) if output.status.success() => Ok(Some(id)),
            _ => Err(GitError::Filter {
                path: path.clone(),
                words: self.redaction().apply(text(&output.stderr).trim()),
            }),
        }
    }
}
