//! From a text to the steps that give its value.
//!
//! The steps are a flat list for a stack of texts, so that no nesting, however deep, is recursion
//! here, in the evaluation or when a template is dropped.

use std::ops::Range;

use super::error::{SyntaxError, SyntaxErrorKind};
use super::letters::is_of_name;

/// One step of an evaluation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'t> {
    /// Appends to the uppermost text.
    Text(&'t str),
    /// Lays an empty text on the stack: an argument begins.
    Argument,
    /// Takes the arguments of a variable from the stack, and appends its value to what lies there.
    Value(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Variable<'t> {
    pub(super) name: &'t str,
    pub(super) range: Range<usize>,
    pub(super) operator: Operator,
    /// The operator in the text.
    pub(super) written: &'t str,
    pub(super) arguments: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `${name}`, and `${name,^}`, which does nothing.
    Plain,
    Default,
    Length,
    Substring,
    UpperFirst,
    Upper,
    LowerFirst,
    Lower,
    TrimPrefix {
        longest: bool,
    },
    TrimSuffix {
        longest: bool,
    },
    ReplaceFirst,
    ReplaceAll,
    ReplacePrefix,
    ReplaceSuffix,
}

impl Operator {
    pub(super) fn has_default(self) -> bool {
        self == Self::Default
    }
}

/// What comes next in a `${...}` whose operator is read.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// More of the default, or the end.
    Default,
    Offset,
    AfterOffset,
    /// The last argument: the length of a part, the pattern to trim.
    Last,
    Search,
    AfterSearch,
    Replacement,
    Close,
}

/// A `${...}` that is not closed yet.
#[derive(Clone, Copy, Debug)]
struct Open {
    variable: usize,
    stage: Stage,
}

/// Which of `$$`, `\/` and `\\` stand for their second character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    None,
    Dollar,
    All,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    steps: Vec<Step<'t>>,
    variables: Vec<Variable<'t>>,
    open: Vec<Open>,
}

/// The steps of a text, and its variables in the order in which they begin.
pub(super) fn parse(text: &str) -> Result<(Vec<Step<'_>>, Vec<Variable<'_>>), SyntaxError> {
    // Flux takes a NUL for the end.
    let text = text.find('\0').map_or(text, |end| &text[..end]);
    let (steps, variables, open) = (Vec::new(), Vec::new(), Vec::new());
    let mut parser = Parser { text, at: 0, steps, variables, open };
    loop {
        if let Some(open) = parser.open.pop() {
            parser.go_on(open)?;
            continue;
        }
        parser.copy(b"", Escapes::Dollar);
        if parser.at == text.len() {
            return Ok((parser.steps, parser.variables));
        }
        parser.enter()?;
    }
}

impl<'t> Parser<'t> {
    /// Reads from `${` to where the first argument of its operator begins.
    fn enter(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        self.at += "${".len();
        let counted = self.take(b"#", 1);
        let name = self.name();
        if name.is_empty() {
            return Err(self.wrong(SyntaxErrorKind::Name, start));
        }
        let (written, operator, stage) = if counted.is_empty() {
            self.operator().ok_or_else(|| self.wrong(SyntaxErrorKind::Operator, start))?
        } else {
            (counted, Operator::Length, Stage::Close)
        };
        let variable = self.variables.len();
        let range = start..start;
        self.variables.push(Variable { name, range, operator, written, arguments: 0 });
        if matches!(stage, Stage::Default) {
            self.begin_argument(variable);
        }
        self.open.push(Open { variable, stage });
        Ok(())
    }

    fn operator(&mut self) -> Option<(&'t str, Operator, Stage)> {
        Some(match self.peek() {
            Some(b'}') => ("", Operator::Plain, Stage::Close),
            Some(b'=') => (self.take(b"=", 1), Operator::Default, Stage::Default),
            Some(b':') => match self.text.as_bytes().get(self.at + 1) {
                Some(b'=' | b'-' | b'?' | b'+') => {
                    (self.advance(2), Operator::Default, Stage::Default)
                }
                // Flux loses its place over any other character there.
                Some(byte) if byte.is_ascii() => {
                    (self.advance(1), Operator::Substring, Stage::Offset)
                }
                _ => return None,
            },
            Some(b'^' | b',') => {
                let written = self.take(b"^,", 2);
                let operator = match written {
                    "^" => Operator::UpperFirst,
                    "^^" => Operator::Upper,
                    "," => Operator::LowerFirst,
                    ",," => Operator::Lower,
                    _ => Operator::Plain,
                };
                (written, operator, Stage::Close)
            }
            Some(b'#') => {
                let written = self.take(b"#", 2);
                (written, Operator::TrimPrefix { longest: written.len() == 2 }, Stage::Last)
            }
            Some(b'%') => {
                let written = self.take(b"%", 2);
                (written, Operator::TrimSuffix { longest: written.len() == 2 }, Stage::Last)
            }
            Some(b'/') => {
                let (operator, length) = match self.text.as_bytes().get(self.at + 1) {
                    Some(b'/') => (Operator::ReplaceAll, 2),
                    Some(b'#') => (Operator::ReplacePrefix, 2),
                    Some(b'%') => (Operator::ReplaceSuffix, 2),
                    _ => (Operator::ReplaceFirst, 1),
                };
                (self.advance(length), operator, Stage::Search)
            }
            _ => return None,
        })
    }

