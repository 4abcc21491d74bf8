//! `slugify`: a text as part of a name.

use super::Kind::Text;
use super::{Fault, Function, fixed, texts};

pub(super) const TABLE: &[Function] = &[fixed("slugify", &[Text], |heap, mut args| {
    let slug = slug(&args.text())?;
    heap.text(slug)
})];

/// As long as the value of a label may be.
const LONGEST: usize = 63;

/// What the letters from U+00C0 on are written with.
const LETTERS: [&str; 192] = [
    "A", "A", "A", "A", "A", "A", "AE", "C", "E", "E", "E", "E", "I", "I", "I", "I", "D", "N", "O",
    "O", "O", "O", "O", "x", "O", "U", "U", "U", "U", "Y", "Th", "ss", "a", "a", "a", "a", "a",
    "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o", "o", "o", "o", "/",
    "o", "u", "u", "u", "u", "y", "th", "y", "A", "a", "A", "a", "A", "a", "C", "c", "C", "c", "C",
    "c", "C", "c", "D", "d", "D", "d", "E", "e", "E", "e", "E", "e", "E", "e", "E", "e", "G", "g",
    "G", "g", "G", "g", "G", "g", "H", "h", "H", "h", "I", "i", "I", "i", "I", "i", "I", "i", "I",
    "i", "IJ", "ij", "J", "j", "K", "k", "k", "L", "l", "L", "l", "L", "l", "L", "l", "L", "l",
    "N", "n", "N", "n", "N", "n", "'n", "ng", "NG", "O", "o", "O", "o", "O", "o", "OE", "oe", "R",
    "r", "R", "r", "R", "r", "S", "s", "S", "s", "S", "s", "S", "s", "T", "t", "T", "t", "T", "t",
    "U", "u", "U", "u", "U", "u", "U", "u", "U", "u", "U", "u", "W", "w", "Y", "y", "Y", "Z", "z",
    "Z", "z", "Z", "z", "s",
];

fn slug(text: &str) -> Result<String, Fault> {
    let mut latin = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '&' => latin.push_str("and"),
            '@' => latin.push_str("at"),
            '"' | '\'' | '’' => {}
            '‒' | '–' | '—' | '―' | '‘' | '“' | '”' => latin.push('-'),
            _ if c.is_ascii() => latin.push(c),
            '\u{C0}'..='\u{17F}' => latin.push_str(LETTERS[c as usize - 0xC0]),
            _ => {
                return Err(Fault::not_understood(format!(
                    "{c:?}, which `slugify` would write in Latin letters,"
                )));
            }
        }
    }
    let mut slug = String::with_capacity(latin.len());
    for c in texts::lower(&latin).chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_matches(['-', '_']);
    if slug.len() <= LONGEST {
        return Ok(slug.to_owned());
    }
    // Between words, where there are some.
    let end = slug[..=LONGEST].rfind('-').unwrap_or(LONGEST);
    Ok(slug[..end].to_owned())
}
