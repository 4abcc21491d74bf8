//! Whether a text is sound, without making nodes of it: what a renderer asks of every file that it
//! writes.

use std::borrow::Cow;
use std::collections::HashSet;

use super::event::{Data, Events};
use super::read::{self, Budget, Document};
use super::{Error, SourceId, Style};

/// Says how many documents a text has, or what is wrong with it: exactly what
/// [`parse`](super::parse) would say, in less time and without memory for nodes.
///
/// # Errors
///
/// As [`parse`](super::parse).
pub fn check(source: SourceId, bytes: &[u8], budget: &Budget) -> Result<usize, Vec<Error>> {
    // The quick way knows nothing but plain documents that are right; for all else the reader says
    // what is wrong, so that there is one place that knows.
    match count_documents(source, bytes, budget) {
        Some(documents) => Ok(documents),
        None => read::parse(source, bytes, budget).map(|documents: Vec<Document>| documents.len()),
    }
}

/// A mapping or a sequence that is being read.
struct Frame {
    mapping: bool,
    /// Whether the next node of a mapping is a key.
    at_key: bool,
    /// Where its keys begin in the list of all.
    first: usize,
}

/// `None` for a text with a fault, and for one with tags, anchors or merge keys.
fn count_documents(source: SourceId, bytes: &[u8], budget: &Budget) -> Option<usize> {
    let (text, offset) = read::decode(source, bytes, budget).ok()?;
    let depth = budget.depth.min(Budget::MAX_DEPTH);
    let mut events = Events::new(source, text, offset);
    let mut documents = 0;
    let mut nodes = 0;
    let mut stack: Vec<Frame> = Vec::with_capacity(8);
    let mut keys: Vec<Cow<'_, str>> = Vec::with_capacity(32);
    loop {
        let event = events.next().ok()?;
        let node = !matches!(
            event.data,
            Data::StreamEnd
                | Data::DocumentStart
                | Data::DocumentEnd
                | Data::SequenceEnd
                | Data::MappingEnd
        );
        let mut is_key = false;
        if node {
            nodes += 1;
            if nodes > budget.nodes {
                return None;
            }
            if let Some(frame) = stack.last_mut().filter(|frame| frame.mapping) {
                is_key = frame.at_key;
                frame.at_key = !is_key;
            }
        }
        let (mapping, properties) = match event.data {
            Data::StreamEnd => return Some(documents),
            Data::DocumentStart => continue,
            Data::DocumentEnd => {
                documents += 1;
                continue;
            }
            Data::Alias(_) => return None,
            Data::SequenceEnd | Data::MappingEnd => {
                let frame = stack.pop()?;
                if !are_unique(&keys[frame.first..]) {
                    return None;
                }
                keys.truncate(frame.first);
                continue;
            }
            Data::Scalar { properties, value, style } => {
                let merge = is_key && style == Style::Plain && value == "<<";
                if merge || !properties.is_empty() {
                    return None;
                }
                if is_key {
                    keys.push(value);
                }
                continue;
            }
            Data::SequenceStart { properties, .. } => (false, properties),
            Data::MappingStart { properties, .. } => (true, properties),
        };
        if is_key || stack.len() >= depth || !properties.is_empty() {
            return None;
        }
        stack.push(Frame { mapping, at_key: true, first: keys.len() });
    }
}

fn are_unique(keys: &[Cow<'_, str>]) -> bool {
    // Up to this many comparing each with each is quicker than hashing.
    const FEW: usize = 12;
    if keys.len() <= FEW {
        return keys.iter().enumerate().all(|(at, key)| !keys[..at].contains(key));
    }
    let mut seen = HashSet::with_capacity(keys.len());
    keys.iter().all(|key| seen.insert(key))
}
