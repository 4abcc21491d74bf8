//! From bytes to tokens: the scanner of go-yaml v3 (`scannerc.go`, itself libyaml's), over one
//! slice of text.
//!
//! It is written here, and not taken from a crate, because the readers that exist either follow
//! another grammar than go-yaml, or copy every character into a queue, which costs five times as
//! much, and their marks count characters. Here a token borrows its text and its marks are bytes.
//! What tokens mean together is the business of [`event`](super::event).

use std::borrow::Cow;
use std::collections::VecDeque;

use super::scan_comments::{Comments, Mark};
use super::{Error, ErrorKind, SourceId, Span, Style};

pub(super) type Result<T> = std::result::Result<T, Error>;

/// The smallest part of the grammar, and the bytes of the text that it covers.
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(PartialEq)]
pub(super) enum TokenKind<'a> {
    /// Only where comments are kept.
    StreamStart,
    StreamEnd,
    VersionDirective {
        major: u8,
        minor: u8,
    },
    TagDirective(Box<Tag<'a>>),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    Tag(Box<Tag<'a>>),
    Scalar {
        value: Cow<'a, str>,
        style: Style,
    },
}

/// A tag's handle (`!`, `!!`, `!name!` or nothing) and what follows it.
#[derive(Clone, PartialEq)]
pub(super) struct Tag<'a> {
    pub(super) handle: &'a str,
    pub(super) suffix: Cow<'a, str>,
}

/// A place where a key without `?` may have begun: known only when its `:` comes.
#[derive(Clone, Copy)]
struct SimpleKey {
    possible: bool,
    /// Nothing but a key can stand there.
    required: bool,
    token_number: usize,
    at: usize,
    line: usize,
    column: isize,
}

/// A key without `?` is at most this long.
const LONGEST_SIMPLE_KEY: usize = 1024;

pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) line: usize,
    pub(super) line_start: usize,
    pub(super) flow_level: usize,
    /// The column of the innermost block; -1 outside of all.
    pub(super) indent: isize,
    pub(super) simple_key_allowed: bool,
    pub(super) tokens: VecDeque<Token<'a>>,
    tokens_taken: usize,
    /// Whether the first token is known to begin no key.
    settled: bool,
    indents: Vec<isize>,
    simple_keys: Vec<SimpleKey>,
    source: SourceId,
    /// What to add to a position to have one of the file: the length of its byte order mark.
    offset: u32,
    /// Where comments are kept.
    pub(super) comments: Option<Box<Comments>>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: SourceId, text: &'a str, offset: u32) -> Scanner<'a> {
        let none = SimpleKey {
            possible: false,
            required: false,
            token_number: 0,
            at: 0,
            line: 0,
            column: 0,
        };
        Scanner {
            text,
            bytes: text.as_bytes(),
            at: 0,
            line: 0,
            line_start: 0,
            flow_level: 0,
            indent: -1,
            simple_key_allowed: true,
            tokens: VecDeque::with_capacity(8),
            tokens_taken: 0,
            settled: false,
            indents: Vec::with_capacity(8),
            simple_keys: vec![none],
            source,
            offset,
            comments: None,
        }
    }

    /// A scanner that keeps comments. Its first token is the start of the text, as in go-yaml.
    pub(super) fn with_comments(source: SourceId, text: &'a str, offset: u32) -> Scanner<'a> {
        let mut scanner = Scanner::new(source, text, offset);
        scanner.comments = Some(Box::default());
        scanner.push_indicator(TokenKind::StreamStart, 0);
        scanner
    }

    /// A position of the text as one of the file. Files are smaller than 4 GiB.
    pub(super) fn file_position(&self, at: usize) -> u32 {
        u32::try_from(at).unwrap_or(u32::MAX).saturating_add(self.offset)
    }

    pub(super) fn error(&self, at: usize, problem: impl Into<String>) -> Error {
        let width = self.text.get(at..).and_then(|rest| rest.chars().next());
        let start = self.file_position(at);
        let end = match width {
            Some('\n' | '\r') | None => start,
            Some(character) => start + character.len_utf8() as u32,
        };
        Error {
            kind: ErrorKind::Syntax { problem: problem.into() },
            span: Span::new(self.source, start, end),
        }
    }

    /// The next token, left in place.
    pub(super) fn peek(&mut self) -> Result<&Token<'a>> {
        self.fetch_more_tokens()?;
        match self.tokens.front() {
            Some(token) => Ok(token),
            None => Err(self.error(self.at, "the file ends unexpectedly")),
        }
    }

    /// The next token, taken.
    pub(super) fn take(&mut self) -> Result<Token<'a>> {
        self.fetch_more_tokens()?;
        match self.tokens.pop_front() {
            Some(token) => {
                self.tokens_taken += 1;
                self.settled = false;
                Ok(token)
            }
            None => Err(self.error(self.at, "the file ends unexpectedly")),
        }
    }

    /// The token that was peeked at, taken.
    #[inline]
    pub(super) fn take_peeked(&mut self) {
        if self.tokens.pop_front().is_some() {
            self.tokens_taken += 1;
            self.settled = false;
        }
    }

    /// Reads on until it is sure that no key begins before the first token.
    #[inline]
    fn fetch_more_tokens(&mut self) -> Result<()> {
        if self.settled { Ok(()) } else { self.settle() }
    }

    fn settle(&mut self) -> Result<()> {
        // To know the comments of a token, go-yaml reads two more.
        let ahead = if self.comments.is_some() { 2 } else { 0 };
        while self.tokens.len() <= ahead || self.first_may_be_key()? {
            self.fetch_next_token()?;
        }
        self.settled = true;
        if self.comments.is_some() {
            self.unfold_comments();
        }
        Ok(())
    }

    /// Whether the first token may turn out to begin a key.
    #[inline]
    fn first_may_be_key(&mut self) -> Result<bool> {
        let taken = self.tokens_taken;
        match self.simple_keys.iter().position(|k| k.possible && k.token_number == taken) {
            None => Ok(false),
            Some(key) => self.is_valid_key(key),
        }
    }

    fn fetch_next_token(&mut self) -> Result<()> {
        let way = self.mark();
        self.skip_to_next_token(way);
        let column = self.column();
        self.unroll_indent(self.column_of_end(), way);
        let (byte, next) = (self.byte(0), self.byte(1));
        if self.is_end() {
            return self.fetch_stream_end();
        }
        if column == 0 {
            if byte == b'%' {
                self.end_block_context()?;
                let token = self.scan_directive()?;
                self.tokens.push_back(token);
                return Ok(());
            }
            if self.at_document_indicator() {
                self.end_block_context()?;
                let kind =
                    if byte == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
                self.push_indicator(kind, 3);
                return Ok(());
            }
        }
        if self.comments.is_none() {
            return self.fetch_token(byte, next);
        }
        let token = self.line_comment_token(byte);
        self.fetch_token(byte, next)?;
        // What stands behind a dash belongs to the item.
        if self.tokens.back().is_some_and(|token| token.kind != TokenKind::BlockEntry) {
            self.scan_line_comment(token);
        }
        Ok(())
    }

    /// Reads a token that begins with a byte, and then another.
    #[inline]
    fn fetch_token(&mut self, byte: u8, next: u8) -> Result<()> {
        let at = self.at;
        let spaced = self.is_blank_or_end_at(at + 1);
        match byte {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.push_indicator(TokenKind::FlowEntry, 1);
                Ok(())
            }
            b'-' if spaced => self.fetch_block_entry(),
            b'?' if spaced || self.flow_level > 0 => self.fetch_key(),
            b':' if spaced || self.flow_level > 0 => self.fetch_value(),
            b'*' | b'&' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_anchor()?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'!' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_tag()?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'|' | b'>' if self.flow_level == 0 => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                let token = self.scan_block_scalar(byte == b'|')?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_quoted_scalar(byte == b'\'')?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'-' if next != b' ' && next != b'\t' => self.fetch_plain_scalar(),
            b'?' | b':' if self.flow_level == 0 && !spaced => self.fetch_plain_scalar(),
            b'-' | b'?' | b':' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                let problem = format!(
                    "`{}` cannot start a value; if this is text, write it in quotes",
                    char::from(byte)
                );
                Err(self.error(at, problem))
            }
            b'\t' => Err(self.error(at, "a tab cannot indent; use spaces")),
            _ => self.fetch_plain_scalar(),
        }
    }

    fn is_valid_key(&mut self, index: usize) -> Result<bool> {
        let key = self.simple_keys[index];
        if !key.possible {
            return Ok(false);
        }
        if key.line < self.line || key.at + LONGEST_SIMPLE_KEY < self.at {
            if key.required {
                return Err(self.missing_colon(key.at));
            }
            self.simple_keys[index].possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn missing_colon(&self, at: usize) -> Error {
        self.error(at, "expected a key and `: ` on this line, as on the lines around it")
    }

    fn save_simple_key(&mut self) -> Result<()> {
        if self.simple_key_allowed {
            let column = self.column();
            let key = SimpleKey {
                possible: true,
                required: self.flow_level == 0 && self.indent == column,
                token_number: self.tokens_taken + self.tokens.len(),
                at: self.at,
                line: self.line,
                column,
            };
            self.remove_simple_key()?;
            if let Some(last) = self.simple_keys.last_mut() {
                *last = key;
            }
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<()> {
        if let Some(last) = self.simple_keys.last_mut() {
            if last.possible && last.required {
                let at = last.at;
                return Err(self.missing_colon(at));
            }
            last.possible = false;
        }
        Ok(())
    }

    fn roll_indent(
        &mut self,
        column: isize,
        number: Option<usize>,
        kind: TokenKind<'a>,
        at: usize,
    ) {
        if self.flow_level > 0 || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let token = Token { kind, start: at, end: at };
        match number {
            Some(number) => self.tokens.insert(number - self.tokens_taken, token),
            None => self.tokens.push_back(token),
        }
    }

    /// Ends the blocks that are indented by more. `way` is where the way to the next token began.
    fn unroll_indent(&mut self, column: isize, way: Mark) {
        if self.flow_level > 0 {
            return;
        }
        let mut at = self.at;
        if self.comments.is_some() {
            at = way.at.saturating_sub(1);
        }
        while self.indent > column {
            if self.comments.is_some() {
                at = self.block_end_before_comments(at);
            }
            self.tokens.push_back(Token { kind: TokenKind::BlockEnd, start: at, end: at });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn end_block_context(&mut self) -> Result<()> {
        let here = self.mark();
        self.unroll_indent(-1, here);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<()> {
        // The end is a line of its own, so that no key is waited for any longer.
        if self.column() > 0 {
            self.line += 1;
            self.line_start = self.at;
        }
        self.end_block_context()?;
        self.push_indicator(TokenKind::StreamEnd, 0);
        Ok(())
    }

    fn push_indicator(&mut self, kind: TokenKind<'a>, width: usize) {
        let start = self.at;
        self.at += width;
        self.tokens.push_back(Token { kind, start, end: self.at });
    }

    fn fetch_flow_start(&mut self, kind: TokenKind<'a>) -> Result<()> {
        self.save_simple_key()?;
        if let Some(&last) = self.simple_keys.last() {
            self.simple_keys.push(SimpleKey { possible: false, required: false, ..last });
        }
        self.flow_level += 1;
        self.simple_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind<'a>) -> Result<()> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.simple_keys.pop();
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error(
                    self.at,
                    "an item `- ` cannot start here; put it on a line of its own",
                ));
            }
            self.roll_indent(self.column(), None, TokenKind::BlockSequenceStart, self.at);
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self
                    .error(self.at, "a key `? ` cannot start here; put it on a line of its own"));
            }
            self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.at);
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<()> {
        let last = self.simple_keys.len() - 1;
        if self.is_valid_key(last)? {
            let key = self.simple_keys[last];
            let token = Token { kind: TokenKind::Key, start: key.at, end: key.at };
            self.tokens.insert(key.token_number - self.tokens_taken, token);
            let start = TokenKind::BlockMappingStart;
            self.roll_indent(key.column, Some(key.token_number), start, key.at);
            self.simple_keys[last].possible = false;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return Err(self.error(
                        self.at,
                        "`: ` cannot stand here; if it is part of a text, write the text in quotes",
                    ));
                }
                self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.at);
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    fn fetch_plain_scalar(&mut self) -> Result<()> {
        let (at, line, column) = (self.at, self.line, self.column());
        let may_be_key = self.simple_key_allowed && self.flow_level == 0 && self.comments.is_none();
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = self.scan_plain_scalar()?;
        let is_key = may_be_key
            && self.byte(0) == b':'
            && self.is_blank_or_end_at(self.at + 1)
            && self.line == line
            && self.at <= at + LONGEST_SIMPLE_KEY;
        if !is_key {
            self.tokens.push_back(token);
            return Ok(());
        }
        // As `fetch_value` has it, but known at once: nearly all keys come this way.
        self.roll_indent(column, None, TokenKind::BlockMappingStart, at);
        self.tokens.push_back(Token { kind: TokenKind::Key, start: at, end: at });
        self.tokens.push_back(token);
        if let Some(key) = self.simple_keys.last_mut() {
            key.possible = false;
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    fn skip_to_next_token(&mut self, way: Mark) {
        loop {
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.byte(0) == b' ' || (tabs && self.byte(0) == b'\t') {
                self.at += 1;
            }
            if self.comments.is_some() {
                self.lift_comment();
            }
            if self.byte(0) == b'#' {
                match self.comments {
                    None => self.skip_comment(),
                    Some(_) => self.scan_comments(way),
                }
            }
            if !self.skip_line() {
                return;
            }
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    pub(super) fn skip_comment(&mut self) {
        while !self.is_break_or_end() {
            self.at += 1;
        }
    }
}
