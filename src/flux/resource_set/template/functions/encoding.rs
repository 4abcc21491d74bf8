//! Functions that write values as JSON, YAML or digits, and read them.

use std::fmt::Write;

use kustomize::yaml::{EmitOptions, Node, go_key_order};
use serde_json::Value as Json;
use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::Kind::{Any, Text};
use super::{Args, Fault, Function, Heap, Value, fixed};

pub(super) const TABLE: &[Function] = &[
    fixed("toJson", &[Any], |heap, args| to_json(heap, args, true, None, true)),
    fixed("mustToJson", &[Any], |heap, args| to_json(heap, args, true, None, false)),
    fixed("toPrettyJson", &[Any], |heap, args| to_json(heap, args, true, Some(0), true)),
    fixed("mustToPrettyJson", &[Any], |heap, args| to_json(heap, args, true, Some(0), false)),
    fixed("toRawJson", &[Any], |heap, args| to_json(heap, args, false, None, false)),
    fixed("mustToRawJson", &[Any], |heap, args| to_json(heap, args, false, None, false)),
    fixed("fromJson", &[Text], |heap, mut args| match serde_json::from_str(&args.text()) {
        Ok(json) => heap.read_floats(&json),
        Err(_) => Ok(Value::Nil),
    }),
    fixed("mustFromJson", &[Text], |heap, mut args| match serde_json::from_str(&args.text()) {
        Ok(json) => heap.read_floats(&json),
        Err(error) => Err(Fault::refused(format!("the text is no JSON: {error}"))),
    }),
    fixed("toYaml", &[Any], |heap, args| to_yaml(heap, args, true)),
    fixed("mustToYaml", &[Any], |heap, args| to_yaml(heap, args, false)),
    fixed("b64enc", &[Text], |heap, mut args| heap.text(encode(args.text().as_bytes(), &BASE64))),
    fixed("b64dec", &[Text], |heap, mut args| decoded(heap, &args.text(), &BASE64)),
    fixed("b32enc", &[Text], |heap, mut args| heap.text(encode(args.text().as_bytes(), &BASE32))),
    fixed("b32dec", &[Text], |heap, mut args| decoded(heap, &args.text(), &BASE32)),
    fixed("sha1sum", &[Text], |heap, mut args| {
        heap.text(hex(&Sha1::digest(args.text().as_bytes())))
    }),
    fixed("sha256sum", &[Text], |heap, mut args| {
        heap.text(hex(&Sha256::digest(args.text().as_bytes())))
    }),
    fixed("adler32sum", &[Text], |heap, mut args| heap.text(adler32(&args.text()).to_string())),
];

/// The checksum of which flux-operator makes the identifiers of inputs, too.
pub(in crate::flux::resource_set) fn adler32(text: &str) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in text.bytes() {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn to_json(
    heap: &mut Heap,
    mut args: Args,
    escapes: bool,
    indent: Option<usize>,
    lenient: bool,
) -> Result<Value, Fault> {
    let json = match heap.json(&args.any()) {
        Ok(json) => json,
        Err(Fault::Refused { .. }) if lenient => return heap.text(""),
        Err(fault) => return Err(fault),
    };
    let mut out = String::new();
    write_json(heap, &json, escapes, indent, &mut out)?;
    heap.text(out)
}

/// JSON as Go writes it.
fn write_json(
    heap: &mut Heap,
    json: &Json,
    escapes: bool,
    indent: Option<usize>,
    out: &mut String,
) -> Result<(), Fault> {
    let inner = indent.map(|depth| depth + 1);
    let line = |heap: &mut Heap, depth: Option<usize>, out: &mut String| {
        let Some(depth) = depth else { return Ok(()) };
        heap.spend(depth * 2 + 1)?;
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
        Ok(())
    };
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(value) => out.push_str(&float(value)),
            None => out.push_str(&number.to_string()),
        },
        Json::String(text) => write_string(text, escapes, out),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(heap, inner, out)?;
                write_json(heap, item, escapes, inner, out)?;
            }
            if !items.is_empty() {
                line(heap, indent, out)?;
            }
            out.push(']');
        }
        Json::Object(object) => {
            out.push('{');
            for (at, (key, value)) in object.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(heap, inner, out)?;
                write_string(key, escapes, out);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write_json(heap, value, escapes, inner, out)?;
            }
            if !object.is_empty() {
                line(heap, indent, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((mantissa, exponent)) if !exponent.starts_with('-') => {
                format!("{mantissa}e+{exponent}")
            }
            _ => text,
        };
    }
    format!("{value}")
}

