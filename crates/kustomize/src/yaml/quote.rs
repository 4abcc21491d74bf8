//! The one form of a string that every YAML reader reads back as that very string.

use std::borrow::Cow;

use super::scalar::{self, Plain, legacy_bool};

/// A string as a YAML scalar on one line that go-yaml v2 and v3, libyaml and any reader of YAML 1.1
/// or 1.2 reads as the very same string, in every position: as a value in block or flow context, as
/// a key, after `- `. Plain where that is beyond doubt, in double quotes otherwise.
///
/// ```
/// use kustomize::yaml::quote_scalar;
///
/// assert_eq!(quote_scalar("ghcr.io/acme/app"), "ghcr.io/acme/app");
/// assert_eq!(quote_scalar("no"), "\"no\"");
/// assert_eq!(quote_scalar("1.20"), "\"1.20\"");
/// assert_eq!(quote_scalar("a: b # c\n"), "\"a: b # c\\n\"");
/// ```
pub fn quote_scalar(text: &str) -> Cow<'_, str> {
    if is_safe_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(double_quoted(text)) }
}

/// What a byte may do in a plain scalar.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    /// Never without quotes.
    Never,
    /// Anywhere.
    Letter,
    /// Anywhere, but text that starts so may be a number or a date.
    Number,
    /// Not first.
    Inner,
    /// Neither first nor last, and not beside a blank.
    Joint,
    /// Neither first nor last.
    Blank,
}

const fn classes() -> [Class; 256] {
    let mut table = [Class::Never; 256];
    let mut byte = 0;
    while byte < 256 {
        let class = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'/' => Class::Letter,
            b'0'..=b'9' | b'+' | b'-' | b'.' | b'_' => Class::Number,
            b'@' | b'%' | b'=' | b'~' | b'$' | b'(' | b')' | b'^' | b';' | b'<' => Class::Inner,
            b':' => Class::Joint,
            b' ' => Class::Blank,
            _ => Class::Never,
        };
        table[byte] = class;
        byte += 1;
    }
    table
}

static CLASSES: [Class; 256] = classes();

/// YAML forbids simple keys longer than 1024 characters when they are plain or quoted alike; long
/// text is nevertheless quoted, so that a plain one never looks like a key that is cut.
const LONGEST_PLAIN: usize = 512;

/// Whether every reader takes the text without quotes for that very string.
pub(super) fn is_safe_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    if bytes.len() > LONGEST_PLAIN {
        return false;
    }
    let first_class = CLASSES[first as usize];
    if !matches!(first_class, Class::Letter | Class::Number)
        || matches!(CLASSES[last as usize], Class::Joint | Class::Blank)
    {
        return false;
    }
    let mut before = Class::Letter;
    for &byte in bytes {
        let class = CLASSES[byte as usize];
        match class {
            Class::Never => return false,
            Class::Blank if matches!(before, Class::Joint | Class::Blank) => return false,
            _ => before = class,
        }
    }
    if first_class == Class::Number { is_safe_numeric(bytes) } else { !is_word(text) }
}

/// Text of digits and signs is plain only if it holds something that no number and no date has.
fn is_safe_numeric(bytes: &[u8]) -> bool {
    if !bytes[0].is_ascii_digit() {
        return bytes.starts_with(b"./") || bytes.starts_with(b"../");
    }
    // Versions such as 1.27.1 and addresses such as 10.0.0.0/8 are the common ones: three dots, or
    // a letter that is no digit, exponent, radix or time mark, settle it.
    let dots = bytes.iter().filter(|&&b| b == b'.').count();
    let colon = bytes.contains(&b':');
    let foreign = bytes.iter().any(|b| {
        matches!(b, b'g'..=b'n' | b'p'..=b's' | b'u'..=b'w' | b'y' | b'/')
            || matches!(b, b'G'..=b'N' | b'P'..=b'S' | b'U'..=b'W' | b'Y')
    });
    !colon && (foreign || dots >= 2 && !bytes.contains(&b'_') && !bytes.contains(&b' '))
}

/// Whether some reader takes the word for something else than text.
fn is_word(text: &str) -> bool {
    text.len() <= 5
        && (legacy_bool(text).is_some()
            || scalar::resolve(text) != Plain::Text
            || ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word)))
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_double_quoted(text, &mut out);
    out
}

/// Writes a string in double quotes on one line, everything escaped that is not plainly printable.
fn write_double_quoted(text: &str, out: &mut String) {
    use std::fmt::Write;
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            ' '..='~' => out.push(character),
            '\u{A1}'..='\u{167F}'
            | '\u{2010}'..='\u{2027}'
            | '\u{2030}'..='\u{205E}'
            | '\u{2070}'..='\u{2FFF}'
            | '\u{3001}'..='\u{D7FF}'
            | '\u{F900}'..='\u{FDFF}'
            | '\u{FE30}'..='\u{FEFE}'
            | '\u{FF01}'..='\u{FFEF}' => out.push(character),
            // Writing to a string cannot fail.
            _ if u32::from(character) < 0x100 => {
                let _ = write!(out, "\\x{:02X}", u32::from(character));
            }
            _ if u32::from(character) < 0x1_0000 => {
                let _ = write!(out, "\\u{:04X}", u32::from(character));
            }
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(character));
            }
        }
    }
    out.push('"');
}
