//! What is wrong with a template, and where.

/// A template that cannot be read or executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the template: {kind}")]
pub struct TemplateError {
    /// What is wrong.
    pub kind: TemplateErrorKind,
    /// Where it stands in the text of the template, in bytes.
    pub offset: usize,
    /// The line of that, from 1.
    pub line: usize,
}

impl TemplateError {
    /// The error at a place of a text.
    pub(crate) fn at(kind: TemplateErrorKind, text: &str, offset: usize) -> TemplateError {
        let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        TemplateError { kind, offset, line }
    }
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateErrorKind {
    /// Something that has no end.
    #[error("{what} is not closed")]
    Unclosed {
        /// What, with its article.
        what: &'static str,
    },
    /// A character that has no meaning between `<<` and `>>`.
    #[error("the character {found:?} has no meaning here")]
    Character {
        /// The character.
        found: char,
    },
    /// A word where another one has to be.
    #[error("{found} cannot stand in {context}")]
    Unexpected {
        /// What stands there.
        found: String,
        /// Where it cannot stand.
        context: &'static str,
    },
    /// A number, a text or a character that Go cannot read.
    #[error("{text} is no constant that Go reads")]
    Constant {
        /// As it is written.
        text: String,
    },
    /// A function that there is not.
    #[error("there is no function `{name}`{}", suggested(.suggestion.as_deref()))]
    UnknownFunction {
        /// Its name.
        name: String,
        /// One that is called nearly so.
        suggestion: Option<String>,
    },
    /// A function of sprig that flux-operator leaves out.
    #[error(
        "flux-operator has no function `{name}`: what it gives is not the same every time; write the value into the inputs"
    )]
    LeftOut {
        /// Its name.
        name: String,
    },
    /// A function that flux-operator has and whose results cannot be known beforehand.
    #[error(
        "what `{name}` gives depends on the time, the machine or chance and cannot be known here; write the value into the inputs"
    )]
    NotRepeatable {
        /// Its name.
        name: String,
    },
    /// A variable that is not declared.
    #[error("the variable `{name}` is not declared here")]
    UnknownVariable {
        /// Its name, with `$`.
        name: String,
    },
    /// A template that is not defined.
    #[error("the template {name:?} is not defined")]
    UnknownTemplate {
        /// Its name.
        name: String,
    },
    /// A template that is defined twice.
    #[error("the template {name:?} is defined twice")]
    DefinedTwice {
        /// Its name.
        name: String,
    },
    /// `break` or `continue` outside of a loop.
    #[error("`{word}` stands outside of `range`")]
    OutsideRange {
        /// The word.
        word: &'static str,
    },
    /// A key that a map does not have.
    #[error("there is no entry `{key}`{}", suggested(.suggestion.as_deref()))]
    NoEntry {
        /// The key.
        key: String,
        /// One that is called nearly so.
        suggestion: Option<String>,
    },
    /// An entry of what has none.
    #[error("`.{key}` is asked of {found}, which has no entries")]
    NoEntries {
        /// The key.
        key: String,
        /// The type.
        found: &'static str,
    },
    /// A wrong number of arguments.
    #[error("`{name}` takes {} {wanted} argument{}, not {found}", if *.at_least { "at least" } else { "exactly" }, if *.wanted == 1 { "" } else { "s" })]
    Arguments {
        /// The function.
        name: &'static str,
        /// How many it takes.
        wanted: usize,
        /// Whether it takes more.
        at_least: bool,
        /// How many there are.
        found: usize,
    },
    /// An argument of the wrong type.
    #[error("`{name}` takes {expected} here, not {found}{}", converted(.expected))]
    ArgumentType {
        /// The function.
        name: &'static str,
        /// The type of its parameter.
        expected: &'static str,
        /// The type, or the text, of what is given.
        found: String,
    },
    /// Arguments of what is no function.
    #[error("arguments are given to what is no function")]
    NoFunction,
    /// Values that Go does not compare.
    #[error("{left} and {right} cannot be compared{}", conversion(.left, .right))]
    Comparison {
        /// The type of one.
        left: &'static str,
        /// The type of the other.
        right: &'static str,
    },
    /// What cannot be ranged over.
    #[error("`range` cannot go through {found}")]
    Range {
        /// The type.
        found: &'static str,
    },
    /// A place outside of a list or a text.
    #[error("the place {index} is outside of what has {length}")]
    Index {
        /// The place.
        index: i64,
        /// The length.
        length: usize,
    },
    /// Why a function failed.
    #[error("{reason}")]
    Refused {
        /// The sentence.
        reason: String,
    },
    /// `fail` was called.
    #[error("the template fails: {message}")]
    Fail {
        /// What it was called with.
        message: String,
    },
    /// What Go has and is not understood here.
    #[error("{what} is not understood here")]
    NotUnderstood {
        /// What, with its article.
        what: String,
    },
    /// More work than a template may make.
    #[error("the template makes more work, or more text, than is allowed")]
    TooMuchWork,
    /// Nesting that is too deep.
    #[error("templates, parentheses or values are nested too deep")]
    TooDeep,
}

impl TemplateErrorKind {
    /// Why a function failed.
    pub(crate) fn refused(reason: impl Into<String>) -> TemplateErrorKind {
        TemplateErrorKind::Refused { reason: reason.into() }
    }

    /// What is not understood.
    pub(crate) fn not_understood(what: impl Into<String>) -> TemplateErrorKind {
        TemplateErrorKind::NotUnderstood { what: what.into() }
    }
}

/// The word of some that is nearly another one.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let most = word.chars().count() / 3 + 1;
    let near = known.map(|other| (strsim::damerau_levenshtein(word, other), other));
    let nearest = near.filter(|(distance, _)| *distance <= most).min();
    nearest.map(|(_, other)| other.to_owned())
}

fn suggested(word: Option<&str>) -> String {
    word.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

fn converted(expected: &str) -> &'static str {
    match expected {
        "string" => ": `toString` makes a text of it",
        "int" => ": `int` makes one of a number",
        "float64" => ": `float64` makes one of a number",
        _ => "",
    }
}

fn conversion(left: &str, right: &str) -> &'static str {
    match (left, right) {
        ("float64", "int" | "int64") | ("int" | "int64", "float64") => {
            ": `float64` makes both of one type"
        }
        ("string", _) | (_, "string") => ": `toString` makes both texts",
        _ => "",
    }
}
