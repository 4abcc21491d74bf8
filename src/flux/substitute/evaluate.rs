//! From steps to the text that they give.

use super::error::{EvaluateError, NotSet};
use super::parse::{Step, Variable};
use super::transform::{Fault, transformed};
use super::work::Work;

/// What one evaluation may cost; an object of Kubernetes is of a few megabytes at most.
const BOUND: u64 = 100_000_000;

pub(super) fn evaluate<'v>(
    steps: &[Step<'_>],
    variables: &[Variable<'_>],
    lookup: &dyn Fn(&str) -> Option<&'v str>,
    strict: bool,
) -> Result<String, EvaluateError> {
    let mut work = Work::bounded(BOUND);
    let mut not_set: Vec<&Variable<'_>> = Vec::new();
    // The first value that is not UTF-8. With others it may become so again.
    let mut cut: Option<&Variable<'_>> = None;
    let mut result: Vec<u8> = Vec::new();
    let mut arguments: Vec<Vec<u8>> = Vec::new();
    let mut fault = None;
    for step in steps {
        match *step {
            Step::Text(text) => {
                let target = arguments.last_mut().unwrap_or(&mut result);
                target.extend_from_slice(text.as_bytes());
            }
            Step::Argument => arguments.push(Vec::new()),
            Step::Value(index) => {
                let variable = &variables[index];
                let value = lookup(variable.name);
                if value.is_none() && strict && !variable.operator.has_default() {
                    not_set.push(variable);
                }
                let own = arguments.split_off(arguments.len() - variable.arguments);
                let value = value.unwrap_or_default();
                let value = match transformed(variable.operator, value, &own, &mut work) {
                    Ok(value) => value,
                    Err(met) => {
                        fault = Some(told(met, variable));
                        break;
                    }
                };
                if arguments.is_empty() && cut.is_none() && std::str::from_utf8(&value).is_err() {
                    cut = Some(variable);
                }
                arguments.last_mut().unwrap_or(&mut result).extend_from_slice(&value);
            }
        }
    }
    if !not_set.is_empty() {
        not_set.sort_by_key(|variable| variable.range.start);
        return Err(EvaluateError::NotSet(not_set.into_iter().map(Variable::not_set).collect()));
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    String::from_utf8(result).map_err(|_| {
        let (name, range) = cut.map_or_else(Default::default, |variable| {
            (variable.name.to_owned(), variable.range.clone())
        });
        EvaluateError::NotUtf8 { name, range }
    })
}

impl Variable<'_> {
    fn not_set(&self) -> NotSet {
        NotSet { name: self.name.to_owned(), range: self.range.clone() }
    }
}

fn told(fault: Fault, variable: &Variable<'_>) -> EvaluateError {
    let range = variable.range.clone();
    match fault {
        Fault::EndBeforeBegin => {
            EvaluateError::EndBeforeBegin { name: variable.name.to_owned(), range }
        }
        Fault::TooMuch => EvaluateError::TooMuch { range },
    }
}
