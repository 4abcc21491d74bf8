//! From text to nodes: composes events, resolves scalars, expands aliases and merge keys, and holds
//! everything to a budget.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::beside::{Beside, Keep};
use super::event::{Data, Event, Events, Properties};
use super::merge_keys;
use super::read_v2;
use super::scalar::{self, Plain};
use super::scan_comments::EventComments;
use super::{Error, ErrorKind, Mapping, Node, Rare, SourceId, Span, Style, Value};

/// How much of a file is read before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The size of the file in bytes. A larger one is refused unread; never more than 4 GiB.
    pub bytes: usize,
    /// How deep mappings and sequences may be nested, aliases expanded. Never more than
    /// [`Budget::MAX_DEPTH`].
    pub depth: usize,
    /// The number of nodes (scalars, keys, mappings and sequences), aliases and merge keys
    /// expanded.
    pub nodes: usize,
}

impl Budget {
    /// The deepest nesting that can be asked for: a tree of this depth can be walked, copied and
    /// dropped within the stack of any thread.
    pub const MAX_DEPTH: usize = 256;
}

impl Default for Budget {
    /// Generous for what people write: 16 MiB, 128 levels, a million nodes.
    fn default() -> Budget {
        Budget { bytes: 16 << 20, depth: 128, nodes: 1_000_000 }
    }
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its value; null for an empty document.
    pub root: Node,
    /// The comments above and below all of it.
    pub(crate) beside: Option<Box<Beside>>,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// How much of it is read before it is refused.
    pub budget: Budget,
    /// By whose rules.
    pub rules: ReadRules,
}

/// Whose rules a file is read by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadRules {
    /// `go.yaml.in/yaml/v3`: all documents, and no key twice.
    #[default]
    GoYamlV3,
    /// `go.yaml.in/yaml/v3` into nodes, as kyaml reads objects: the first document only, keys that
    /// stand there twice are kept (whoever prints them fails), and `!!binary` is decoded.
    Kyaml,
    /// `go.yaml.in/yaml/v2` into Go's maps, as `sigs.k8s.io/yaml` reads: see
    /// [`parse_with`](super::parse_with).
    GoYamlV2 {
        /// Whether a key that is already set, by a merge key too, is an error; if not, the last
        /// one wins.
        unique_keys: bool,
    },
}

/// How many duplicate keys are reported.
const MAX_ERRORS: usize = 100;

/// Reads all documents of a file. A file without any content (or with comments only) has no
/// document.
///
/// # Errors
///
/// Every duplicate key is reported, and after them the fault that ended the reading, if there is
/// one. The list is never empty.
pub fn parse(source: SourceId, bytes: &[u8], budget: &Budget) -> Result<Vec<Document>, Vec<Error>> {
    parse_with(source, bytes, &ReadOptions { budget: *budget, ..ReadOptions::default() })
}

/// Reads a file by the rules of the options.
///
/// By [`ReadRules::GoYamlV2`] it is as if `sigs.k8s.io/yaml` had made JSON of the file and the tree
/// was read from that, but with places: there is the first document only (what comes after it is not
/// looked at), `yes`, `no`, `on`, `off`, `y` and `n` are booleans, every key is a string, keys are
/// sorted, and tags, styles and the texts of numbers are gone. Whole floats stay floats, and
/// `.inf` and `.nan` stay: [`yaml_to_json`](super::yaml_to_json) goes the rest of the way.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_with(
    source: SourceId,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<Vec<Document>, Vec<Error>> {
    parse_part(source, bytes, 0..bytes.len(), options, Keep::Values)
}

/// Reads the first document of a text with all that stands beside its values.
pub(crate) fn parse_whole(
    source: SourceId,
    bytes: &[u8],
    budget: &Budget,
) -> Result<Option<Document>, Vec<Error>> {
    let options = ReadOptions { budget: *budget, rules: ReadRules::Kyaml };
    let documents = parse_part(source, bytes, 0..bytes.len(), &options, Keep::Everything)?;
    Ok(documents.into_iter().next())
}

/// The first document of a text as kyaml writes it after reading: comments, anchors and aliases stay, and
/// layout becomes kyaml's own. `None` if there is none.
///
/// # Errors
///
/// As [`parse`]; keys that stand there twice are none.
pub fn rewrite(
    source: SourceId,
    bytes: &[u8],
    budget: &Budget,
) -> Result<Option<String>, Vec<Error>> {
    let document = parse_whole(source, bytes, budget)?;
    Ok(document.map(|document| super::emit::document_to_string(&document)))
}

