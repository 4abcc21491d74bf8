//! Words to trees, by the grammar of Go's `text/template/parse` (`parse.go`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::error::{TemplateErrorKind as Fault, nearest};
use super::functions::{self, Found};
use super::lexer::{self, Lexeme, Token};
use super::literal;
use super::tree::{Branch, Command, Node, Pipe, Tree, Word, WordKind};
use super::{MAIN, TemplateError};

/// How deep actions and parentheses may nest.
const DEEPEST: usize = 60;

/// Reads a template and those that it defines.
pub(super) fn parse(text: &str) -> Result<Tree, TemplateError> {
    let mut parser = Parser {
        words: lexer::split(text),
        next: 0,
        scope: Scope::new(),
        depth: 0,
        defined: HashMap::new(),
    };
    match parser.top() {
        Ok(main) => Ok(Tree { main, defined: parser.defined }),
        Err((fault, at)) => Err(TemplateError::at(fault, text, at)),
    }
}

type Parse<T> = Result<T, (Fault, usize)>;

/// What is known within one template.
struct Scope {
    variables: Vec<String>,
    loops: usize,
}

impl Scope {
    fn new() -> Scope {
        Scope { variables: vec!["$".to_owned()], loops: 0 }
    }
}

/// What ends a list of nodes.
#[derive(PartialEq, Eq)]
enum Ended {
    End,
    Else,
    /// `else if` and `else with`, whose second word comes next.
    ElseAnd(&'static str),
}

struct Parser<'a> {
    words: Vec<Lexeme<'a>>,
    next: usize,
    scope: Scope,
    depth: usize,
    defined: HashMap<String, Vec<Node>>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &Lexeme<'a> {
        // The last word is never passed.
        &self.words[self.next.min(self.words.len() - 1)]
    }

    fn take(&mut self) -> Lexeme<'a> {
        let word = self.peek().clone();
        self.next += 1;
        word
    }

    fn skip_space(&mut self) {
        while self.peek().token == Token::Space {
            self.next += 1;
        }
    }

    fn take_word(&mut self) -> Lexeme<'a> {
        self.skip_space();
        self.take()
    }

    fn is_keyword(&mut self, word: &str) -> bool {
        self.skip_space();
        self.peek().token == Token::Word && self.peek().text == word
    }

    fn unexpected<T>(word: &Lexeme<'_>, context: &'static str) -> Parse<T> {
        let found = match &word.token {
            Token::Wrong(fault) => return Err((fault.clone(), word.at)),
            Token::End => "the end of the template".to_owned(),
            Token::Close => "`>>`".to_owned(),
            _ => format!("`{}`", word.text.trim()),
        };
        Err((Fault::Unexpected { found, context }, word.at))
    }

    fn expect_close(&mut self, context: &'static str) -> Parse<()> {
        let word = self.take_word();
        if word.token == Token::Close { Ok(()) } else { Self::unexpected(&word, context) }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth == DEEPEST {
            return Err((Fault::TooDeep, self.peek().at));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn top(&mut self) -> Parse<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            let word = self.take();
            match word.token {
                Token::End => break,
                Token::Text => nodes.push(Node::Text(word.text.to_owned())),
                Token::Open if self.is_keyword("define") => {
                    self.next += 1;
                    self.definition()?;
                }
                Token::Open => match self.action()? {
                    Ok(node) => nodes.push(node),
                    Err(Ended::End) => {
                        return Self::unexpected(&word_at("end", word.at), "a template without it");
                    }
                    Err(_) => {
                        return Self::unexpected(
                            &word_at("else", word.at),
                            "a template without it",
                        );
                    }
                },
                _ => return Self::unexpected(&word, "a template"),
            }
        }
        // The text itself is a template too, and may be defined like the others.
        if let Some(other) = self.defined.get(MAIN)
            && !other.iter().all(Node::is_blank)
            && !nodes.iter().all(Node::is_blank)
        {
            return Err((Fault::DefinedTwice { name: MAIN.to_owned() }, 0));
        }
        Ok(nodes)
    }

    fn definition(&mut self) -> Parse<()> {
        let (name, at) = self.template_name("a definition")?;
        self.expect_close("a definition")?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let body = self.until_end("a definition")?;
        self.scope = outer;
        self.define(name, body, at)
    }

    fn define(&mut self, name: String, body: Vec<Node>, at: usize) -> Parse<()> {
        match self.defined.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(body);
            }
            Entry::Occupied(mut entry) => {
                if entry.get().iter().all(Node::is_blank) {
                    entry.insert(body);
                } else if !body.iter().all(Node::is_blank) {
                    return Err((Fault::DefinedTwice { name: entry.key().clone() }, at));
                }
            }
        }
        Ok(())
    }

    fn template_name(&mut self, context: &'static str) -> Parse<(String, usize)> {
        let word = self.take_word();
        if word.token != Token::Quoted {
            return Self::unexpected(&word, context);
        }
        Ok((Self::quoted(&word)?, word.at))
    }

    fn quoted(word: &Lexeme<'_>) -> Parse<String> {
        let wrong = || (Fault::Constant { text: word.text.to_owned() }, word.at);
        literal::text(word.text).ok_or_else(wrong)
    }

    fn until_end(&mut self, context: &'static str) -> Parse<Vec<Node>> {
        let (nodes, ended) = self.nodes()?;
        match ended {
            Ended::End => Ok(nodes),
            _ => Self::unexpected(&word_at("else", self.peek().at), context),
        }
    }

    fn nodes(&mut self) -> Parse<(Vec<Node>, Ended)> {
        let mut nodes = Vec::new();
        loop {
            let word = self.take();
            match word.token {
                Token::Text => nodes.push(Node::Text(word.text.to_owned())),
                Token::Open => match self.deeper(Self::action)? {
                    Ok(node) => nodes.push(node),
                    Err(ended) => return Ok((nodes, ended)),
                },
                Token::End => return Self::unexpected(&word, "an action that waits for `end`"),
                _ => return Self::unexpected(&word, "a template"),
            }
        }
    }

    fn action(&mut self) -> Parse<Result<Node, Ended>> {
        self.skip_space();
        let at = self.peek().at;
        let keyword = if self.peek().token == Token::Word { self.peek().text } else { "" };
        let node = match keyword {
            "if" => Node::If(self.branch("if")?),
            "with" => Node::With(self.branch("with")?),
            "range" => Node::Range(self.branch("range")?),
            "block" => self.block()?,
            "template" => {
                self.next += 1;
                let (name, at) = self.template_name("`template`")?;
                self.skip_space();
                let pipe = if self.peek().token == Token::Close {
                    self.next += 1;
                    None
                } else {
                    Some(self.pipe("`template`", &Token::Close)?)
                };
                Node::Template { name, pipe, at }
            }
            "break" | "continue" => {
                self.next += 1;
                self.expect_close("`break` or `continue`")?;
                let word = if keyword == "break" { "break" } else { "continue" };
                if self.scope.loops == 0 {
                    return Err((Fault::OutsideRange { word }, at));
                }
                if keyword == "break" { Node::Break } else { Node::Continue }
            }
            "end" => {
                self.next += 1;
                self.expect_close("`end`")?;
                return Ok(Err(Ended::End));
            }
            "else" => {
                self.next += 1;
                if self.is_keyword("if") {
                    return Ok(Err(Ended::ElseAnd("if")));
                }
                if self.is_keyword("with") {
                    return Ok(Err(Ended::ElseAnd("with")));
                }
                self.expect_close("`else`")?;
                return Ok(Err(Ended::Else));
            }
            _ => Node::Action(self.pipe("an action", &Token::Close)?),
        };
        Ok(Ok(node))
    }

    fn block(&mut self) -> Parse<Node> {
        self.next += 1;
        let (name, at) = self.template_name("`block`")?;
        let pipe = self.pipe("`block`", &Token::Close)?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let body = self.until_end("`block`")?;
        self.scope = outer;
        self.define(name.clone(), body, at)?;
        Ok(Node::Template { name, pipe: Some(pipe), at })
    }

    fn branch(&mut self, keyword: &'static str) -> Parse<Branch> {
        self.next += 1;
        let known = self.scope.variables.len();
        let pipe = self.pipe(keyword, &Token::Close)?;
        let is_loop = usize::from(keyword == "range");
        self.scope.loops += is_loop;
        let (body, ended) = self.nodes()?;
        self.scope.loops -= is_loop;
        let otherwise = match ended {
            Ended::End => None,
            Ended::ElseAnd(word) if word == keyword => {
                let branch = self.deeper(|parser| parser.branch(keyword))?;
                Some(vec![if word == "if" { Node::If(branch) } else { Node::With(branch) }])
            }
            Ended::Else => Some(self.until_end("`else`")?),
            Ended::ElseAnd(_) => return Self::unexpected(self.peek(), "this `else`"),
        };
        self.scope.variables.truncate(known);
        Ok(Branch { pipe, body, otherwise })
    }

    fn pipe(&mut self, context: &'static str, end: &Token) -> Parse<Pipe> {
        self.skip_space();
        let at = self.peek().at;
        let mut pipe = Pipe { at, variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            self.skip_space();
            let word = self.peek().clone();
            if word.token == *end {
                self.next += 1;
                break;
            }
            match word.token {
                Token::Word
                | Token::Character
                | Token::Dot
                | Token::Field
                | Token::Number
                | Token::Quoted
                | Token::Variable
                | Token::OpenParen => pipe.commands.push(self.command()?),
                _ => return Self::unexpected(&word, context),
            }
        }
        if pipe.commands.is_empty() {
            let found = "nothing".to_owned();
            return Err((Fault::Unexpected { found, context }, at));
        }
        for command in &pipe.commands[1..] {
            if let WordKind::Bool(_)
            | WordKind::Dot
            | WordKind::Nil
            | WordKind::Number(_)
            | WordKind::Text(_) = command.words[0].kind
            {
                return Err((Fault::NoFunction, command.words[0].at));
            }
        }
        Ok(pipe)
    }

    fn declarations(&mut self, pipe: &mut Pipe, context: &'static str) -> Parse<()> {
        loop {
            self.skip_space();
            if self.peek().token != Token::Variable {
                return Ok(());
            }
            let start = self.next;
            let variable = self.take();
            self.skip_space();
            let word = self.peek().clone();
            match word.token {
                Token::Assign | Token::Declare => {
                    self.next += 1;
                    pipe.assigns = word.token == Token::Assign;
                    self.declare(pipe, &variable);
                    return Ok(());
                }
                Token::Other if word.text == "," => {
                    self.next += 1;
                    self.declare(pipe, &variable);
                    self.skip_space();
                    let more = matches!(
                        self.peek().token,
                        Token::Variable | Token::Close | Token::CloseParen
                    );
                    if context != "range" || pipe.variables.len() > 1 || !more {
                        return Self::unexpected(&word, context);
                    }
                }
                _ => {
                    self.next = start;
                    return Ok(());
                }
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, variable: &Lexeme<'_>) {
        pipe.variables.push(variable.text.to_owned());
        self.scope.variables.push(variable.text.to_owned());
    }

    fn command(&mut self) -> Parse<Command> {
        let mut words = Vec::new();
        loop {
            self.skip_space();
            if let Some(word) = self.operand()? {
                words.push(word);
            }
            let next = self.take();
            match next.token {
                Token::Space => {}
                Token::Close | Token::CloseParen => {
                    self.next -= 1;
                    break;
                }
                Token::Pipe => break,
                _ => return Self::unexpected(&next, "an action"),
            }
        }
        match words.is_empty() {
            true => Self::unexpected(self.peek(), "an action"),
            false => Ok(Command { words }),
        }
    }

    fn operand(&mut self) -> Parse<Option<Word>> {
        let Some(mut word) = self.term()? else { return Ok(None) };
        let mut fields = Vec::new();
        let at = self.peek().at;
        while self.peek().token == Token::Field {
            fields.push(self.take().text[1..].to_owned());
        }
        if fields.is_empty() {
            return Ok(Some(word));
        }
        match &mut word.kind {
            WordKind::Field(known) | WordKind::Variable(_, known) => known.append(&mut fields),
            WordKind::Bool(_)
            | WordKind::Text(_)
            | WordKind::Number(_)
            | WordKind::Nil
            | WordKind::Dot => {
                let found = format!("`.{}`", fields[0]);
                return Err((Fault::Unexpected { found, context: "a constant" }, at));
            }
            WordKind::Chain(..) | WordKind::Function(_) | WordKind::Pipe(_) => {
                word = Word { at, kind: WordKind::Chain(Box::new(word), fields) };
            }
        }
        Ok(Some(word))
    }

    fn term(&mut self) -> Parse<Option<Word>> {
        self.skip_space();
        let word = self.take();
        let constant = || (Fault::Constant { text: word.text.to_owned() }, word.at);
        let kind = match word.token {
            Token::Word => match word.text {
                "true" | "false" => WordKind::Bool(word.text == "true"),
                "nil" => WordKind::Nil,
                "if" | "else" | "end" | "range" | "with" | "define" | "block" | "template"
                | "break" | "continue" => {
                    self.next -= 1;
                    return Ok(None);
                }
                name => match functions::find(name) {
                    Found::Function(function) => WordKind::Function(function),
                    Found::LeftOut => {
                        return Err((Fault::LeftOut { name: name.to_owned() }, word.at));
                    }
                    Found::Unknown => {
                        let suggestion = nearest(name, functions::names());
                        let name = name.to_owned();
                        return Err((Fault::UnknownFunction { name, suggestion }, word.at));
                    }
                },
            },
            Token::Dot => WordKind::Dot,
            Token::Variable => {
                if !self.scope.variables.iter().any(|known| known == word.text) {
                    let name = word.text.to_owned();
                    return Err((Fault::UnknownVariable { name }, word.at));
                }
                WordKind::Variable(word.text.to_owned(), Vec::new())
            }
            Token::Field => WordKind::Field(vec![word.text[1..].to_owned()]),
            Token::Number => WordKind::Number(literal::number(word.text).ok_or_else(constant)?),
            Token::Character => {
                WordKind::Number(literal::character(word.text).ok_or_else(constant)?)
            }
            Token::Quoted => WordKind::Text(Self::quoted(&word)?.into()),
            Token::OpenParen => {
                let pipe = self.deeper(|parser| parser.pipe("parentheses", &Token::CloseParen))?;
                WordKind::Pipe(Box::new(pipe))
            }
            _ => {
                self.next -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Word { at: word.at, kind }))
    }
}

fn word_at(text: &'static str, at: usize) -> Lexeme<'static> {
    Lexeme { token: Token::Word, text, at }
}
