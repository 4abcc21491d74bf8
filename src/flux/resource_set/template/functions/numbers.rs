//! Functions of numbers, which take anything for a number, and of spans of time.

use super::Kind::{Any, Float, Int, Text};
use super::{Args, Fault, Function, Heap, Value, fixed, more};
use crate::flux::resource_set::template::print;
use crate::flux::resource_set::template::value::Item;

pub(super) const TABLE: &[Function] = &[
    fixed("atoi", &[Text], |_, mut args| Ok(Value::Int(atoi(&args.text())))),
    fixed("int64", &[Any], |_, mut args| Ok(Value::Int64(to_int64(&args.any())))),
    fixed("int", &[Any], |_, mut args| Ok(Value::Int(to_int64(&args.any())))),
    fixed("float64", &[Any], |_, mut args| Ok(Value::Float(to_float(&args.any())))),
    fixed("toDecimal", &[Any], |heap, mut args| {
        let text = print::to_text(heap, &args.any())?;
        Ok(Value::Int64(i64::from_str_radix(&text, 8).unwrap_or(0)))
    }),
    more("seq", &[], Int, seq),
    fixed("until", &[Int], |heap, mut args| {
        let count = args.int();
        let numbers = until_step(heap, 0, count, if count < 0 { -1 } else { 1 })?;
        heap.list(Item::Int, numbers)
    }),
    fixed("untilStep", &[Int, Int, Int], |heap, mut args| {
        let (start, stop, step) = (args.int(), args.int(), args.int());
        let numbers = until_step(heap, start, stop, step)?;
        heap.list(Item::Int, numbers)
    }),
    fixed("add1", &[Any], |_, mut args| Ok(Value::Int64(to_int64(&args.any()).wrapping_add(1)))),
    more("add", &[], Any, |_, args| fold(args, Some(0), i64::wrapping_add)),
    fixed("sub", &[Any, Any], |_, args| fold(args, None, i64::wrapping_sub)),
    more("mul", &[Any], Any, |_, args| fold(args, None, i64::wrapping_mul)),
    fixed("div", &[Any, Any], |_, args| divide(args, i64::wrapping_div)),
    fixed("mod", &[Any, Any], |_, args| divide(args, i64::wrapping_rem)),
    more("biggest", &[Any], Any, |_, args| fold(args, None, i64::max)),
    more("max", &[Any], Any, |_, args| fold(args, None, i64::max)),
    more("min", &[Any], Any, |_, args| fold(args, None, i64::min)),
    more("maxf", &[Any], Any, |_, args| fold_floats(args, f64::max)),
    more("minf", &[Any], Any, |_, args| fold_floats(args, f64::min)),
    fixed("ceil", &[Any], |_, mut args| Ok(Value::Float(to_float(&args.any()).ceil()))),
    fixed("floor", &[Any], |_, mut args| Ok(Value::Float(to_float(&args.any()).floor()))),
    more("round", &[Any, Int], Float, round),
    fixed("duration", &[Any], |heap, mut args| {
        let seconds = match args.any() {
            Value::Text(text) => atoi(&text),
            Value::Int64(value) => value,
            _ => 0,
        };
        heap.text(duration(seconds.wrapping_mul(1_000_000_000)))
    }),
    fixed("durationRound", &[Any], |heap, mut args| {
        let nanoseconds = match args.any() {
            Value::Text(text) => parse_duration(&text).unwrap_or(0),
            Value::Int64(value) => value,
            _ => 0,
        };
        heap.text(rounded_duration(nanoseconds.unsigned_abs()))
    }),
    fixed("ago", &[Any], |_, _| not_repeatable("ago")),
    fixed("toDate", &[Text, Text], |_, _| not_repeatable("toDate")),
    fixed("mustToDate", &[Text, Text], |_, _| not_repeatable("mustToDate")),
    fixed("unixEpoch", &[Any], |_, _| not_repeatable("unixEpoch")),
    fixed("must_date_modify", &[Text, Any], |_, _| not_repeatable("must_date_modify")),
    fixed("mustDateModify", &[Text, Any], |_, _| not_repeatable("mustDateModify")),
    fixed("randInt", &[Int, Int], |_, _| not_repeatable("randInt")),
];

fn not_repeatable(name: &str) -> Result<Value, Fault> {
    Err(Fault::NotRepeatable { name: name.to_owned() })
}

/// `strconv.Atoi` without its error.
fn atoi(text: &str) -> i64 {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    let most = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    text.parse().unwrap_or(most)
}

/// A float as an `int64`, as the processor makes one of it.
fn truncated(value: f64) -> i64 {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
    if fits { value as i64 } else { i64::MIN }
}

/// Anything as an `int64`; 0 for what is none.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Text(text) => text.parse().unwrap_or(0),
        Value::Int(value) | Value::Int64(value) => *value,
        Value::Byte(value) => i64::from(*value),
        Value::Float(value) => truncated(*value),
        Value::Bool(value) => i64::from(*value),
        _ => 0,
    }
}

