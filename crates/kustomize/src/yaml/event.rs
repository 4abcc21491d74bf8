//! What the grammar says about a text: a stream of events with their places. The composer makes
//! nodes of them; what a scalar means is not known here.

use std::borrow::Cow;

use libyaml_safer::{EventData, MappingStyle, Parser, ScalarStyle, SequenceStyle};

use super::{Error, ErrorKind, SourceId, Span, Style};

/// An event and the bytes that it covers.
pub(crate) struct Event<'a> {
    pub(crate) data: Data<'a>,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Anchor and tag of a node.
#[derive(Default)]
pub(crate) struct Properties<'a> {
    pub(crate) anchor: Option<Cow<'a, str>>,
    pub(crate) tag: Option<Cow<'a, str>>,
}

pub(crate) enum Data<'a> {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(Cow<'a, str>),
    Scalar { properties: Properties<'a>, value: Cow<'a, str>, style: Style },
    SequenceStart { properties: Properties<'a>, flow: bool },
    SequenceEnd,
    MappingStart { properties: Properties<'a>, flow: bool },
    MappingEnd,
}

/// Reads events from a text whose byte order mark is cut off.
pub(crate) struct Events<'a, 'r> {
    parser: Parser<&'r mut &'a [u8]>,
    source: SourceId,
    offset: u32,
}

impl<'a, 'r> Events<'a, 'r> {
    pub(crate) fn new(source: SourceId, text: &'r mut &'a [u8], offset: u32) -> Events<'a, 'r> {
        let mut parser = Parser::new();
        parser.set_input(text);
        Events { parser, source, offset }
    }

    fn at(&self, index: u64) -> u32 {
        u32::try_from(index).unwrap_or(u32::MAX).saturating_add(self.offset)
    }

    pub(crate) fn next(&mut self) -> Result<Event<'static>, Error> {
        loop {
            let event = self.parser.parse().map_err(|error| {
                let at = error.problem_mark().map_or(0, |mark| self.at(mark.index));
                let problem = match error.context() {
                    Some(context) => format!("{} {context}", error.problem()),
                    None => error.problem().to_owned(),
                };
                Error { kind: ErrorKind::Syntax { problem }, span: Span::new(self.source, at, at) }
            })?;
            let own = |text: Option<String>| text.map(Cow::Owned);
            let data = match event.data {
                EventData::StreamStart { .. } => continue,
                EventData::StreamEnd => Data::StreamEnd,
                EventData::DocumentStart { .. } => Data::DocumentStart,
                EventData::DocumentEnd { .. } => Data::DocumentEnd,
                EventData::Alias { anchor } => Data::Alias(anchor.into()),
                EventData::Scalar { anchor, tag, value, style, .. } => Data::Scalar {
                    properties: Properties { anchor: own(anchor), tag: own(tag) },
                    value: value.into(),
                    style: match style {
                        ScalarStyle::SingleQuoted => Style::SingleQuoted,
                        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                        ScalarStyle::Literal => Style::Literal,
                        ScalarStyle::Folded => Style::Folded,
                        _ => Style::Plain,
                    },
                },
                EventData::SequenceStart { anchor, tag, style, .. } => Data::SequenceStart {
                    properties: Properties { anchor: own(anchor), tag: own(tag) },
                    flow: style == SequenceStyle::Flow,
                },
                EventData::SequenceEnd => Data::SequenceEnd,
                EventData::MappingStart { anchor, tag, style, .. } => Data::MappingStart {
                    properties: Properties { anchor: own(anchor), tag: own(tag) },
                    flow: style == MappingStyle::Flow,
                },
                EventData::MappingEnd => Data::MappingEnd,
            };
            let (start, end) = (self.at(event.start_mark.index), self.at(event.end_mark.index));
            return Ok(Event { data, start, end });
        }
    }
}
