//! The functions of templates: a table of names, parameters and what they do.

mod builtin;
mod encoding;
mod lists;
mod maps;
mod numbers;
mod paths;
mod patterns;
mod slug;
mod texts;
mod types;
mod urls;

pub(in crate::flux::resource_set) use self::encoding::{adler32, yaml};

use std::rc::Rc;

use super::error::TemplateErrorKind as Fault;
use super::value::{Heap, List, Map, Value};

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `interface {}`: what is absent becomes nil.
    Any,
    /// `reflect.Value`: what is absent stays so.
    Reflect,
    /// `string`.
    Text,
    /// `int`.
    Int,
    /// `float64`.
    Float,
    /// `bool`.
    Bool,
    /// `map[string]interface {}`.
    Map,
}

/// The type as Go calls it.
pub(super) fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Any | Kind::Reflect => "any value",
        Kind::Text => "string",
        Kind::Int => "int",
        Kind::Float => "float64",
        Kind::Bool => "bool",
        Kind::Map => "map[string]interface {}",
    }
}

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The types of its parameters.
    pub(super) fixed: &'static [Kind],
    /// The type of any more of them.
    pub(super) rest: Option<Kind>,
    pub(super) run: Run,
}

type Run = fn(&mut Heap, Args) -> Result<Value, Fault>;

impl Function {
    /// The type of a parameter by its number.
    pub(super) fn kind(&self, number: usize) -> Kind {
        self.fixed.get(number).copied().or(self.rest).unwrap_or(Kind::Any)
    }
}

const fn fixed(name: &'static str, fixed: &'static [Kind], run: Run) -> Function {
    Function { name, fixed, rest: None, run }
}

const fn more(name: &'static str, fixed: &'static [Kind], rest: Kind, run: Run) -> Function {
    Function { name, fixed, rest: Some(rest), run }
}

/// Arguments, which have the types that the table says.
pub(super) struct Args(std::vec::IntoIter<Value>);

impl Args {
    pub(super) fn new(values: Vec<Value>) -> Args {
        Args(values.into_iter())
    }

    fn any(&mut self) -> Value {
        self.0.next().unwrap_or(Value::Absent)
    }

    fn text(&mut self) -> Rc<str> {
        match self.0.next() {
            Some(Value::Text(text)) => text,
            _ => "".into(),
        }
    }

    fn int(&mut self) -> i64 {
        match self.0.next() {
            Some(Value::Int(value)) => value,
            _ => 0,
        }
    }

    fn map(&mut self) -> Map {
        match self.0.next() {
            Some(Value::Map(map)) => map,
            _ => Map::NIL,
        }
    }

    fn list(&mut self) -> Result<List, Fault> {
        match self.any() {
            Value::List(list) => Ok(list),
            other => {
                Err(Fault::refused(format!("a list is expected here, not {}", other.type_name())))
            }
        }
    }

    fn rest(self) -> Vec<Value> {
        self.0.collect()
    }
}

/// What is known of a name.
pub(super) enum Found {
    Function(&'static Function),
    /// A function of sprig that flux-operator leaves out.
    LeftOut,
    Unknown,
}

/// Looks up a function.
pub(super) fn find(name: &str) -> Found {
    if let Some(function) = all().find(|function| function.name == name) {
        return Found::Function(function);
    }
    if LEFT_OUT.contains(&name) { Found::LeftOut } else { Found::Unknown }
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    all().map(|function| function.name)
}

fn all() -> impl Iterator<Item = &'static Function> {
    // Go looks for the functions of sprig first: its `slice` is not that of the language.
    let tables: [&'static [Function]; 11] = [
        texts::TABLE,
        lists::TABLE,
        maps::TABLE,
        numbers::TABLE,
        types::TABLE,
        encoding::TABLE,
        patterns::TABLE,
        paths::TABLE,
        urls::TABLE,
        slug::TABLE,
        builtin::TABLE,
    ];
    tables.into_iter().flatten()
}

/// What sprig has and flux-operator leaves out (`HermeticTxtFuncMap`).
const LEFT_OUT: [&str; 16] = [
    "date",
    "date_in_zone",
    "date_modify",
    "dateInZone",
    "dateModify",
    "env",
    "expandenv",
    "getHostByName",
    "htmlDate",
    "htmlDateInZone",
    "now",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randNumeric",
    "uuidv4",
];
