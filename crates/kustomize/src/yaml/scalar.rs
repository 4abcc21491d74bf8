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

/// Text that starts with a dot goes to Go's `ParseFloat` as it is, which takes underscores between
/// digits.
fn dotted_float(text: &str) -> Plain {
    if !text.contains('_') {
        return if is_yaml_float(text) { finite(text) } else { Plain::Text };
    }
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let between_digits = (1..bytes.len())
        .filter(|&at| bytes[at] == b'_')
        .all(|at| is_digit(at - 1) && is_digit(at + 1));
    let digits = text.replace('_', "");
    if between_digits && is_yaml_float(&digits) { finite(&digits) } else { Plain::Text }
}

/// Whether go-yaml writes a text without quotes when it encodes a string: it would be read as a
/// string by YAML 1.1 and 1.2 alike. (What the grammar forbids is another matter.)
pub(crate) fn is_plain_text(text: &str) -> bool {
    // No word that stands for something is longer, and numbers and dates do not begin with a letter.
    const LONGEST_WORD: usize = "false".len();
    if text.len() > LONGEST_WORD && text.as_bytes()[0].is_ascii_alphabetic() {
        return true;
    }
    matches!(resolve(text), Plain::Text | Plain::Merge)
        && legacy_bool(text).is_none()
        && !is_base_60(text)
        && !is_timestamp(text)
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`, the sexagesimal numbers of YAML 1.1.
fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = digits.split(':');
    let whole = parts.next().unwrap_or_default();
    if !whole.starts_with(|c: char| c.is_ascii_digit())
        || !whole.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    {
        return false;
    }
    let sixtieth = |part: &str| match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
        _ => false,
    };
    let mut any = false;
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        any = true;
        let part = match part.split_once('.') {
            Some((part, fraction)) if parts.peek().is_none() => {
                if !fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
                    return false;
                }
                part
            }
            _ => part,
        };
        if !sixtieth(part) {
            return false;
        }
    }
    any
}

/// Whether go-yaml takes the text for a point in time: Go's `time.Parse` with the layouts
/// `2006-1-2T15:4:5.999999999Z07:00` (`T` or `t`), `2006-1-2 15:4:5.999999999` and `2006-1-2`.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    date_and_time(bytes).is_some()
}

/// A point in time as Go writes it in JSON (RFC 3339 with the digits of the fraction that count), for
/// a text that [`is_timestamp`].
pub(crate) fn rfc3339(text: &str) -> Option<String> {
    if !is_timestamp(text) {
        return None;
    }
    let time = date_and_time(text.as_bytes())?;
    let digits = &time.fraction[..time.fraction.len().min(9)];
    let fraction = std::str::from_utf8(digits).unwrap_or_default().trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let (hours, minutes) = time.offset;
    let zone = match time.sign {
        Some(sign) if (hours, minutes) != (0, 0) => {
            format!("{}{hours:02}:{minutes:02}", char::from(sign))
        }
        _ => "Z".to_owned(),
    };
    let (hour, minute, second) = time.clock;
    Some(format!(
        "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}{point}{fraction}{zone}",
        time.year, time.month, time.day
    ))
}

/// The parts of a timestamp.
#[derive(Default)]
struct Time<'t> {
    year: u32,
    month: u32,
    day: u32,
    /// Hour, minute, second.
    clock: (u32, u32, u32),
    /// Digits.
    fraction: &'t [u8],
    /// `+` or `-`, before hours and minutes; none for UTC.
    sign: Option<u8>,
    offset: (u32, u32),
}

/// `None` for what is no timestamp.
fn date_and_time(bytes: &[u8]) -> Option<Time<'_>> {
    let year = text_number(&bytes[..4])?;
    let (month, rest) = short_number(&bytes[5..])?;
    let (day, rest) = short_number(rest.strip_prefix(b"-")?)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day < 1 || day > days {
        return None;
    }
    let mut time = Time { year, month, day, ..Time::default() };
    let Some((&separator, rest)) = rest.split_first() else {
        return Some(time);
    };
    let (hour, rest) = short_number(rest)?;
    let (minute, rest) = short_number(rest.strip_prefix(b":")?)?;
    let (second, mut rest) = short_number(rest.strip_prefix(b":")?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    time.clock = (hour, minute, second);
    if let [b'.' | b',', digit, ..] = rest
        && digit.is_ascii_digit()
    {
        let fraction = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        time.fraction = &rest[1..=fraction];
        rest = &rest[1 + fraction..];
    }
    match (separator, rest) {
        (b' ', []) | (b'T' | b't', b"Z") => Some(time),
        (b'T' | b't', [sign @ (b'+' | b'-'), zone @ ..]) => match zone {
            [h1, h2, b':', m1, m2] => {
                let hours = text_number(&[*h1, *h2])?;
                let minutes = text_number(&[*m1, *m2])?;
                time.sign = Some(*sign);
                time.offset = (hours, minutes);
                (hours <= 24 && minutes < 60).then_some(time)
            }
            _ => None,
        },
        _ => None,
    }
}

fn text_number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
}

/// One or two digits and what follows them.
fn short_number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let width = bytes.iter().take(2).take_while(|b| b.is_ascii_digit()).count();
    if width == 0 {
        return None;
    }
    Some((text_number(&bytes[..width])?, &bytes[width..]))
}

/// A number as Go's `strconv.FormatFloat(value, 'g', -1, 64)` has it, with YAML's words for the
/// infinite ones.
pub(crate) fn format_float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    general(&format!("{value:e}"), || value.to_string())
}

/// [`format_float`] of a number that was cut to 32 bits, as `sigs.k8s.io/yaml` writes keys.
pub(crate) fn format_float32(value: f64) -> String {
    let short = value as f32;
    if !short.is_finite() {
        return format_float(short.into());
    }
    general(&format!("{short:e}"), || short.to_string())
}

/// Go's `%g` from the shortest digits that mean a number, in scientific and in plain form.
fn general(scientific: &str, plain: impl Fn() -> String) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    plain()
}