/// Reads a part of a file as if it were a file of its own, with the places that it has in the whole one.
pub(crate) fn parse_part(
    source: SourceId,
    bytes: &[u8],
    part: std::ops::Range<usize>,
    options: &ReadOptions,
    keep: Keep,
) -> Result<Vec<Document>, Vec<Error>> {
    let budget = options.budget;
    if bytes.len() > budget.bytes {
        let kind = ErrorKind::TooLarge { size: bytes.len(), limit: budget.bytes };
        return Err(vec![Error { kind, span: Span::new(source, 0, 0) }]);
    }
    let all = part.clone();
    let before = part.start as u32;
    let decoded = decode(source, bytes.get(part).unwrap_or_default(), &budget);
    let (text, offset) = decoded.map_err(|mut error| {
        error.span.start += before;
        error.span.end += before;
        vec![error]
    })?;
    let offset = offset + before;
    let mut composer = Composer {
        events: match keep {
            Keep::Values => Events::new(source, text, offset),
            Keep::Comments | Keep::Everything => Events::with_comments(source, text, offset),
        },
        source,
        budget: Budget { depth: budget.depth.min(Budget::MAX_DEPTH), ..budget },
        rules: options.rules,
        keep,
        said: EventComments::default(),
        about_document: String::new(),
        nodes: 0,
        remembered: 0,
        stack: Vec::with_capacity(8),
        finished: Vec::with_capacity(32),
        anchors: HashMap::new(),
        merged: false,
        duplicates: Vec::new(),
    };
    let result = composer.documents();
    if composer.merged && result.is_ok() {
        return expand_part(source, bytes, all, options, keep);
    }
    if result.is_err() && options.rules == ReadRules::GoYamlV3 {
        composer.find_open_duplicates();
    }
    let mut errors = composer.duplicates;
    match result {
        Ok(documents) if errors.is_empty() => Ok(documents),
        Ok(_) => Err(errors),
        Err(error) => {
            errors.push(error);
            Err(errors)
        }
    }
}

/// Reads a part that has merge keys as kyaml does: as it is written at first, and resolved then.
fn expand_part(
    source: SourceId,
    bytes: &[u8],
    part: std::ops::Range<usize>,
    options: &ReadOptions,
    keep: Keep,
) -> Result<Vec<Document>, Vec<Error>> {
    let documents = parse_part(source, bytes, part, options, Keep::Everything)?;
    documents
        .into_iter()
        .map(|document| {
            let root = merge_keys::expand(document.root, &options.budget, keep);
            root.map(|root| Document { root, ..document }).map_err(|error| vec![error])
        })
        .collect()
}

/// The text of a file without its byte order mark, and where it starts.
pub(super) fn decode<'a>(
    source: SourceId,
    bytes: &'a [u8],
    budget: &Budget,
) -> Result<(&'a str, u32), Error> {
    let limit = budget.bytes.min(u32::MAX as usize - 1);
    if bytes.len() > limit {
        return Err(Error {
            kind: ErrorKind::TooLarge { size: bytes.len(), limit },
            span: Span::new(source, 0, 0),
        });
    }
    let (text, offset) = match bytes {
        [0xEF, 0xBB, 0xBF, text @ ..] => (text, 3),
        text => (text, 0),
    };
    let text = std::str::from_utf8(text).map_err(|error| {
        let at = error.valid_up_to();
        let start = offset + at as u32;
        Error {
            kind: ErrorKind::InvalidUtf8 { byte: text[at] },
            span: Span::new(source, start, start + 1),
        }
    })?;
    if let Some((at, character)) = first_forbidden(text) {
        let start = offset + at as u32;
        return Err(Error {
            kind: ErrorKind::ControlCharacter { character },
            span: Span::new(source, start, start + character.len_utf8() as u32),
        });
    }
    Ok((text, offset))
}

/// The first character that YAML does not allow in a file, even in quotes.
fn first_forbidden(text: &str) -> Option<(usize, char)> {
    // Nearly every byte is plainly fine; only those that may start another character are decoded.
    let suspect = |byte: u8| {
        (byte < b' ' && !matches!(byte, b'\n' | b'\t' | b'\r'))
            || matches!(byte, 0x7F | 0xC2 | 0xEF)
    };
    if !text.bytes().fold(false, |any, byte| any | suspect(byte)) {
        return None;
    }
    text.bytes().enumerate().filter(|(_, byte)| suspect(*byte)).find_map(|(at, _)| {
        let character = text.get(at..)?.chars().next()?;
        let forbidden = (character.is_control()
            && !matches!(character, '\n' | '\t' | '\r' | '\u{85}'))
            || matches!(character, '\u{FFFE}' | '\u{FFFF}');
        forbidden.then_some((at, character))
    })
}

