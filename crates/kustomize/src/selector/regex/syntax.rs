//! Reads Go's syntax of regular expressions (`regexp/syntax` with its Perl flags) and writes the same
//! expression in that of the `regex` crate. What Go refuses is refused.
//!
//! Only whether a text matches counts, so that groups lose their names and numbers, and repetitions
//! their greed.

use std::fmt::Write;

use super::{RegexFault, class};

/// How deep groups may be nested. (Go allows 1,000 levels of everything.)
pub(super) const MAX_DEPTH: usize = 250;

/// How often something may be repeated, nested repetitions multiplied.
const MAX_REPEAT: u32 = 1000;

/// The expression that matches nothing.
const NEVER: &str = r"[^\x{0}-\x{10FFFF}]";

/// Whether a character means something else than itself somewhere in a pattern.
pub(super) fn is_special(character: char) -> bool {
    matches!(
        character,
        '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$'
    )
}

/// Whether a pattern means the very text that it is.
pub(super) fn is_literal(pattern: &str) -> bool {
    !pattern.chars().any(is_special)
}

/// Translates a whole pattern.
pub(super) fn translate(pattern: &str) -> Result<String, RegexFault> {
    let mut translator = Translator {
        rest: pattern,
        out: String::with_capacity(2 * pattern.len()),
        flags: Flags::default(),
        groups: Vec::new(),
        atom: None,
        repeats: 0,
        after_repeat: false,
    };
    while !translator.rest.is_empty() {
        translator.step()?;
    }
    if translator.groups.is_empty() { Ok(translator.out) } else { Err(RegexFault::OpenGroup) }
}

/// The flags that `(?...)` sets.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    /// `i`
    pub(super) fold: bool,
    /// `m`
    lines: bool,
    /// `s`
    dot_all: bool,
}

/// What the last repetition can be of.
#[derive(Clone, Copy)]
struct Atom {
    /// Where it starts in what is written.
    start: usize,
    /// How often its parts are repeated at most, by `{n}` only.
    repeats: u32,
    /// Whether it is a repetition itself.
    repeated: bool,
}

struct Group {
    start: usize,
    flags: Flags,
    /// The most repeated atom before the group, in the group around it.
    repeats: u32,
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
    flags: Flags,
    groups: Vec<Group>,
    atom: Option<Atom>,
    /// How often the parts of the current group are repeated at most.
    repeats: u32,
    after_repeat: bool,
}

impl<'p> Translator<'p> {
    fn step(&mut self) -> Result<(), RegexFault> {
        let rest = self.rest;
        let Some(first) = rest.chars().next() else {
            return Ok(());
        };
        let after_repeat = std::mem::take(&mut self.after_repeat);
        match first {
            '(' => return self.open(),
            ')' => {
                self.rest = &rest[1..];
                return self.close();
            }
            '|' => {
                self.rest = &rest[1..];
                self.out.push('|');
                self.atom = None;
            }
            '*' | '+' | '?' => {
                let repeats = self.atom.map_or(0, |atom| atom.repeats);
                return self.repeat(&rest[..1], repeats, after_repeat);
            }
            '{' => match Count::parse(rest) {
                Some(count) => return self.counted(&count, after_repeat),
                None => self.literal_of(first),
            },
            '^' if self.flags.lines => self.known("(?m:^)", 1),
            '^' => self.known(r"(?:\A)", 1),
            '$' if self.flags.lines => self.known("(?m:$)", 1),
            '$' => self.known(r"(?:\z)", 1),
            '.' if self.flags.dot_all => self.known("(?s:.)", 1),
            '.' => self.known(r"[^\n]", 1),
            '[' => {
                let mut class = String::new();
                self.rest = class::bracketed(rest, self.flags, &mut class)?;
                self.push(&class);
            }
            '\\' => return self.escape(),
            character => self.literal_of(character),
        }
        Ok(())
    }

    /// Writes an atom.
    fn push(&mut self, atom: &str) {
        self.atom = Some(Atom { start: self.out.len(), repeats: 0, repeated: false });
        self.out.push_str(atom);
    }

    /// Writes an atom for `width` bytes of the pattern.
    fn known(&mut self, atom: &str, width: usize) {
        self.rest = &self.rest[width..];
        self.push(atom);
    }

    /// A character of the pattern that means itself.
    fn literal_of(&mut self, character: char) {
        self.rest = &self.rest[character.len_utf8()..];
        self.literal(u32::from(character));
    }

