//! Setting and clearing fields: kyaml's `FieldSetter` and `FieldClearer`.

use super::{FieldError, NodeKind, is_null, is_yaml11_non_string, require};
use crate::yaml::{Node, Style, Value};

/// Sets a field of a mapping. An existing value is overwritten and keeps its style, so that a number over
/// a text in quotes becomes text; null takes the field away; below null nothing is set.
///
/// The value changes as it does in kyaml, where one value is set in many places: it takes the style of
/// what it overwrites on to where it is set next. Text that YAML 1.1 would read as anything else gets
/// double quotes.
///
/// # Errors
///
/// [`FieldError::WrongKind`] for what is no mapping.
pub fn set_entry(node: &mut Node, name: &str, value: &mut Node) -> Result<(), FieldError> {
    quote(value);
    if is_null(value) {
        return clear_entry(node, name).map(|_| ());
    }
    require(node, NodeKind::Mapping)?;
    let Value::Mapping(mapping) = &mut node.value else {
        return Ok(());
    };
    if let Some(field) = mapping.get_mut(name) {
        value.take_style(field.style);
        field.assign(value.clone());
    } else {
        mapping.push(Node::untagged(name), value.clone());
    }
    Ok(())
}

/// Sets a scalar, which keeps its style. Null as the value changes nothing. See [`set_entry`] for what
/// becomes of the value.
///
/// # Errors
///
/// [`FieldError::WrongKind`] for what is no scalar.
pub fn set_scalar(node: &mut Node, value: &mut Node) -> Result<(), FieldError> {
    quote(value);
    require(node, NodeKind::Scalar)?;
    if !is_null(value) {
        value.take_style(node.style);
        node.assign(value.clone());
    }
    Ok(())
}

/// Takes a field out of a mapping and gives it back. Null has none.
///
/// # Errors
///
/// [`FieldError::WrongKind`] for what is no mapping.
pub fn clear_entry(node: &mut Node, name: &str) -> Result<Option<Node>, FieldError> {
    require(node, NodeKind::Mapping)?;
    Ok(node.as_mapping_mut().and_then(|mapping| mapping.remove(name)))
}

fn quote(value: &mut Node) {
    if matches!(value.style, Style::Auto | Style::Plain)
        && value.is_string_like()
        && is_yaml11_non_string(&value.key_text())
    {
        value.style = Style::DoubleQuoted;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, node};
    use super::*;

    fn set(object: &str, value: Node) -> String {
        let (mut object, mut value) = (node(object), value);
        match set_entry(&mut object, "a", &mut value) {
            Ok(()) => json(&object),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_value_keeps_the_style_of_what_it_overwrites() {
        assert_eq!(set("a: 1", node("2")), r#"{"a":2}"#);
        assert_eq!(set("a: '1'", node("2")), r#"{"a":"2"}"#);
        assert_eq!(set("a: x", Node::untagged("2")), r#"{"a":2}"#);
        assert_eq!(set("a: \"x\"", Node::untagged("2")), r#"{"a":"2"}"#);
        assert_eq!(set("a: x", Node::string("2")), r#"{"a":"2"}"#);
    }

    #[test]
    fn a_new_field_is_what_it_is_and_in_quotes_if_yaml_1_1_needs_them() {
        assert_eq!(set("{}", node("2")), r#"{"a":2}"#);
        assert_eq!(set("{}", Node::untagged("2")), r#"{"a":"2"}"#);
        assert_eq!(set("{}", Node::untagged("yes")), r#"{"a":"yes"}"#);
        assert_eq!(set("{}", Node::untagged("x")), r#"{"a":"x"}"#);
    }

    #[test]
    fn null_clears_and_is_not_set_into() {
        assert_eq!(set("{a: 1, b: 2}", node("null")), r#"{"b":2}"#);
        assert_eq!(set("null", Node::string("x")), "null");
        assert!(set("[]", Node::string("x")).contains("needs a mapping"));
    }

    #[test]
    fn a_value_takes_its_style_to_the_next_place() {
        let mut value = Node::untagged("12");
        let (mut first, mut second) = (node("a: x"), node("{}"));
        assert_eq!(set_entry(&mut first, "a", &mut value), Ok(()));
        assert_eq!(json(&first), r#"{"a":12}"#);
        assert_eq!(set_entry(&mut second, "a", &mut value), Ok(()));
        assert_eq!(json(&second), r#"{"a":"12"}"#);
    }

    #[test]
    fn a_scalar_is_set_in_its_style() {
        let mut scalar = node("'x'");
        assert_eq!(set_scalar(&mut scalar, &mut Node::untagged("12")), Ok(()));
        assert_eq!(json(&scalar), "\"12\"");
        assert_eq!(set_scalar(&mut scalar, &mut node("null")), Ok(()));
        assert_eq!(json(&scalar), "\"12\"");
        assert!(set_scalar(&mut node("{}"), &mut Node::string("x")).is_err());
    }
}
