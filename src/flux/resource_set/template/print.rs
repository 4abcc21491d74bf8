//! How values are printed: `%v` and the other verbs of Go's `fmt`, and texts in quotes.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

use super::error::TemplateErrorKind as Fault;
use super::value::{Heap, Value};

/// What Go's `unicode.IsPrint` holds for printable.
static PRINTABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").ok());

/// Appends the value of an action to the text of the template.
pub(super) fn printed(heap: &mut Heap, value: &Value, out: &mut String) -> Result<(), Fault> {
    match value {
        Value::Absent | Value::Nil => push(heap, out, "<no value>"),
        value => write(heap, value, out, 0),
    }
}

/// A value as `%v` prints it.
pub(super) fn to_text(heap: &mut Heap, value: &Value) -> Result<String, Fault> {
    let mut out = String::new();
    write(heap, value, &mut out, 0)?;
    Ok(out)
}

fn push(heap: &mut Heap, out: &mut String, text: &str) -> Result<(), Fault> {
    heap.spend(text.len())?;
    out.push_str(text);
    Ok(())
}

fn write(heap: &mut Heap, value: &Value, out: &mut String, depth: u16) -> Result<(), Fault> {
    if depth > 100 {
        return Err(Fault::TooDeep);
    }
    match value {
        Value::Absent | Value::Nil => push(heap, out, "<nil>"),
        Value::Bool(value) => push(heap, out, &value.to_string()),
        Value::Int(value) | Value::Int64(value) => push(heap, out, &value.to_string()),
        Value::Byte(value) => push(heap, out, &value.to_string()),
        Value::Float(value) => push(heap, out, &float(*value)),
        Value::Text(text) => push(heap, out, text),
        Value::List(list) => {
            push(heap, out, "[")?;
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    push(heap, out, " ")?;
                }
                write(heap, item, out, depth + 1)?;
            }
            push(heap, out, "]")
        }
        Value::Map(map) => {
            push(heap, out, "map[")?;
            let entries: Vec<_> =
                heap.entries(*map).map(|(key, value)| (key.clone(), value.clone())).collect();
            for (at, (key, value)) in entries.iter().enumerate() {
                if at > 0 {
                    push(heap, out, " ")?;
                }
                push(heap, out, key)?;
                push(heap, out, ":")?;
                write(heap, value, out, depth + 1)?;
            }
            push(heap, out, "]")
        }
    }
}

/// A float as `%v` and `%g` print it.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    scientific(mantissa, exponent)
}

fn scientific(mantissa: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// A text in double quotes, as `%q` and `strconv.Quote` write it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0C' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0B' => out.push_str("\\v"),
            _ if is_printable(c) => out.push(c),
            // Writing to a string cannot fail.
            '\0'..='\x1F' | '\x7F' => drop(write!(out, "\\x{:02x}", u32::from(c))),
            '\u{80}'..='\u{FFFF}' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            _ => drop(write!(out, "\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// `unicode.IsPrint`.
pub(super) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    let mut buffer = [0; 4];
    PRINTABLE.as_ref().is_some_and(|pattern| pattern.is_match(c.encode_utf8(&mut buffer)))
}

/// `fmt.Sprint`: blanks between operands of which none is a text.
pub(super) fn joined(heap: &mut Heap, values: &[Value]) -> Result<String, Fault> {
    let mut out = String::new();
    for (at, value) in values.iter().enumerate() {
        let is_text = |value: &Value| matches!(value, Value::Text(_));
        if at > 0 && !is_text(value) && !is_text(&values[at - 1]) {
            out.push(' ');
        }
        write(heap, value, &mut out, 0)?;
    }
    Ok(out)
}

/// A verb with its flags.
#[derive(Clone, Copy, Default)]
struct Verb {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// The widest that a value may be made.
const WIDEST: usize = 1_000_000;

/// `fmt.Sprintf`.
pub(super) fn formatted(heap: &mut Heap, format: &str, values: &[Value]) -> Result<String, Fault> {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            heap.spend(c.len_utf8())?;
            out.push(c);
            continue;
        }
        let mut verb = Verb::default();
        while let Some(flag) = chars.peek() {
            match flag {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                '#' => verb.sharp = true,
                ' ' => verb.space = true,
                '0' => verb.zero = true,
                _ => break,
            }
            chars.next();
        }
        verb.width = digits(&mut chars)?;
        if chars.next_if_eq(&'.').is_some() {
            verb.precision = Some(digits(&mut chars)?.unwrap_or(0));
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(c @ ('*' | '[' | 'p' | 'w')) => {
                return Err(Fault::not_understood(format!("the `%{c}` of a format")));
            }
            Some(_) if verb.sharp => {
                return Err(Fault::not_understood("the `#` of a format"));
            }
            Some(c) => match values.get(next) {
                None => {
                    heap.spend(12)?;
                    let _ = write!(out, "%!{c}(MISSING)");
                }
                Some(value) => {
                    next += 1;
                    format_value(heap, &mut out, verb, c, value, 0)?;
                }
            },
        }
    }
    if next < values.len() {
        out.push_str("%!(EXTRA ");
        for (at, value) in values[next..].iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push_str(value.type_name());
            if !value.is_nil() {
                out.push('=');
                write(heap, value, &mut out, 0)?;
            }
        }
        out.push(')');
    }
    Ok(out)
}