    fn literal(&mut self, code: u32) {
        let start = self.out.len();
        match char::from_u32(code) {
            None => self.out.push_str(NEVER),
            Some(character) if self.flags.fold => {
                self.out.push_str("(?i:");
                write_character(&mut self.out, character);
                self.out.push(')');
            }
            Some(character) => write_character(&mut self.out, character),
        }
        self.atom = Some(Atom { start, repeats: 0, repeated: false });
    }

    fn open(&mut self) -> Result<(), RegexFault> {
        let rest = self.rest;
        if self.groups.len() == MAX_DEPTH {
            return Err(RegexFault::TooDeep { limit: MAX_DEPTH });
        }
        let outer = self.flags;
        if let Some(inner) = rest.strip_prefix("(?") {
            let name = inner.strip_prefix("P<").or_else(|| inner.strip_prefix('<'));
            match name {
                Some(name) => {
                    let end = name.find('>').unwrap_or(0);
                    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                    if end == 0 || !name[..end].chars().all(is_name) {
                        let width = rest.find('>').map_or(rest.len(), |end| end + 1);
                        return Err(RegexFault::Group { group: rest[..width].to_owned() });
                    }
                    self.rest = &name[end + 1..];
                }
                None => {
                    let (flags, rest, opens) = self.flags(inner)?;
                    self.rest = rest;
                    self.flags = flags;
                    if !opens {
                        return Ok(());
                    }
                }
            }
        } else {
            self.rest = &rest[1..];
        }
        let start = self.out.len();
        self.groups.push(Group { start, flags: outer, repeats: self.repeats });
        self.out.push_str("(?:");
        self.repeats = 0;
        self.atom = None;
        Ok(())
    }

    /// Flags after `(?`: the new ones, what follows, and whether they open a group.
    fn flags(&self, text: &'p str) -> Result<(Flags, &'p str, bool), RegexFault> {
        let mut flags = self.flags;
        let mut on = true;
        let mut dangling = false;
        for (at, character) in text.char_indices() {
            match character {
                'i' => flags.fold = on,
                'm' => flags.lines = on,
                's' => flags.dot_all = on,
                'U' => {}
                '-' if on => {
                    on = false;
                    dangling = true;
                    continue;
                }
                ':' | ')' if !dangling => return Ok((flags, &text[at + 1..], character == ':')),
                _ => {
                    let end = at + character.len_utf8();
                    return Err(RegexFault::Group { group: format!("(?{}", &text[..end]) });
                }
            }
            dangling = false;
        }
        Err(RegexFault::Group { group: format!("(?{text}") })
    }

    fn close(&mut self) -> Result<(), RegexFault> {
        let Some(group) = self.groups.pop() else {
            return Err(RegexFault::UnexpectedClose);
        };
        self.out.push(')');
        self.flags = group.flags;
        self.atom = Some(Atom { start: group.start, repeats: self.repeats, repeated: false });
        self.repeats = self.repeats.max(group.repeats);
        Ok(())
    }

    fn counted(&mut self, count: &Count<'p>, after_repeat: bool) -> Result<(), RegexFault> {
        let fault = || RegexFault::RepeatCount { operator: count.operator.to_owned() };
        if count.min > MAX_REPEAT
            || count.max.is_some_and(|max| max > MAX_REPEAT || max < count.min)
        {
            return Err(fault());
        }
        let inner = self.atom.map_or(0, |atom| atom.repeats);
        let repeats = match (count.min, count.max) {
            (_, Some(0)) => 0,
            (0, None) => inner,
            (times, None) | (_, Some(times)) => times.saturating_mul(inner.max(1)),
        };
        self.repeat(count.operator, repeats, after_repeat)?;
        let counts = count.min >= 2 || count.max.is_some_and(|max| max >= 2);
        if counts && repeats > MAX_REPEAT { Err(fault()) } else { Ok(()) }
    }

