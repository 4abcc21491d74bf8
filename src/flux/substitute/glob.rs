//! Patterns as Go's `path.Match` reads them, in names without `/`.
//!
//! `*` is any bytes, `?` one character, `[a-z]` and `[^a-z]` one of a set, `\` takes the meaning from
//! what follows. Bytes need not be UTF-8: one that is in no character counts as U+FFFD.

use super::work::{TooMuch, Work};

/// A pattern, read once.
#[derive(Clone, Debug)]
pub(in crate::flux) struct Glob {
    chunks: Vec<Chunk>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flux) enum Halt {
    /// The matching met something that is wrong in the pattern. A pattern in which anything is wrong
    /// matches nothing, whether the matching comes to it or not.
    Malformed,
    TooMuch,
}

impl From<TooMuch> for Halt {
    fn from(_: TooMuch) -> Self {
        Self::TooMuch
    }
}

/// What is from one `*` to the next.
#[derive(Clone, Debug)]
struct Chunk {
    after_star: bool,
    items: Vec<Item>,
}

#[derive(Clone, Debug)]
enum Item {
    Byte(u8),
    Any,
    Set { negated: bool, ranges: Vec<(char, char)> },
    Malformed,
}

impl Glob {
    pub(in crate::flux) fn new(pattern: &[u8]) -> Self {
        let mut chunks = Vec::new();
        let mut rest = pattern;
        while !rest.is_empty() {
            let stars = rest.iter().take_while(|byte| **byte == b'*').count();
            let (text, after) = rest[stars..].split_at(chunk_length(&rest[stars..]));
            chunks.push(Chunk { after_star: stars > 0, items: items(text) });
            rest = after;
        }
        Self { chunks }
    }

    /// Whether it matches all of a name. Each chunk takes the first place where it fits; none is
    /// tried again.
    pub(in crate::flux) fn matches(&self, name: &[u8], work: &mut Work) -> Result<bool, Halt> {
        let mut rest = name;
        for (index, chunk) in self.chunks.iter().enumerate() {
            if chunk.items.is_empty() {
                return Ok(true);
            }
            let is_last = index + 1 == self.chunks.len();
            let last_start = if chunk.after_star { rest.len() } else { 0 };
            let mut fit = None;
            for start in 0..=last_start {
                if let Some(after) = chunk.fits(&rest[start..], work)?
                    && (after.is_empty() || !is_last)
                {
                    fit = Some(after);
                    break;
                }
            }
            match fit {
                Some(after) => rest = after,
                None => return Ok(false),
            }
        }
        Ok(rest.is_empty())
    }
}

impl Chunk {
    /// What is left after it, if it fits the beginning of a text.
    fn fits<'n>(&self, mut text: &'n [u8], work: &mut Work) -> Result<Option<&'n [u8]>, Halt> {
        for item in &self.items {
            work.spend(1)?;
            let Some(&byte) = text.first() else { return Ok(None) };
            let (fits, length) = match item {
                Item::Byte(own) => (*own == byte, 1),
                Item::Any => (true, first_character(text).1),
                Item::Set { negated, ranges } => {
                    work.spend(ranges.len())?;
                    let (character, length) = first_character(text);
                    let found = ranges.iter().any(|(low, high)| (low..=high).contains(&&character));
                    (found != *negated, length)
                }
                Item::Malformed => return Err(Halt::Malformed),
            };
            if !fits {
                return Ok(None);
            }
            text = &text[length..];
        }
        Ok(Some(text))
    }
}

/// How far it is to the next `*` that is in no set.
fn chunk_length(pattern: &[u8]) -> usize {
    let mut in_set = false;
    let mut at = 0;
    while let Some(byte) = pattern.get(at) {
        match byte {
            b'\\' => at += 1,
            b'[' => in_set = true,
            b']' => in_set = false,
            b'*' if !in_set => return at,
            _ => {}
        }
        at += 1;
    }
    pattern.len()
}

/// The items of a chunk, up to the first that is malformed.
fn items(mut chunk: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    while let [first, rest @ ..] = chunk {
        let (item, after) = match (first, rest) {
            (b'[', _) => set(rest).unwrap_or((Item::Malformed, &[])),
            (b'?', _) => (Item::Any, rest),
            (b'\\', [escaped, after @ ..]) => (Item::Byte(*escaped), after),
            (b'\\', []) => (Item::Malformed, rest),
            _ => (Item::Byte(*first), rest),
        };
        items.push(item);
        chunk = after;
    }
    items
}

/// A set and what follows it, from what follows its `[`.
fn set(text: &[u8]) -> Option<(Item, &[u8])> {
    let (negated, mut rest) = match text.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut ranges = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(b"]")
            && !ranges.is_empty()
        {
            return Some((Item::Set { negated, ranges }, after));
        }
        let (low, mut after) = member(rest)?;
        let mut high = low;
        if let Some(end) = after.strip_prefix(b"-") {
            (high, after) = member(end)?;
        }
        ranges.push((low, high));
        rest = after;
    }
}

/// The next character of a set, and what follows it.
fn member(text: &[u8]) -> Option<(char, &[u8])> {
    let text = match text {
        [] | [b'-' | b']', ..] => return None,
        [b'\\', rest @ ..] => rest,
        _ => text,
    };
    let (character, length) = first_character(text);
    let is_broken = character == char::REPLACEMENT_CHARACTER && length == 1;
    (!is_broken).then(|| (character, &text[length..]))
}

/// The character with which a text begins, and its length; U+FFFD for a byte that is in none, and
/// for the end.
fn first_character(text: &[u8]) -> (char, usize) {
    let start = &text[..text.len().min(4)];
    match start.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
        Some(character) => (character, character.len_utf8()),
        None => (char::REPLACEMENT_CHARACTER, start.len().min(1)),
    }
}
