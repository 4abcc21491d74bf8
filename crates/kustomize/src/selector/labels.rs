//! Label selectors, by the grammar of `k8s.io/apimachinery/pkg/labels` (v0.19.8, which kyaml holds a
//! copy of): `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`, with commas between
//! them. See [Kubernetes' own description](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors).

use crate::go::number::atoi as number;

/// A label selector. The empty one selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

/// A label selector that Kubernetes does not understand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{selector}` is no label selector: {fault}")]
pub(crate) struct LabelSelectorError {
    /// The whole selector.
    pub(crate) selector: String,
    /// What is wrong with it.
    pub(crate) fault: LabelFault,
}

/// What is wrong with a label selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LabelFault {
    /// Something else stands where the grammar wants `expected`.
    #[error("{} is found where {expected} is expected", or_end(found))]
    Unexpected {
        /// What stands there; empty for the end.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// A key that no label can have.
    #[error(
        "no label can have the key `{key}`: it is a name of at most 63 letters, digits, `-`, `_` \
         and `.`, with a DNS name and `/` before it at most"
    )]
    Key {
        /// The key.
        key: String,
    },
    /// A value that no label can have.
    #[error(
        "no label can have the value `{value}`: it is empty, or at most 63 letters, digits, `-`, \
         `_` and `.`, with a letter or a digit at both ends"
    )]
    Value {
        /// The value.
        value: String,
    },
    /// `<` or `>` with something else than a whole number.
    #[error("`{value}` is not a whole number, and `<` and `>` compare with one")]
    NotANumber {
        /// The value.
        value: String,
    },
}

fn or_end(text: &str) -> String {
    if text.is_empty() { "the end".to_owned() } else { format!("`{text}`") }
}

impl LabelSelector {
    /// Reads a selector.
    ///
    /// # Errors
    ///
    /// What the grammar does not allow, and keys and values that no label can have. kustomize reads a
    /// selector only once there is a resource that everything else of the target matches.
    pub(crate) fn parse(text: &str) -> Result<LabelSelector, LabelSelectorError> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        parser
            .selector()
            .map(|requirements| LabelSelector { requirements })
            .map_err(|fault| LabelSelectorError { selector: text.to_owned(), fault })
    }

    /// Whether everything is selected.
    pub(crate) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether labels, given by a look-up, are selected.
    pub(crate) fn matches<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = label(&requirement.key);
            match (&requirement.test, value) {
                (Test::Exists, value) => value.is_some(),
                (Test::Missing, value) => value.is_none(),
                (Test::NotIn(_), None) => true,
                (_, None) => false,
                (Test::In(values), Some(value)) => values.iter().any(|other| other == value),
                (Test::NotIn(values), Some(value)) => values.iter().all(|other| other != value),
                (Test::Above(limit), Some(value)) => number(value).is_some_and(|n| n > *limit),
                (Test::Below(limit), Some(value)) => number(value).is_some_and(|n| n < *limit),
            }
        })
    }
}

/// A part of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    End,
    /// `(`, `)`, `,`, `!`, `=`, `==`, `!=`, `<` or `>`
    Symbol(&'static str),
    /// A key, a value, `in` or `notin`.
    Word(String),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        // The original takes NUL for the end.
        if rest.is_empty() || rest.starts_with('\0') {
            tokens.push(Token::End);
            return tokens;
        }
        const SYMBOLS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = after(rest, symbol.len());
            continue;
        }
        let ends = |c: char| {
            matches!(c, ' ' | '\t' | '\r' | '\n' | '\0' | '=' | '!' | '(' | ')' | ',' | '>' | '<')
        };
        let end = rest.find(ends).unwrap_or(rest.len());
        tokens.push(Token::Word(rest[..end].to_owned()));
        rest = after(rest, end);
    }
}

