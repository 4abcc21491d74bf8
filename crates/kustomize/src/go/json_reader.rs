//! Reads JSON with the rules of Go's `encoding/json`, which differ from those of other readers where
//! kustomize's users can see it: of a key that stands twice the later one counts, half a surrogate
//! pair becomes U+FFFD, and a number keeps its text, however large it is.

use super::json::write_escaped;
use crate::yaml::{Budget, Mapping, Node, SourceId, Span, Style, Value};

/// A fault in a JSON text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not valid JSON: {problem}")]
pub(crate) struct JsonSyntaxError {
    /// What is wrong.
    pub(crate) problem: &'static str,
    /// Where.
    pub(crate) span: Span,
}

/// Reads one JSON value, which must be all there is. Keys come sorted by their bytes. The text of a
/// number, and of a string that `json.Marshal` would write otherwise, is kept in
/// [`Node::source_text`]; a number beyond `f64` is an infinite one.
///
/// # Errors
///
/// The first fault in the text, nesting beyond [`Budget::MAX_DEPTH`] included.
pub(crate) fn read(source: SourceId, text: &str) -> Result<Node, JsonSyntaxError> {
    let mut reader = Reader { source, text, at: 0 };
    let node = reader.first()?;
    if reader.at < text.len() {
        return Err(reader.fault("there is more text after the end of the value"));
    }
    Ok(node)
}

