//! The part of the scanner that reads scalars and moves over blanks and lines.

use std::borrow::Cow;

use super::Style;
use super::scan::{Result, Scanner, Token, TokenKind};

/// Bytes at which reading a plain scalar has to look closer.
const fn plain_stops() -> [bool; 256] {
    let mut table = [false; 256];
    let stops = b" \t\r\n:,?[]{}\xC2\xE2";
    let mut at = 0;
    while at < stops.len() {
        table[stops[at] as usize] = true;
        at += 1;
    }
    table
}

static PLAIN_STOPS: [bool; 256] = plain_stops();

/// Bytes at which reading a quoted scalar has to look closer.
const fn quoted_stops() -> [bool; 256] {
    let mut table = [false; 256];
    let stops = b" \t\r\n'\"\\\xC2\xE2";
    let mut at = 0;
    while at < stops.len() {
        table[stops[at] as usize] = true;
        at += 1;
    }
    table
}

static QUOTED_STOPS: [bool; 256] = quoted_stops();

/// The line breaks between two parts of a scalar.
#[derive(Default)]
struct Breaks {
    first: Option<char>,
    rest: String,
}

impl Breaks {
    fn push(&mut self, character: char) {
        if self.first.is_some() {
            self.rest.push(character);
        } else {
            self.first = Some(character);
        }
    }

    /// One break becomes a blank, and of several the first is dropped.
    fn fold_into(&mut self, value: &mut String) {
        match self.first.take() {
            Some('\n') if self.rest.is_empty() => value.push(' '),
            Some('\n') | None => {}
            Some(separator) => value.push(separator),
        }
        value.push_str(&self.rest);
        self.rest.clear();
    }
}

impl<'a> Scanner<'a> {
    /// The byte `ahead` of the position; 0 at the end (a text has no NUL).
    #[inline]
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn is_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The number of bytes before the position on its line. Blanks are all that matters.
    #[inline]
    pub(super) fn column(&self) -> isize {
        (self.at - self.line_start) as isize
    }

    /// The length of the line break at a position, 0 if there is none. go-yaml takes NEL and the
    /// Unicode separators for breaks as well.
    #[inline]
    pub(super) fn break_width(&self, at: usize) -> usize {
        match self.bytes.get(at) {
            Some(b'\n') => 1,
            Some(b'\r') if self.bytes.get(at + 1) == Some(&b'\n') => 2,
            Some(b'\r') => 1,
            Some(0xC2) if self.bytes.get(at + 1) == Some(&0x85) => 2,
            Some(0xE2) if matches!(self.bytes.get(at + 1..at + 3), Some([0x80, 0xA8 | 0xA9])) => 3,
            _ => 0,
        }
    }

    #[inline]
    pub(super) fn is_break_or_end(&self) -> bool {
        self.is_end() || self.break_width(self.at) > 0
    }

    #[inline]
    pub(super) fn is_blank_or_end_at(&self, at: usize) -> bool {
        match self.bytes.get(at) {
            None | Some(b' ' | b'\t') => true,
            Some(_) => self.break_width(at) > 0,
        }
    }

    #[inline]
    fn is_blank(&self) -> bool {
        matches!(self.byte(0), b' ' | b'\t')
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank() {
            self.at += 1;
        }
    }

    /// Moves over a line break; says whether there was one.
    #[inline]
    pub(super) fn skip_line(&mut self) -> bool {
        let width = self.break_width(self.at);
        if width > 0 {
            self.at += width;
            self.line += 1;
            self.line_start = self.at;
        }
        width > 0
    }

    /// Moves over a line break and says what it counts as: `\n` for all but the Unicode separators.
    #[inline]
    fn read_break(&mut self) -> Option<char> {
        let separator = match self.bytes.get(self.at..self.at + 3) {
            Some([0xE2, 0x80, 0xA8]) => '\u{2028}',
            Some([0xE2, 0x80, 0xA9]) => '\u{2029}',
            _ => '\n',
        };
        self.skip_line().then_some(separator)
    }