/// The text after a token; a NUL that follows it is swallowed.
fn after(text: &str, end: usize) -> &str {
    text[end..].strip_prefix('\0').unwrap_or(&text[end..])
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn selector(&mut self) -> Result<Vec<Requirement>, LabelFault> {
        let mut requirements = Vec::new();
        if *self.peek() == Token::End {
            return Ok(requirements);
        }
        loop {
            requirements.push(self.requirement()?);
            match self.next() {
                Token::End => return Ok(requirements),
                Token::Symbol(",") => {}
                token => return Err(unexpected(token, "`,`, or the end,")),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, LabelFault> {
        let negated = *self.peek() == Token::Symbol("!");
        if negated {
            self.next();
        }
        let key = match self.next() {
            Token::Word(key) => key,
            token => return Err(unexpected(token, "a key")),
        };
        if !is_qualified_name(&key) {
            return Err(LabelFault::Key { key });
        }
        if negated {
            return Ok(Requirement { key, test: Test::Missing });
        }
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok(Requirement { key, test: Test::Exists });
        }
        let test = match self.next() {
            Token::Symbol("=" | "==") => Test::In(vec![self.value()?]),
            Token::Symbol("!=") => Test::NotIn(vec![self.value()?]),
            Token::Symbol(">") => Test::Above(self.number()?),
            Token::Symbol("<") => Test::Below(self.number()?),
            Token::Word(word) if word == "in" => Test::In(self.values()?),
            Token::Word(word) if word == "notin" => Test::NotIn(self.values()?),
            token => {
                return Err(unexpected(token, "`=`, `==`, `!=`, `<`, `>`, `in` or `notin`"));
            }
        };
        Ok(Requirement { key, test })
    }

    /// One value; none at all is an empty one.
    fn exact_value(&mut self) -> Result<String, LabelFault> {
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok(String::new());
        }
        match self.next() {
            Token::Word(value) => Ok(value),
            token => Err(unexpected(token, "a value")),
        }
    }

    fn value(&mut self) -> Result<String, LabelFault> {
        let value = self.exact_value()?;
        if is_label_value(&value) { Ok(value) } else { Err(LabelFault::Value { value }) }
    }

    fn number(&mut self) -> Result<i64, LabelFault> {
        let value = self.exact_value()?;
        let Some(number) = number(&value) else {
            return Err(LabelFault::NotANumber { value });
        };
        // A number with a sign is no value of a label.
        if is_label_value(&value) { Ok(number) } else { Err(LabelFault::Value { value }) }
    }

    /// Values in parentheses.
    fn values(&mut self) -> Result<Vec<String>, LabelFault> {
        match self.next() {
            Token::Symbol("(") => {}
            token => return Err(unexpected(token, "`(`")),
        }
        let values = self.list()?;
        match self.next() {
            Token::Symbol(")") => {}
            token => return Err(unexpected(token, "`)`")),
        }
        match values.iter().find(|value| !is_label_value(value)) {
            Some(value) => Err(LabelFault::Value { value: value.clone() }),
            None => Ok(values),
        }
    }

    /// What stands in parentheses. Commas are taken as the original takes them: `(a,,b)` has an empty
    /// value, and so has `(a,,,)`, while `(a,,)` is a fault.
    fn list(&mut self) -> Result<Vec<String>, LabelFault> {
        let mut values = Vec::new();
        if *self.peek() == Token::Symbol(")") {
            return Ok(vec![String::new()]);
        }
        loop {
            match self.next() {
                Token::Word(value) => {
                    values.push(value);
                    match self.peek() {
                        Token::Symbol(",") => {}
                        Token::Symbol(")") => return Ok(values),
                        token => return Err(unexpected(token.clone(), "`,` or `)`")),
                    }
                }
                Token::Symbol(",") => {
                    if values.is_empty() {
                        values.push(String::new());
                    }
                    match self.peek() {
                        Token::Symbol(")") => {
                            values.push(String::new());
                            return Ok(values);
                        }
                        Token::Symbol(",") => {
                            self.next();
                            values.push(String::new());
                        }
                        _ => {}
                    }
                }
                token => return Err(unexpected(token, "a value")),
            }
        }
    }
}

fn unexpected(token: Token, expected: &'static str) -> LabelFault {
    let found = match token {
        Token::End => String::new(),
        Token::Symbol(symbol) => symbol.to_owned(),
        Token::Word(word) => word,
    };
    LabelFault::Unexpected { found, expected }
}

/// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`, at most 63 of them.
fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    bytes.len() <= 63
        && ends.iter().all(|byte| byte.is_some_and(u8::is_ascii_alphanumeric))
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        None => is_name(text),
        Some((prefix, name)) => is_subdomain(prefix) && is_name(name),
    }
}