/// What an anchor marks.
enum Anchor {
    /// It is still being read.
    Open,
    Done {
        node: Node,
        nodes: usize,
        height: usize,
    },
}

/// A mapping or a sequence that is being read.
struct Frame {
    kind: Kind,
    /// Where its nodes begin in [`Composer::finished`].
    first: usize,
    /// Whether a mapping has a merge key.
    merges: bool,
    start: u32,
    end: u32,
    flow: bool,
    anchor: Option<String>,
    tag: Option<Rare>,
    /// The number of nodes before this one, to know how many it has.
    nodes_before: usize,
    /// How many levels there are below.
    height: usize,
    /// The comment above it.
    head: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sequence,
    Mapping,
}

struct Composer<'a> {
    events: Events<'a>,
    source: SourceId,
    budget: Budget,
    rules: ReadRules,
    keep: Keep,
    /// The comments of the last event.
    said: EventComments,
    /// The comment above the document.
    about_document: String,
    nodes: usize,
    /// The nodes that anchors keep.
    remembered: usize,
    stack: Vec<Frame>,
    /// The nodes of all open frames, one frame after the other; keys and values take turns.
    finished: Vec<Node>,
    anchors: HashMap<String, Anchor>,
    /// Whether a merge key was replaced by the rules of kyaml.
    merged: bool,
    duplicates: Vec<Error>,
}

