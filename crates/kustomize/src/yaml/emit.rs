//! Nodes to text, to the byte as go-yaml writes it (`encode.go`, `emitterc.go`): v3 for kyaml, v2
//! for `sigs.k8s.io/yaml`, through which everything goes that `kustomize build` and `kubectl` print.
//!
//! Positions play no part; what a node's style is worth is said by the options.

use std::borrow::Cow;

use super::emit_comments::Comments;
use super::emit_scalar::{Analysis, Form};
use super::scalar::{self, Plain};
use super::{Document, Mapping, Node, Style, Value};

/// Whose habits the emitter follows. Blocks are indented by two in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmitOptions {
    /// The version of go-yaml.
    pub dialect: Dialect,
    /// Whether a sequence within a mapping is indented.
    pub sequences: Sequences,
    /// Whether nodes are written as they were.
    pub styles: Styles,
}

/// A version of go-yaml.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `go.yaml.in/yaml/v2`: long text is broken at 80 columns; text with a tab is in double quotes.
    GoYamlV2,
    /// `go.yaml.in/yaml/v3`: lines are never broken.
    GoYamlV3,
}

/// How a sequence within a mapping is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequences {
    /// The dashes stand below the key, as kustomize and kubectl write it.
    Compact,
    /// The dashes are indented by two. (v3 only; v2 knows the compact form only.)
    Indented,
}

/// What becomes of the styles and the tags of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Styles {
    /// Quotes, block scalars, flow collections, tags and the text of numbers stay as they were
    /// read, as when Go encodes a `yaml.Node`.
    Kept,
    /// Only the values count, as when Go encodes a map.
    Ignored,
}

impl EmitOptions {
    /// As kyaml writes a node that it read.
    pub const KYAML: EmitOptions = EmitOptions {
        dialect: Dialect::GoYamlV3,
        sequences: Sequences::Compact,
        styles: Styles::Kept,
    };

    /// As `kubectl` and `kustomize build` print. They sort the keys as well: see
    /// [`go_key_order`](super::go_key_order).
    pub const KUBERNETES: EmitOptions = EmitOptions {
        dialect: Dialect::GoYamlV2,
        sequences: Sequences::Compact,
        styles: Styles::Ignored,
    };
}

impl Default for EmitOptions {
    /// [`EmitOptions::KYAML`].
    fn default() -> EmitOptions {
        EmitOptions::KYAML
    }
}

/// A document as kyaml writes it, with a line break at its end.
///
/// ```
/// use kustomize::yaml::{Budget, SourceId, emit, parse};
///
/// let text = "a: [1, 'x']\nb:\n- c: |\n    two\n    lines\n";
/// let documents = parse(SourceId(0), text.as_bytes(), &Budget::default()).unwrap();
/// assert_eq!(emit::to_string(&documents[0].root), text);
/// ```
pub fn to_string(node: &Node) -> String {
    let mut out = String::new();
    write(node, &EmitOptions::default(), &mut out);
    out
}

/// A document with the comments above and below all of it, as [`to_string`] writes it.
pub(crate) fn document_to_string(document: &Document) -> String {
    let mut out = String::new();
    let mut emitter = Emitter::new(&EmitOptions::default(), &mut out);
    let beside = document.beside.as_deref();
    emitter.document_head(beside.map_or("", |beside| &beside.head));
    emitter.root(&document.root);
    emitter.document_foot(beside.map_or("", |beside| &beside.foot));
    emitter.end();
    out
}

/// Appends a document, with a line break at its end and without `---` before it.
pub fn write(node: &Node, options: &EmitOptions, out: &mut String) {
    let mut emitter = Emitter::new(options, out);
    emitter.root(node);
    emitter.end();
}

/// Where a node stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Nothing is indented yet.
    pub(super) outermost: bool,
    /// It is a key or a value of a mapping.
    pub(super) in_mapping: bool,
    /// It is a key.
    pub(super) key: bool,
    /// It is a key on one line.
    pub(super) simple_key: bool,
}