/// A DNS name in small letters.
fn is_subdomain(text: &str) -> bool {
    let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= 253
        && text.split('.').all(|label| {
            let bytes = label.as_bytes();
            [bytes.first(), bytes.last()].iter().all(|byte| byte.is_some_and(is_end))
                && bytes.iter().all(|byte| is_end(byte) || *byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(selector: &str, labels: &[(&str, &'static str)]) -> Option<bool> {
        let selector = LabelSelector::parse(selector).ok()?;
        Some(selector.matches(|key| labels.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)))
    }

    const LABELS: &[(&str, &str)] =
        &[("app", "web"), ("tier", ""), ("n", "10"), ("acme.dev/in", "in"), ("notin", "x")];

    #[test]
    fn labels_are_selected() {
        for (selector, expected) in [
            ("", true),
            ("  ", true),
            ("app", true),
            ("!app", false),
            ("! other", true),
            ("app=web", true),
            ("app==web,n", true),
            ("app = web , other", false),
            ("app!=web", false),
            ("other!=web", true),
            ("app!=", true),
            ("tier=", true),
            ("tier=,app=web", true),
            ("other=", false),
            ("app in (web)", true),
            ("app in(db,web)", true),
            ("app in ( db , web )", true),
            ("tier in ()", true),
            ("tier in (,)", true),
            ("tier in (a,,b)", true),
            ("tier in (a,,,)", true),
            ("tier in (a,)", true),
            ("app in ()", false),
            ("app notin (db)", true),
            ("app notin (db,web)", false),
            ("other notin (a)", true),
            ("acme.dev/in in (in, notin)", true),
            ("acme.dev/in=in", true),
            ("notin notin (notin)", true),
            ("n>9", true),
            ("n>10", false),
            ("n<0011", true),
            ("n < 11, n > 9", true),
            ("app>1", false),
            ("other<1", false),
            ("app,\n\tn", true),
        ] {
            assert_eq!(matches(selector, LABELS), Some(expected), "{selector:?}");
        }
    }

    #[test]
    fn what_kubernetes_refuses_is_refused() {
        for selector in [
            ",",
            "app,",
            ",app",
            "app,,n",
            "=a",
            "app=web=x",
            "app===web",
            "app web",
            "!app=web",
            "!",
            "!!app",
            "app in",
            "app in web",
            "app in (web",
            "app in (web,",
            "app in (web,,)",
            "app in (,,)",
            "app in (web db)",
            "app in (=)",
            "app in (web))",
            "app=(web)",
            "app=web db",
            "n>",
            "n>a",
            "n>-5",
            "n>+5",
            "n>=5",
            "n>99999999999999999999",
            "-app",
            "app-",
            "a/b/c",
            "/a",
            "a/",
            "A.dev/x",
            "acme..dev/x",
            "app=-web",
            "app=we/b",
            "app=wéb",
            "app in (web,-)",
            "a\u{0}b",
        ] {
            assert!(LabelSelector::parse(selector).is_err(), "{selector:?}");
        }
        assert!(LabelSelector::parse(&"a".repeat(63)).is_ok());
        assert!(LabelSelector::parse(&"a".repeat(64)).is_err());
        assert!(LabelSelector::parse(&format!("a={}", "b".repeat(64))).is_err());
        assert!(LabelSelector::parse(&format!("{}/a", "b".repeat(253))).is_ok());
        assert!(LabelSelector::parse(&format!("{}/a", "b".repeat(254))).is_err());
    }

    #[test]
    fn a_fault_says_what_is_expected() {
        for (selector, message) in [
            (
                "app=web x",
                "`app=web x` is no label selector: `x` is found where `,`, or the end, is expected",
            ),
            ("app in", "`app in` is no label selector: the end is found where `(` is expected"),
            (
                "n>a",
                "`n>a` is no label selector: `a` is not a whole number, and `<` and `>` compare with one",
            ),
        ] {
            let error = LabelSelector::parse(selector).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some(message));
        }
    }
}
