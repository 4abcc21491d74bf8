//! Paths as Go's `path` and, on the systems that kustomize builds are compared on, `path/filepath`
//! have them: texts with `/`, worked on without a look at any disk.

/// `filepath.Clean`: the shortest path that means the same. `""` becomes `.`.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// `filepath.Join`: the parts that are not empty, joined and cleaned; `""` if there is none.
pub(crate) fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { String::new() } else { clean(&parts.join("/")) }
}

/// `filepath.Base`: the last part of a path, `.` for an empty one and `/` for the root.
pub(crate) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return "/";
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

/// `filepath.Dir`: all but the last part, cleaned.
pub(crate) fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, cleaned) in [
            ("", "."),
            (".", "."),
            ("./a", "a"),
            ("a/", "a"),
            ("a//b/./c", "a/b/c"),
            ("a/b/..", "a"),
            ("a/..", "."),
            ("../../a", "../../a"),
            ("a/../../b", "../b"),
            ("/..", "/"),
            ("/../a", "/a"),
            ("/", "/"),
            ("//a", "/a"),
            ("...", "..."),
        ] {
            assert_eq!(clean(path), cleaned, "{path:?}");
        }
    }

    #[test]
    fn paths_are_joined_and_taken_apart_as_go_does() {
        assert_eq!(join(&["a", "", "../b"]), "b");
        assert_eq!(join(&["", ""]), "");
        assert_eq!(join(&["/a", "/b"]), "/a/b");
        assert_eq!((base(""), base("///"), base("a/b/"), base("b")), (".", "/", "b", "b"));
        for (path, parent) in
            [("", "."), ("a", "."), ("a/b", "a"), ("a/b/", "a/b"), ("/a", "/"), ("/", "/")]
        {
            assert_eq!(dir(path), parent, "{path:?}");
        }
    }
}