/// The state of go-yaml's emitter.
pub(super) struct Emitter<'o, 'n> {
    pub(super) out: &'o mut String,
    pub(super) options: EmitOptions,
    /// The column after which long text is broken.
    pub(super) width: usize,
    /// Characters on the current line.
    pub(super) column: usize,
    pub(super) indent: usize,
    /// Whether the last character was a blank.
    pub(super) whitespace: bool,
    /// Whether the line has only indentation, `- ` and `? ` so far.
    pub(super) indention: bool,
    pub(super) flow_level: usize,
    pub(super) comments: Comments<'n>,
}

impl<'o, 'n> Emitter<'o, 'n> {
    fn new(options: &EmitOptions, out: &'o mut String) -> Emitter<'o, 'n> {
        Emitter {
            out,
            options: *options,
            width: match options.dialect {
                Dialect::GoYamlV2 => 80,
                Dialect::GoYamlV3 => usize::MAX,
            },
            column: 0,
            indent: 0,
            whitespace: true,
            indention: true,
            flow_level: 0,
            comments: Comments::default(),
        }
    }

    fn root(&mut self, node: &'n Node) {
        self.hear(node, "");
        self.write_head();
        self.node(node, Place { outermost: true, ..Place::default() });
    }

    fn end(&mut self) {
        if self.column > 0 || !self.indention {
            self.put_break();
        }
    }

    pub(super) fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    /// A run of characters without a line break.
    pub(super) fn put_str(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += if text.is_ascii() { text.len() } else { text.chars().count() };
    }

