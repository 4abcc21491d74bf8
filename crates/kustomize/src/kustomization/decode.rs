//! From nodes into kustomize's types as Go's `encoding/json` fills structs: names of fields match
//! exactly or else in any case, null leaves a field as it is, a field that stands there in two cases is
//! filled twice, and every value that does not fit is a fault, of which all are found.
//!
//! Nodes go in that were read by the rules of go-yaml v2, so that keys are sorted strings. This module
//! knows types, not what kustomize makes of them.

use crate::yaml::{Node, Span, Value, format_float32, legacy_bool};

use super::{Pairs, Placed, Text};

/// What does not fit a type of kustomize's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// A field that there is not.
    #[error("there is no field `{field}` here{}", did_you_mean(suggestion.as_deref()))]
    Unknown {
        /// The field.
        field: String,
        /// The field that may be meant.
        suggestion: Option<&'static str>,
        /// The key.
        span: Span,
    },
    /// A value of another type.
    #[error("expected {expected}, found {found}{hint}")]
    WrongType {
        /// What is expected, such as `a string`.
        expected: &'static str,
        /// What was found, such as `a number`.
        found: &'static str,
        /// What to write instead; may be empty.
        hint: &'static str,
        /// The value.
        span: Span,
    },
    /// A number with a fraction, or one that is too large.
    #[error("expected a whole number of 64 bits")]
    NotWhole {
        /// The number.
        span: Span,
    },
}

impl FieldError {
    /// Where it is.
    pub fn span(&self) -> Span {
        match self {
            FieldError::Unknown { span, .. }
            | FieldError::WrongType { span, .. }
            | FieldError::NotWhole { span } => *span,
        }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|field| format!("; did you mean `{field}`?")).unwrap_or_default()
}

/// By which of Go's decoders a type is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// `encoding/json`, which refuses unknown fields.
    Strict,
    /// `sigs.k8s.io/yaml`, which makes strings of numbers and booleans where Go has a string, but not
    /// in the fields of embedded structs.
    Kubernetes {
        /// Whether unknown fields are refused.
        strict: bool,
    },
    /// `go.yaml.in/yaml/v3`: names match exactly, and every scalar fits a string.
    GoYamlV3,
}

/// Fills types and gathers what does not fit.
pub(crate) struct Decoder {
    rules: Rules,
    /// Whether scalars become strings where a string is wanted.
    coerce: bool,
    /// The key of the field that is being filled.
    pub(crate) key: Span,
    pub(crate) errors: Vec<FieldError>,
}

