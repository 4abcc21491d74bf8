//! Places in source files: which file, and which bytes of it.

/// Which file a node came from. The caller chooses the numbers; this crate only carries them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A range of bytes of one file, counted from the first byte of the file (a byte order mark
/// counts). The end is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of a file.
    pub fn new(source: SourceId, start: u32, end: u32) -> Span {
        Span { source, start, end }
    }

    /// From the beginning of this one to the end of another one of the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.source != other.source || other.end < self.start {
            return self;
        }
        Span { end: other.end, ..self }
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether the span covers no byte, as that of a value that was left out does.
    pub fn is_empty(&self) -> bool {
        self.end <= self.start
    }

    /// The bytes as a range, to index into the file's contents.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end.max(self.start) as usize
    }
}