fn digits(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Option<usize>, Fault> {
    let mut number = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        chars.next();
        let value = number.unwrap_or(0) * 10 + digit as usize;
        if value > WIDEST {
            return Err(Fault::TooMuchWork);
        }
        number = Some(value);
    }
    Ok(number)
}

fn format_value(
    heap: &mut Heap,
    out: &mut String,
    verb: Verb,
    c: char,
    value: &Value,
    depth: u16,
) -> Result<(), Fault> {
    if depth > 100 {
        return Err(Fault::TooDeep);
    }
    heap.spend(1)?;
    let text = match (value, c) {
        (_, 'T') => pad_text(value.type_name(), verb),
        (Value::Absent | Value::Nil, _) if depth > 0 => "<nil>".to_owned(),
        (Value::Absent | Value::Nil, 'v') => pad_text("<nil>", verb),
        (Value::Absent | Value::Nil, _) => format!("%!{c}(<nil>)"),
        (Value::List(list), _) => {
            out.push('[');
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                format_value(heap, out, verb, c, item, depth + 1)?;
            }
            out.push(']');
            return Ok(());
        }
        (Value::Map(map), _) => {
            let entries: Vec<_> =
                heap.entries(*map).map(|(key, value)| (key.clone(), value.clone())).collect();
            out.push_str("map[");
            for (at, (key, value)) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                format_value(heap, out, verb, c, &Value::Text(key), depth + 1)?;
                out.push(':');
                format_value(heap, out, verb, c, &value, depth + 1)?;
            }
            out.push(']');
            return Ok(());
        }
        (Value::Bool(value), 'v' | 't') => {
            pad_text(&value.to_string(), Verb { precision: None, ..verb })
        }
        (Value::Int(value) | Value::Int64(value), 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X') => {
            integer((*value).into(), c, verb)
        }
        (Value::Byte(value), 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X') => {
            integer((*value).into(), c, verb)
        }
        (Value::Int(value) | Value::Int64(value), 'c') => {
            let c = u32::try_from(*value).ok().and_then(char::from_u32);
            pad_text(&c.unwrap_or('\u{FFFD}').to_string(), Verb { precision: None, ..verb })
        }
        (Value::Float(value), 'v' | 'g' | 'G' | 'e' | 'E' | 'f' | 'F') => {
            float_verb(*value, c, verb)?
        }
        (Value::Text(text), 'v' | 's') => {
            heap.spend(text.len())?;
            pad_text(text, verb)
        }
        (Value::Text(text), 'q') => {
            heap.spend(text.len())?;
            let cut: String = match verb.precision {
                Some(count) => text.chars().take(count).collect(),
                None => text.to_string(),
            };
            pad_text(&quoted(&cut), Verb { precision: None, ..verb })
        }
        (Value::Text(text), 'x' | 'X') => {
            heap.spend(text.len() * 2)?;
            if verb.space {
                return Err(Fault::not_understood("the blank of a format"));
            }
            let mut hex = String::new();
            let bytes = text.as_bytes();
            let taken = verb.precision.unwrap_or(bytes.len()).min(bytes.len());
            for byte in &bytes[..taken] {
                let _ =
                    if c == 'x' { write!(hex, "{byte:02x}") } else { write!(hex, "{byte:02X}") };
            }
            pad_text(&hex, Verb { precision: None, ..verb })
        }
        (Value::Int(_) | Value::Int64(_) | Value::Byte(_), 'q' | 'U' | 'c')
        | (Value::Float(_), 'x' | 'X' | 'b') => {
            return Err(Fault::not_understood(format!("`%{c}` of this value")));
        }
        (value, _) => {
            let mut text = format!("%!{c}({}=", value.type_name());
            // Go keeps the flags here.
            format_value(heap, &mut text, verb, 'v', value, depth + 1)?;
            text.push(')');
            text
        }
    };
    heap.spend(text.len())?;
    out.push_str(&text);
    Ok(())
}