    /// Whether `---` or `...` stands here as a word of its own.
    pub(super) fn at_document_indicator(&self) -> bool {
        matches!(self.bytes.get(self.at..self.at + 3), Some(b"---" | b"..."))
            && self.is_blank_or_end_at(self.at + 3)
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<Token<'a>> {
        let start = self.at;
        let indent = self.indent + 1;
        let mut end = start;
        // The value is `folded` and then the text from `part` to `end`.
        let mut folded = String::new();
        let mut part = start;
        let mut breaks = Breaks::default();
        let mut after_break = false;
        loop {
            if (self.column() == 0 && self.at_document_indicator()) || self.byte(0) == b'#' {
                break;
            }
            let chunk = self.at;
            self.skip_plain_chunk();
            if self.at > chunk {
                if after_break {
                    folded.push_str(&self.text[part..end]);
                    breaks.fold_into(&mut folded);
                    part = chunk;
                    after_break = false;
                }
                end = self.at;
            }
            if !self.is_blank() && self.break_width(self.at) == 0 {
                break;
            }
            loop {
                if self.is_blank() {
                    if after_break && self.column() < indent && self.byte(0) == b'\t' {
                        return Err(self.error(self.at, "a tab cannot indent; use spaces"));
                    }
                    self.at += 1;
                } else if let Some(character) = self.read_break() {
                    breaks.push(character);
                    after_break = true;
                } else {
                    break;
                }
            }
            if self.flow_level == 0 && self.column() < indent {
                break;
            }
        }
        if after_break {
            self.simple_key_allowed = true;
        }
        let value = if folded.is_empty() {
            Cow::Borrowed(&self.text[part..end])
        } else {
            folded.push_str(&self.text[part..end]);
            Cow::Owned(folded)
        };
        Ok(Token { kind: TokenKind::Scalar { value, style: Style::Plain }, start, end })
    }

