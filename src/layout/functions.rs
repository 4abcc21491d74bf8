//! What templates can call: the filters and functions that a layout has beyond Tera's own, and the
//! budget that they spend.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value as Json;
use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::block::block;
use super::source::{PRINTABLE, SPEND};

/// How many rounds of loops, includes and components one file may take.
pub(crate) const MAX_STEPS: u64 = 1_000_000;
/// How many numbers a `range` may have.
pub(crate) const MAX_RANGE: u64 = 10_000;
/// How long a text may grow in a variable, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// How many items a list may have in a variable.
const MAX_ITEMS: usize = 100_000;

/// Marks the messages of an exhausted budget.
pub(crate) const EXHAUSTED: &str = "this does not come to an end: ";
/// Begins the name of everything that is the engine's own.
pub(crate) const OWN_PREFIX: &str = "__";

/// The steps that are left to the file that each thread of the pool renders. A file is rendered by
/// one thread from its beginning to its end.
#[derive(Debug)]
pub(crate) struct Steps(Vec<AtomicU64>);

impl Steps {
    pub(crate) fn new() -> Self {
        Self((0..=rayon::current_num_threads()).map(|_| AtomicU64::new(0)).collect())
    }

    fn mine(&self) -> &AtomicU64 {
        let slot = rayon::current_thread_index().map_or(0, |index| index + 1);
        &self.0[slot.min(self.0.len() - 1)]
    }

    /// Begins a file.
    pub(crate) fn refill(&self) {
        self.mine().store(MAX_STEPS, Ordering::Relaxed);
    }

    fn spend(&self, steps: u64) -> TeraResult<()> {
        let left = self.mine();
        match left.load(Ordering::Relaxed).checked_sub(steps) {
            Some(rest) => {
                left.store(rest, Ordering::Relaxed);
                Ok(())
            }
            None => Err(Error::message(format!("{EXHAUSTED}more than {MAX_STEPS} steps"))),
        }
    }
}

/// Adds them to an environment.
pub(crate) fn register(tera: &mut Tera, steps: &Arc<Steps>) {
    let own = Arc::clone(steps);
    tera.register_function(SPEND, move |kwargs: Kwargs, _: &State| -> TeraResult<bool> {
        own.spend(1)?;
        check_size(kwargs.get::<&Value>("of")?)?;
        Ok(false)
    });
    let own = Arc::clone(steps);
    tera.register_function("range", move |kwargs: Kwargs, _: &State| range(&kwargs, &own));
    tera.register_filter("yaml", yaml);
    tera.register_filter("text", text);
    tera.register_filter("json", json);
    tera.register_filter("safe", unquoted);
    tera.register_filter(PRINTABLE, printable);
}

fn check_size(value: Option<&Value>) -> TeraResult<()> {
    let Some(value) = value else { return Ok(()) };
    match (value.as_str(), value.len()) {
        (Some(text), _) if text.len() > MAX_TEXT => {
            Err(Error::message(format!("{EXHAUSTED}a text of more than {MAX_TEXT} bytes")))
        }
        (None, Some(items)) if items > MAX_ITEMS => {
            Err(Error::message(format!("{EXHAUSTED}a list of more than {MAX_ITEMS} items")))
        }
        _ => Ok(()),
    }
}

/// Tera's own `range`, within the budget.
fn range(kwargs: &Kwargs, steps: &Steps) -> TeraResult<Vec<i64>> {
    let start = kwargs.get::<i64>("start")?.unwrap_or_default();
    let end = kwargs.must_get::<i64>("end")?;
    let step = kwargs.get::<i64>("step_by")?.unwrap_or(1);
    if step < 1 || start > end {
        return Err(Error::message("`range` goes up: `start` to `end`, by a `step_by` above 0"));
    }
    let length = end.abs_diff(start).div_ceil(step.unsigned_abs());
    if length > MAX_RANGE {
        return Err(Error::message(format!(
            "{EXHAUSTED}a `range` of {length} numbers; at most {MAX_RANGE} are possible"
        )));
    }
    steps.spend(length)?;
    Ok((start..end).step_by(usize::try_from(step).unwrap_or(usize::MAX)).collect())
}

/// `{{ value | yaml(indent=4) }}`: any value as block YAML; lines after the first are indented.
#[allow(clippy::needless_pass_by_value)] // the signature is Tera's
fn yaml(value: &Value, kwargs: Kwargs, _: &State) -> TeraResult<Value> {
    let indent = kwargs.get::<usize>("indent")?.unwrap_or(0).min(200);
    Ok(Value::safe_string(&block(&to_json(value)?, indent)))
}

/// `{{ value | text(indent=4) }}`: a text of several lines as a literal block below its key, where
/// that is safe; otherwise as any text.
#[allow(clippy::needless_pass_by_value)] // the signature is Tera's
fn text(value: &str, kwargs: Kwargs, _: &State) -> TeraResult<Value> {
    let indent = kwargs.get::<usize>("indent")?.unwrap_or(2).min(200);
    Ok(Value::safe_string(&block(&Json::from(value), indent)))
}

/// `{{ value | json }}`: any value as JSON on one line, which is flow YAML as well.
fn json(value: &Value, _: Kwargs, _: &State) -> TeraResult<Value> {
    // JSON has no form for these that YAML 1.1 readers would take for no line break.
    let text = to_json(value)?.to_string();
    let text = text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    Ok(Value::safe_string(&text.replace('\u{85}', "\\u0085").replace('\u{7f}', "\\u007f")))
}

fn to_json(value: &Value) -> TeraResult<Json> {
    if value.is_undefined() {
        return Err(Error::message("Tried to print a variable that is undefined"));
    }
    serde_json::to_value(value).map_err(|error| Error::message(error.to_string()))
}

fn unquoted(_: &Value, _: Kwargs, _: &State) -> TeraResult<Value> {
    Err(Error::message(
        "`safe` would let a text break the file; every text is quoted where it is printed",
    ))
}

fn printable(value: &Value, _: Kwargs, _: &State) -> TeraResult<Value> {
    if value.is_map() || value.is_array() {
        let what = if value.is_map() { "mapping" } else { "list" };
        return Err(Error::message(format!(
            "a {what} cannot be printed as a scalar; print it with `| yaml(indent=N)` or `| json`"
        )));
    }
    if value.is_undefined() {
        return Err(Error::message("Tried to render a variable that is undefined"));
    }
    Ok(value.clone())
}