impl Composer<'_> {
    fn is_v2(&self) -> bool {
        matches!(self.rules, ReadRules::GoYamlV2 { .. })
    }

    fn documents(&mut self) -> Result<Vec<Document>, Error> {
        let mut documents = Vec::new();
        loop {
            let Event { data, start, end } = self.events.next()?;
            let span = Span::new(self.source, start, end);
            if self.keep != Keep::Values {
                self.said = self.events.take_comments();
            }
            match data {
                Data::StreamEnd => return Ok(documents),
                Data::DocumentStart => {
                    self.anchors.clear();
                    self.about_document = std::mem::take(&mut self.said.head);
                }
                Data::DocumentEnd => {
                    let head = std::mem::take(&mut self.about_document);
                    let foot = std::mem::take(&mut self.said.foot);
                    documents.push(Document {
                        root: self.finished.pop().unwrap_or_default(),
                        beside: Beside { head, foot, ..Beside::default() }.boxed(),
                    });
                    if self.rules != ReadRules::GoYamlV3 {
                        // What comes after it is not looked at.
                        return Ok(documents);
                    }
                }
                Data::Alias(name) => self.alias(name, span)?,
                Data::Scalar { properties, value, style } => {
                    self.scalar(&properties, value, style, span)?;
                }
                Data::SequenceStart { properties, flow } => {
                    self.open(Kind::Sequence, &properties, flow, span)?;
                }
                Data::MappingStart { properties, flow } => {
                    self.open(Kind::Mapping, &properties, flow, span)?;
                }
                Data::SequenceEnd | Data::MappingEnd => self.close(span)?,
            }
        }
    }

    fn count(&mut self, nodes: usize, aliases: bool, span: Span) -> Result<(), Error> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.budget.nodes {
            let kind = ErrorKind::TooManyNodes { limit: self.budget.nodes, aliases };
            return Err(Error { kind, span });
        }
        Ok(())
    }

    /// Counts the copies that anchors keep: nested ones would keep the innermost many times.
    fn remember(&mut self, nodes: usize, span: Span) -> Result<(), Error> {
        self.remembered = self.remembered.saturating_add(nodes);
        if self.remembered > self.budget.nodes {
            let kind = ErrorKind::TooManyNodes { limit: self.budget.nodes, aliases: true };
            return Err(Error { kind, span });
        }
        Ok(())
    }

    fn alias(&mut self, name: &str, span: Span) -> Result<(), Error> {
        let anchor = name.to_owned();
        if self.keep == Keep::Everything && self.anchors.contains_key(name) {
            self.count(1, false, span)?;
            let mut node = Node { span, style: Style::Plain, ..Node::default() };
            node.beside = self.beside(None, Some(name));
            return self.attach(node, 0);
        }
        let (nodes, height) = match self.anchors.get(name) {
            None => return Err(Error { kind: ErrorKind::UnknownAlias { anchor }, span }),
            Some(Anchor::Open) => {
                return Err(Error { kind: ErrorKind::RecursiveAlias { anchor }, span });
            }
            Some(Anchor::Done { nodes, height, .. }) => (*nodes, *height),
        };
        self.count(nodes, true, span)?;
        if self.stack.len() + height > self.budget.depth {
            return Err(Error { kind: ErrorKind::TooDeep { limit: self.budget.depth }, span });
        }
        match self.anchors.get(name) {
            Some(Anchor::Done { node, .. }) => {
                let mut node = node.clone();
                if self.is_v2() {
                    // An alias of `<<` is a key like any other.
                    node.tag = None;
                }
                self.attach(node, height)
            }
            _ => Err(Error { kind: ErrorKind::UnknownAlias { anchor }, span }),
        }
    }

    fn scalar(
        &mut self,
        properties: &Properties<'_>,
        value: Cow<'_, str>,
        style: Style,
        span: Span,
    ) -> Result<(), Error> {
        self.count(1, false, span)?;
        let mut node = match self.rules {
            ReadRules::GoYamlV3 => scalar_node(properties.tag(), value, style, span)?,
            ReadRules::Kyaml if self.keep == Keep::Everything => {
                raw_scalar(properties.tag(), value, style, span)
            }
            ReadRules::Kyaml => kyaml_scalar(properties.tag(), value, style, span),
            ReadRules::GoYamlV2 { .. } => {
                read_v2::scalar_node(properties.tag(), value, style, span)?
            }
        };
        if self.keep != Keep::Values {
            node.beside = self.beside(properties.anchor(), None);
        }
        if let Some(name) = properties.anchor() {
            self.remember(1, span)?;
            let done = Anchor::Done { node: node.clone(), nodes: 1, height: 0 };
            self.anchors.insert(name.to_owned(), done);
        }
        self.attach(node, 0)
    }

    fn open(
        &mut self,
        kind: Kind,
        properties: &Properties<'_>,
        flow: bool,
        span: Span,
    ) -> Result<(), Error> {
        if self.stack.len() >= self.budget.depth {
            return Err(Error { kind: ErrorKind::TooDeep { limit: self.budget.depth }, span });
        }
        let nodes_before = self.nodes;
        self.count(1, false, span)?;
        let anchor = properties.anchor().map(str::to_owned);
        if let Some(name) = &anchor {
            self.anchors.insert(name.clone(), Anchor::Open);
        }
        self.stack.push(Frame {
            kind,
            first: self.finished.len(),
            merges: false,
            start: span.start,
            end: span.end,
            flow,
            anchor,
            tag: properties.tag().and_then(explicit_tag),
            nodes_before,
            height: 1,
            head: std::mem::take(&mut self.said.head),
        });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Error> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        // A block ends with its last value; the event comes only where the next thing starts.
        let end = if frame.flow { span.end } else { frame.end };
        let span = Span::new(self.source, frame.start, end);
        let value = match frame.kind {
            Kind::Sequence => Value::Sequence(self.finished.drain(frame.first..).collect()),
            Kind::Mapping => {
                let mut entries = self.take_entries(frame.first);
                match self.rules {
                    ReadRules::GoYamlV3 => {
                        self.find_duplicates(&entries)?;
                        if frame.merges {
                            entries = merge_keys::merge(entries)?;
                        }
                    }
                    ReadRules::Kyaml if self.keep == Keep::Everything => {}
                    ReadRules::Kyaml => {
                        if frame.merges {
                            self.merged = true;
                            entries = merge_keys::merge(entries)?;
                        } else if let Some(at) =
                            entries.iter().position(|(key, _)| key.as_str() == Some("<<"))
                        {
                            // kyaml takes the key away, quotes or no quotes, and looks only then.
                            entries.remove(at);
                        }
                    }
                    ReadRules::GoYamlV2 { unique_keys } => {
                        if frame.merges {
                            entries = read_v2::merge(entries)?;
                        }
                        let overridden = read_v2::sort(&mut entries);
                        if unique_keys {
                            for (first, key) in overridden {
                                self.duplicate(first, &key)?;
                            }
                        }
                    }
                }
                Value::Mapping(Mapping::from_entries(entries))
            }
        };
        let mut node = match self.rules {
            ReadRules::GoYamlV2 { .. } => Node { value, span, ..Node::default() },
            ReadRules::GoYamlV3 | ReadRules::Kyaml => {
                let style = if frame.flow { Style::Flow } else { Style::Plain };
                Node { value, span, tag: frame.tag, style, ..Node::default() }
            }
        };
        if self.keep != Keep::Values {
            self.said.head = frame.head;
            if !frame.flow
                && let Value::Mapping(mapping) = &mut node.value
                && let Some((key, _)) = mapping.entries_mut().last_mut()
                && !self.said.foot.is_empty()
            {
                key.set_foot(std::mem::take(&mut self.said.foot));
            }
            node.beside = self.beside(frame.anchor.as_deref(), None);
        }
        // A node within that has the same anchor came later, so it is the one that aliases mean.
        let own = frame.anchor.filter(|name| matches!(self.anchors.get(name), Some(Anchor::Open)));
        if let Some(name) = own {
            let nodes = self.nodes - frame.nodes_before;
            self.remember(nodes, span)?;
            let done = Anchor::Done { node: node.clone(), nodes, height: frame.height };
            self.anchors.insert(name, done);
        }
        self.attach(node, frame.height)
    }

    /// Adds a finished node to the innermost open one. With none open it is the document itself.
    #[inline]
    fn attach(&mut self, mut node: Node, height: usize) -> Result<(), Error> {
        let is_v2 = self.is_v2();
        let Some(frame) = self.stack.last_mut() else {
            self.finished.push(node);
            return Ok(());
        };
        frame.end = frame.end.max(node.span.end);
        frame.height = frame.height.max(height + 1);
        let is_key =
            frame.kind == Kind::Mapping && (self.finished.len() - frame.first).is_multiple_of(2);
        if is_v2 {
            if is_key {
                frame.merges |= read_v2::is_merge(&node);
                read_v2::make_key(&mut node)?;
            } else {
                node.tag = None;
            }
        } else if is_key {
            if node.text().is_none() && !node.is_alias() {
                let kind = ErrorKind::KeyNotScalar { found: node.kind() };
                return Err(Error { kind, span: node.span });
            }
            frame.merges |= merge_keys::is_merge(&node);
        }
        if self.keep != Keep::Values {
            self.move_foot(&mut node, is_key);
        }
        self.finished.push(node);
        Ok(())
    }

    /// What stands beside the node of the last event.
    fn beside(&mut self, anchor: Option<&str>, alias: Option<&str>) -> Option<Box<Beside>> {
        let EventComments { head, line, foot } = std::mem::take(&mut self.said);
        let kept =
            |name: Option<&str>| name.filter(|_| self.keep == Keep::Everything).map(Box::from);
        Beside { head, line, foot, anchor: kept(anchor), alias: kept(alias) }.boxed()
    }

    /// The comment below an entry is with its key. What stands below the key itself is below the entry
    /// before it.
    fn move_foot(&mut self, node: &mut Node, is_key: bool) {
        let Some(frame) = self.stack.last() else {
            return;
        };
        if frame.kind != Kind::Mapping || node.foot().is_empty() {
            return;
        }
        let (first, flow) = (frame.first, frame.flow);
        if is_key {
            if !flow && self.finished.len() - first >= 2 {
                let before = self.finished.len() - 2;
                self.finished[before].set_foot(node.take_foot());
            }
        } else if let Some(key) = self.finished.last_mut()
            && key.foot().is_empty()
        {
            key.set_foot(node.take_foot());
        }
    }

    /// The entries of the innermost mapping.
    fn take_entries(&mut self, first: usize) -> Vec<(Node, Node)> {
        let mut entries = Vec::with_capacity((self.finished.len() - first) / 2);
        let mut nodes = self.finished.drain(first..);
        while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
            entries.push((key, value));
        }
        entries
    }

    fn find_duplicates(&mut self, entries: &[(Node, Node)]) -> Result<(), Error> {
        // Up to this many comparing each with each is quicker than hashing.
        const FEW: usize = 12;
        if entries.len() <= FEW {
            for (at, (key, _)) in entries.iter().enumerate() {
                if let Some((first, _)) = entries[..at].iter().find(|(k, _)| k.text() == key.text())
                {
                    self.duplicate(first.span, key)?;
                }
            }
        } else {
            let mut seen = HashMap::with_capacity(entries.len());
            for (key, _) in entries {
                if let Some(first) = seen.get(&key.text()) {
                    self.duplicate(*first, key)?;
                } else {
                    seen.insert(key.text(), key.span);
                }
            }
        }
        Ok(())
    }

    /// Looks through the mappings that were still open when a fault ended the reading.
    fn find_open_duplicates(&mut self) {
        while let Some(frame) = self.stack.pop() {
            let entries = self.take_entries(frame.first);
            if frame.kind == Kind::Mapping && self.find_duplicates(&entries).is_err() {
                return;
            }
        }
    }

    fn duplicate(&mut self, first: Span, key: &Node) -> Result<(), Error> {
        if self.duplicates.len() >= MAX_ERRORS {
            let kind = ErrorKind::TooManyErrors { limit: MAX_ERRORS };
            return Err(Error { kind, span: key.span });
        }
        let text = key.text().unwrap_or_default().to_owned();
        self.duplicates
            .push(Error { kind: ErrorKind::DuplicateKey { key: text, first }, span: key.span });
        Ok(())
    }
}

