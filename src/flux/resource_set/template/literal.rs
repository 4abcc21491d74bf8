//! Constants as Go writes them: numbers, texts and characters in quotes.

/// A number: one constant may serve for an `int` and for a `float64`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    /// As an `int`, where it is one.
    pub(super) int: Option<i64>,
    /// As a `float64`.
    pub(super) float: f64,
    /// Whether it is written as a float.
    pub(super) is_float: bool,
    /// Whether it is a whole number that is too large for `int`.
    pub(super) overflows: bool,
}

impl Number {
    fn of_int(value: i64) -> Number {
        Number { int: Some(value), float: value as f64, is_float: false, overflows: false }
    }
}

/// Reads a number.
pub(super) fn number(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if let Some(value) = integer(digits) {
        let signed = if negative { -value } else { value };
        if let Ok(value) = i64::try_from(signed) {
            return Some(Number::of_int(value));
        }
        let unsigned = !text.starts_with(['-', '+']) && u64::try_from(signed).is_ok();
        return unsigned.then_some(Number {
            int: None,
            float: signed as f64,
            is_float: false,
            overflows: true,
        });
    }
    // Without an exponent and a point it is a whole number that is too large, or nothing.
    if !text.contains(['.', 'e', 'E']) || text.contains(['_', 'x', 'X']) {
        return None;
    }
    let float: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    let is_whole = float.fract() == 0.0 && float.abs() < 9_223_372_036_854_775_807.0;
    let int = is_whole.then_some(float as i64);
    Some(Number { int, float, is_float: true, overflows: false })
}

/// `strconv.ParseUint(text, 0, 64)`, a little further.
fn integer(text: &str) -> Option<i128> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    // An underscore stands between digits, or after the prefix.
    let alone = digits.contains("__") || digits.ends_with('_');
    let first = digits.starts_with('_') && radix == 10;
    if digits.is_empty() || alone || first {
        return None;
    }
    i128::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// Reads a character in quotes as its number.
pub(super) fn character(text: &str) -> Option<Number> {
    let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut bytes = Vec::new();
    let mut chars = inside.chars();
    let value = unquote_char(&mut chars, '\'', &mut bytes)?;
    (chars.next().is_none()).then(|| Number::of_int(value.into()))
}

/// Reads a text in quotes. None if it is wrong, or if it is no UTF-8.
pub(super) fn text(quoted: &str) -> Option<String> {
    if let Some(raw) = quoted.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.replace('\r', ""));
    }
    let inside = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(inside.len());
    let mut chars = inside.chars();
    while !chars.as_str().is_empty() {
        unquote_char(&mut chars, '"', &mut bytes)?;
    }
    String::from_utf8(bytes).ok()
}

/// Reads a character, which may be escaped, and appends its bytes.
fn unquote_char(chars: &mut std::str::Chars<'_>, quote: char, out: &mut Vec<u8>) -> Option<u32> {
    let c = chars.next()?;
    if c != '\\' {
        let mut buffer = [0; 4];
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        return (c != quote && c != '\n').then_some(u32::from(c));
    }
    let escaped = chars.next()?;
    let mut digits = |count: usize, radix: u32, first: Option<char>| {
        let taken: String = first.into_iter().chain(chars.by_ref()).take(count).collect();
        let full = taken.len() == count && taken.chars().all(|c| c.is_digit(radix));
        full.then(|| u32::from_str_radix(&taken, radix).ok()).flatten()
    };
    let byte = match escaped {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        '\\' => b'\\',
        '\'' | '"' if escaped == quote => escaped as u8,
        'x' => u8::try_from(digits(2, 16, None)?).ok()?,
        '0'..='7' => u8::try_from(digits(3, 8, Some(escaped))?).ok()?,
        'u' | 'U' => {
            let c = char::from_u32(digits(if escaped == 'u' { 4 } else { 8 }, 16, None)?)?;
            let mut buffer = [0; 4];
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            return Some(u32::from(c));
        }
        _ => return None,
    };
    out.push(byte);
    Some(byte.into())
}