fn write_string(text: &str, escapes: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\x08' => out.push_str("\\b"),
            '\x0C' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1F' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            '<' | '>' | '&' if escapes => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

fn to_yaml(heap: &mut Heap, mut args: Args, lenient: bool) -> Result<Value, Fault> {
    match heap.json(&args.any()) {
        Ok(json) => heap.text(yaml(&json)),
        Err(Fault::Refused { .. }) if lenient => heap.text(""),
        Err(fault) => Err(fault),
    }
}

/// A value as `sigs.k8s.io/yaml` writes it.
pub(in crate::flux::resource_set) fn yaml(json: &Json) -> String {
    let mut node = Node::from_json(json);
    settle(&mut node);
    let mut out = String::new();
    kustomize::yaml::emit::write(&node, &EmitOptions::KUBERNETES, &mut out);
    out
}

/// Sorts keys, and makes integers of whole floats, which JSON does not tell apart.
fn settle(node: &mut Node) {
    use kustomize::yaml::Value as Yaml;
    match &mut node.value {
        Yaml::Float(value) if value.fract() == 0.0 && value.abs() < 1e21 => {
            let digits = value.to_string();
            if let Ok(whole) = digits.parse() {
                node.value = Yaml::Int(whole);
            } else if let Ok(whole) = digits.parse() {
                node.value = Yaml::UInt(whole);
            }
        }
        Yaml::Sequence(items) => items.iter_mut().for_each(settle),
        Yaml::Mapping(mapping) => {
            mapping.sort_by(|a, b| go_key_order(&a.key_text(), &b.key_text()));
            mapping.iter_mut().for_each(|(_, value)| settle(value));
        }
        _ => {}
    }
}

/// How bytes are written as letters.
struct Code {
    letters: &'static str,
    /// How many bits a letter stands for.
    bits: u32,
    /// How many letters make a group.
    group: usize,
    name: &'static str,
}

const BASE64: Code = Code {
    letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    bits: 6,
    group: 4,
    name: "base64",
};
const BASE32: Code =
    Code { letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", bits: 5, group: 8, name: "base32" };

fn encode(bytes: &[u8], code: &Code) -> String {
    let letters = code.letters.as_bytes();
    let mut out = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= code.bits {
            bits -= code.bits;
            out.push(char::from(letters[(held >> bits) as usize % letters.len()]));
            held &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        out.push(char::from(letters[(held << (code.bits - bits)) as usize % letters.len()]));
    }
    while !out.len().is_multiple_of(code.group) {
        out.push('=');
    }
    out
}

/// What sprig gives for text that is wrong is the sentence of the error; that is nothing to apply, so it is an error here.
fn decoded(heap: &mut Heap, text: &str, code: &Code) -> Result<Value, Fault> {
    let wrong = || Fault::refused(format!("the text is no {}", code.name));
    let letters: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !letters.len().is_multiple_of(code.group) {
        return Err(wrong());
    }
    let end = letters.iter().position(|byte| *byte == b'=').unwrap_or(letters.len());
    let padding = letters.len() - end;
    let mut bytes = Vec::with_capacity(letters.len());
    let (mut held, mut bits) = (0_u32, 0);
    for letter in &letters[..end] {
        let value = code.letters.bytes().position(|known| known == *letter).ok_or_else(wrong)?;
        held = held << code.bits | value as u32;
        bits += code.bits;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    if letters[end..].iter().any(|byte| *byte != b'=') || padding >= code.group || bits >= code.bits
    {
        return Err(wrong());
    }
    match String::from_utf8(bytes) {
        Ok(text) => heap.text(text),
        Err(_) => Err(Fault::refused("what the text stands for is no UTF-8")),
    }
}
