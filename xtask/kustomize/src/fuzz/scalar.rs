//! Writes scalars in every style that can hold them.

use super::dice::Dice;
use super::value::Value;

/// Where a scalar stands, which decides the styles that it may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Key,
    Flow,
    Value,
}

/// A scalar at an indentation. What is no string is written as it is, or with `retag` under a tag that makes another
/// type of it.
pub(super) fn write(
    dice: &mut Dice,
    value: &Value,
    place: Place,
    indent: usize,
    step: usize,
    oddness: f64,
    retag: bool,
) -> String {
    match value {
        Value::Null if place == Place::Value && dice.chance(0.4) => String::new(),
        Value::Null => (*dice.pick(&["null", "~", "null"])).to_owned(),
        Value::Plain(token) if place == Place::Value || is_flow_safe(token) => {
            if place == Place::Value && retag && dice.chance(oddness * 0.1) {
                tagged(dice, token)
            } else {
                token.clone()
            }
        }
        Value::Plain(token) => quoted(dice, token),
        Value::Text(text) => string(dice, text, place, indent, step, oddness),
        Value::Code(text) if place == Place::Value && is_block_safe(text) && dice.chance(0.8) => {
            block_scalar(dice, text, indent, step, None)
        }
        Value::Code(text) => quoted(dice, text),
        _ => String::new(),
    }
}

fn tagged(dice: &mut Dice, token: &str) -> String {
    let number = token.parse::<i64>().is_ok();
    let tag = if number {
        *dice.pick(&["!!str", "!!int", "!!float", "!"])
    } else {
        *dice.pick(&["!!str", "!"])
    };
    if token.is_empty() { "!!str \"\"".to_owned() } else { format!("{tag} {token}") }
}

fn string(
    dice: &mut Dice,
    text: &str,
    place: Place,
    indent: usize,
    step: usize,
    oddness: f64,
) -> String {
    let tag = if place == Place::Value && dice.chance(oddness * 0.05) { "!!str " } else { "" };
    let block = place == Place::Value && is_block_safe(text);
    if block && (dice.chance(oddness * 0.3) || (text.contains('\n') && dice.chance(0.5))) {
        return format!("{tag}{}", block_scalar(dice, text, indent, step, Some(oddness)));
    }
    if is_safe_plain(text) && !dice.chance(oddness * 0.4) {
        return if tag.is_empty() && place == Place::Value && dice.chance(oddness) {
            text.replacen(' ', &format!("\n{}", " ".repeat(indent + step + 1)), 1)
        } else {
            format!("{tag}{text}")
        };
    }
    format!("{tag}{}", quoted(dice, text))
}

/// Whether a string stands for itself without quotes, whoever reads it.
pub(super) fn is_safe_plain(text: &str) -> bool {
    const WORDS: &[&str] =
        &["yes", "no", "on", "off", "y", "n", "true", "false", "null", "inf", "nan"];
    text.starts_with(|char: char| char.is_ascii_alphabetic() || char == '/')
        && text.chars().all(|char| {
            char.is_ascii_alphanumeric()
                || matches!(char, '-' | '_' | '.' | '/' | ' ' | '$' | '(' | ')')
        })
        && !text.ends_with(' ')
        && !text.contains("  ")
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

fn is_flow_safe(token: &str) -> bool {
    !token.is_empty()
        && !token.contains([',', '[', ']', '{', '}', '?', ':', '#', ' '])
        && !token.starts_with(['!', '%', '@', '-', '*', '&'])
}

fn is_block_safe(text: &str) -> bool {
    text.chars().any(|char| !char.is_whitespace())
        && !text.chars().any(|char| {
            (char.is_control() && !matches!(char, '\n' | '\t'))
                || matches!(
                    char,
                    '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
                )
        })
}

/// A string in single or in double quotes.
pub(super) fn quoted(dice: &mut Dice, text: &str) -> String {
    let printable = !text.chars().any(|char| {
        char.is_control()
            || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{ffff}' | '\u{85}')
    });
    if printable && dice.chance(0.4) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str(*dice.pick(&["\\t", "\t", "\\x09"])),
            '\r' => quoted.push_str("\\r"),
            '\u{0}' => quoted.push_str("\\0"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{1b}' => quoted.push_str("\\e"),
            '\u{85}' => quoted.push_str("\\N"),
            '\u{a0}' if dice.chance(0.5) => quoted.push_str("\\_"),
            '\u{2028}' => quoted.push_str("\\L"),
            '\u{2029}' => quoted.push_str("\\P"),
            char if char.is_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(char))),
            '\u{feff}' | '\u{ffff}' => quoted.push_str(&format!("\\u{:04x}", u32::from(char))),
            char if !char.is_ascii() && dice.chance(0.15) => {
                quoted.push_str(&format!("\\U{:08x}", u32::from(char)))
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// A literal or a folded scalar. A folded one may well say something else than the text did: what counts is
/// that both engines read the same.
/// Without an oddness it does say the same.
fn block_scalar(
    dice: &mut Dice,
    text: &str,
    indent: usize,
    step: usize,
    oddness: Option<f64>,
) -> String {
    // What has one line may be a name, which must stay one.
    let oddness = oddness.filter(|_| text.contains('\n'));
    let style = if oddness.is_some() && dice.chance(0.3) { '>' } else { '|' };
    let oddness = oddness.unwrap_or_default();
    let body = text.trim_end_matches('\n');
    let chomp = if dice.chance(oddness * 0.5) {
        *dice.pick(&["", "-", "+"])
    } else {
        match text.len() - body.len() {
            0 => "-",
            1 => "",
            _ => "+",
        }
    };
    let first_line_indented =
        text.trim_start_matches('\n').starts_with([' ', '\t']) || text.starts_with('\n');
    // A list's item is two columns deeper than its dash, so no step may be smaller.
    let depth = step.max(2);
    let indicator = if first_line_indented || dice.chance(oddness * 0.1) {
        depth.to_string()
    } else {
        String::new()
    };
    let header = if indicator.is_empty() || dice.chance(0.5) {
        format!("{indicator}{chomp}")
    } else {
        format!("{chomp}{indicator}")
    };
    let margin = " ".repeat(indent + depth);
    let mut written = format!("{style}{header}");
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        written.push('\n');
        if !line.is_empty() {
            written.push_str(&margin);
            written.push_str(line);
        }
    }
    written
}
