//! What only a disk has: pipes, devices, rights, links, names that are no text.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use kustomize::{DiskFiles, Files, Options, build};

use super::{CONFIG_MAP, timed};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("kustomize-bad-{}-{name}", std::process::id());
        let path = std::env::temp_dir().canonicalize().unwrap().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn build(&self, files: &DiskFiles, folder: &Path) -> Result<String, String> {
        let built = timed(|| build(files, folder.to_str().unwrap(), &Options::default()));
        built.map(|built| built.to_yaml()).map_err(|failure| {
            let place = failure.sources.place(failure.error.span, files);
            let path = place.map(|place| place.path).unwrap_or_default();
            format!("{}: {failure}", path.strip_prefix(self.0.to_str().unwrap()).unwrap_or(&path))
        })
    }

    fn refused(&self) -> String {
        self.build(&DiskFiles::new(), &self.0).unwrap_err()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let folder = Folder::new("no-file");
    pipe(&folder.0.join("pipe"));
    let _socket = UnixListener::bind(folder.0.join("socket")).unwrap();
    symlink("/dev/zero", folder.0.join("zero")).unwrap();
    symlink("pipe", folder.0.join("link")).unwrap();
    for name in ["pipe", "socket", "zero", "link"] {
        for field in [
            format!("patches: [{{path: {name}}}]\n"),
            format!("configMapGenerator: [{{name: x, files: [{name}]}}]\n"),
            format!("configMapGenerator: [{{name: x, envs: [{name}]}}]\n"),
            format!("openapi: {{path: {name}}}\n"),
        ] {
            folder.write("kustomization.yaml", &field);
            let refused = folder.refused();
            let expected = format!("/kustomization.yaml: `{name}` cannot be read: it is a pipe");
            assert!(refused.starts_with(&expected), "{refused}");
        }
        folder.write("kustomization.yaml", &format!("resources: [{name}]\n"));
        assert!(folder.refused().starts_with("/kustomization.yaml: "), "{}", folder.refused());
    }
    fs::remove_file(folder.0.join("kustomization.yaml")).unwrap();
    pipe(&folder.0.join("kustomization.yaml"));
    assert!(folder.refused().contains("it is a pipe"), "{}", folder.refused());
}

#[test]
fn links_are_followed_within_and_refused_without() {
    let folder = Folder::new("links");
    folder.write("in/base/kustomization.yaml", "resources: [a.yaml]\n");
    folder.write("in/base/a.yaml", CONFIG_MAP);
    folder.write("out/kustomization.yaml", "resources: [a.yaml]\n");
    folder.write("out/a.yaml", CONFIG_MAP);
    for (link, target) in [
        ("app/to-file.yaml", "../../out/a.yaml"),
        ("app/to-folder", "../../out"),
        ("app/to-base", "../base"),
        ("app/nowhere.yaml", "nothing"),
        ("app/loop.yaml", "loop.yaml"),
        ("app/etc.yaml", "/etc/passwd"),
    ] {
        folder.write("in/app/kustomization.yaml", "");
        symlink(target, folder.0.join("in").join(link)).unwrap();
    }
    let app = folder.0.join("in/app");
    let within = DiskFiles::within(&folder.0.join("in")).unwrap();
    for (entry, whole, inside) in [
        ("to-base", None, None),
        ("to-folder", None, Some("leads out")),
        ("to-file.yaml", Some("lies outside"), Some("leads out")),
        ("etc.yaml", Some("lies outside"), Some("leads out")),
        ("to-folder/a.yaml", Some("lies outside"), Some("leads out")),
        ("nowhere.yaml", Some("there is no"), Some("there is no")),
        ("loop.yaml", Some("cannot be read"), Some("cannot be read")),
        ("../../../../../../../../etc/passwd", Some("lies outside"), Some("there is no")),
    ] {
        folder.write("in/app/kustomization.yaml", &format!("resources: [{entry}]\n"));
        for (built, expected) in [
            (folder.build(&DiskFiles::new(), &app), whole),
            (folder.build(&within, Path::new("/app")), inside),
        ] {
            match (&built, expected) {
                (Ok(_), None) => {}
                (Err(error), Some(part)) => {
                    assert!(
                        error.contains(part) && error.contains("/app/kustom"),
                        "{entry}: {error}"
                    );
                }
                _ => panic!("{entry}: {built:?}"),
            }
        }
    }
}

#[test]
fn names_and_rights_that_the_disk_has_are_no_surprise() {
    let folder = Folder::new("names");
    let odd = folder.0.join(OsStr::from_bytes(b"odd\xFF"));
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join("a.yaml"), CONFIG_MAP).unwrap();
    symlink(&odd, folder.0.join("link")).unwrap();
    folder.write("kustomization.yaml", "resources: [link/a.yaml]\n");
    assert!(folder.refused().contains("not UTF-8"), "{}", folder.refused());
    let long = "x".repeat(5000);
    folder.write("kustomization.yaml", &format!("resources: [{long}]\n"));
    assert!(folder.refused().starts_with("/kustomization.yaml: "));
    folder.write("secret.yaml", CONFIG_MAP);
    folder.write("kustomization.yaml", "resources: [secret.yaml]\n");
    let secret = folder.0.join("secret.yaml");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads what nobody may.
    if fs::read(&secret).is_err() {
        assert!(folder.refused().contains("cannot be read"), "{}", folder.refused());
    }
    assert!(DiskFiles::new().open("/\0").is_err());
    assert!(DiskFiles::within(&folder.0.join("nothing")).is_err());
}

#[test]
fn a_kustomization_file_may_be_a_link_and_there_may_be_one() {
    let folder = Folder::new("kustomization");
    folder.write("k", "resources: [a.yaml]\n");
    folder.write("a.yaml", CONFIG_MAP);
    symlink("k", folder.0.join("kustomization.yml")).unwrap();
    assert!(folder.build(&DiskFiles::new(), &folder.0).is_ok());
    folder.write("Kustomization", "resources: [a.yaml]\n");
    assert!(folder.refused().contains("more than one kustomization file"));
}

#[test]
fn files_that_change_while_they_are_read_are_read_as_they_are() {
    let folder = Folder::new("changes");
    folder.write("kustomization.yaml", "resources: [a.yaml]\n");
    let writer = {
        let path = folder.0.join("a.yaml");
        fs::write(&path, CONFIG_MAP).unwrap();
        std::thread::spawn(move || {
            for round in 0..200 {
                let text = format!("{CONFIG_MAP}data: {{x: \"{}\"}}\n", "y".repeat(round * 1000));
                fs::write(&path, text).unwrap();
            }
        })
    };
    while !writer.is_finished() {
        // Half a file is no object, or another one; a place in it need not be there any more.
        let _ = folder.build(&DiskFiles::new(), &folder.0);
    }
    writer.join().unwrap();
}
