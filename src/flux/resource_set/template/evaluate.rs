//! Walks a template and writes its text, as Go's `text/template` does (`exec.go`), with `missingkey=error`.

use super::error::{TemplateErrorKind as Fault, nearest};
use super::functions::{self, Args, Function, Kind};
use super::print;
use super::tree::{Branch, Command, Node, Pipe, Tree, Word, WordKind};
use super::value::{Heap, Map, Value};
use super::{MAIN, TemplateError};

/// How deep templates, actions and pipelines may nest while they run.
const DEEPEST: usize = 300;

/// Executes a template. No data is passed to it, only `inputs`.
pub(super) fn execute(
    tree: &Tree,
    text: &str,
    inputs: Map,
    heap: &mut Heap,
) -> Result<String, TemplateError> {
    let mut state = State {
        tree,
        inputs,
        heap,
        out: String::new(),
        variables: vec![("$".to_owned(), Value::Absent)],
        depth: 0,
        at: 0,
    };
    let main = match tree.defined.get(MAIN) {
        Some(defined) if tree.main.iter().all(Node::is_blank) => defined,
        _ => &tree.main,
    };
    match state.nodes(&Value::Absent, main) {
        Ok(_) => Ok(state.out),
        Err(fault) => Err(TemplateError::at(fault, text, state.at)),
    }
}

/// How a node ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Done,
    Break,
    Continue,
}

struct State<'a> {
    tree: &'a Tree,
    inputs: Map,
    heap: &'a mut Heap,
    out: String,
    variables: Vec<(String, Value)>,
    depth: usize,
    /// Where the walk is.
    at: usize,
}

