//! What a plain scalar means, by the rules of go-yaml v3 (`resolve.go`), which kustomize's kyaml
//! uses: YAML 1.2 with the octal and underscored numbers of 1.1, and without its `yes` and `no`.

/// What the text of a plain scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Merge,
    Text,
}

/// Resolves a plain scalar. Dates are text here; [`is_timestamp`] tells them apart.
pub(crate) fn resolve(text: &str) -> Plain {
    let bytes = text.as_bytes();
    let Some(&first) = bytes.first() else {
        return Plain::Null;
    };
    match first {
        b'0'..=b'9' | b'+' | b'-' => number(text),
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Plain::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Plain::Float(f64::INFINITY),
            _ => dotted_float(text),
        },
        b't' | b'T' | b'f' | b'F' | b'n' | b'N' | b'~' | b'<' => match text {
            "true" | "True" | "TRUE" => Plain::Bool(true),
            "false" | "False" | "FALSE" => Plain::Bool(false),
            "~" | "null" | "Null" | "NULL" => Plain::Null,
            "<<" => Plain::Merge,
            _ => Plain::Text,
        },
        _ => Plain::Text,
    }
}

/// The words that YAML 1.1 reads as booleans and go-yaml v3 where a bool is wanted.
pub(crate) fn legacy_bool(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Plain {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Plain::Float(f64::NEG_INFINITY),
        _ => {}
    }
    // Most text that starts like a number is a version, an address or a date: stop early.
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_')) {
        return Plain::Text;
    }
    let without_underscores;
    let plain = if text.contains('_') {
        without_underscores = text.replace('_', "");
        without_underscores.as_str()
    } else {
        text
    };
    if let Some(int) = go_integer(plain) {
        return int;
    }
    if is_yaml_float(plain) {
        return finite(plain);
    }
    // The forms that Go's own prefixes do not cover, such as `0o-7`: go-yaml reads them too.
    let parsed = match plain.as_bytes() {
        [b'0', b'b', ..] => signed(&plain[2..], 2),
        [b'0', b'o', ..] => signed(&plain[2..], 8),
        _ => None,
    };
    parsed.unwrap_or(Plain::Text)
}

fn finite(text: &str) -> Plain {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Plain::Float(value),
        _ => Plain::Text,
    }
}

/// Go's `strconv.ParseInt(s, 0, 64)`, then `ParseUint`.
fn go_integer(text: &str) -> Option<Plain> {
    let (sign, digits) = match text.as_bytes() {
        [b'+', ..] => (Some(false), &text[1..]),
        [b'-', ..] => (Some(true), &text[1..]),
        _ => (None, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0'] => return Some(Plain::Int(0)),
        [b'0', ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    magnitude(digits, radix).and_then(|value| with_sign(sign, value))
}

fn signed(text: &str, radix: u32) -> Option<Plain> {
    let (sign, digits) = match text.as_bytes() {
        [b'+', ..] => (Some(false), &text[1..]),
        [b'-', ..] => (Some(true), &text[1..]),
        _ => (None, text),
    };
    magnitude(digits, radix).and_then(|value| with_sign(sign, value))
}

fn magnitude(digits: &str, radix: u32) -> Option<u64> {
    // Rust's parser takes a sign of its own; Go's does not at this point.
    if digits.starts_with(['+', '-']) { None } else { u64::from_str_radix(digits, radix).ok() }
}

fn with_sign(sign: Option<bool>, value: u64) -> Option<Plain> {
    match (sign, i64::try_from(value)) {
        (Some(true), Ok(value)) => Some(Plain::Int(-value)),
        (Some(true), Err(_)) if value == 1 << 63 => Some(Plain::Int(i64::MIN)),
        (Some(true), Err(_)) => None,
        (_, Ok(value)) => Some(Plain::Int(value)),
        (Some(false), Err(_)) => None,
        (None, Err(_)) => Some(Plain::UInt(value)),
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    fn digits(bytes: &[u8]) -> usize {
        bytes.iter().take_while(|b| b.is_ascii_digit()).count()
    }
    let mut rest = text.as_bytes();
    if let [b'+' | b'-', tail @ ..] = rest {
        rest = tail;
    }
    if let [b'.', tail @ ..] = rest {
        let fraction = digits(tail);
        if fraction == 0 {
            return false;
        }
        rest = &tail[fraction..];
    } else {
        let whole = digits(rest);
        if whole == 0 {
            return false;
        }
        rest = &rest[whole..];
        if let [b'.', tail @ ..] = rest {
            rest = &tail[digits(tail)..];
        }
    }
    if let [b'e' | b'E', tail @ ..] = rest {
        let tail = match tail {
            [b'+' | b'-', tail @ ..] => tail,
            _ => tail,
        };
        let exponent = digits(tail);
        return exponent > 0 && exponent == tail.len();
    }
    rest.is_empty()
}

/// Text that starts with a dot goes to Go's `ParseFloat` as it is.
fn dotted_float(text: &str) -> Plain {
    if is_yaml_float(text) { finite(text) } else { Plain::Text }
}
