//! The text of a template, taken apart as far as is needed without knowing Tera's grammar: what is
//! text, what is printed, what is a tag.
//!
//! Two things rest on it: the check that values are printed only where a quoted scalar may stand
//! ([`super::quoting`]), and the budget. Tera has no fuel of its own, so a call that spends some is
//! woven in wherever a template can repeat or grow: at the start of each template and component, in
//! each round of a loop, and after each assignment. Places in Tera's errors are led back to the text
//! as it was written.

use std::ops::Range;

/// A stretch of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) kind: PieceKind,
    /// All of it, delimiters included.
    pub(crate) range: Range<usize>,
    /// What is inside of the delimiters.
    pub(crate) inner: Range<usize>,
    /// Whether it begins with `{%-`, which takes white space away before it.
    pub(crate) trims_before: bool,
    /// Whether it ends in `-%}`, which takes white space away behind it.
    pub(crate) trims_after: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// Printed as it is, `{% raw %}` included.
    Text,
    /// `{{ … }}`
    Print,
    /// `{% … %}`
    Tag,
    /// `{# … #}`
    Comment,
}

/// Takes a template apart. What is not closed counts as text; Tera says what is wrong with it.
pub(crate) fn pieces(source: &str) -> Vec<Piece> {
    let bytes = source.as_bytes();
    let mut out = Vec::new();
    let mut text = 0;
    let mut at = 0;
    while at + 1 < bytes.len() {
        let kind = match &bytes[at..at + 2] {
            b"{{" => PieceKind::Print,
            b"{%" => PieceKind::Tag,
            b"{#" => PieceKind::Comment,
            _ => {
                at += 1;
                continue;
            }
        };
        let end = if kind == PieceKind::Comment {
            source[at + 2..].find("#}").map(|offset| at + 2 + offset + 2)
        } else {
            closing(bytes, at + 2, if kind == PieceKind::Print { b"}}" } else { b"%}" })
        };
        let Some(end) = end else { break };
        let trims_before = bytes.get(at + 2) == Some(&b'-');
        let start = at + 2 + usize::from(trims_before);
        let trims_after = end - 3 >= start && bytes[end - 3] == b'-';
        let inner =
            start.min(end - 2)..(end - 2 - usize::from(trims_after)).max(start.min(end - 2));
        if text < at {
            out.push(plain(text..at));
        }
        if kind == PieceKind::Tag && source[inner.clone()].trim() == "raw" {
            let Some(close) = end_of_raw(source, end) else {
                text = at;
                break;
            };
            out.push(plain(end..close.start));
            at = close.end;
        } else {
            out.push(Piece { kind, range: at..end, inner, trims_before, trims_after });
            at = end;
        }
        text = at;
    }
    if text < bytes.len() {
        out.push(plain(text..bytes.len()));
    }
    out
}

fn plain(range: Range<usize>) -> Piece {
    Piece {
        kind: PieceKind::Text,
        inner: range.clone(),
        range,
        trims_before: false,
        trims_after: false,
    }
}

/// The end of a print or a tag; delimiters inside of strings do not count.
fn closing(bytes: &[u8], mut at: usize, delimiter: &[u8; 2]) -> Option<usize> {
    while at + 1 < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'' | b'`') => {
                at += 1;
                while *bytes.get(at)? != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            _ if &bytes[at..at + 2] == delimiter => return Some(at + 2),
            _ => at += 1,
        }
    }
    None
}

fn end_of_raw(source: &str, from: usize) -> Option<Range<usize>> {
    let mut at = from;
    while let Some(offset) = source[at..].find("{%") {
        let start = at + offset;
        let end = start + source[start..].find("%}")? + 2;
        if source[start + 2..end - 2].trim_matches('-').trim() == "endraw" {
            return Some(start..end);
        }
        at = start + 2;
    }
    None
}

/// The name of the function that spends the budget. Nothing that people write may begin so.
pub(crate) const SPEND: &str = "__spend";
/// The filter that refuses to print what is no scalar.
pub(crate) const PRINTABLE: &str = "__printable";

/// A template with its budget woven in.
#[derive(Clone, Debug)]
pub(crate) struct Woven {
    /// What Tera compiles.
    pub(crate) text: String,
    insertions: Vec<Insertion>,
}

#[derive(Clone, Debug)]
struct Insertion {
    /// Where it begins in what Tera compiles.
    start: usize,
    length: usize,
    /// What of the original it stands for.
    about: Range<usize>,
}