impl State<'_> {
    fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == DEEPEST {
            return Err(Fault::TooDeep);
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    fn nodes(&mut self, dot: &Value, nodes: &[Node]) -> Result<Flow, Fault> {
        for node in nodes {
            self.heap.spend(1)?;
            let flow = self.node(dot, node)?;
            if flow != Flow::Done {
                return Ok(flow);
            }
        }
        Ok(Flow::Done)
    }

    fn node(&mut self, dot: &Value, node: &Node) -> Result<Flow, Fault> {
        match node {
            Node::Text(text) => {
                self.heap.spend(text.len())?;
                self.out.push_str(text);
            }
            Node::Action(pipe) => {
                let value = self.pipe(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.at = pipe.at;
                    print::printed(self.heap, &value, &mut self.out)?;
                }
            }
            Node::If(branch) => return self.deeper(|state| state.branch(dot, branch, false)),
            Node::With(branch) => return self.deeper(|state| state.branch(dot, branch, true)),
            Node::Range(branch) => {
                return self.deeper(|state| {
                    let mark = state.variables.len();
                    let flow = state.range(dot, branch);
                    state.variables.truncate(mark);
                    flow
                });
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
            Node::Template { name, pipe, at } => self.template(dot, name, pipe.as_ref(), *at)?,
        }
        Ok(Flow::Done)
    }

    fn branch(&mut self, dot: &Value, branch: &Branch, with: bool) -> Result<Flow, Fault> {
        let mark = self.variables.len();
        let value = self.pipe(dot, &branch.pipe)?;
        let flow = match (self.heap.truth(&value), &branch.otherwise) {
            (true, _) if with => self.nodes(&value, &branch.body),
            (true, _) => self.nodes(dot, &branch.body),
            (false, Some(otherwise)) => self.nodes(dot, otherwise),
            (false, None) => Ok(Flow::Done),
        };
        self.variables.truncate(mark);
        flow
    }

    fn range(&mut self, dot: &Value, branch: &Branch) -> Result<Flow, Fault> {
        let value = self.pipe(dot, &branch.pipe)?;
        self.at = branch.pipe.at;
        let pairs = branch.pipe.variables.len() > 1;
        let mut ran = false;
        match &value {
            Value::Int(_) | Value::Int64(_) | Value::Byte(_) if pairs => {
                return Err(Fault::Range { found: "a number with two variables" });
            }
            Value::Int(count) => {
                for at in 0..*count {
                    ran = true;
                    if !self.turn(branch, Value::Absent, &Value::Int(at))? {
                        break;
                    }
                }
            }
            Value::Int64(count) => {
                for at in 0..*count {
                    ran = true;
                    if !self.turn(branch, Value::Absent, &Value::Int64(at))? {
                        break;
                    }
                }
            }
            Value::Byte(count) => {
                for at in 0..*count {
                    ran = true;
                    if !self.turn(branch, Value::Absent, &Value::Byte(at))? {
                        break;
                    }
                }
            }
            Value::List(list) => {
                for (at, item) in list.items.iter().enumerate() {
                    ran = true;
                    if !self.turn(branch, Value::Int(at as i64), item)? {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                self.heap.spend(self.heap.size(*map))?;
                let entries: Vec<_> = self
                    .heap
                    .entries(*map)
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                for (key, item) in entries {
                    ran = true;
                    if !self.turn(branch, Value::Text(key), &item)? {
                        break;
                    }
                }
            }
            Value::Absent | Value::Nil => {}
            other => return Err(Fault::Range { found: other.type_name() }),
        }
        match &branch.otherwise {
            Some(otherwise) if !ran => self.nodes(dot, otherwise),
            _ => Ok(Flow::Done),
        }
    }

    /// One turn of a loop; whether there is to be another one.
    fn turn(&mut self, branch: &Branch, index: Value, item: &Value) -> Result<bool, Fault> {
        let mark = self.variables.len();
        match (&branch.pipe.variables[..], branch.pipe.assigns) {
            ([], _) => {}
            ([one], true) => self.assign(one, item.clone())?,
            ([first, second], true) => {
                self.assign(first, index)?;
                self.assign(second, item.clone())?;
            }
            (variables, _) => {
                self.variables[mark - 1].1 = item.clone();
                if variables.len() > 1 {
                    self.variables[mark - 2].1 = index;
                }
            }
        }
        self.heap.spend(1)?;
        let flow = self.nodes(item, &branch.body);
        self.variables.truncate(mark);
        Ok(flow? != Flow::Break)
    }

    fn template(
        &mut self,
        dot: &Value,
        name: &str,
        pipe: Option<&Pipe>,
        at: usize,
    ) -> Result<(), Fault> {
        self.at = at;
        let tree = self.tree;
        let nodes = match tree.defined.get(name) {
            // The text itself counts unless it is blank.
            Some(_) if name == MAIN && !tree.main.iter().all(Node::is_blank) => &tree.main,
            Some(nodes) => nodes,
            None if name == MAIN => &tree.main,
            None => return Err(Fault::UnknownTemplate { name: name.to_owned() }),
        };
        let value = match pipe {
            Some(pipe) => self.pipe(dot, pipe)?,
            None => Value::Absent,
        };
        let own = vec![("$".to_owned(), value.clone())];
        let outer = std::mem::replace(&mut self.variables, own);
        self.deeper(|state| state.nodes(&value, nodes))?;
        self.variables = outer;
        Ok(())
    }

    fn assign(&mut self, name: &str, value: Value) -> Result<(), Fault> {
        match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            Some(variable) => {
                variable.1 = value;
                Ok(())
            }
            None => Err(Fault::UnknownVariable { name: name.to_owned() }),
        }
    }

    fn pipe(&mut self, dot: &Value, pipe: &Pipe) -> Result<Value, Fault> {
        self.at = pipe.at;
        let mut value = None;
        for command in &pipe.commands {
            let result = self.command(dot, command, value.take())?;
            value = Some(if result.is_nil() { Value::Absent } else { result });
        }
        let value = value.unwrap_or(Value::Absent);
        for variable in &pipe.variables {
            if pipe.assigns {
                self.assign(variable, value.clone())?;
            } else {
                self.variables.push((variable.clone(), value.clone()));
            }
        }
        Ok(value)
    }

    fn command(
        &mut self,
        dot: &Value,
        command: &Command,
        last: Option<Value>,
    ) -> Result<Value, Fault> {
        self.heap.spend(1)?;
        let (first, rest) = command.words.split_first().ok_or(Fault::NoFunction)?;
        self.at = first.at;
        if let WordKind::Function(function) = &first.kind {
            return self.call(dot, function, rest, last, first.at);
        }
        if !rest.is_empty() || last.is_some() {
            return Err(Fault::NoFunction);
        }
        match &first.kind {
            WordKind::Nil => Err(Fault::Unexpected {
                found: "`nil`".to_owned(),
                context: "the place of a command",
            }),
            _ => self.word(dot, first),
        }
    }

    /// A word by itself; a constant has the type that its text tells.
    fn word(&mut self, dot: &Value, word: &Word) -> Result<Value, Fault> {
        self.at = word.at;
        match &word.kind {
            WordKind::Bool(value) => Ok(Value::Bool(*value)),
            WordKind::Number(number) if number.is_float => Ok(Value::Float(number.float)),
            WordKind::Number(number) => {
                number.int.map(Value::Int).ok_or_else(|| Fault::refused("the number is too large"))
            }
            WordKind::Text(text) => Ok(Value::Text(text.clone())),
            WordKind::Nil => Ok(Value::Nil),
            WordKind::Dot => Ok(dot.clone()),
            WordKind::Field(fields) => self.fields(dot.clone(), fields),
            WordKind::Variable(name, fields) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                let Some((_, value)) = found else {
                    return Err(Fault::UnknownVariable { name: name.clone() });
                };
                let value = value.clone();
                self.fields(value, fields)
            }
            WordKind::Chain(word, fields) => {
                let value = self.word(dot, word)?;
                self.fields(value, fields)
            }
            WordKind::Function(function) => self.call(dot, function, &[], None, word.at),
            WordKind::Pipe(pipe) => self.deeper(|state| state.pipe(dot, pipe)),
        }
    }

    fn fields(&self, mut value: Value, fields: &[String]) -> Result<Value, Fault> {
        for key in fields {
            let no_entry = |suggestion| Fault::NoEntry { key: key.clone(), suggestion };
            value = match value {
                Value::Map(map) => match self.heap.get(map, key) {
                    Some(value) => value.clone(),
                    None => {
                        let known = self.heap.entries(map).map(|(key, _)| &**key);
                        return Err(no_entry(nearest(key, known)));
                    }
                },
                Value::Absent => return Err(no_entry(None)),
                other => {
                    return Err(Fault::NoEntries { key: key.clone(), found: other.type_name() });
                }
            };
        }
        Ok(value)
    }

    fn call(
        &mut self,
        dot: &Value,
        function: &'static Function,
        words: &[Word],
        last: Option<Value>,
        at: usize,
    ) -> Result<Value, Fault> {
        let found = words.len() + usize::from(last.is_some());
        let wanted = function.fixed.len();
        if found < wanted || (found > wanted && function.rest.is_none()) {
            let at_least = function.rest.is_some();
            return Err(Fault::Arguments { name: function.name, wanted, at_least, found });
        }
        let short_circuit = match function.name {
            "and" => Some(false),
            "or" => Some(true),
            _ => None,
        };
        let mut values = Vec::with_capacity(found);
        for (number, word) in words.iter().enumerate() {
            let kind = function.kind(number);
            let value = self.argument(dot, word, kind, function.name)?;
            if short_circuit.is_some_and(|truth| self.heap.truth(&value) == truth) {
                return Ok(value);
            }
            values.push(value);
        }
        if let Some(last) = last {
            self.at = at;
            values.push(fit(last, function.kind(words.len()), function.name)?);
        }
        self.at = at;
        self.heap.spend(values.len())?;
        match function.name {
            "and" | "or" => Ok(values.pop().unwrap_or(Value::Absent)),
            "inputs" => Ok(Value::Map(self.inputs)),
            _ => (function.run)(self.heap, Args::new(values)),
        }
    }

    fn argument(
        &mut self,
        dot: &Value,
        word: &Word,
        kind: Kind,
        name: &'static str,
    ) -> Result<Value, Fault> {
        self.at = word.at;
        let wrong = |found: String| {
            Err(Fault::ArgumentType { name, expected: functions::type_of(kind), found })
        };
        match (&word.kind, kind) {
            (WordKind::Nil, Kind::Any) => Ok(Value::Nil),
            (WordKind::Nil, Kind::Reflect) => Ok(Value::Absent),
            (WordKind::Nil, Kind::Map) => Ok(Value::Map(Map::NIL)),
            (WordKind::Nil, _) => wrong("nil".to_owned()),
            (WordKind::Number(number), Kind::Int) => match number.int {
                Some(value) => Ok(Value::Int(value)),
                None => wrong(format!("the number {}", number.float)),
            },
            (WordKind::Number(number), Kind::Float) => Ok(Value::Float(number.float)),
            _ => {
                let value = self.word(dot, word)?;
                self.at = word.at;
                fit(value, kind, name)
            }
        }
    }
}

/// A value as the argument for a parameter.
fn fit(value: Value, kind: Kind, name: &'static str) -> Result<Value, Fault> {
    match (&value, kind) {
        (Value::Absent | Value::Nil, Kind::Any) => Ok(Value::Nil),
        (Value::Absent | Value::Nil, Kind::Reflect) => Ok(Value::Absent),
        (Value::Absent, Kind::Map) => Ok(Value::Map(Map::NIL)),
        (_, Kind::Any | Kind::Reflect)
        | (Value::Text(_), Kind::Text)
        | (Value::Int(_), Kind::Int)
        | (Value::Float(_), Kind::Float)
        | (Value::Bool(_), Kind::Bool)
        | (Value::Map(Map { of_texts: false, .. }), Kind::Map) => Ok(value),
        _ => {
            let expected = functions::type_of(kind);
            let found = value.type_name().to_owned();
            Err(Fault::ArgumentType { name, expected, found })
        }
    }
}
