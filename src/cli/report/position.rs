//! From bytes of a file to lines and columns.

use crate::diagnostic::{Place, Texts};

/// A range of a file in lines and columns, both counted from 1; columns count characters, the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Position {
    /// Where a place is; none if it means the file as a whole, or if the file's text is not at hand.
    pub(super) fn of(place: &Place, texts: &Texts) -> Option<Self> {
        let range = place.range.clone()?;
        let bytes = texts.get(&place.file)?;
        let (line, column) = line_and_column(bytes, range.start);
        let (end_line, end_column) = line_and_column(bytes, range.end.max(range.start));
        Some(Self { line, column, end_line, end_column })
    }
}

fn line_and_column(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = &bytes[..offset.min(bytes.len())];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::line_and_column;

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_and_column("a: é\nb: ü!".as_bytes(), 11), (2, 5));
        assert_eq!(line_and_column(b"", 0), (1, 1));
    }
}
