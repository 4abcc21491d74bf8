//! Numbers as Go's `strconv` reads and writes them.

/// `strconv.Atoi`: decimal digits with an optional sign, leading zeros allowed. `None` for what is no
/// such number or does not fit.
pub(crate) fn atoi(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// A finite number as `encoding/json` writes it: with an exponent below 1e-6 and from 1e21 on.
pub(crate) fn json_float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        // Rust writes `1e21` where Go writes `1e+21`, and both `1e-7`.
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

/// `strconv.FormatFloat(value, 'g', -1, 32)` with YAML's words for what is not finite: what
/// `sigs.k8s.io/yaml` makes of a number that is a key.
pub(crate) fn key_float(value: f64) -> String {
    let single = value as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{single}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_as_atoi_does() {
        for (text, number) in [
            ("0", Some(0)),
            ("+1", Some(1)),
            ("-1", Some(-1)),
            ("-0", Some(0)),
            ("007", Some(7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("", None),
            ("-", None),
            ("+-1", None),
            ("1_0", None),
            ("0x1", None),
            (" 1", None),
        ] {
            assert_eq!(atoi(text), number, "{text:?}");
        }
    }

    #[test]
    fn numbers_in_json_have_the_form_that_go_gives_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.5, "0.5"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-10, "1.5e-10"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.234_567_890_123_456_8e29, "1.2345678901234568e+29"),
            (12_345_678_901_234_567_890.0, "12345678901234567000"),
        ] {
            assert_eq!(json_float(number), text);
        }
    }

    #[test]
    fn numbers_as_keys_have_single_precision() {
        for (number, text) in [
            (0.1, "0.1"),
            (1.5, "1.5"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (16_777_217.5, "1.6777218e+07"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (3.4e39, ".inf"),
            (-1e300, "-.inf"),
            (f64::NAN, ".nan"),
        ] {
            assert_eq!(key_float(number), text);
        }
    }
}