/// A field of a struct: its name, and whether it belongs to an embedded struct.
pub(crate) type Name = (&'static str, bool);

impl Decoder {
    pub(crate) fn new(rules: Rules) -> Decoder {
        Decoder { rules, coerce: rules != Rules::Strict, key: Span::default(), errors: Vec::new() }
    }

    /// Fills a value from a whole document.
    pub(crate) fn decode<T: Field + Default>(
        rules: Rules,
        node: &Node,
    ) -> Result<T, Vec<FieldError>> {
        let mut decoder = Decoder::new(rules);
        let mut value = T::default();
        value.fill(node, &mut decoder);
        if decoder.errors.is_empty() { Ok(value) } else { Err(decoder.in_order()) }
    }

    /// Fills a value from a node.
    pub(crate) fn fill(&mut self, value: &mut impl Field, node: &Node) {
        value.fill(node, self);
    }

    /// The faults in the order of the file.
    pub(crate) fn in_order(mut self) -> Vec<FieldError> {
        self.errors.sort_by_key(FieldError::span);
        self.errors
    }

    /// Finds the fields of a mapping; null has none.
    pub(crate) fn record(
        &mut self,
        node: &Node,
        names: &'static [Name],
        fill: &mut dyn FnMut(&mut Decoder, &'static str, &Node),
    ) {
        let mapping = match &node.value {
            Value::Null => return,
            Value::Mapping(mapping) => mapping,
            _ => return self.wrong_type(node, "a mapping", ""),
        };
        for (key, value) in mapping.iter() {
            let text = key.key_text();
            let found = names.iter().find(|(name, _)| *name == text).or_else(|| {
                let any_case = self.rules != Rules::GoYamlV3;
                names.iter().find(|(name, _)| any_case && same_in_any_case(name, &text))
            });
            let strict = matches!(self.rules, Rules::Strict | Rules::Kubernetes { strict: true });
            match found {
                Some((name, embedded)) => {
                    let coerce = self.coerce;
                    self.coerce &= !embedded || self.rules == Rules::GoYamlV3;
                    self.key = key.span;
                    fill(self, name, value);
                    self.coerce = coerce;
                }
                None if strict => self.errors.push(FieldError::Unknown {
                    suggestion: suggestion(&text, names),
                    field: text.into_owned(),
                    span: key.span,
                }),
                None => {}
            }
        }
    }

    pub(crate) fn wrong_type(&mut self, node: &Node, expected: &'static str, hint: &'static str) {
        let (found, span) = (node.kind(), node.span);
        self.errors.push(FieldError::WrongType { expected, found, hint, span });
    }

    /// Refuses the items of a list that are null, where kustomize crashes over them.
    pub(crate) fn refuse_nulls(&mut self, list: &Node) {
        for item in list.as_sequence().unwrap_or_default() {
            if item.is_null() {
                self.wrong_type(item, "a mapping", "");
            }
        }
    }

    /// The text of a string; none for null and for what does not fit.
    fn text(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Sequence(_) | Value::Mapping(_) => {
                self.wrong_type(node, "a string", "");
                None
            }
            Value::Float(value) if self.coerce && self.rules != Rules::GoYamlV3 => {
                Some(match format_float32(*value).as_str() {
                    ".inf" => "+Inf".to_owned(),
                    "-.inf" => "-Inf".to_owned(),
                    ".nan" => "NaN".to_owned(),
                    digits => digits.to_owned(),
                })
            }
            _ if self.coerce => Some(node.key_text().into_owned()),
            _ => {
                self.wrong_type(node, "a string", ": write it in quotes");
                None
            }
        }
    }
}

/// Go's folding of a name's letters, beyond ASCII too.
fn same_in_any_case(name: &str, text: &str) -> bool {
    let fold = |c: char| match c {
        'ſ' => 's',
        '\u{212A}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    name.chars().map(fold).eq(text.chars().map(fold))
}

/// The nearest name, if it is near.
fn suggestion(text: &str, names: &[Name]) -> Option<&'static str> {
    let lower = text.to_lowercase();
    names
        .iter()
        .map(|(name, _)| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), *name))
        .filter(|(distance, name)| {
            *distance < name.len() && *distance <= (name.len() / 3).clamp(1, 3)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// What can be filled from a node.
pub(crate) trait Field {
    /// Fills it, over what was filled in before.
    fn fill(&mut self, node: &Node, decoder: &mut Decoder);
}

impl Field for String {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        if let Some(text) = decoder.text(node) {
            *self = text;
        }
    }
}

impl Field for Text {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        if let Some(text) = decoder.text(node) {
            *self = Placed::new(text, node.span);
        } else if self.value.is_empty() {
            self.span = node.span;
        }
    }
}

impl Field for bool {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        match &node.value {
            Value::Null => {}
            Value::Bool(value) => *self = *value,
            Value::String(text) => match legacy_bool(text) {
                Some(value) if decoder.rules == Rules::GoYamlV3 => *self = value,
                _ => decoder.wrong_type(node, "true or false", ": write it without quotes"),
            },
            _ => decoder.wrong_type(node, "true or false", ""),
        }
    }
}

impl Field for i64 {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        let number = match &node.value {
            Value::Null => return,
            Value::Int(value) => Some(*value),
            Value::UInt(_) => None,
            Value::Float(value) if value.fract() == 0.0 && value.abs() < 1e21 => {
                value.to_string().parse().ok()
            }
            Value::Float(_) => None,
            Value::String(_) => {
                return decoder.wrong_type(node, "a number", ": write it without quotes");
            }
            _ => return decoder.wrong_type(node, "a number", ""),
        };
        match number {
            Some(number) => *self = number,
            None => decoder.errors.push(FieldError::NotWhole { span: node.span }),
        }
    }
}

