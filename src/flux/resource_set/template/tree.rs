//! A template that has been read: what [`super::parser`] makes and [`super::evaluate`] walks.

use std::collections::HashMap;
use std::rc::Rc;

use super::functions::Function;
use super::literal::Number;

/// All templates of a text.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) main: Vec<Node>,
    pub(super) defined: HashMap<String, Vec<Node>>,
}

#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Break,
    Continue,
    Template { name: String, pipe: Option<Pipe>, at: usize },
}

impl Node {
    /// Whether it is nothing but blanks.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Node::Text(text) if text.trim().is_empty())
    }
}

#[derive(Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Option<Vec<Node>>,
}

#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) at: usize,
    pub(super) variables: Vec<String>,
    /// Whether the variables are there already.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
}

#[derive(Debug)]
pub(super) struct Command {
    /// At least one.
    pub(super) words: Vec<Word>,
}

#[derive(Debug)]
pub(super) struct Word {
    pub(super) at: usize,
    pub(super) kind: WordKind,
}

#[derive(Debug)]
pub(super) enum WordKind {
    Bool(bool),
    Number(Number),
    Text(Rc<str>),
    Nil,
    Dot,
    /// `.a.b`.
    Field(Vec<String>),
    /// `$x` or `$x.a.b`.
    Variable(String, Vec<String>),
    /// `(...).a.b` or `function.a.b`.
    Chain(Box<Word>, Vec<String>),
    Function(&'static Function),
    Pipe(Box<Pipe>),
}
