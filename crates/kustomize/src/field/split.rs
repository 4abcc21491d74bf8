//! Paths as text, split into their parts.

/// Splits a path at a delimiter, of which one may stand first; `\` before it keeps it in the part.
pub fn split_path(path: &str, delimiter: char) -> Vec<String> {
    let mut pieces = path.split(delimiter);
    let first = pieces.next().unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    if !first.is_empty() || !path.contains(delimiter) {
        parts.push(first.to_owned());
    }
    for piece in pieces {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(delimiter);
                last.push_str(piece);
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    parts
}

/// Splits a path at its dots as [`split_path`] does, except inside of brackets that stand at the start of
/// a part. Brackets around a part with dots and without `=` go: `[a.b]` is the field `a.b`.
pub fn smarter_split_path(path: &str) -> Vec<String> {
    let mut result = Vec::new();
    let mut pieces = split_path(path, '.').into_iter();
    while let Some(mut part) = pieces.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            result.push(part);
            continue;
        }
        for piece in pieces.by_ref() {
            part.push('.');
            part.push_str(&piece);
            if piece.ends_with(']') {
                break;
            }
        }
        if part.contains('=') {
            result.push(part);
        } else {
            result.push(part.trim_matches(['[', ']']).to_owned());
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_at_delimiters_without_a_backslash() {
        for (path, parts) in [
            ("a/b", &["a", "b"][..]),
            ("/a/b", &["a", "b"]),
            ("", &[""]),
            ("/", &[""]),
            ("a//b", &["a", "", "b"]),
            (
                r"metadata/annotations/acme.dev\/x/y",
                &["metadata", "annotations", "acme.dev/x", "y"],
            ),
            (r"a\/b\/c", &["a/b/c"]),
        ] {
            assert_eq!(split_path(path, '/'), parts, "{path}");
        }
    }

    #[test]
    fn dots_in_brackets_do_not_split() {
        for (path, parts) in [
            (
                "spec.containers.[name=a.b].image",
                &["spec", "containers", "[name=a.b]", "image"][..],
            ),
            ("metadata.annotations.[a.b/c]", &["metadata", "annotations", "a.b/c"]),
            ("metadata.annotations.[plain]", &["metadata", "annotations", "[plain]"]),
            ("a.[b.c", &["a", "b.c"]),
            ("a.[b=c.d", &["a", "[b=c.d"]),
            (r"data.a\.b", &["data", "a.b"]),
            (".a", &["a"]),
        ] {
            assert_eq!(smarter_split_path(path), parts, "{path}");
        }
    }
}