/// Reads the JSON value that a text begins with, and says whether it is all there is.
///
/// # Errors
///
/// As [`read`], but for what follows the value.
pub(crate) fn read_first(source: SourceId, text: &str) -> Result<(Node, bool), JsonSyntaxError> {
    let mut reader = Reader { source, text, at: 0 };
    let node = reader.first()?;
    Ok((node, reader.at == text.len()))
}

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    /// A value and the blanks around it.
    fn first(&mut self) -> Result<Node, JsonSyntaxError> {
        self.skip_blanks();
        let node = self.value(0)?;
        self.skip_blanks();
        Ok(node)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.source, start as u32, self.at as u32)
    }

    fn fault(&self, problem: &'static str) -> JsonSyntaxError {
        let width = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let problem = if width == 0 { "the text ends in the middle of a value" } else { problem };
        let (start, end) = (self.at as u32, (self.at + width) as u32);
        JsonSyntaxError { problem, span: Span::new(self.source, start, end) }
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonSyntaxError> {
        let start = self.at;
        let node = match self.peek() {
            Some(b'{' | b'[') if depth == Budget::MAX_DEPTH => {
                return Err(self.fault("it is nested too deep"));
            }
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.fault("a value is expected here")),
        };
        Ok(node.at(self.span(start)))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Node, JsonSyntaxError> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.fault("only true, false and null may stand without quotes"));
        }
        self.at += word.len();
        Ok(Node { style: Style::Plain, ..Node::new(value) })
    }

    fn array(&mut self, depth: usize) -> Result<Node, JsonSyntaxError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        if !self.takes(b']') {
            loop {
                self.skip_blanks();
                items.push(self.value(depth + 1)?);
                self.skip_blanks();
                if self.takes(b']') {
                    break;
                }
                if !self.takes(b',') {
                    return Err(self.fault("`,` or `]` is expected here"));
                }
            }
        }
        Ok(Node { style: Style::Flow, ..Node::new(items) })
    }

    fn object(&mut self, depth: usize) -> Result<Node, JsonSyntaxError> {
        self.at += 1;
        let mut entries: Vec<(Node, Node)> = Vec::new();
        self.skip_blanks();
        if !self.takes(b'}') {
            loop {
                self.skip_blanks();
                if self.peek() != Some(b'"') {
                    return Err(self.fault("a key in double quotes is expected here"));
                }
                let start = self.at;
                let mut key = self.string()?.at(self.span(start));
                key.source_text = None;
                self.skip_blanks();
                if !self.takes(b':') {
                    return Err(self.fault("`:` is expected here"));
                }
                self.skip_blanks();
                entries.push((key, self.value(depth + 1)?));
                self.skip_blanks();
                if self.takes(b'}') {
                    break;
                }
                if !self.takes(b',') {
                    return Err(self.fault("`,` or `}` is expected here"));
                }
            }
        }
        entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
        entries.dedup_by(|later, earlier| {
            let same = later.0.as_str() == earlier.0.as_str();
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        Ok(Node { style: Style::Flow, ..Node::new(Mapping::from_entries(entries)) })
    }

    fn digits(&mut self) -> Result<(), JsonSyntaxError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("a digit is expected here")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Node, JsonSyntaxError> {
        let start = self.at;
        self.takes(b'-');
        // A number that starts with 0 ends there; what follows is a fault of its own.
        if !self.takes(b'0') {
            self.digits()?;
        }
        let mut whole = true;
        if self.takes(b'.') {
            whole = false;
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            whole = false;
            if !self.takes(b'+') {
                self.takes(b'-');
            }
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        let value = match (text.parse(), text.parse()) {
            (Ok(value), _) if whole && text != "-0" => Value::Int(value),
            (_, Ok(value)) if whole && text != "-0" => Value::UInt(value),
            _ => Value::Float(text.parse().unwrap_or(f64::NAN)),
        };
        Ok(Node { style: Style::Plain, source_text: Some(text.into()), ..Node::new(value) })
    }

    fn string(&mut self) -> Result<Node, JsonSyntaxError> {
        self.at += 1;
        let start = self.at;
        let mut text = String::new();
        let mut copied = start;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    text.push_str(&self.text[copied..self.at]);
                    self.at += 1;
                    text.push(self.escape()?);
                    copied = self.at;
                }
                Some(0..0x20) => {
                    return Err(self.fault("a control character must be escaped in a string"));
                }
                Some(_) => self.at += 1,
                None => return Err(self.fault("")),
            }
        }
        let raw = &self.text[start..self.at];
        text.push_str(&self.text[copied..self.at]);
        self.at += 1;
        let mut canonical = String::with_capacity(raw.len());
        write_escaped(&mut canonical, &text);
        let source_text = (canonical != raw).then(|| raw.into());
        Ok(Node { style: Style::DoubleQuoted, source_text, ..Node::new(text) })
    }

    /// The character that stands after a backslash.
    fn escape(&mut self) -> Result<char, JsonSyntaxError> {
        let character = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.fault("there is no such escape in JSON")),
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonSyntaxError> {
        let first = self.hex()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        // The first half of a pair counts only with the second one.
        let after = self.at;
        if first < 0xDC00 && self.takes(b'\\') && self.takes(b'u') {
            let second = self.hex()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.at = after;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Result<u32, JsonSyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            match digit {
                Some(digit) => code = code * 16 + digit,
                None => return Err(self.fault("four hexadecimal digits are expected here")),
            }
            self.at += 1;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::to_go_json;
    use super::*;

    fn json(text: &str) -> Result<String, (&'static str, u32)> {
        let node = read(SourceId(0), text).map_err(|error| (error.problem, error.span.start))?;
        Ok(to_go_json(&node).unwrap_or_default())
    }

    #[test]
    fn values_are_read() {
        for (text, same) in [
            (" [1, -2.5e3, true, false, null, \"a\"]\r\n\t", "[1,-2500,true,false,null,\"a\"]"),
            ("{\"b\": {}, \"a\": []}", "{\"a\":[],\"b\":{}}"),
            (
                "[18446744073709551615, -9223372036854775808]",
                "[18446744073709551615,-9223372036854775808]",
            ),
            (r#""\u0041\ud83d\ude00\"\\\/\b\f\n\r\t""#, r#""A😀\"\\/\b\f\n\r\t""#),
        ] {
            assert_eq!(json(text).as_deref(), Ok(same), "{text}");
        }
    }

    #[test]
    fn the_later_of_two_keys_counts() {
        let text = "{\"a\": 1, \"b\": 2, \"\\u0061\": {\"x\": 3}}";
        assert_eq!(json(text).as_deref(), Ok("{\"a\":{\"x\":3},\"b\":2}"));
    }

    #[test]
    fn half_a_surrogate_pair_is_a_replacement_character() {
        assert_eq!(
            json(r#""\ud800x\ud800\u0041\udc00""#).as_deref(),
            Ok("\"\u{FFFD}x\u{FFFD}A\u{FFFD}\"")
        );
    }

    #[test]
    fn the_text_of_what_go_would_write_otherwise_is_kept() {
        let node = read(SourceId(0), r#"[1.0, 1e400, "<", "\/", "\n", "a"]"#).unwrap_or_default();
        let texts: Vec<_> = node
            .as_sequence()
            .unwrap_or_default()
            .iter()
            .map(|item| item.source_text.as_deref())
            .collect();
        assert_eq!(texts, [Some("1.0"), Some("1e400"), Some("<"), Some("\\/"), None, None]);
    }

    #[test]
    fn what_go_refuses_is_refused_with_its_place() {
        for (text, at) in [
            ("", 0),
            ("[1,]", 3),
            ("[01]", 2),
            ("[1.]", 3),
            ("[.5]", 1),
            ("[+1]", 1),
            ("[1e]", 3),
            ("[nul]", 1),
            ("['a']", 1),
            ("[\"a\nb\"]", 3),
            ("[\"\\x41\"]", 3),
            ("[\"\\u00g0\"]", 6),
            ("{a: 1}", 1),
            ("{\"a\" 1}", 5),
            ("[1] 2", 4),
            ("[1] # c", 4),
            ("[\"a", 3),
            ("\u{FEFF}[]", 0),
        ] {
            assert_eq!(json(text).err().map(|(_, start)| start), Some(at), "{text:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(json(&deep(Budget::MAX_DEPTH)).is_ok());
        assert_eq!(
            json(&deep(100_000)).err().map(|(problem, _)| problem),
            Some("it is nested too deep")
        );
    }
}
