//! Functions of regular expressions, in the syntax of Go.

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

use super::Kind::{Int, Text};
use super::{Args, Fault, Function, Heap, Value, fixed};
use crate::flux::resource_set::template::value::Item;

pub(super) const TABLE: &[Function] = &[
    fixed("regexMatch", &[Text, Text], |_, mut args| {
        let pattern = compile(&args.text());
        Ok(Value::Bool(pattern.is_ok_and(|pattern| pattern.is_match(&args.text()))))
    }),
    fixed("mustRegexMatch", &[Text, Text], |_, mut args| {
        Ok(Value::Bool(compile(&args.text())?.is_match(&args.text())))
    }),
    fixed("regexFindAll", &[Text, Text, Int], find_all),
    fixed("mustRegexFindAll", &[Text, Text, Int], find_all),
    fixed("regexFind", &[Text, Text], find),
    fixed("mustRegexFind", &[Text, Text], find),
    fixed("regexReplaceAll", &[Text, Text, Text], |heap, args| replace(heap, args, true)),
    fixed("mustRegexReplaceAll", &[Text, Text, Text], |heap, args| replace(heap, args, true)),
    fixed("regexReplaceAllLiteral", &[Text, Text, Text], |heap, args| replace(heap, args, false)),
    fixed("mustRegexReplaceAllLiteral", &[Text, Text, Text], |heap, args| {
        replace(heap, args, false)
    }),
    fixed("regexSplit", &[Text, Text, Int], split),
    fixed("mustRegexSplit", &[Text, Text, Int], split),
    fixed("regexQuoteMeta", &[Text], |heap, mut args| {
        let mut out = String::new();
        for c in args.text().chars() {
            if r"\.+*?()|[]{}^$".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
        heap.text(out)
    }),
];

fn compile(pattern: &str) -> Result<Regex, Fault> {
    let wrong = || Fault::refused(format!("{pattern:?} is no regular expression that Go reads"));
    let translated = translate(pattern).ok_or_else(wrong)?;
    Regex::new(&translated).map_err(|_| wrong())
}

/// A pattern of Go in the syntax of this language's: `\d` and its like are those of ASCII, and in a class `[`, `&&`, `--` and `~~` mean
/// themselves.
fn translate(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut repeated = false;
    while let Some(c) = chars.next() {
        let repetition = match c {
            '*' | '+' | '?' => Some(c.to_string()),
            '{' => counted(chars.clone()),
            _ => None,
        };
        if let Some(repetition) = repetition {
            let count = &repetition[1..];
            let too_often = |number: &str| number.parse::<u32>().is_ok_and(|many| many > 1000);
            // Go repeats no repetition, and nothing that often.
            if repeated || count.split([',', '}']).any(too_often) {
                return None;
            }
            out.push_str(&repetition);
            for _ in 0..count.len() {
                chars.next();
            }
            out.extend(chars.next_if_eq(&'?'));
            repeated = true;
            continue;
        }
        repeated = false;
        match c {
            '\\' => match chars.next()? {
                'Q' => literal(&mut chars, &mut out),
                'b' => out.push_str(r"(?-u:\b)"),
                escaped => escape(escaped, &mut out)?,
            },
            '[' => class(&mut chars, &mut out)?,
            '#' | ' ' | '&' | '~' | '{' => out.extend(['\\', c]),
            '(' => {
                out.push('(');
                if chars.next_if_eq(&'?').is_some() {
                    out.push('?');
                    // Flags that Go does not know.
                    let flags: String =
                        chars.clone().take_while(|c| !matches!(c, ':' | ')' | '<')).collect();
                    if flags.contains(['x', 'u', 'R']) {
                        return None;
                    }
                }
            }
            _ => out.push(c),
        }
    }
    Some(out)
}

/// A repetition with numbers, whose brace has been read; any other brace means itself.
fn counted(mut chars: Peekable<Chars<'_>>) -> Option<String> {
    let mut inside = String::new();
    while let Some(c) = chars.next_if(|c| *c == ',' || c.is_ascii_digit()) {
        inside.push(c);
    }
    chars.next_if_eq(&'}')?;
    let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
    (!least.is_empty() && !most.contains(',')).then(|| format!("{{{inside}}}"))
}

/// What stands between `\Q` and `\E`.
fn literal(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    while let Some(c) = chars.next() {
        if c == '\\' && chars.next_if_eq(&'E').is_some() {
            return;
        }
        out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }
}

fn escape(escaped: char, out: &mut String) -> Option<()> {
    match escaped {
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        's' => out.push_str(r"[\t\n\f\r ]"),
        'S' => out.push_str(r"[^\t\n\f\r ]"),
        'a' | 'f' | 't' | 'n' | 'r' | 'v' | 'x' | 'p' | 'P' | 'A' | 'z' | 'B' => {
            out.extend(['\\', escaped]);
        }
        _ if escaped.is_ascii_punctuation() => out.extend(['\\', escaped]),
        _ => return None,
    }
    Some(())
}

fn class(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('[');
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    loop {
        let c = chars.next()?;
        match c {
            ']' if !first => break,
            ']' => out.push_str(r"\]"),
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '\\' => match chars.next()? {
                'A' | 'z' | 'B' | 'b' => return None,
                escaped => escape(escaped, out)?,
            },
            '[' | '&' | '~' => out.extend(['\\', c]),
            // A second dash would be a difference of classes.
            '-' if first || matches!(chars.peek(), Some(']')) => out.push_str(r"\-"),
            _ => out.push(c),
        }
        first = false;
    }
    out.push(']');
    Some(())
}

fn find(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let pattern = compile(&args.text())?;
    let text = args.text();
    heap.text(pattern.find(&text).map_or("", |found| found.as_str()))
}

fn find_all(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let pattern = compile(&args.text())?;
    let (text, count) = (args.text(), args.int());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    heap.spend(text.len())?;
    let found: Vec<String> =
        pattern.find_iter(&text).take(count).map(|found| found.as_str().to_owned()).collect();
    match found.is_empty() {
        true => Ok(Value::nil_list(Item::Text)),
        false => heap.texts(found.into_iter()),
    }
}

fn replace(heap: &mut Heap, mut args: Args, expands: bool) -> Result<Value, Fault> {
    let pattern = compile(&args.text())?;
    let (text, with) = (args.text(), args.text());
    heap.spend(text.len())?;
    let mut out = String::new();
    let mut written = 0;
    for captures in pattern.captures_iter(&text) {
        let Some(found) = captures.get(0) else { continue };
        out.push_str(&text[written..found.start()]);
        let before = out.len();
        if expands {
            captures.expand(&with, &mut out);
        } else {
            out.push_str(&with);
        }
        heap.spend(out.len() - before + 1)?;
        written = found.end();
    }
    out.push_str(&text[written..]);
    heap.text(out)
}

/// `Regexp.Split`.
fn split(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let source = args.text();
    let pattern = compile(&source)?;
    let (text, count) = (args.text(), args.int());
    if count == 0 {
        return Ok(Value::nil_list(Item::Text));
    }
    if !source.is_empty() && text.is_empty() {
        return heap.texts(std::iter::once(String::new()));
    }
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in pattern.find_iter(&text).take(most) {
        if parts.len() + 1 == most {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(text[begin..end].to_owned());
        }
        begin = found.end();
    }
    if end != text.len() {
        parts.push(text[begin..].to_owned());
    }
    heap.texts(parts.into_iter())
}
