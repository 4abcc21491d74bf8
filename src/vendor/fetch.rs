//! Gets Flux's manifests: from a file, from the person's `flux`, or from its release by the person's
//! `curl`, which knows their proxies and certificates.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{Manifests, Origin, VendorError};
use crate::files::Disk;
use crate::spec::platform::Controller;

/// Where Flux publishes the manifests of a version (with or without `v`).
#[must_use]
pub fn release_url(version: &str) -> String {
    let version = version.strip_prefix('v').unwrap_or(version);
    format!("https://github.com/fluxcd/flux2/releases/download/v{version}/install.yaml")
}

/// Gets the manifests of a version with these controllers and proves them. Without a file they come
/// from `flux`, and without a `flux` on the PATH from its release.
///
/// # Errors
/// See [`VendorError`].
pub fn fetch(
    version: &str,
    controllers: &[Controller],
    from: Option<&Path>,
) -> Result<Manifests, VendorError> {
    let (origin, bytes) = match from {
        Some(path) => (Origin::File(path.to_owned()), read(path)?),
        None => match export(version, controllers)? {
            Some(bytes) => (Origin::Flux, bytes),
            None => {
                let url = release_url(version);
                let bytes = download(&url)?;
                (Origin::Release(url), bytes)
            }
        },
    };
    Manifests::prove(origin, bytes, version, controllers)
}

fn read(path: &Path) -> Result<Vec<u8>, VendorError> {
    let failed = |source| VendorError::File { path: path.to_owned(), source };
    let limit = Disk::LIMIT;
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > limit {
        return Err(VendorError::TooLarge { path: path.to_owned(), size, limit });
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// What `flux install --export` prints; nothing without a `flux`.
fn export(version: &str, controllers: &[Controller]) -> Result<Option<Vec<u8>>, VendorError> {
    let arguments = flux_arguments(version, controllers);
    let Some(output) = run("flux", &arguments)? else { return Ok(None) };
    if output.status.success() {
        return Ok(Some(output.stdout));
    }
    Err(VendorError::Flux { arguments: arguments.join(" "), words: words(&output) })
}

fn flux_arguments(version: &str, controllers: &[Controller]) -> Vec<String> {
    let version = version.strip_prefix('v').unwrap_or(version);
    // `flux` takes the image controllers as extra ones only.
    let (extra, usual): (Vec<&str>, Vec<&str>) = controllers
        .iter()
        .map(|controller| controller.as_str())
        .partition(|name| name.starts_with("image-"));
    let mut arguments = vec![
        "install".to_owned(),
        "--export".to_owned(),
        format!("--version=v{version}"),
        format!("--components={}", usual.join(",")),
    ];
    if !extra.is_empty() {
        arguments.push(format!("--components-extra={}", extra.join(",")));
    }
    arguments
}

fn download(url: &str) -> Result<Vec<u8>, VendorError> {
    let limit = Disk::LIMIT.to_string();
    let arguments = [
        "--fail",
        "--silent",
        "--show-error",
        "--location",
        "--proto",
        "=https",
        "--proto-redir",
        "=https",
        "--connect-timeout",
        "20",
        "--max-time",
        "300",
        "--max-filesize",
        &limit,
        url,
    ];
    let Some(output) = run("curl", &arguments)? else {
        return Err(VendorError::NoTool { url: url.to_owned() });
    };
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(VendorError::Download { url: url.to_owned(), words: words(&output) })
}

/// Runs a program to its end; nothing if there is none of that name.
fn run(
    program: &'static str,
    arguments: &[impl AsRef<std::ffi::OsStr>],
) -> Result<Option<Output>, VendorError> {
    match Command::new(program).args(arguments).stdin(Stdio::null()).output() {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(VendorError::Start { program, source }),
    }
}

fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    match said.trim() {
        "" => output.status.to_string(),
        said => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn image_controllers_are_asked_for_as_extra_ones() {
        assert_eq!(
            flux_arguments("2.9.4", &Controller::ALL).join(" "),
            "install --export --version=v2.9.4 \
             --components=source-controller,kustomize-controller,helm-controller,notification-controller \
             --components-extra=image-reflector-controller,image-automation-controller"
        );
        let two = [Controller::SourceController, Controller::KustomizeController];
        assert_eq!(
            flux_arguments("v2.9.4", &two).join(" "),
            "install --export --version=v2.9.4 --components=source-controller,kustomize-controller"
        );
    }

    #[test]
    fn releases_are_fetched_over_https_alone() {
        assert_eq!(
            release_url("2.9.4"),
            "https://github.com/fluxcd/flux2/releases/download/v2.9.4/install.yaml"
        );
    }

    #[test]
    fn a_file_beyond_the_bound_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(100 << 20).unwrap();
        let error = fetch("2.9.4", &[], Some(file.path())).unwrap_err();
        assert!(matches!(error, VendorError::TooLarge { size: 104_857_600, .. }), "{error}");
        let error = fetch("2.9.4", &[], Some(Path::new("not-there.yaml"))).unwrap_err();
        assert!(error.to_string().starts_with("`not-there.yaml` cannot be read: "), "{error}");
    }
}
