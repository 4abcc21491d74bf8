//! The text of a template in words, as Go's `text/template/parse` splits it (`lex.go`), with `<<` and `>>` around actions.

use super::error::TemplateErrorKind as Fault;

const OPEN: &str = "<<";
const CLOSE: &str = ">>";
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// What a word is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Text outside of actions, trimmed where a marker says so.
    Text,
    Open,
    Close,
    Space,
    /// A word: a function or a keyword.
    Word,
    /// `.name`.
    Field,
    Dot,
    /// `$` or `$name`.
    Variable,
    Number,
    /// `'c'`.
    Character,
    /// `"text"` or `` `text` ``, with its quotes.
    Quoted,
    Declare,
    Assign,
    Pipe,
    OpenParen,
    CloseParen,
    /// Some other character that can be printed, such as a comma.
    Other,
    /// The text is wrong from here on.
    Wrong(Fault),
    End,
}

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token,
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// Splits a template. The last word is [`Token::End`] or [`Token::Wrong`].
pub(super) fn split(text: &str) -> Vec<Lexeme<'_>> {
    let mut lexer = Lexer { text, at: 0, parens: 0, out: Vec::new() };
    if let Err((fault, at)) = lexer.outside() {
        lexer.out.push(Lexeme { token: Token::Wrong(fault), text: "", at });
    }
    lexer.out
}