pub(super) const LONG_TAG: &str = "tag:yaml.org,2002:";

/// The tag in its short form; none for `!`, which says nothing of plain scalars.
fn explicit_tag(tag: &str) -> Option<Rare> {
    match tag.strip_prefix(LONG_TAG) {
        Some(short) => Some(format!("!!{short}").into()),
        None if tag.is_empty() || tag == "!" => None,
        None => Some(tag.into()),
    }
}

/// A scalar as go-yaml has it in a node, where a tag may say what the text is not.
fn kyaml_scalar(tag: Option<&str>, text: Cow<'_, str>, style: Style, span: Span) -> Node {
    let mut node = raw_scalar(tag, text, style, span);
    decode_binary(&mut node);
    node
}

/// Makes a scalar that is `!!binary` the text that it stands for, if it is text.
pub(super) fn decode_binary(node: &mut Node) {
    if node.tag.as_deref() != Some("!!binary") {
        return;
    }
    let Some(text) = node.as_str() else { return };
    let digits: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    if let Ok(bytes) = STANDARD.decode(digits) {
        let beside = node.beside.take();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        *node = Node { beside, ..Node::string(text).at(node.span) };
    }
}

/// A scalar with its tag, whatever it says.
fn raw_scalar(tag: Option<&str>, text: Cow<'_, str>, style: Style, span: Span) -> Node {
    match scalar_node(tag, Cow::Borrowed(&*text), style, span) {
        Ok(node) => node,
        Err(_) => {
            let value = Value::String(text.into_owned());
            let tag = tag.and_then(explicit_tag);
            Node { value, span, tag, style, ..Node::default() }
        }
    }
}