    /// Repeats the last atom, the parts of which are then repeated `repeats` times.
    fn repeat(
        &mut self,
        operator: &str,
        repeats: u32,
        after_repeat: bool,
    ) -> Result<(), RegexFault> {
        let width = operator.len();
        let width = width + usize::from(self.rest[width..].starts_with('?'));
        let (shown, rest) = self.rest.split_at(width);
        if after_repeat {
            return Err(RegexFault::RepeatedRepeat { operator: shown.to_owned() });
        }
        let Some(atom) = self.atom else {
            return Err(RegexFault::NothingToRepeat { operator: shown.to_owned() });
        };
        self.rest = rest;
        if atom.repeated {
            self.out.insert_str(atom.start, "(?:");
            self.out.push(')');
        }
        self.out.push_str(operator);
        self.repeats = self.repeats.max(repeats);
        self.atom = Some(Atom { repeats, repeated: true, ..atom });
        self.after_repeat = true;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), RegexFault> {
        let rest = self.rest;
        match rest.as_bytes().get(1) {
            Some(b'A') => self.known(r"(?:\A)", 2),
            Some(b'z') => self.known(r"(?:\z)", 2),
            Some(b'b') => self.known(r"(?-u:\b)", 2),
            Some(b'B') => self.known(r"(?-u:\B)", 2),
            Some(b'Q') => {
                let quoted = &rest[2..];
                let (text, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
                for character in text.chars() {
                    self.literal(u32::from(character));
                }
                self.rest = after;
            }
            _ => {
                let mut class = String::new();
                if let Some(after) = class::escaped(rest, self.flags, &mut class)? {
                    self.rest = after;
                    self.push(&class);
                } else {
                    let (code, after) = escaped_character(rest)?;
                    self.rest = after;
                    self.literal(code);
                }
            }
        }
        Ok(())
    }
}

/// Writes a character so that it means itself, within a class and outside.
pub(super) fn write_character(out: &mut String, character: char) {
    if character.is_ascii_alphanumeric() {
        out.push(character);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\x{{{:X}}}", u32::from(character));
    }
}

/// `{n}`, `{n,}` or `{n,m}`
struct Count<'p> {
    operator: &'p str,
    min: u32,
    max: Option<u32>,
}

impl<'p> Count<'p> {
    /// `None` for what is no repetition: its `{` means itself.
    fn parse(text: &'p str) -> Option<Count<'p>> {
        let (min, rest) = number(text.strip_prefix('{')?)?;
        let (max, rest) = match rest.strip_prefix(',') {
            None => (Some(min), rest),
            Some(rest) if rest.starts_with('}') => (None, rest),
            Some(rest) => number(rest).map(|(max, rest)| (Some(max), rest))?,
        };
        let rest = rest.strip_prefix('}')?;
        Some(Count { operator: &text[..text.len() - rest.len()], min, max })
    }
}

/// Digits without leading zeros; a number that is too large is some other such number.
fn number(text: &str) -> Option<(u32, &str)> {
    let width = text.bytes().take_while(u8::is_ascii_digit).count();
    let digits = &text[..width];
    if width == 0 || (width > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), &text[width..]))
}

/// The code point that an escape stands for, and what follows.
pub(super) fn escaped_character(text: &str) -> Result<(u32, &str), RegexFault> {
    let mut characters = text.chars();
    characters.next();
    let fault =
        |rest: &str| RegexFault::Escape { escape: text[..text.len() - rest.len()].to_owned() };
    let Some(character) = characters.next() else {
        return Err(fault(""));
    };
    let rest = characters.as_str();
    let code = match character {
        // An octal number has a leading zero or two digits at least.
        '1'..='7' if !rest.starts_with(|c| ('0'..='7').contains(&c)) => return Err(fault(rest)),
        '0'..='7' => {
            let more = rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
            let start = text.len() - rest.len() - 1;
            let digits = &text[start..=start + more];
            return Ok((u32::from_str_radix(digits, 8).unwrap_or(0), &rest[more..]));
        }
        'x' => return hexadecimal(rest).ok_or_else(|| fault(rest)),
        'a' => 0x07,
        'f' => 0x0C,
        'n' => 0x0A,
        'r' => 0x0D,
        't' => 0x09,
        'v' => 0x0B,
        _ if character.is_ascii() && !character.is_ascii_alphanumeric() => u32::from(character),
        _ => return Err(fault(rest)),
    };
    Ok((code, rest))
}

/// Two digits, or any number of them in braces.
fn hexadecimal(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}')?,
        None => text.split_at_checked(2)?,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    if significant.len() > 6 {
        return None;
    }
    let code =
        if significant.is_empty() { 0 } else { u32::from_str_radix(significant, 16).ok()? };
    (code <= 0x10_FFFF).then_some((code, rest))
}
