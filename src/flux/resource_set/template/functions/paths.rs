//! Functions of paths, as of Go's `path`. Those of the machine's own paths do the same: flux-operator runs on Linux.

use super::Kind::Text;
use super::{Function, Value, fixed};

pub(super) const TABLE: &[Function] = &[
    fixed("base", &[Text], |heap, mut args| heap.text(base(&args.text()))),
    fixed("dir", &[Text], |heap, mut args| heap.text(dir(&args.text()))),
    fixed("clean", &[Text], |heap, mut args| heap.text(clean(&args.text()))),
    fixed("ext", &[Text], |heap, mut args| heap.text(ext(&args.text()))),
    fixed("isAbs", &[Text], |_, mut args| Ok(Value::Bool(args.text().starts_with('/')))),
    fixed("osBase", &[Text], |heap, mut args| heap.text(base(&args.text()))),
    fixed("osDir", &[Text], |heap, mut args| heap.text(dir(&args.text()))),
    fixed("osClean", &[Text], |heap, mut args| heap.text(clean(&args.text()))),
    fixed("osExt", &[Text], |heap, mut args| heap.text(ext(&args.text()))),
    fixed("osIsAbs", &[Text], |_, mut args| Ok(Value::Bool(args.text().starts_with('/')))),
];

fn base(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/".to_owned(),
        Some(last) => last.to_owned(),
    }
}

fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |at| &path[..=at]))
}

fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => drop(parts.pop()),
                _ if absolute => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

fn ext(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rfind('.').map_or("", |at| &last[at..]).to_owned()
}