fn to_float(value: &Value) -> f64 {
    match value {
        Value::Text(text) => {
            let value: f64 = text.parse().unwrap_or(0.0);
            let is_word = !text.contains(|c: char| c.is_ascii_digit());
            // What overflows is an error in Go.
            if value.is_finite() || is_word { value } else { 0.0 }
        }
        Value::Int(value) | Value::Int64(value) => *value as f64,
        Value::Byte(value) => f64::from(*value),
        Value::Float(value) => *value,
        Value::Bool(value) => f64::from(*value),
        _ => 0.0,
    }
}

fn fold(args: Args, start: Option<i64>, with: fn(i64, i64) -> i64) -> Result<Value, Fault> {
    let numbers = args.rest();
    let numbers = start.into_iter().chain(numbers.iter().map(to_int64));
    Ok(Value::Int64(numbers.reduce(with).unwrap_or(0)))
}

fn fold_floats(args: Args, with: fn(f64, f64) -> f64) -> Result<Value, Fault> {
    let numbers = args.rest();
    // Of a number and none, Go's `math.Max` is none.
    let with = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { with(a, b) };
    Ok(Value::Float(numbers.iter().map(to_float).reduce(with).unwrap_or(0.0)))
}

fn divide(mut args: Args, with: fn(i64, i64) -> i64) -> Result<Value, Fault> {
    let (a, b) = (to_int64(&args.any()), to_int64(&args.any()));
    match b {
        0 => Err(Fault::refused("a number is divided by 0")),
        _ => Ok(Value::Int64(with(a, b))),
    }
}

fn round(_: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let (value, places) = (to_float(&args.any()), args.int());
    let up_from = match args.any() {
        Value::Float(value) => value,
        _ => 0.5,
    };
    let power = 10_f64.powf(places as f64);
    let digit = power * value;
    let part = if digit.is_infinite() { f64::NAN } else { digit.fract() };
    let rounded = if part >= up_from { digit.ceil() } else { digit.floor() };
    Ok(Value::Float(rounded / power))
}

fn until_step(heap: &mut Heap, start: i64, stop: i64, step: i64) -> Result<Vec<Value>, Fault> {
    let mut numbers = Vec::new();
    if (stop < start && step >= 0) || (stop >= start && step <= 0) {
        return Ok(numbers);
    }
    let mut at = start;
    while if stop < start { at > stop } else { at < stop } {
        heap.spend(1)?;
        numbers.push(Value::Int(at));
        let Some(next) = at.checked_add(step) else { break };
        at = next;
    }
    Ok(numbers)
}

fn seq(heap: &mut Heap, args: Args) -> Result<Value, Fault> {
    let numbers: Vec<i64> = args.rest().iter().map(to_int64).collect();
    let (start, end, step) = match numbers[..] {
        [end] => (1, end, if end < 1 { -1 } else { 1 }),
        [start, end] => (start, end, if end < start { -1 } else { 1 }),
        [start, step, end] if end < start && step > 0 => return heap.text(""),
        [start, step, end] => (start, end, step),
        _ => return heap.text(""),
    };
    let past = end.wrapping_add(if end < start { -1 } else { 1 });
    let numbers = until_step(heap, start, past, step)?;
    let texts: Vec<String> = numbers.iter().map(|number| to_int64(number).to_string()).collect();
    heap.text(texts.join(" "))
}

/// A span of time as Go prints it: `1h0m0s`.
fn duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let seconds = nanoseconds.unsigned_abs() / 1_000_000_000;
    // Only whole seconds are asked for, but for what overflows.
    let rest = nanoseconds.unsigned_abs() % 1_000_000_000;
    let fraction = if rest == 0 {
        String::new()
    } else {
        format!(".{rest:09}").trim_end_matches('0').to_owned()
    };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}{fraction}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}{fraction}s"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}{fraction}s"),
    }
}

fn rounded_duration(nanoseconds: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    const DAY: u64 = 24 * 3600 * SECOND;
    let units = [
        (365 * DAY, "y"),
        (30 * DAY, "mo"),
        (DAY, "d"),
        (3600 * SECOND, "h"),
        (60 * SECOND, "m"),
        (SECOND, "s"),
    ];
    match units.into_iter().find(|(unit, _)| nanoseconds > *unit) {
        Some((unit, name)) => format!("{}{name}", nanoseconds / unit),
        None => "0s".to_owned(),
    }
}

/// `time.ParseDuration`, in nanoseconds.
fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let unit: i64 = match &after[..unit_end] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        if !fraction.is_empty() {
            let fraction: f64 = format!("0.{fraction}").parse().ok()?;
            total = total.checked_add((fraction * unit as f64) as i64)?;
        }
        rest = &after[unit_end..];
    }
    Some(if negative { -total } else { total })
}
