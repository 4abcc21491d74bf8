//! `$(NAME)` in text, as kustomize expands it.
//!
//! `$$` stands for one dollar; a dollar before anything else, a `$(` without its `)`, and names that mean
//! nothing stay as they are. What was put in is not expanded again.

use std::borrow::Cow;

use base64::Engine as _;

/// What a text becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expanded<V> {
    /// A text that is one reference and nothing else becomes the value, of whatever type.
    Whole(V),
    /// Text.
    Text(String),
}

/// Expands the references in a text. The function gives the value of a name, and how it is written within
/// text; `None` leaves the reference. Nothing comes back of a text that becomes longer than the limit.
pub(super) fn expand<V>(
    text: &str,
    mut value: impl FnMut(&str) -> Option<V>,
    written: impl Fn(&V) -> Cow<'_, str>,
    limit: usize,
) -> Option<Expanded<V>> {
    // kustomize goes by bytes, and tears a character apart that follows a dollar.
    let bytes = text.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'$' || at + 1 == bytes.len() {
            at += 1;
            continue;
        }
        out.extend_from_slice(&bytes[copied..at]);
        let end = match bytes[at + 1] {
            b'$' => {
                out.push(b'$');
                at + 2
            }
            b'(' => match text[at + 2..].find(')') {
                Some(length) => {
                    let name = &text[at + 2..at + 2 + length];
                    let end = at + 3 + length;
                    match value(name) {
                        Some(value) if at == 0 && end == bytes.len() => {
                            return Some(Expanded::Whole(value));
                        }
                        Some(value) => out.extend_from_slice(written(&value).as_bytes()),
                        None => out.extend_from_slice(&bytes[at..end]),
                    }
                    end
                }
                None => {
                    out.extend_from_slice(b"$(");
                    at + 2
                }
            },
            other => {
                out.push(b'$');
                let mut buffer = [0; 4];
                out.extend_from_slice(char::from(other).encode_utf8(&mut buffer).as_bytes());
                at + 2
            }
        };
        at = end;
        copied = end;
        if out.len() > limit {
            return None;
        }
    }
    out.extend_from_slice(&bytes[copied..]);
    Some(Expanded::Text(go_string(out)))
}

/// Bytes as go-yaml makes a string of them: what is no UTF-8 becomes base64, in lines.
fn go_string(bytes: Vec<u8>) -> String {
    const LINE: usize = 70;
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let encoded = base64::engine::general_purpose::STANDARD.encode(error.as_bytes());
            if encoded.len() < LINE {
                return encoded;
            }
            let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
            let mut rest = encoded.as_str();
            while !rest.is_empty() {
                let (line, after) = rest.split_at(LINE.min(rest.len()));
                lines.push_str(line);
                lines.push('\n');
                rest = after;
            }
            lines
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Expanded<String> {
        let value = |name: &str| match name {
            "" => Some("empty".to_owned()),
            "A" => Some("a".to_owned()),
            "B" => Some("$(A)".to_owned()),
            _ => None,
        };
        expand(text, value, |value| Cow::Borrowed(value.as_str()), 1 << 20).expect("is short")
    }

    #[test]
    fn references_are_expanded_once() {
        for (text, result) in [
            ("x-$(A)-$(B)-$(C)", "x-a-$(A)-$(C)"),
            ("$(A)$(A)", "aa"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$a"),
            ("$$$$(A)", "$$(A)"),
            ("$", "$"),
            ("$$", "$"),
            ("x$", "x$"),
            ("$A", "$A"),
            ("$(A", "$(A"),
            ("$(A $(A)", "$(A $(A)"),
            ("$($(A))", "$($(A))"),
            ("x$()", "xempty"),
            ("$(C)", "$(C)"),
            ("", ""),
            ("no", "no"),
        ] {
            assert_eq!(expanded(text), Expanded::Text(result.to_owned()), "{text}");
        }
        assert_eq!(expanded("$(A)"), Expanded::Whole("a".to_owned()));
        assert_eq!(expanded("$()"), Expanded::Whole("empty".to_owned()));
    }

    #[test]
    fn a_text_that_becomes_longer_than_the_limit_is_given_up() {
        let value = |_: &str| Some("x".repeat(100));
        let expand = |text: &str, limit| {
            expand(text, value, |value| Cow::Borrowed(value.as_str()), limit).is_some()
        };
        assert!(expand("-$(A)-$(A)", 300));
        assert!(!expand("-$(A)-$(A)", 150));
    }

    #[test]
    fn a_character_after_a_dollar_is_torn_apart_and_becomes_base64() {
        assert_eq!(expanded("$é"), Expanded::Text("JMOD qQ==".replace(' ', "")));
        let Expanded::Text(long) = expanded(&format!("$é{}", "x".repeat(60))) else {
            panic!("is text");
        };
        assert_eq!(long.lines().map(str::len).collect::<Vec<_>>(), [70, 18]);
        assert!(long.ends_with('\n'));
    }
}