type Split = Result<(), (Fault, usize)>;

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    parens: usize,
    out: Vec<Lexeme<'a>>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, token: Token, start: usize) {
        self.out.push(Lexeme { token, text: &self.text[start..self.at], at: start });
    }

    fn outside(&mut self) -> Split {
        loop {
            let start = self.at;
            let Some(length) = self.rest().find(OPEN) else {
                self.at = self.text.len();
                if self.at > start {
                    self.push(Token::Text, start);
                }
                self.push(Token::End, self.at);
                return Ok(());
            };
            let inside = start + length + OPEN.len();
            let trims = left_marker(&self.text[inside..]);
            let before = &self.text[start..start + length];
            let kept = if trims { before.trim_end_matches(SPACES) } else { before };
            self.at = start + kept.len();
            if !kept.is_empty() {
                self.push(Token::Text, start);
            }
            let open = start + length;
            self.at = inside;
            let after_marker = inside + if trims { 2 } else { 0 };
            if self.text[after_marker..].starts_with("/*") {
                self.at = after_marker;
                self.comment(open)?;
            } else {
                self.push(Token::Open, open);
                self.at = after_marker;
                self.inside(open)?;
            }
        }
    }

    fn comment(&mut self, open: usize) -> Split {
        let Some(length) = self.rest().get(2..).and_then(|rest| rest.find("*/")) else {
            return Err((Fault::Unclosed { what: "a comment" }, open));
        };
        self.at += length + 4;
        match self.close() {
            Some(trims) => self.skip_close(trims),
            None => return Err((Fault::Unclosed { what: "the action of a comment" }, open)),
        }
        Ok(())
    }

    /// Whether an action closes here, and with a marker.
    fn close(&self) -> Option<bool> {
        let rest = self.rest();
        if right_marker(rest) && rest[2..].starts_with(CLOSE) {
            return Some(true);
        }
        rest.starts_with(CLOSE).then_some(false)
    }

    fn skip_close(&mut self, trims: bool) {
        self.at += if trims { 2 } else { 0 } + CLOSE.len();
        if trims {
            self.at += self.rest().len() - self.rest().trim_start_matches(SPACES).len();
        }
    }

    fn inside(&mut self, open: usize) -> Split {
        self.parens = 0;
        loop {
            let start = self.at;
            if let Some(trims) = self.close() {
                if self.parens > 0 {
                    return Err((Fault::Unclosed { what: "a parenthesis" }, start));
                }
                let end = start + if trims { 2 } else { 0 };
                self.at = end + CLOSE.len();
                self.push(Token::Close, end);
                self.at = start;
                self.skip_close(trims);
                return Ok(());
            }
            let Some(c) = self.peek() else {
                return Err((Fault::Unclosed { what: "an action" }, open));
            };
            self.at += c.len_utf8();
            match c {
                _ if SPACES.contains(&c) => self.spaces(start),
                '=' => self.push(Token::Assign, start),
                ':' if self.peek() == Some('=') => {
                    self.at += 1;
                    self.push(Token::Declare, start);
                }
                ':' => return Err((Fault::Character { found: ':' }, start)),
                '|' => self.push(Token::Pipe, start),
                '"' => self.quoted('"', Token::Quoted, "a text in quotes", start)?,
                '\'' => self.quoted('\'', Token::Character, "a character in quotes", start)?,
                '`' => {
                    let Some(length) = self.rest().find('`') else {
                        return Err((Fault::Unclosed { what: "a text in quotes" }, start));
                    };
                    self.at += length + 1;
                    self.push(Token::Quoted, start);
                }
                '$' => self.name(Token::Variable, Token::Variable, start)?,
                '.' if !self.peek().is_some_and(|c| c.is_ascii_digit())
                    && self.peek().is_some() =>
                {
                    self.name(Token::Field, Token::Dot, start)?;
                }
                '.' | '+' | '-' | '0'..='9' => self.number(start)?,
                _ if alphanumeric(c) => {
                    self.alphanumerics();
                    self.terminated()?;
                    self.push(Token::Word, start);
                }
                '(' => {
                    self.parens += 1;
                    self.push(Token::OpenParen, start);
                }
                ')' if self.parens == 0 => {
                    return Err((Fault::Character { found: ')' }, start));
                }
                ')' => {
                    self.parens -= 1;
                    self.push(Token::CloseParen, start);
                }
                _ if c.is_ascii_graphic() => self.push(Token::Other, start),
                _ => return Err((Fault::Character { found: c }, start)),
            }
        }
    }

    fn spaces(&mut self, start: usize) {
        while self.peek().is_some_and(|c| SPACES.contains(&c)) {
            self.at += 1;
        }
        // The last of them may belong to a marker.
        let last = self.at - 1;
        if self.rest().strip_prefix('-').is_some_and(|rest| rest.starts_with(CLOSE)) {
            self.at = last;
        }
        if self.at > start {
            self.push(Token::Space, start);
        }
    }

    fn quoted(&mut self, quote: char, token: Token, what: &'static str, start: usize) -> Split {
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '\\' => match self.peek() {
                    Some(next) if next != '\n' => self.at += next.len_utf8(),
                    _ => break,
                },
                '\n' => break,
                _ if c == quote => {
                    self.push(token, start);
                    return Ok(());
                }
                _ => {}
            }
        }
        Err((Fault::Unclosed { what }, start))
    }

    fn name(&mut self, token: Token, alone: Token, start: usize) -> Split {
        if self.at_terminator() {
            self.push(alone, start);
            return Ok(());
        }
        self.alphanumerics();
        self.terminated()?;
        self.push(token, start);
        Ok(())
    }

    fn alphanumerics(&mut self) {
        while let Some(c) = self.peek().filter(|c| alphanumeric(*c)) {
            self.at += c.len_utf8();
        }
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with(CLOSE),
        }
    }

    fn terminated(&self) -> Split {
        match self.peek() {
            Some(found) if !self.at_terminator() => Err((Fault::Character { found }, self.at)),
            _ => Ok(()),
        }
    }

    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().is_some_and(|c| set.contains(c));
        if found {
            self.at += 1;
        }
        found
    }

    fn number(&mut self, start: usize) -> Split {
        self.at = start;
        self.accept("+-");
        let mut digits = "0123456789_";
        let mut exponent = "eE";
        if self.accept("0") {
            if self.accept("xX") {
                (digits, exponent) = ("0123456789abcdefABCDEF_", "pP");
            } else if self.accept("oO") {
                (digits, exponent) = ("01234567_", "");
            } else if self.accept("bB") {
                (digits, exponent) = ("01_", "");
            }
        }
        while self.accept(digits) {}
        if self.accept(".") {
            while self.accept(digits) {}
        }
        if self.accept(exponent) {
            self.accept("+-");
            while self.accept("0123456789_") {}
        }
        let wrong = |end| Fault::Constant { text: self.text[start..end].to_owned() };
        match self.peek() {
            Some('i') => Err((Fault::not_understood("a complex number"), start)),
            Some(c) if alphanumeric(c) => Err((wrong(self.at + c.len_utf8()), start)),
            Some('+' | '-') => Err((wrong(self.at + 1), start)),
            _ => {
                self.push(Token::Number, start);
                Ok(())
            }
        }
    }
}

fn left_marker(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next() == Some('-') && chars.next().is_some_and(|c| SPACES.contains(&c))
}

fn right_marker(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| SPACES.contains(&c)) && chars.next() == Some('-')
}

fn alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}
