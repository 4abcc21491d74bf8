//! Nodes into Rust types by serde, strictly, with the place and the path of what does not fit.

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::de_error::{DeError, DeErrorKind, Fault, found, wrong_type};
use super::scalar::{Plain, legacy_bool, resolve};
use super::{Node, Style, Value};

/// Reads a Rust type from a node.
///
/// As strict as YAML is: the string `"5"` is no number, and the number `5` is no string. Enums are
/// externally tagged, as a plain string or as a mapping of one key.
///
/// # Errors
///
/// The first thing that does not fit, with its place and its path. (serde gives up at the first.)
pub fn from_node<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T, DeError> {
    T::deserialize(node).map_err(|fault| fault.into_error(node.span))
}

macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match &self.value {
                Value::Int(_) | Value::UInt(_) | Value::Float(_) => self.deserialize_any(visitor),
                Value::String(text) => {
                    let number = self.style != Style::Plain
                        && matches!(
                            resolve(text),
                            Plain::Int(_) | Plain::UInt(_) | Plain::Float(_)
                        );
                    let hint = if number { ": write it without quotes" } else { "" };
                    Err(wrong_type(self, &visitor, hint))
                }
                _ => Err(wrong_type(self, &visitor, "")),
            }
        }
    )*};
}

macro_rules! strings {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match &self.value {
                Value::String(text) => {
                    visitor.visit_borrowed_str(text).map_err(|fault: Fault| fault.at(self.span))
                }
                Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) => {
                    Err(wrong_type(self, &visitor, ": write it in quotes"))
                }
                _ => Err(wrong_type(self, &visitor, "")),
            }
        }
    )*};
}

macro_rules! key_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.0.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::UInt(value) => visitor.visit_u64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Sequence(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Mapping(mapping) => {
                visitor.visit_map(Entries { entries: mapping.entries(), value: None })
            }
        }
        .map_err(|fault| fault.at(self.span))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) if self.style == Style::Plain => match legacy_bool(text) {
                Some(value) => visitor.visit_bool(value),
                None => Err(wrong_type(self, &visitor, "")),
            },
            Value::String(text) if matches!(resolve(text), Plain::Bool(_)) => {
                Err(wrong_type(self, &visitor, ": write it without quotes"))
            }
            _ => Err(wrong_type(self, &visitor, "")),
        }
        .map_err(|fault| fault.at(self.span))
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    strings! { deserialize_str deserialize_string deserialize_char deserialize_bytes deserialize_byte_buf }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_null() { visitor.visit_unit() } else { Err(wrong_type(self, &visitor, "")) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self).map_err(|fault: Fault| fault.at(self.span))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Sequence(_) => self.deserialize_any(visitor),
            _ => Err(wrong_type(self, &visitor, "")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Sequence(items) if items.len() != len => {
                Err(<Fault as de::Error>::invalid_length(items.len(), &visitor).at(self.span))
            }
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Mapping(_) => self.deserialize_any(visitor),
            _ => Err(wrong_type(self, &visitor, "")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (variant, content) = match &self.value {
            Value::String(_) => (self, None),
            Value::Mapping(mapping) => match mapping.entries() {
                [(key, value)] => (key, Some(value)),
                _ => {
                    let message =
                        format!("expected a mapping of exactly one key, found {}", mapping.len());
                    return Err(Fault::new(DeErrorKind::WrongType, message).at(self.span));
                }
            },
            _ => return Err(wrong_type(self, &visitor, "")),
        };
        visitor.visit_enum(Variant { variant, content }).map_err(|fault| fault.at(self.span))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

struct Items<'de> {
    items: &'de [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.items.get(self.next) else {
            return Ok(None);
        };
        let index = self.next;
        self.next += 1;
        seed.deserialize(node)
            .map(Some)
            .map_err(|fault| fault.at(node.span).below(index.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

struct Entries<'de> {
    entries: &'de [(Node, Node)],
    value: Option<(&'de Node, &'de Node)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some(((key, value), rest)) = self.entries.split_first() else {
            return Ok(None);
        };
        self.entries = rest;
        self.value = Some((key, value));
        seed.deserialize(Key(key))
            .map(Some)
            .map_err(|fault| fault.at(key.span).below(key.key_text()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, value)) = self.value.take() else {
            return Err(<Fault as de::Error>::custom("a value was asked for before its key"));
        };
        seed.deserialize(value).map_err(|fault| fault.at(value.span).below(key.key_text()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A key: strings as they are, and other scalars as whatever is asked for, so that `8080: x` fits
/// both a map of numbers and a map of strings.
struct Key<'de>(&'de Node);

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.text() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_string(self.0.key_text().into_owned()),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(Variant { variant: self.0, content: None })
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.0.deserialize_bool(visitor)
    }

    forward_to_deserialize_any! {
        str string char bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }

    key_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }
}

struct Variant<'de> {
    variant: &'de Node,
    content: Option<&'de Node>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), Fault> {
        let value =
            seed.deserialize(Key(self.variant)).map_err(|fault| fault.at(self.variant.span))?;
        Ok((value, Content { variant: self.variant, content: self.content }))
    }
}

struct Content<'de> {
    variant: &'de Node,
    content: Option<&'de Node>,
}

impl<'de> Content<'de> {
    fn read<T>(self, read: impl FnOnce(&'de Node) -> Result<T, Fault>) -> Result<T, Fault> {
        let name = self.variant.key_text();
        match self.content {
            Some(content) => read(content).map_err(|fault| fault.at(content.span).below(name)),
            None => {
                let message = format!("`{name}` needs a value: write `{name}: ...`");
                Err(Fault::new(DeErrorKind::WrongType, message).at(self.variant.span))
            }
        }
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            Some(content) if !content.is_null() => {
                let name = self.variant.key_text();
                let message = format!("`{name}` takes no value, found {}", found(content));
                Err(Fault::new(DeErrorKind::WrongType, message).at(content.span).below(name))
            }
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        self.read(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.read(|content| content.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.read(|content| content.deserialize_map(visitor))
    }
}

impl<'de> IntoDeserializer<'de, Fault> for &'de Node {
    type Deserializer = &'de Node;

    fn into_deserializer(self) -> &'de Node {
        self
    }
}