fn pad_text(text: &str, verb: Verb) -> String {
    let cut: String = match verb.precision {
        Some(count) => text.chars().take(count).collect(),
        None => text.to_owned(),
    };
    pad(cut, verb, false)
}

fn pad(text: String, verb: Verb, number: bool) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.chars().count());
    if missing == 0 {
        return text;
    }
    if verb.minus {
        return text + &" ".repeat(missing);
    }
    if !verb.zero {
        return " ".repeat(missing) + &text;
    }
    match text.strip_prefix(['+', '-', ' ']) {
        Some(rest) if number => format!("{}{}{rest}", &text[..1], "0".repeat(missing)),
        _ => "0".repeat(missing) + &text,
    }
}

fn integer(value: i128, c: char, verb: Verb) -> String {
    let magnitude = value.unsigned_abs();
    let mut digits = match c {
        'b' => format!("{magnitude:b}"),
        'o' => format!("{magnitude:o}"),
        'O' => format!("0o{magnitude:o}"),
        'x' => format!("{magnitude:x}"),
        'X' => format!("{magnitude:X}"),
        _ => magnitude.to_string(),
    };
    if let Some(precision) = verb.precision {
        if precision == 0 && value == 0 {
            return " ".repeat(verb.width.unwrap_or(0));
        }
        digits = "0".repeat(precision.saturating_sub(digits.len())) + &digits;
    }
    let text = signed(value < 0, digits, verb);
    // With a precision zeros are no padding.
    let zero = verb.zero && verb.precision.is_none();
    pad(text, Verb { zero, ..verb }, true)
}

fn signed(negative: bool, digits: String, verb: Verb) -> String {
    match (negative, verb.plus, verb.space) {
        (true, ..) => format!("-{digits}"),
        (false, true, _) => format!("+{digits}"),
        (false, false, true) => format!(" {digits}"),
        _ => digits,
    }
}

fn float_verb(value: f64, c: char, verb: Verb) -> Result<String, Fault> {
    if !value.is_finite() {
        return Err(Fault::not_understood("a number that is not finite in a format"));
    }
    let magnitude = value.abs();
    let exponent_form = |precision: usize| {
        let text = format!("{magnitude:.precision$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        scientific(mantissa, exponent.parse().unwrap_or(0))
    };
    let digits = match (c, verb.precision) {
        ('f' | 'F', precision) => format!("{magnitude:.*}", precision.unwrap_or(6)),
        ('e' | 'E', precision) => exponent_form(precision.unwrap_or(6)),
        (_, None) => float(magnitude),
        (_, Some(_)) => return Err(Fault::not_understood("a precision of `%g` or `%v`")),
    };
    let digits = if matches!(c, 'E' | 'G') { digits.to_uppercase() } else { digits };
    let text = signed(value.is_sign_negative(), digits, verb);
    Ok(pad(text, verb, true))
}