    pub(super) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.indention = true;
    }

    pub(super) fn write_indent(&mut self) {
        let beyond = self.column > self.indent;
        if !self.indention || beyond || (self.column == self.indent && !self.whitespace) {
            self.put_break();
        }
        self.separate_foot();
        while self.column < self.indent {
            const BLANKS: &str = "                ";
            let missing = (self.indent - self.column).min(BLANKS.len());
            self.out.push_str(&BLANKS[..missing]);
            self.column += missing;
        }
        self.whitespace = true;
        self.indention = true;
    }

    pub(super) fn write_indicator(
        &mut self,
        text: &str,
        need_whitespace: bool,
        is_whitespace: bool,
        is_indention: bool,
    ) {
        if need_whitespace && !self.whitespace {
            self.put(' ');
        }
        self.put_str(text);
        self.whitespace = is_whitespace;
        self.indention = self.indention && is_indention;
    }

    pub(super) fn keeps_styles(&self) -> bool {
        self.options.styles == Styles::Kept
    }

    fn node(&mut self, node: &'n Node, place: Place) {
        let flow = (self.keeps_styles() && node.style == Style::Flow) || self.flow_level > 0;
        match &node.value {
            Value::Sequence(items) => {
                self.write_anchor(node);
                self.write_tag(node);
                self.write_beside(place);
                if flow || items.is_empty() {
                    self.flow_sequence(node, items);
                } else {
                    self.block_sequence(node, items, place);
                }
            }
            Value::Mapping(mapping) => {
                self.write_anchor(node);
                self.write_tag(node);
                self.write_beside(place);
                if flow || mapping.is_empty() {
                    self.flow_mapping(node, mapping);
                } else {
                    self.block_mapping(node, mapping, place);
                }
            }
            Value::Null if node.is_alias() => {
                self.write_anchor(node);
                self.write_beside(place);
            }
            _ => {
                let (text, form) = self.scalar_form(node);
                let analysis = Analysis::of(&text, self.options.dialect);
                self.scalar(node, &text, form, &analysis, place);
                self.write_beside(place);
            }
        }
    }

    /// The text of a scalar and the form that the encoder asks for.
    fn scalar_form<'t>(&self, node: &'t Node) -> (Cow<'t, str>, Form) {
        let kept = match node.style {
            _ if !self.keeps_styles() => None,
            Style::SingleQuoted => Some(Form::SingleQuoted),
            Style::DoubleQuoted => Some(Form::DoubleQuoted),
            Style::Literal => Some(Form::Literal),
            Style::Folded => Some(Form::Folded),
            Style::Plain | Style::Auto | Style::Flow => None,
        };
        let Value::String(text) = &node.value else {
            // Only a tag makes anything else of a quoted scalar than a string.
            let form = kept.filter(|_| node.tag.is_some()).unwrap_or(Form::Plain);
            return (scalar_text(node, self.keeps_styles()), form);
        };
        let form = match kept {
            Some(form) => form,
            None if text.as_bytes().contains(&b'\n') => Form::Literal,
            None if !self.keeps_styles() && scalar::is_plain_text(text) => Form::Plain,
            None if !self.keeps_styles() => Form::DoubleQuoted,
            None if node.tag.is_some() => Form::Plain,
            // What was plain and is text is plain again, even `yes`.
            None if node.style == Style::Plain => match scalar::resolve(text) {
                Plain::Text | Plain::Merge => Form::Plain,
                _ => Form::DoubleQuoted,
            },
            None if text != "<<" && scalar::is_plain_text(text) => Form::Plain,
            None => Form::DoubleQuoted,
        };
        (text.into(), form)
    }

    pub(super) fn write_tag(&mut self, node: &Node) {
        let tag = match node.tag.as_deref() {
            _ if !self.keeps_styles() => return,
            Some("") => return,
            Some(tag) => tag,
            // go-yaml marks what it took for a merge key and had no mapping to merge.
            None if node.style == Style::Plain && node.as_str() == Some("<<") => "!!merge",
            None => return,
        };
        if !self.whitespace {
            self.put(' ');
        }
        if tag.starts_with('!') {
            self.put_str(tag);
        } else {
            self.put_str("!<");
            self.put_str(tag);
            self.put('>');
        }
        self.whitespace = false;
        self.indention = false;
    }

    /// Runs a part one level deeper.
    fn indented(&mut self, deeper: usize, write: impl FnOnce(&mut Self)) {
        let before = self.indent;
        self.indent += deeper;
        write(self);
        self.indent = before;
    }

    fn block_sequence(&mut self, node: &'n Node, items: &'n [Node], place: Place) {
        let compact = self.options.sequences == Sequences::Compact
            || self.options.dialect == Dialect::GoYamlV2;
        let at_key = place.in_mapping && (self.column == 0 || !self.indention);
        let deeper = if place.outermost || (at_key && compact) { 0 } else { 2 };
        self.indented(deeper, |emitter| {
            for item in items {
                emitter.hear(item, "");
                emitter.write_head();
                emitter.write_indent();
                emitter.write_indicator("-", true, false, true);
                emitter.node(item, Place::default());
            }
        });
        self.hear_end(node, "");
    }

    fn block_mapping(&mut self, node: &'n Node, mapping: &'n Mapping, place: Place) {
        self.indented(if place.outermost { 0 } else { 2 }, |emitter| {
            let mut tail = "";
            for (key, value) in mapping.iter() {
                emitter.hear_key(key, &mut tail);
                emitter.write_head();
                emitter.write_indent();
                emitter.hold_key_comment();
                emitter.key(key, |emitter| emitter.write_indent());
                emitter.hear(value, "");
                emitter.place_key_comment(value);
                emitter.node(value, Place { in_mapping: true, ..Place::default() });
            }
            emitter.hear_end(node, tail);
            emitter.write_head();
        });
    }

    /// A key and its `:`, or `? key` and `: ` if the key does not fit on a line.
    fn key(&mut self, key: &'n Node, before_value: impl FnOnce(&mut Self)) {
        let place = Place { in_mapping: true, key: true, ..Place::default() };
        let block = self.flow_level == 0;
        let simple = Place { simple_key: true, ..place };
        if let Some(name) = key.beside.as_ref().and_then(|beside| beside.alias.as_deref())
            && name.len() <= 128
        {
            self.node(key, simple);
            self.write_indicator(":", false, false, false);
            return;
        }
        let (text, form) = self.scalar_form(key);
        let analysis = Analysis::of(&text, self.options.dialect);
        let tag = key.tag.as_deref().filter(|_| self.keeps_styles()).map_or(0, str::len);
        let anchor = key.beside.as_ref().and_then(|beside| beside.anchor.as_deref());
        let anchor = anchor.map_or(0, str::len);
        if !key.is_alias() && !analysis.multiline && text.len() + tag + anchor <= 128 {
            self.scalar(key, &text, form, &analysis, simple);
            self.write_indicator(":", false, false, false);
        } else {
            self.write_indicator("?", true, false, block);
            self.node(key, place);
            before_value(self);
            self.write_indicator(":", true, false, block);
        }
    }

    fn flow_sequence(&mut self, node: &'n Node, items: &'n [Node]) {
        self.write_indicator("[", true, true, false);
        self.flow_level += 1;
        self.indented(2, |emitter| {
            let mut comma = true;
            for item in items {
                emitter.hear(item, "");
                if !comma {
                    emitter.write_indicator(",", false, false, false);
                }
                emitter.write_head();
                emitter.break_long_flow();
                comma = emitter.comments.any_behind();
                emitter.node(item, Place::default());
            }
        });
        self.hear_end(node, "");
        self.flow_level -= 1;
        if self.column == 0 {
            self.write_indent();
        }
        self.write_indicator("]", false, false, false);
        self.write_line();
        self.write_foot();
    }

    fn flow_mapping(&mut self, node: &'n Node, mapping: &'n Mapping) {
        self.write_indicator("{", true, true, false);
        self.flow_level += 1;
        self.indented(2, |emitter| {
            let mut tail = "";
            let mut comma = true;
            for (key, value) in mapping.iter() {
                emitter.hear_key(key, &mut tail);
                if !comma {
                    emitter.write_indicator(",", false, false, false);
                }
                emitter.write_head();
                emitter.break_long_flow();
                emitter.key(key, Self::break_long_flow);
                emitter.hear(value, "");
                comma = emitter.comments.any_behind();
                emitter.node(value, Place { in_mapping: true, ..Place::default() });
            }
            emitter.hear_end(node, tail);
            if !comma && emitter.comments.any_around() {
                emitter.write_indicator(",", false, false, false);
            }
            emitter.write_head();
        });
        self.flow_level -= 1;
        self.write_indicator("}", false, false, false);
        self.write_line();
        self.write_foot();
    }

    fn break_long_flow(&mut self) {
        if self.column == 0 || self.column > self.width {
            self.write_indent();
        }
    }
}

/// The text of a scalar that is no string: as it was read if it still means the value, and as Go
/// formats the value otherwise.
fn scalar_text(node: &Node, as_read: bool) -> Cow<'_, str> {
    if as_read && let Some(text) = node.source_text.as_deref() {
        let same = match (scalar::resolve(text), &node.value) {
            (Plain::Null, Value::Null) => true,
            (Plain::Bool(a), Value::Bool(b)) => a == *b,
            (Plain::Int(a), Value::Int(b)) => a == *b,
            (Plain::Int(a), Value::Float(b)) => a as f64 == *b,
            (Plain::UInt(a), Value::UInt(b)) => a == *b,
            (Plain::Float(a), Value::Float(b)) => a == *b || (a.is_nan() && b.is_nan()),
            _ => false,
        };
        if same {
            return text.into();
        }
    }
    canonical_text(&node.value)
}

/// The text of a scalar that is no string, as Go formats it.
pub(super) fn canonical_text(value: &Value) -> Cow<'static, str> {
    match value {
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Int(value) => value.to_string().into(),
        Value::UInt(value) => value.to_string().into(),
        Value::Float(value) => scalar::format_float(*value).into(),
        _ => "null".into(),
    }
}