/// A pointer, or a list or a map of which Go can tell whether it is there.
impl<T: Field + Default> Field for Option<T> {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        if node.is_null() {
            *self = None;
        } else {
            self.get_or_insert_default().fill(node, decoder);
        }
    }
}

impl<T: Field + Default> Field for Vec<T> {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        match &node.value {
            Value::Null => self.clear(),
            Value::Sequence(items) => {
                self.resize_with(items.len(), T::default);
                for (value, item) in self.iter_mut().zip(items) {
                    value.fill(item, decoder);
                }
            }
            _ => decoder.wrong_type(node, "a list", ""),
        }
    }
}

impl Field for Pairs {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        let mapping = match &node.value {
            Value::Null => return self.clear(),
            Value::Mapping(mapping) => mapping,
            _ => return decoder.wrong_type(node, "a mapping of strings", ""),
        };
        for (key, value) in mapping.iter() {
            let name = Placed::new(key.key_text().into_owned(), key.span);
            let text = Placed::new(decoder.text(value).unwrap_or_default(), value.span);
            match self.binary_search_by(|(other, _)| other.value.cmp(&name.value)) {
                Ok(at) => self[at] = (name, text),
                Err(at) => self.insert(at, (name, text)),
            }
        }
    }
}

/// A place: that of a value that is there, whatever it is.
impl Field for Span {
    fn fill(&mut self, node: &Node, _: &mut Decoder) {
        *self = node.span;
    }
}

/// Any mapping; of interest is only whether it is one.
#[derive(Default)]
pub(crate) struct AnyMapping;

impl Field for AnyMapping {
    fn fill(&mut self, node: &Node, decoder: &mut Decoder) {
        if !matches!(node.value, Value::Null | Value::Mapping(_)) {
            decoder.wrong_type(node, "a mapping", "");
        }
    }
}

/// `record!(Type { "name" => path.to.field, ... } at span)` says how a struct is filled. `[embedded]`
/// marks the fields of a struct that Go embeds; `[unless empty]` those that are `None` here for Go's
/// empty string; `[without null]` lists of pointers that must point somewhere.
macro_rules! record {
    ($type:ty { $($name:literal => $($field:ident).+ $([$($how:ident)+])?),* $(,)? } $(at $span:ident)?) => {
        impl $crate::kustomization::decode::Field for $type {
            fn fill(
                &mut self,
                node: &$crate::yaml::Node,
                decoder: &mut $crate::kustomization::decode::Decoder,
            ) {
                const NAMES: &[$crate::kustomization::decode::Name] =
                    &[$(($name, record!(@embedded $($($how)+)?))),*];
                $(self.$span = node.span;)?
                decoder.record(node, NAMES, &mut |decoder, name, value| match name {
                    $($name => {
                        $crate::kustomization::decode::Field::fill(
                            &mut self.$($field).+, value, decoder,
                        );
                        record!(@then self.$($field).+ , value, decoder, $($($how)+)?);
                    })*
                    _ => {}
                });
            }
        }
    };
    (@embedded embedded $($other:ident)*) => { true };
    (@embedded $($other:ident)*) => { false };
    (@then $field:expr, $value:ident, $decoder:ident, embedded $($other:ident)*) => {
        record!(@then $field, $value, $decoder, $($other)*);
    };
    (@then $field:expr, $value:ident, $decoder:ident, unless empty) => {
        $field.take_if(|text: &mut $crate::kustomization::Text| text.value.is_empty());
    };
    (@then $field:expr, $value:ident, $decoder:ident, without null) => {
        $decoder.refuse_nulls($value);
    };
    (@then $field:expr, $value:ident, $decoder:ident, $($other:ident)*) => {};
}
pub(crate) use record;
