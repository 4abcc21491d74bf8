//! Classes of characters in Go's syntax: `[...]`, `\d`, `\pL`, `[:alpha:]`.

use super::RegexFault;
use super::syntax::{Flags, escaped_character, write_character};
use super::unicode::{self, Property};

/// The classes that are called by a name in brackets.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Every character.
const EVERY: &str = r"[\x{0}-\x{10FFFF}]";

/// No character.
const NEVER: &str = r"[^\x{0}-\x{10FFFF}]";

/// A class of its own such as `\d` or `\pL` at the start of a text: writes it, and returns what
/// follows. `None` if there is another escape.
pub(super) fn escaped<'p>(
    text: &'p str,
    flags: Flags,
    out: &mut String,
) -> Result<Option<&'p str>, RegexFault> {
    let mut class = String::new();
    let Some(rest) = item(text, &mut class)? else {
        return Ok(None);
    };
    wrap(&class, flags, out);
    Ok(Some(rest))
}

fn wrap(class: &str, flags: Flags, out: &mut String) {
    out.push_str(if flags.fold { "(?i:" } else { "(?:" });
    out.push_str(class);
    out.push(')');
}

/// A class in brackets at the start of a text: writes it, and returns what follows.
pub(super) fn bracketed<'p>(
    text: &'p str,
    flags: Flags,
    out: &mut String,
) -> Result<&'p str, RegexFault> {
    let mut rest = &text[1..];
    let mut class = String::from("[");
    let negated = rest.starts_with('^');
    if negated {
        rest = &rest[1..];
        class.push('^');
    }
    let opened = class.len();
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if rest.starts_with("[:")
            && let Some(end) = rest[2..].find(":]")
        {
            let name = &rest[2..2 + end];
            if !NAMED.contains(&name.strip_prefix('^').unwrap_or(name)) {
                return Err(RegexFault::Class { range: format!("[:{name}:]") });
            }
            class.push_str(&rest[..end + 4]);
            rest = &rest[end + 4..];
            continue;
        }
        if let Some(after) = item(rest, &mut class)? {
            rest = after;
            continue;
        }
        let start = rest;
        let (low, after) = character(rest)?;
        let (high, after) = match after.strip_prefix('-') {
            Some(range) if !range.is_empty() && !range.starts_with(']') => character(range)?,
            _ => (low, after),
        };
        rest = after;
        if high < low {
            let range = start[..start.len() - rest.len()].to_owned();
            return Err(RegexFault::Class { range });
        }
        write_range(&mut class, low, high);
    }
    // Half a surrogate pair is in no text, so that nothing may be left of the class.
    if class.len() == opened {
        class = if negated { EVERY } else { NEVER }.to_owned();
    } else {
        class.push(']');
    }
    wrap(&class, flags, out);
    Ok(&rest[1..])
}

fn write_range(out: &mut String, low: u32, high: u32) {
    let low = char::from_u32(low).unwrap_or('\u{E000}');
    let high = char::from_u32(high).unwrap_or('\u{D7FF}');
    if low > high {
        return;
    }
    write_character(out, low);
    if low < high {
        out.push('-');
        write_character(out, high);
    }
}

/// One character of a class.
fn character(text: &str) -> Result<(u32, &str), RegexFault> {
    if text.starts_with('\\') {
        return escaped_character(text);
    }
    let mut characters = text.chars();
    match characters.next() {
        Some(character) => Ok((u32::from(character), characters.as_str())),
        None => Err(RegexFault::OpenClass),
    }
}

/// A class by its letter or its property, written so that it may stand in brackets as well. Go's
/// letters mean ASCII only.
fn item<'p>(text: &'p str, out: &mut String) -> Result<Option<&'p str>, RegexFault> {
    let class = match text.as_bytes() {
        [b'\\', b'd', ..] => "[0-9]",
        [b'\\', b'D', ..] => "[^0-9]",
        [b'\\', b's', ..] => r"[\t\n\x0C\r\x20]",
        [b'\\', b'S', ..] => r"[^\t\n\x0C\r\x20]",
        [b'\\', b'w', ..] => "[0-9A-Za-z_]",
        [b'\\', b'W', ..] => "[^0-9A-Za-z_]",
        [b'\\', b'p' | b'P', ..] => return property(text, out).map(Some),
        _ => return Ok(None),
    };
    out.push_str(class);
    Ok(Some(&text[2..]))
}

/// `\pL`, `\p{Greek}`, `\P{^Lu}`
fn property<'p>(text: &'p str, out: &mut String) -> Result<&'p str, RegexFault> {
    let unknown = |width: usize| RegexFault::Class { range: text[..width].to_owned() };
    let (name, width) = if text[2..].starts_with('{') {
        let end = text.find('}').ok_or_else(|| unknown(text.len()))?;
        (&text[3..end], end + 1)
    } else {
        // A backslash at the very end of what Go looks at.
        let width = text[2..].chars().next().map_or(2, |character| 2 + character.len_utf8());
        (&text[2..width], width)
    };
    let mut negated = text.as_bytes()[1] == b'P';
    let name = match name.strip_prefix('^') {
        Some(name) => {
            negated = !negated;
            name
        }
        None => name,
    };
    let property = unicode::property(name).ok_or_else(|| unknown(width))?;
    let escape = if negated { r"\P" } else { r"\p" };
    match property {
        Property::Category(name) => out.push_str(&format!("[{escape}{{gc={name}}}]")),
        Property::Script(name) => out.push_str(&format!("[{escape}{{sc={name}}}]")),
        Property::Special(name) => out.push_str(&format!("[{escape}{{{name}}}]")),
        Property::Surrogates => out.push_str(if negated { EVERY } else { NEVER }),
    }
    Ok(&text[width..])
}