    /// Moves over text up to a blank, a break, `: ` or an indicator of flow context.
    #[inline]
    fn skip_plain_chunk(&mut self) {
        loop {
            let rest = &self.bytes[self.at..];
            let Some(width) = rest.iter().position(|byte| PLAIN_STOPS[*byte as usize]) else {
                self.at = self.bytes.len();
                return;
            };
            self.at += width;
            match rest[width] {
                b' ' | b'\t' | b'\r' | b'\n' => return,
                b':' if self.is_blank_or_end_at(self.at + 1) => return,
                b':' => {}
                0xC2 | 0xE2 if self.break_width(self.at) > 0 => return,
                0xC2 | 0xE2 => {}
                _ if self.flow_level > 0 => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    pub(super) fn scan_quoted_scalar(&mut self, single: bool) -> Result<Token<'a>> {
        let start = self.at;
        self.at += 1;
        let quote = if single { b'\'' } else { b'"' };
        // The value is `out` and then the text from `part` to here.
        let mut out: Option<String> = None;
        let mut part = self.at;
        let mut breaks = Breaks::default();
        loop {
            if self.is_end() || (self.column() == 0 && self.at_document_indicator()) {
                return Err(self.error(start, "this quote is never closed"));
            }
            let mut after_break = false;
            while let Some(&byte) = self.bytes.get(self.at) {
                if !QUOTED_STOPS[byte as usize] {
                    self.at += 1;
                    continue;
                }
                match byte {
                    b' ' | b'\t' | b'\r' | b'\n' => break,
                    b'\'' if single && self.byte(1) == b'\'' => {
                        let out = out.get_or_insert_default();
                        out.push_str(&self.text[part..=self.at]);
                        self.at += 2;
                        part = self.at;
                    }
                    byte if byte == quote => break,
                    b'\\' if !single && self.break_width(self.at + 1) > 0 => {
                        out.get_or_insert_default().push_str(&self.text[part..self.at]);
                        self.at += 1;
                        self.skip_line();
                        part = self.at;
                        after_break = true;
                        break;
                    }
                    b'\\' if !single => {
                        let out = out.get_or_insert_default();
                        out.push_str(&self.text[part..self.at]);
                        let character = self.scan_escape()?;
                        out.push(character);
                        part = self.at;
                    }
                    0xC2 | 0xE2 if self.break_width(self.at) > 0 => break,
                    _ => self.at += 1,
                }
            }
            if self.byte(0) == quote {
                break;
            }
            let blanks = self.at;
            loop {
                if self.is_blank() {
                    self.at += 1;
                } else if let Some(character) = self.read_break() {
                    if after_break {
                        breaks.rest.push(character);
                    } else {
                        out.get_or_insert_default().push_str(&self.text[part..blanks]);
                        breaks.first = Some(character);
                        after_break = true;
                    }
                } else {
                    break;
                }
            }
            if after_break {
                breaks.fold_into(out.get_or_insert_default());
                part = self.at;
            }
        }
        let rest = &self.text[part..self.at];
        let value = match out {
            Some(mut out) => {
                out.push_str(rest);
                Cow::Owned(out)
            }
            None => Cow::Borrowed(rest),
        };
        self.at += 1;
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        Ok(Token { kind: TokenKind::Scalar { value, style }, start, end: self.at })
    }

    fn scan_escape(&mut self) -> Result<char> {
        let start = self.at;
        let digits = match self.byte(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            byte => {
                let character = match byte {
                    b'0' => '\0',
                    b'a' => '\u{07}',
                    b'b' => '\u{08}',
                    b't' | b'\t' => '\t',
                    b'n' => '\n',
                    b'v' => '\u{0B}',
                    b'f' => '\u{0C}',
                    b'r' => '\r',
                    b'e' => '\u{1B}',
                    b' ' => ' ',
                    b'"' => '"',
                    b'\'' => '\'',
                    b'\\' => '\\',
                    b'N' => '\u{85}',
                    b'_' => '\u{A0}',
                    b'L' => '\u{2028}',
                    b'P' => '\u{2029}',
                    _ => {
                        let problem = "in double quotes `\\` starts an escape, and this is none; write `\\\\` for a backslash";
                        return Err(self.error(start, problem));
                    }
                };
                self.at += 2;
                return Ok(character);
            }
        };
        let hex = self.text.get(start + 2..start + 2 + digits);
        let code = hex
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let Some(code) = code else {
            let problem = format!("this escape takes {digits} hexadecimal digits");
            return Err(self.error(start, problem));
        };
        let Some(character) = char::from_u32(code) else {
            return Err(self.error(start, "this escape is no character of Unicode"));
        };
        self.at += 2 + digits;
        Ok(character)
    }

    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<Token<'a>> {
        let start = self.at;
        self.at += 1;
        let (chomp, increment) = self.scan_block_header(start)?;
        let mut end = self.at;
        self.skip_blanks();
        if self.byte(0) == b'#' {
            match self.comments {
                None => self.skip_comment(),
                Some(_) => self.scan_line_comment(start),
            }
        }
        if !self.is_break_or_end() {
            let indicator = if literal { '|' } else { '>' };
            let problem = format!("the text of `{indicator}` starts on the next line");
            return Err(self.error(self.at, problem));
        }
        self.skip_line();

        let mut indent = match increment {
            0 => 0,
            increment => self.indent.max(0) + increment,
        };
        let mut value = String::new();
        let mut leading = None;
        let mut trailing = String::new();
        let mut leading_blank = false;
        self.scan_block_breaks(&mut indent, &mut trailing)?;
        while self.column() == indent && !self.is_end() {
            let trailing_blank = self.is_blank();
            if !literal && !leading_blank && !trailing_blank && leading == Some('\n') {
                if trailing.is_empty() {
                    value.push(' ');
                }
            } else {
                value.extend(leading);
            }
            value.push_str(&trailing);
            trailing.clear();
            leading_blank = trailing_blank;
            let line = self.at;
            while !self.is_break_or_end() {
                self.at += 1;
            }
            value.push_str(&self.text[line..self.at]);
            end = self.at;
            leading = self.read_break();
            self.scan_block_breaks(&mut indent, &mut trailing)?;
        }
        if chomp != Chomp::Strip {
            value.extend(leading);
        }
        if chomp == Chomp::Keep {
            value.push_str(&trailing);
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        let kind = TokenKind::Scalar { value: Cow::Owned(value), style };
        Ok(Token { kind, start, end })
    }

    /// `+` or `-` and a digit, in any order; no digit is 0.
    fn scan_block_header(&mut self, start: usize) -> Result<(Chomp, isize)> {
        let mut chomp = None;
        let mut increment = None;
        loop {
            match self.byte(0) {
                b'+' if chomp.is_none() => chomp = Some(Chomp::Keep),
                b'-' if chomp.is_none() => chomp = Some(Chomp::Strip),
                b'0' if increment.is_none() => {
                    return Err(self.error(start, "a block of text cannot be indented by 0"));
                }
                digit @ b'1'..=b'9' if increment.is_none() => {
                    increment = Some(isize::from(digit - b'0'));
                }
                _ => return Ok((chomp.unwrap_or(Chomp::Clip), increment.unwrap_or(0))),
            }
            self.at += 1;
        }
    }

    /// Moves over the indentation and empty lines; finds the indentation if it is still 0.
    fn scan_block_breaks(&mut self, indent: &mut isize, breaks: &mut String) -> Result<()> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.byte(0) == b' ' {
                self.at += 1;
            }
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.byte(0) == b'\t' {
                return Err(self.error(self.at, "a tab cannot indent; use spaces"));
            }
            match self.read_break() {
                Some(character) => breaks.push(character),
                None => break,
            }
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq)]
enum Chomp {
    Clip,
    Keep,
    Strip,
}