fn scalar_node(
    tag: Option<&str>,
    text: Cow<'_, str>,
    style: Style,
    span: Span,
) -> Result<Node, Error> {
    let tag = tag.and_then(explicit_tag);
    let mismatch = |tag: &str, text: &str| Error {
        kind: ErrorKind::TagMismatch { tag: tag.to_owned(), text: text.to_owned() },
        span,
    };
    let resolved = match tag.as_deref() {
        None if style == Style::Plain => scalar::resolve(&text),
        Some("!!null" | "!!bool" | "!!int" | "!!float") => scalar::resolve(&text),
        Some("!!binary") => return Err(mismatch("!!binary", &text)),
        _ => Plain::Text,
    };
    let value = match (tag.as_deref(), resolved) {
        (Some("!!float"), Plain::Int(value)) => Value::Float(value as f64),
        (Some(tag @ "!!null"), plain) if plain != Plain::Null => return Err(mismatch(tag, &text)),
        (Some(tag @ "!!bool"), plain) if !matches!(plain, Plain::Bool(_)) => {
            return Err(mismatch(tag, &text));
        }
        (Some(tag @ "!!int"), plain) if !matches!(plain, Plain::Int(_) | Plain::UInt(_)) => {
            return Err(mismatch(tag, &text));
        }
        (Some(tag @ "!!float"), plain) if !matches!(plain, Plain::Float(_)) => {
            return Err(mismatch(tag, &text));
        }
        (_, Plain::Null) => Value::Null,
        (_, Plain::Bool(value)) => Value::Bool(value),
        (_, Plain::Int(value)) => Value::Int(value),
        (_, Plain::UInt(value)) => Value::UInt(value),
        (_, Plain::Float(value)) => Value::Float(value),
        (_, Plain::Merge | Plain::Text) => {
            let value = Value::String(text.into_owned());
            return Ok(Node { value, span, tag, style, ..Node::default() });
        }
    };
    let source_text = Some(text.into_owned().into());
    Ok(Node { value, span, tag, style, source_text, ..Node::default() })
}
