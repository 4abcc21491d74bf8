//! Nodes to text, to the byte as go-yaml writes it (`encode.go`, `emitterc.go`): v3 for kyaml, v2
//! for `sigs.k8s.io/yaml`, through which everything goes that `kustomize build` and `kubectl` print.
//!
//! Positions play no part; what a node's style is worth is said by the options.

use std::borrow::Cow;

use super::emit_scalar::{Analysis, Form};
use super::scalar::{self, Plain};
use super::{Mapping, Node, Style, Value};

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

/// Appends a document, with a line break at its end and without `---` before it.
pub fn write(node: &Node, options: &EmitOptions, out: &mut String) {
    let before = out.len();
    let mut emitter = Emitter {
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
    };
    emitter.node(node, Place { outermost: true, ..Place::default() });
    if emitter.column > 0 || emitter.out.len() == before {
        emitter.out.push('\n');
    }
}

/// Where a node stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Nothing is indented yet.
    pub(super) outermost: bool,
    /// It is a key or a value of a mapping.
    pub(super) in_mapping: bool,
    /// It is a key on one line.
    pub(super) simple_key: bool,
}

/// The state of go-yaml's emitter, as far as it matters without comments.
pub(super) struct Emitter<'o> {
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
}

impl Emitter<'_> {
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
        while self.column < self.indent {
            self.put(' ');
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

    fn keeps_styles(&self) -> bool {
        self.options.styles == Styles::Kept
    }

    fn node(&mut self, node: &Node, place: Place) {
        let flow = (self.keeps_styles() && node.style == Style::Flow) || self.flow_level > 0;
        match &node.value {
            Value::Sequence(items) => {
                self.write_tag(node);
                if flow || items.is_empty() {
                    self.flow_sequence(items);
                } else {
                    self.block_sequence(items, place);
                }
            }
            Value::Mapping(mapping) => {
                self.write_tag(node);
                if flow || mapping.is_empty() {
                    self.flow_mapping(mapping);
                } else {
                    self.block_mapping(mapping, place);
                }
            }
            _ => {
                let (text, form) = self.scalar_form(node);
                let analysis = Analysis::of(&text, self.options.dialect);
                self.scalar(node, &text, form, &analysis, place);
            }
        }
    }

    /// The text of a scalar and the form that the encoder asks for.
    fn scalar_form<'n>(&self, node: &'n Node) -> (Cow<'n, str>, Form) {
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
            None if text.contains('\n') => Form::Literal,
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

    fn block_sequence(&mut self, items: &[Node], place: Place) {
        let compact = self.options.sequences == Sequences::Compact
            || self.options.dialect == Dialect::GoYamlV2;
        let at_key = place.in_mapping && (self.column == 0 || !self.indention);
        let deeper = if place.outermost || (at_key && compact) { 0 } else { 2 };
        self.indented(deeper, |emitter| {
            for item in items {
                emitter.write_indent();
                emitter.write_indicator("-", true, false, true);
                emitter.node(item, Place::default());
            }
        });
    }

    fn block_mapping(&mut self, mapping: &Mapping, place: Place) {
        self.indented(if place.outermost { 0 } else { 2 }, |emitter| {
            for (key, value) in mapping.iter() {
                emitter.write_indent();
                emitter.entry(key, value, |emitter| emitter.write_indent());
            }
        });
    }

    /// A key and its value; `? key` and `: value` if the key does not fit on a line.
    fn entry(&mut self, key: &Node, value: &Node, before_value: impl FnOnce(&mut Self)) {
        let place = Place { in_mapping: true, ..Place::default() };
        let block = self.flow_level == 0;
        let (text, form) = self.scalar_form(key);
        let analysis = Analysis::of(&text, self.options.dialect);
        let tag = key.tag.as_deref().filter(|_| self.keeps_styles()).map_or(0, str::len);
        if !analysis.multiline && text.len() + tag <= 128 {
            let place = Place { simple_key: true, ..place };
            self.scalar(key, &text, form, &analysis, place);
            self.write_indicator(":", false, false, false);
        } else {
            self.write_indicator("?", true, false, block);
            self.node(key, place);
            before_value(self);
            self.write_indicator(":", true, false, block);
        }
        self.node(value, place);
    }

    fn flow_sequence(&mut self, items: &[Node]) {
        self.write_indicator("[", true, true, false);
        self.flow_level += 1;
        self.indented(2, |emitter| {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    emitter.write_indicator(",", false, false, false);
                }
                emitter.break_long_flow();
                emitter.node(item, Place::default());
            }
        });
        self.flow_level -= 1;
        self.write_indicator("]", false, false, false);
    }

    fn flow_mapping(&mut self, mapping: &Mapping) {
        self.write_indicator("{", true, true, false);
        self.flow_level += 1;
        self.indented(2, |emitter| {
            for (at, (key, value)) in mapping.iter().enumerate() {
                if at > 0 {
                    emitter.write_indicator(",", false, false, false);
                }
                emitter.break_long_flow();
                emitter.entry(key, value, Self::break_long_flow);
            }
        });
        self.flow_level -= 1;
        self.write_indicator("}", false, false, false);
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