impl Woven {
    /// Weaves the budget in; with `careful`, the check of what is printed too.
    pub(crate) fn new(source: &str, careful: bool) -> Self {
        let mut woven = Self { text: String::with_capacity(source.len() * 2), insertions: vec![] };
        let pieces = pieces(source);
        let word = |piece: &Piece| source[piece.inner.clone()].split_whitespace().next();
        let tag = |piece: &Piece| piece.kind == PieceKind::Tag;
        let extends = pieces.iter().any(|piece| tag(piece) && word(piece) == Some("extends"));
        if !extends {
            woven.insert(&format!("{{% if {SPEND}() %}}{{% endif %}}"), 0..0);
        }
        let mut blocks = Vec::new();
        let mut copied = 0;
        for piece in &pieces {
            if careful && piece.kind == PieceKind::Print {
                let expression = &source[piece.inner.clone()];
                if !expression.trim_start().starts_with('<') {
                    woven.copy(&source[copied..piece.inner.start]);
                    woven.insert("(", piece.range.clone());
                    woven.copy(expression);
                    woven.insert(&format!(")|{PRINTABLE} "), piece.range.clone());
                    copied = piece.inner.end;
                }
                continue;
            }
            if !tag(piece) {
                continue;
            }
            let grown = match word(piece) {
                Some("for" | "component") => String::new(),
                Some("set" | "set_global") => {
                    let (name, inline) = assigned(&source[piece.inner.clone()]);
                    if !inline {
                        blocks.push(name);
                        continue;
                    }
                    format!("of={name}")
                }
                Some("endset" | "endset_global") => match blocks.pop() {
                    Some(name) => format!("of={name}"),
                    None => continue,
                },
                _ => continue,
            };
            let dash = if piece.trims_after { "-" } else { "" };
            woven.copy(&source[copied..piece.range.end]);
            let spend = format!("{{% if {SPEND}({grown}) {dash}%}}{{% endif {dash}%}}");
            woven.insert(&spend, piece.range.clone());
            copied = piece.range.end;
        }
        woven.copy(&source[copied..]);
        woven
    }

    fn copy(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn insert(&mut self, text: &str, about: Range<usize>) {
        self.insertions.push(Insertion { start: self.text.len(), length: text.len(), about });
        self.text.push_str(text);
    }

    /// A range of what Tera compiles as a range of what was written. One that begins in an insertion
    /// is what that stands for.
    pub(crate) fn original(&self, range: &Range<usize>) -> Range<usize> {
        let start = match self.locate(range.start) {
            Ok(start) => start,
            Err(about) => return about,
        };
        let end = match self.locate(range.end.saturating_sub(1).max(range.start)) {
            Ok(end) if range.is_empty() => end,
            Ok(end) => end + 1,
            Err(about) => about.start,
        };
        start..end.max(start)
    }

    fn locate(&self, at: usize) -> Result<usize, Range<usize>> {
        let mut inserted = 0;
        for Insertion { start, length, about } in &self.insertions {
            if at < *start {
                break;
            }
            if at < start + length {
                return Err(about.clone());
            }
            inserted += length;
        }
        Ok(at - inserted)
    }
}

/// The name that a `set` assigns to, and whether the value stands in the same tag.
fn assigned(tag: &str) -> (&str, bool) {
    let tag = tag.trim_start();
    let rest = tag.strip_prefix("set_global").or_else(|| tag.strip_prefix("set")).unwrap_or(tag);
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    (&rest[..end], rest[end..].trim_start().starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<(PieceKind, &str)> {
        pieces(source).into_iter().map(|piece| (piece.kind, &source[piece.range])).collect()
    }

    #[test]
    fn a_template_is_taken_apart() {
        assert_eq!(
            kinds("a{{ b }}{% if \"%}\" %}c{# {{ #}{% raw %}{{ d }}{% endraw %}e"),
            [
                (PieceKind::Text, "a"),
                (PieceKind::Print, "{{ b }}"),
                (PieceKind::Tag, "{% if \"%}\" %}"),
                (PieceKind::Text, "c"),
                (PieceKind::Comment, "{# {{ #}"),
                (PieceKind::Text, "{{ d }}"),
                (PieceKind::Text, "e"),
            ]
        );
    }

    #[test]
    fn what_is_not_closed_is_text() {
        assert_eq!(kinds("a {{ b"), [(PieceKind::Text, "a {{ b")]);
        assert_eq!(kinds("{% raw %} a"), [(PieceKind::Text, "{% raw %} a")]);
        assert_eq!(kinds("{{-}}"), [(PieceKind::Print, "{{-}}")]);
    }

    #[test]
    fn places_lead_back_to_what_was_written() {
        let source = "{% for a in b -%}\n{{ a }}{% endfor %}";
        for careful in [false, true] {
            let woven = Woven::new(source, careful);
            let original = |at: usize, length| woven.original(&(at..at + length)).start;
            let found = woven.text.find("endfor").map(|at| original(at, 6));
            assert_eq!(found, source.find("endfor"), "{}", woven.text);
            let found = woven.text.find("a }}").or_else(|| woven.text.find("a )"));
            assert_eq!(found.map(|at| original(at, 1)), source.find("a }}"));
            let woven_in = woven.text.find("{% if").filter(|at| *at > 0);
            assert_eq!(woven_in.map(|at| original(at, 2)), None);
            let second = woven.text.rfind(SPEND).unwrap_or_default();
            assert_eq!(woven.original(&(second..second + 3)), 0..17);
        }
    }

    #[test]
    fn the_assigned_name_is_found() {
        assert_eq!(assigned(" set a = 1 "), ("a", true));
        assert_eq!(assigned(" set_global ab=1 "), ("ab", true));
        assert_eq!(assigned("set abc | replace(from='=', to='')"), ("abc", false));
    }
}
