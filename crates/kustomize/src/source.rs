//! Which texts a build has read, so that a [`Span`] can be shown: files, and texts that stand inline
//! in a file, such as a patch.

use std::sync::{Arc, PoisonError, RwLock};

use crate::files::{Files, Found};
use crate::yaml::{SourceId, Span};

/// The texts that a build has read.
#[derive(Debug, Default)]
pub struct Sources {
    texts: RwLock<Vec<Source>>,
}

#[derive(Clone, Debug)]
enum Source {
    File(Arc<str>),
    /// A text in another one: the place of the scalar that holds it.
    Inline {
        within: Span,
        text: Arc<str>,
    },
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path of the file, as the view of files has it.
    pub path: String,
    /// The bytes.
    pub range: std::ops::Range<usize>,
}

impl Sources {
    pub(crate) fn add_file(&self, path: &str) -> SourceId {
        self.add(Source::File(path.into()))
    }

    pub(crate) fn add_inline(&self, within: Span, text: &str) -> SourceId {
        self.add(Source::Inline { within, text: text.into() })
    }

    fn add(&self, source: Source) -> SourceId {
        let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        texts.push(source);
        // 0 is the span of what stands nowhere.
        SourceId(texts.len() as u32)
    }

    fn get(&self, id: SourceId) -> Option<Source> {
        let texts = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        texts.get((id.0 as usize).checked_sub(1)?).cloned()
    }

    /// The text that stands inline in another one, if a span is of such a text.
    pub fn inline(&self, span: Span) -> Option<Arc<str>> {
        match self.get(span.source)? {
            Source::File(_) => None,
            Source::Inline { text, .. } => Some(text),
        }
    }

    /// The file and the bytes that a span covers; `None` for the span of what was never written
    /// down. A span in an inline text is found in the file around it, where that is a block scalar;
    /// otherwise the place is the whole scalar.
    pub fn place(&self, span: Span, files: &dyn Files) -> Option<Place> {
        match self.get(span.source)? {
            Source::File(path) => Some(Place { path: path.to_string(), range: span.range() }),
            Source::Inline { within, text } => {
                let outer = self.place(within, files)?;
                let inner = match files.open(&outer.path) {
                    Ok(Found::File { bytes, .. }) => within_block(&bytes, &outer, &text, span),
                    _ => None,
                };
                Some(Place { range: inner.unwrap_or(outer.range), path: outer.path })
            }
        }
    }
}

impl Place {
    /// The bytes of a file that hold a part of a text that stands at this place as a block scalar. `file` is all of the file, and
    /// `text` what the scalar says, as far as it is read; nothing where it is another scalar, whose lines are not those of the text.
    #[must_use]
    pub fn part(&self, file: &[u8], text: &str, part: std::ops::Range<usize>) -> Option<Place> {
        let span = Span::new(SourceId::default(), part.start as u32, part.end as u32);
        Some(Place { range: within_block(file, self, text, span)?, path: self.path.clone() })
    }
}

/// The bytes of a file that hold a part of a block scalar: its lines stand in the file one by one.
fn within_block(
    file: &[u8],
    outer: &Place,
    text: &str,
    span: Span,
) -> Option<std::ops::Range<usize>> {
    let scalar = std::str::from_utf8(file.get(outer.range.clone())?).ok()?;
    if !scalar.starts_with(['|', '>']) {
        return None;
    }
    let before = text.get(..span.start as usize)?;
    let line = before.matches('\n').count();
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
    let inner = text.lines().nth(line)?;
    // A text may have lost the blank lines before it.
    let blank = |text: &str, from: usize| {
        text.lines().skip(from).take_while(|line| line.trim().is_empty()).count()
    };
    let lost = blank(scalar, 1).saturating_sub(blank(text, 0));
    let mut start = outer.range.start;
    let mut lines = scalar.split_inclusive('\n');
    for _ in 0..=line + lost {
        start += lines.next()?.len();
    }
    let indent = lines.next()?.find(inner)?;
    let start = start + indent + column;
    let length = (span.end.saturating_sub(span.start) as usize)
        .min(inner.len().saturating_sub(column))
        .max(1);
    // The end of a text may be the end of the file, with no character to point at.
    Some(start..(start + length).min(file.len().max(start)))
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::files::MemoryFiles;

    /// Where a part of a text is found that stands inline from a byte of a file to its end.
    fn found(file: &str, from: u32, text: &str, part: Range<u32>) -> Option<Range<usize>> {
        let mut files = MemoryFiles::new();
        files.insert("/k.yaml", file);
        let sources = Sources::default();
        let outer = Span::new(sources.add_file("/k.yaml"), from, file.len() as u32);
        let inline = sources.add_inline(outer, text);
        sources.place(Span::new(inline, part.start, part.end), &files).map(|place| place.range)
    }

    #[test]
    fn a_text_without_the_blank_lines_before_it_is_found_too() {
        let file = "patch: |\n\n\n  a: 1\n  b: two\n\n";
        let place = found(file, 7, "a: 1\nb: two", 8..11);
        assert_eq!(place.map(|place| &file[place]), Some("two"));
    }

    #[test]
    fn a_place_behind_the_last_character_ends_with_the_file() {
        let file = "patch: |\n  {a";
        assert_eq!(found(file, 7, "{a", 2..3), Some(file.len()..file.len()));
    }

    #[test]
    fn a_place_in_a_block_scalar_is_found_in_the_file_around_it() {
        let file = "patches:\n- patch: |-\n    a: 1\n    b: two\n- patch: \"c: 3\"\n";
        let mut files = MemoryFiles::new();
        files.insert("/k.yaml", file);
        let sources = Sources::default();
        let outer = sources.add_file("/k.yaml");
        let block = Span::new(outer, 18, 41);
        let inline = sources.add_inline(block, "a: 1\nb: two");
        let shown = |span| sources.place(span, &files).map(|place| file[place.range].to_owned());
        assert_eq!(shown(Span::new(inline, 8, 11)).as_deref(), Some("two"));
        let quoted = Span::new(outer, 50, 56);
        let inline = sources.add_inline(quoted, "c: 3");
        assert_eq!(shown(Span::new(inline, 3, 4)).as_deref(), Some("\"c: 3\""));
        assert_eq!(sources.place(Span::default(), &files), None);
    }
}