    /// Reads the next argument, or the end, of a `${...}`.
    fn go_on(&mut self, Open { variable, stage }: Open) -> Result<(), SyntaxError> {
        let start = self.variables[variable].range.start;
        let stay = |stage| Open { variable, stage };
        match stage {
            Stage::Default if self.peek() == Some(b'}') => self.close(variable),
            Stage::Default => self.value(stay(Stage::Default), b"}", Escapes::None)?,
            Stage::Offset => {
                self.begin_argument(variable);
                self.value(stay(Stage::AfterOffset), b":}", Escapes::None)?;
            }
            Stage::AfterOffset => match self.peek() {
                Some(b'}') => self.close(variable),
                Some(b':') => {
                    self.take(b":", usize::MAX);
                    self.open.push(stay(Stage::Last));
                }
                _ => return Err(self.wrong(SyntaxErrorKind::Brace, start)),
            },
            Stage::Last => {
                self.begin_argument(variable);
                self.value(stay(Stage::Close), b"}", Escapes::None)?;
            }
            Stage::Search => {
                self.begin_argument(variable);
                self.value(stay(Stage::AfterSearch), b"/", Escapes::All)?;
            }
            Stage::AfterSearch => {
                if self.take(b"/", usize::MAX).is_empty() {
                    // The text ends here because the pattern reaches to its end.
                    let at = if self.peek().is_some() { self.at } else { start };
                    return Err(SyntaxError { kind: SyntaxErrorKind::Slash, at });
                }
                let stage = match self.peek() {
                    Some(b'}') => Stage::Close,
                    _ => Stage::Replacement,
                };
                self.open.push(stay(stage));
            }
            Stage::Replacement => {
                self.begin_argument(variable);
                self.value(stay(Stage::Close), b"}", Escapes::All)?;
            }
            Stage::Close if self.peek() == Some(b'}') => self.close(variable),
            Stage::Close => return Err(self.wrong(SyntaxErrorKind::Brace, start)),
        }
        Ok(())
    }

    fn begin_argument(&mut self, variable: usize) {
        self.variables[variable].arguments += 1;
        self.steps.push(Step::Argument);
    }

    /// Reads one text or one `${...}`, after which what is open goes on.
    fn value(&mut self, then: Open, stops: &[u8], escapes: Escapes) -> Result<(), SyntaxError> {
        self.open.push(then);
        if self.text[self.at..].starts_with("${") {
            self.enter()
        } else if self.copy(stops, escapes) {
            Ok(())
        } else {
            let start = self.variables[then.variable].range.start;
            Err(self.wrong(SyntaxErrorKind::Argument, start))
        }
    }

    fn close(&mut self, variable: usize) {
        self.at += "}".len();
        self.variables[variable].range.end = self.at;
        self.steps.push(Step::Value(variable));
    }

    /// Adds the text up to `${`, to one of the stops or to the end; whether there is any.
    fn copy(&mut self, stops: &[u8], escapes: Escapes) -> bool {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut from = start;
        while let Some(&byte) = bytes.get(self.at) {
            match (byte, bytes.get(self.at + 1)) {
                (b'$', Some(b'{')) => break,
                (b'$', Some(b'$')) if escapes != Escapes::None => {
                    self.add(from..self.at);
                    from = self.at + 1;
                    self.at += 2;
                }
                (b'\\', Some(b'/' | b'\\')) if escapes == Escapes::All => {
                    self.add(from..self.at);
                    from = self.at + 1;
                    self.at += 2;
                }
                _ if stops.contains(&byte) => break,
                _ => self.at += 1,
            }
        }
        self.add(from..self.at);
        self.at > start
    }

    fn add(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.steps.push(Step::Text(&self.text[range]));
        }
    }

    fn name(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        self.advance(rest.find(|next| !is_of_name(next)).unwrap_or(rest.len()))
    }

    /// The next characters as long as they are of a set.
    fn take(&mut self, set: &[u8], at_most: usize) -> &'t str {
        let rest = self.text.as_bytes()[self.at..].iter();
        self.advance(rest.take(at_most).take_while(|byte| set.contains(byte)).count())
    }

    fn advance(&mut self, length: usize) -> &'t str {
        let passed = &self.text[self.at..self.at + length];
        self.at += length;
        passed
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What is wrong at this place; or, where the text ends, with the `${` that ends with it.
    fn wrong(&self, kind: SyntaxErrorKind, start: usize) -> SyntaxError {
        match self.peek() {
            Some(_) => SyntaxError { kind, at: self.at },
            None => SyntaxError { kind: SyntaxErrorKind::Unclosed, at: start },
        }
    }
}
