//! Whether two texts differ in how they are laid out alone: in white space and in quotes.
//!
//! What a formatter changes is no change of what is written. Everything else is: keys in another order, a flow mapping that
//! becomes a block, an anchor, a tag, and comments, which are a person's words.

use std::borrow::Cow;

use super::event::{Data, Events};
use super::read::{self, Budget};
use super::scalar::{self, Plain};
use super::{SourceId, Style};

/// Whether two texts are the same documents with the same comments, but for white space, quotes and the way in which
/// strings are broken into lines. A text that is no YAML is the same as no other.
pub fn same_but_for_layout(one: &[u8], other: &[u8], budget: &Budget) -> bool {
    let pieces = |bytes| pieces(bytes, budget);
    one == other || pieces(one).is_some_and(|one| Some(one) == pieces(other))
}

#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Comment(&'a str),
    /// A string, however it is written.
    Text(Cow<'a, str>),
    /// A scalar without quotes that quotes would change.
    Plain(Cow<'a, str>),
    Start {
        mapping: bool,
        flow: bool,
    },
    End,
    Document,
    /// What is compared as it stands: aliases, and all that has an anchor or a tag.
    Raw(&'a str),
}

fn pieces<'a>(bytes: &'a [u8], budget: &Budget) -> Option<Vec<Piece<'a>>> {
    let (text, offset) = read::decode(SourceId(0), bytes, budget).ok()?;
    let mut events = Events::new(SourceId(0), text, offset);
    let mut pieces = Vec::with_capacity(64);
    let mut at = 0;
    let mut depth = 0_usize;
    let mut first = true;
    loop {
        let event = events.next().ok()?;
        let position = |position: u32| (position as usize).checked_sub(offset as usize);
        let (start, end) = (position(event.start)?, position(event.end)?);
        if start > at {
            comments(text.get(at..start)?, &mut pieces);
        }
        let raw = text.get(start..end)?;
        at = at.max(end);
        let piece = match event.data {
            Data::StreamEnd => {
                comments(text.get(at..)?, &mut pieces);
                return Some(pieces);
            }
            Data::DocumentStart if raw.contains('#') || raw.contains('%') => Piece::Raw(raw),
            // The first needs no `---`, and comments may stand before or after one.
            Data::DocumentStart if first => {
                first = false;
                continue;
            }
            Data::DocumentStart => Piece::Document,
            Data::DocumentEnd => continue,
            Data::Alias(_) => Piece::Raw(raw),
            Data::Scalar { properties, value, style } if properties.is_empty() => {
                if matches!(style, Style::Literal | Style::Folded) {
                    comments(raw.lines().next().unwrap_or_default(), &mut pieces);
                }
                if style == Style::Plain && !is_text(&value) {
                    Piece::Plain(value)
                } else {
                    Piece::Text(value)
                }
            }
            Data::Scalar { .. } => Piece::Raw(raw),
            Data::SequenceStart { properties, flow } | Data::MappingStart { properties, flow }
                if !properties.is_empty() =>
            {
                depth += 1;
                pieces.push(Piece::Start { mapping: false, flow });
                Piece::Raw(raw)
            }
            Data::SequenceStart { flow, .. } => {
                depth += 1;
                Piece::Start { mapping: false, flow }
            }
            Data::MappingStart { flow, .. } => {
                depth += 1;
                Piece::Start { mapping: true, flow }
            }
            Data::SequenceEnd | Data::MappingEnd => {
                depth = depth.saturating_sub(1);
                Piece::End
            }
        };
        if depth > budget.depth || pieces.len() > budget.nodes {
            return None;
        }
        pieces.push(piece);
    }
}

/// Whether a plain scalar is text to every reader, so that quotes change nothing.
fn is_text(value: &str) -> bool {
    scalar::resolve(value) == Plain::Text
        && scalar::legacy_bool(value).is_none()
        && !scalar::is_timestamp(value)
}

/// What stands between nodes is white space, indicators and comments.
fn comments<'a>(between: &'a str, pieces: &mut Vec<Piece<'a>>) {
    for line in between.lines() {
        if let Some(at) = line.find('#') {
            pieces.push(Piece::Comment(line[at..].trim_end()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# first\na: 1\nb:\n  - x # why\n  - { c: 'z', d: \"2\" }\ntext: |\n  line\n\n  last\n";

    fn same(other: &str) -> bool {
        same_but_for_layout(TEXT.as_bytes(), other.as_bytes(), &Budget::default())
    }

    #[test]
    fn white_space_and_quotes_do_not_count() {
        assert!(same(TEXT));
        assert!(same(
            "---\n# first\n\"a\":   1\n\nb:\n- \"x\"   # why\n- {c: z, d: '2'}\ntext: |\n    line\n\n    last\n"
        ));
        assert!(same(&TEXT.replace('\n', "\r\n")));
        assert!(same(&TEXT.replace("|\n  line\n\n  last\n", "\"line\\n\\nlast\\n\"\n")));
    }

    #[test]
    fn everything_else_counts() {
        for (from, to) in [
            ("# first\n", ""),
            ("# why", "# because"),
            ("# why", "# why not"),
            ("a: 1", "a: \"1\""),
            ("a: 1", "a: 2"),
            ("\"2\"", "2"),
            ("  line\n", "   line\n"),
            ("  last\n", "  last\n\n  # no comment\n"),
            ("|\n", "|-\n"),
            ("- x", "- &x x"),
            ("{ c: 'z', d: \"2\" }", "{ d: \"2\", c: 'z' }"),
            ("{ c: 'z', d: \"2\" }", "c: 'z'\n    d: \"2\""),
            ("text: |", "text: | # block"),
            ("a: 1\n", "a: 1\n---\n"),
            ("- x # why\n", "- x\n  # why\n  - z\n"),
        ] {
            assert!(TEXT.contains(from), "{from}");
            assert!(!same(&TEXT.replacen(from, to, 1)), "{from:?} -> {to:?}");
        }
    }

    #[test]
    fn words_that_quotes_change_are_not_the_same_quoted() {
        let same = |one: &str, other: &str| {
            same_but_for_layout(one.as_bytes(), other.as_bytes(), &Budget::default())
        };
        for word in ["yes", "on", "null", "~", "1.0", "0x1F", "2026-01-01", "true", ".nan"] {
            assert!(!same(&format!("a: {word}\n"), &format!("a: \"{word}\"\n")), "{word}");
        }
        assert!(same("a: v1.0.0\n", "a: 'v1.0.0'\n"));
        assert!(!same("a: [\n", "a:  [\n"), "what is no YAML is not compared");
        assert!(!same("a: &x 1\nb: *x\n", "a: &x 1\nb: 1\n"));
    }
}
