//! From tokens to events: the grammar of go-yaml v3 (`parserc.go`). The composer makes nodes of the
//! events; what a scalar means is not known here.

use std::borrow::Cow;

use super::scan::{Result, Scanner, Tag, TokenKind};
use super::scan_comments::EventComments;
use super::{SourceId, Style};

/// An event and the bytes of the file that it covers.
pub(super) struct Event<'a> {
    pub(super) data: Data<'a>,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Anchor and tag of a node. Boxed, as few nodes have any and events are many.
#[derive(Default)]
pub(super) struct Properties<'a>(Option<Box<Said<'a>>>);

#[derive(Default)]
struct Said<'a> {
    anchor: Option<&'a str>,
    tag: Option<Box<str>>,
}

impl<'a> Properties<'a> {
    pub(super) fn anchor(&self) -> Option<&'a str> {
        self.0.as_ref()?.anchor
    }

    pub(super) fn tag(&self) -> Option<&str> {
        self.0.as_ref()?.tag.as_deref()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn set_anchor(&mut self, anchor: &'a str) {
        self.0.get_or_insert_default().anchor = Some(anchor);
    }

    fn set_tag(&mut self, tag: Box<str>) {
        self.0.get_or_insert_default().tag = Some(tag);
    }
}

pub(super) enum Data<'a> {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(&'a str),
    Scalar { properties: Properties<'a>, value: Cow<'a, str>, style: Style },
    SequenceStart { properties: Properties<'a>, flow: bool },
    SequenceEnd,
    MappingStart { properties: Properties<'a>, flow: bool },
    MappingEnd,
}

/// What is expected next.
#[derive(Clone, Copy)]
enum State {
    /// Only where comments are kept.
    StreamStart,
    FirstDocument,
    Document,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceEntry {
        first: bool,
    },
    FlowSequenceEntryMappingKey,
    FlowSequenceEntryMappingValue,
    FlowSequenceEntryMappingEnd,
    FlowMappingKey {
        first: bool,
    },
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

/// Reads events from a text whose byte order mark is cut off.
pub(super) struct Events<'a> {
    scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    tag_directives: Vec<Tag<'a>>,
}

impl<'a> Events<'a> {
    /// `offset` is the length of the byte order mark.
    pub(super) fn new(source: SourceId, text: &'a str, offset: u32) -> Events<'a> {
        Events {
            scanner: Scanner::new(source, text, offset),
            state: State::FirstDocument,
            states: Vec::with_capacity(16),
            tag_directives: Vec::new(),
        }
    }

    /// Events with their comments: see [`Events::take_comments`].
    pub(super) fn with_comments(source: SourceId, text: &'a str, offset: u32) -> Events<'a> {
        let scanner = Scanner::with_comments(source, text, offset);
        Events { scanner, state: State::StreamStart, ..Events::new(source, "", 0) }
    }

    /// The comments of the last event.
    pub(super) fn take_comments(&mut self) -> EventComments {
        let comments = self.scanner.comments.as_mut();
        comments.map(|comments| std::mem::take(&mut comments.said)).unwrap_or_default()
    }

    /// Gives the event to come all comments that were read so far.
    #[inline]
    fn set_comments(&mut self) {
        if let Some(comments) = &mut self.scanner.comments {
            comments.take();
        }
    }

    pub(super) fn next(&mut self) -> Result<Event<'a>> {
        match self.state {
            State::StreamStart => {
                self.scanner.take()?;
                self.state = State::FirstDocument;
                self.next()
            }
            State::FirstDocument => self.document_start(true),
            State::Document => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequenceEntry => self.block_sequence_entry(),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingKey => self.block_mapping_key(),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceEntry { first } => self.flow_sequence_entry(first),
            State::FlowSequenceEntryMappingKey => self.flow_sequence_entry_mapping_key(),
            State::FlowSequenceEntryMappingValue => self.flow_sequence_entry_mapping_value(),
            State::FlowSequenceEntryMappingEnd => {
                let at = self.scanner.peek()?.start;
                self.state = State::FlowSequenceEntry { first: false };
                Ok(self.event(Data::MappingEnd, at, at))
            }
            State::FlowMappingKey { first } => self.flow_mapping_key(first),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::End => {
                let at = self.scanner.at;
                Ok(self.event(Data::StreamEnd, at, at))
            }
        }
    }

    fn event(&self, data: Data<'a>, start: usize, end: usize) -> Event<'a> {
        let (start, end) = (self.scanner.file_position(start), self.scanner.file_position(end));
        Event { data, start, end }
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn empty_scalar(&self, at: usize) -> Event<'a> {
        let data = Data::Scalar {
            properties: Properties::default(),
            value: Cow::Borrowed(""),
            style: Style::Plain,
        };
        self.event(data, at, at)
    }

    fn document_start(&mut self, first: bool) -> Result<Event<'a>> {
        if !first {
            while self.scanner.peek()?.kind == TokenKind::DocumentEnd {
                self.scanner.take()?;
            }
        }
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            TokenKind::StreamEnd => {
                self.state = State::End;
                Ok(self.event(Data::StreamEnd, start, start))
            }
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective(_)
            | TokenKind::DocumentStart => {
                self.directives()?;
                let token = self.scanner.take()?;
                if token.kind != TokenKind::DocumentStart {
                    return Err(self
                        .scanner
                        .error(token.start, "expected `---` before a document"));
                }
                self.states.push(State::DocumentEnd);
                self.state = State::DocumentContent;
                Ok(self.event(Data::DocumentStart, start, token.end))
            }
            _ if first => {
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                self.split_document_comment();
                Ok(self.event(Data::DocumentStart, start, start))
            }
            _ => {
                let problem = "the document has ended here, and something else follows; check the \
                               indentation, or write `---` before another document";
                Err(self.scanner.error(start, problem))
            }
        }
    }

    fn directives(&mut self) -> Result<()> {
        let mut version = false;
        loop {
            match self.scanner.peek()?.kind {
                TokenKind::VersionDirective { .. } | TokenKind::TagDirective(_) => {}
                _ => return Ok(()),
            }
            let token = self.scanner.take()?;
            let problem = match token.kind {
                TokenKind::VersionDirective { .. } if version => "there are two `%YAML` directives",
                TokenKind::VersionDirective { major: 1, minor: 1 } => {
                    version = true;
                    continue;
                }
                TokenKind::TagDirective(tag) => {
                    if self.tag_directives.iter().any(|other| other.handle == tag.handle) {
                        "there are two `%TAG` directives for this handle"
                    } else {
                        self.tag_directives.push(*tag);
                        continue;
                    }
                }
                _ => "go-yaml reads YAML 1.1 only; leave the `%YAML` directive out",
            };
            return Err(self.scanner.error(token.start, problem));
        }
    }

    fn document_content(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective(_)
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let at = token.start;
                self.pop_state();
                Ok(self.empty_scalar(at))
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let start = token.start;
        let mut end = start;
        if token.kind == TokenKind::DocumentEnd {
            end = self.scanner.take()?.end;
        }
        self.tag_directives.clear();
        self.state = State::Document;
        self.set_comments();
        if let Some(comments) = &mut self.scanner.comments
            && comments.said.foot.is_empty()
        {
            comments.said.foot = std::mem::take(&mut comments.said.head);
        }
        Ok(self.event(Data::DocumentEnd, start, end))
    }

    /// Of the comment above the first thing in a document, what comes before its last empty line is
    /// about the document.
    fn split_document_comment(&mut self) {
        let Some(comments) = &mut self.scanner.comments else {
            return;
        };
        let head = &mut comments.pending.head;
        let split = if head.len() > 1 && head.ends_with('\n') {
            Some((head.len() - 1, head.len()))
        } else {
            head.rfind("\n\n").map(|at| (at, at + 2))
        };
        if let Some((end, start)) = split {
            comments.said.head = head[..end].to_owned();
            head.drain(..start);
        }
    }

    /// What was a comment above an item is about the whole block in it, if there is one. `length` is how
    /// much was above the item.
    fn split_stem_comment(&mut self, length: usize) -> Result<()> {
        if length == 0
            || !matches!(
                self.scanner.peek()?.kind,
                TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart
            )
        {
            return Ok(());
        }
        if let Some(comments) = &mut self.scanner.comments {
            let head = &mut comments.pending.head;
            let rest = head.get(length + 1..).unwrap_or_default().to_owned();
            head.truncate(length);
            comments.stem = Some(std::mem::replace(head, rest));
        }
        Ok(())
    }

    fn length_of_head(&self) -> usize {
        self.scanner.comments.as_ref().map_or(0, |comments| comments.pending.head.len())
    }

    /// Resolves a tag by the directives of the document.
    fn tag(&self, tag: Tag<'a>, at: usize) -> Result<Box<str>> {
        if tag.handle.is_empty() {
            return Ok(tag.suffix.into());
        }
        let directive = self.tag_directives.iter().find(|known| known.handle == tag.handle);
        match (directive, tag.handle) {
            (Some(directive), _) => Ok(format!("{}{}", directive.suffix, tag.suffix).into()),
            (None, "!") => Ok(format!("!{}", tag.suffix).into()),
            (None, "!!") => Ok(format!("tag:yaml.org,2002:{}", tag.suffix).into()),
            (None, handle) => {
                let problem = format!("the tag handle `{handle}` is not declared");
                Err(self.scanner.error(at, problem))
            }
        }
    }

    fn node(&mut self, block: bool, indentless_sequence: bool) -> Result<Event<'a>> {
        let start = self.scanner.peek()?.start;
        let mut end = start;
        let mut properties = Properties::default();
        loop {
            let token = self.scanner.peek()?;
            match &token.kind {
                TokenKind::Alias(name) if properties.is_empty() => {
                    let (name, end) = (*name, token.end);
                    self.set_comments();
                    self.scanner.take_peeked();
                    self.pop_state();
                    return Ok(self.event(Data::Alias(name), start, end));
                }
                TokenKind::Anchor(name) if properties.anchor().is_none() => {
                    properties.set_anchor(name);
                    end = token.end;
                    self.scanner.take_peeked();
                }
                TokenKind::Tag(_) if properties.tag().is_none() => {
                    let token = self.scanner.take()?;
                    end = token.end;
                    if let TokenKind::Tag(tag) = token.kind {
                        properties.set_tag(self.tag(*tag, token.start)?);
                    }
                }
                _ => break,
            }
        }
        let token = self.scanner.peek()?;
        let (at, token_end) = (token.start, token.end);
        let (data, end, state) = match &token.kind {
            TokenKind::Scalar { .. } => {
                self.set_comments();
                let token = self.scanner.take()?;
                self.pop_state();
                let TokenKind::Scalar { value, style } = token.kind else {
                    return Ok(self.empty_scalar(at));
                };
                return Ok(self.event(Data::Scalar { properties, value, style }, start, token.end));
            }
            TokenKind::BlockEntry if indentless_sequence => {
                let data = Data::SequenceStart { properties, flow: false };
                self.state = State::IndentlessSequenceEntry;
                return Ok(self.event(data, start, token_end));
            }
            TokenKind::FlowSequenceStart => (
                Data::SequenceStart { properties, flow: true },
                token_end,
                State::FlowSequenceEntry { first: true },
            ),
            TokenKind::FlowMappingStart => (
                Data::MappingStart { properties, flow: true },
                token_end,
                State::FlowMappingKey { first: true },
            ),
            TokenKind::BlockSequenceStart if block => (
                Data::SequenceStart { properties, flow: false },
                token_end,
                State::BlockSequenceEntry,
            ),
            TokenKind::BlockMappingStart if block => {
                (Data::MappingStart { properties, flow: false }, token_end, State::BlockMappingKey)
            }
            _ if !properties.is_empty() => {
                self.pop_state();
                let data =
                    Data::Scalar { properties, value: Cow::Borrowed(""), style: Style::Plain };
                return Ok(self.event(data, start, end));
            }
            kind => {
                let problem = match kind {
                    TokenKind::StreamEnd => "the file ends where a value is expected",
                    TokenKind::BlockEntry => "an item `- ` cannot stand here",
                    TokenKind::FlowEntry => "expected a value before this `,`",
                    TokenKind::FlowMappingEnd => "this `}` closes nothing",
                    TokenKind::FlowSequenceEnd => "this `]` closes nothing",
                    TokenKind::Alias(_) => "an alias takes no anchor and no tag",
                    _ => "expected a value here",
                };
                return Err(self.scanner.error(at, problem));
            }
        };
        match &data {
            Data::SequenceStart { flow: true, .. } | Data::MappingStart { flow: true, .. } => {
                self.set_comments();
            }
            _ => {
                if let Some(comments) = &mut self.scanner.comments
                    && let Some(stem) = comments.stem.take()
                {
                    comments.said.head = stem;
                }
            }
        }
        self.scanner.take_peeked();
        self.state = state;
        Ok(self.event(data, start, end))
    }

    fn block_sequence_entry(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.take()?;
        match token.kind {
            TokenKind::BlockEntry => {
                self.state = State::BlockSequenceEntry;
                self.split_stem_comment(self.length_of_head())?;
                let next = self.scanner.peek()?;
                if matches!(next.kind, TokenKind::BlockEntry | TokenKind::BlockEnd) {
                    return Ok(self.empty_scalar(token.end));
                }
                self.states.push(State::BlockSequenceEntry);
                self.node(true, false)
            }
            TokenKind::BlockEnd => {
                self.pop_state();
                Ok(self.event(Data::SequenceEnd, token.start, token.end))
            }
            _ => {
                let problem = "expected another item `- ` of this sequence, or less indentation";
                Err(self.scanner.error(token.start, problem))
            }
        }
    }

    fn indentless_sequence_entry(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let start = token.start;
        if token.kind != TokenKind::BlockEntry {
            self.pop_state();
            return Ok(self.event(Data::SequenceEnd, start, start));
        }
        let end = self.scanner.take()?.end;
        self.state = State::IndentlessSequenceEntry;
        self.split_stem_comment(self.length_of_head())?;
        if matches!(
            self.scanner.peek()?.kind,
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd
        ) {
            return Ok(self.empty_scalar(end));
        }
        self.states.push(State::IndentlessSequenceEntry);
        self.node(true, false)
    }

    fn block_mapping_key(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            TokenKind::Key => {
                let end = self.scanner.take()?.end;
                self.block_mapping_part(end, State::BlockMappingValue)
            }
            TokenKind::BlockEnd => {
                self.set_comments();
                self.scanner.take_peeked();
                self.pop_state();
                Ok(self.event(Data::MappingEnd, start, start))
            }
            _ => {
                let problem = "expected a key of this mapping, indented as the others";
                Err(self.scanner.error(start, problem))
            }
        }
    }

    fn block_mapping_part(&mut self, end: usize, then: State) -> Result<Event<'a>> {
        if matches!(
            self.scanner.peek()?.kind,
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd
        ) {
            self.state = then;
            return Ok(self.empty_scalar(end));
        }
        self.states.push(then);
        self.node(true, true)
    }

    fn block_mapping_value(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let start = token.start;
        if token.kind == TokenKind::Value {
            let end = self.scanner.take()?.end;
            return self.block_mapping_part(end, State::BlockMappingKey);
        }
        self.state = State::BlockMappingKey;
        Ok(self.empty_scalar(start))
    }

    fn flow_sequence_entry(&mut self, first: bool) -> Result<Event<'a>> {
        if !first && self.scanner.peek()?.kind != TokenKind::FlowSequenceEnd {
            let token = self.scanner.take()?;
            if token.kind != TokenKind::FlowEntry {
                let problem = match token.kind {
                    TokenKind::StreamEnd => "the file ends before a closing `]`",
                    _ => "expected `,` or `]` here",
                };
                return Err(self.scanner.error(token.start, problem));
            }
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::FlowSequenceEnd => {
                self.set_comments();
                self.scanner.take_peeked();
                self.pop_state();
                Ok(self.event(Data::SequenceEnd, start, end))
            }
            TokenKind::Key => {
                self.scanner.take()?;
                self.state = State::FlowSequenceEntryMappingKey;
                let data = Data::MappingStart { properties: Properties::default(), flow: true };
                Ok(self.event(data, start, end))
            }
            _ => {
                self.states.push(State::FlowSequenceEntry { first: false });
                self.node(false, false)
            }
        }
    }

    fn flow_sequence_entry_mapping_key(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        if matches!(
            token.kind,
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd
        ) {
            // go-yaml drops the token, so that `[? ]` and `[? : a]` are errors, as they are here.
            let at = token.end;
            self.scanner.take_peeked();
            self.state = State::FlowSequenceEntryMappingValue;
            return Ok(self.empty_scalar(at));
        }
        self.states.push(State::FlowSequenceEntryMappingValue);
        self.node(false, false)
    }

    fn flow_sequence_entry_mapping_value(&mut self) -> Result<Event<'a>> {
        let mut at = self.scanner.peek()?.start;
        if self.scanner.peek()?.kind == TokenKind::Value {
            self.scanner.take()?;
            let next = self.scanner.peek()?;
            at = next.start;
            if !matches!(next.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                self.states.push(State::FlowSequenceEntryMappingEnd);
                return self.node(false, false);
            }
        }
        self.state = State::FlowSequenceEntryMappingEnd;
        Ok(self.empty_scalar(at))
    }

    fn flow_mapping_key(&mut self, first: bool) -> Result<Event<'a>> {
        if !first && self.scanner.peek()?.kind != TokenKind::FlowMappingEnd {
            let token = self.scanner.take()?;
            if token.kind != TokenKind::FlowEntry {
                let problem = match token.kind {
                    TokenKind::StreamEnd => "the file ends before a closing `}`",
                    _ => "expected `,` or `}` here",
                };
                return Err(self.scanner.error(token.start, problem));
            }
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::FlowMappingEnd => {
                self.set_comments();
                self.scanner.take_peeked();
                self.pop_state();
                Ok(self.event(Data::MappingEnd, start, end))
            }
            TokenKind::Key => {
                self.scanner.take()?;
                let next = self.scanner.peek()?;
                let at = next.start;
                if matches!(
                    next.kind,
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd
                ) {
                    self.state = State::FlowMappingValue;
                    return Ok(self.empty_scalar(at));
                }
                self.states.push(State::FlowMappingValue);
                self.node(false, false)
            }
            _ => {
                self.states.push(State::FlowMappingEmptyValue);
                self.node(false, false)
            }
        }
    }

    fn flow_mapping_value(&mut self, empty: bool) -> Result<Event<'a>> {
        let mut at = self.scanner.peek()?.start;
        if !empty && self.scanner.peek()?.kind == TokenKind::Value {
            self.scanner.take()?;
            let next = self.scanner.peek()?;
            at = next.start;
            if !matches!(next.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey { first: false });
                return self.node(false, false);
            }
        }
        self.state = State::FlowMappingKey { first: false };
        Ok(self.empty_scalar(at))
    }
}
