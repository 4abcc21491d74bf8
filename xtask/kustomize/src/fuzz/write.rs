//! Writes a [`Value`] as YAML, in one of the many layouts that are legal: flow and block, every style of scalar,
//! comments, tags, anchors, explicit keys, document markers, line ends.

use super::dice::Dice;
use super::scalar::{self, Place};
use super::value::{Map, Value};

/// How far from plain the layout goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Oddness {
    /// The probability of each deviation.
    pub(super) rate: f64,
    /// Whether equal nodes may become an anchor and aliases, and mappings merge keys.
    pub(super) anchors: bool,
    /// Whether it is read into Go types, which cannot do with a number that became a string; and whole, so that
    /// directives are heeded. What is read object by object is cut at `---` first.
    pub(super) typed: bool,
}

/// What the layout of a file came to use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    pub(super) anchors: bool,
    pub(super) merge_keys: bool,
    pub(super) flow: bool,
    pub(super) comments: bool,
    pub(super) tags: bool,
    pub(super) explicit_keys: bool,
    pub(super) quoted_keys: bool,
    pub(super) block_scalars: bool,
    pub(super) markers: bool,
    pub(super) directive: bool,
    pub(super) crlf: bool,
}

/// A file of one or many documents.
pub(super) fn file(dice: &mut Dice, documents: &[Value], oddness: Oddness) -> (String, Used) {
    let mut writer = Writer {
        step: *dice.pick(&[2, 2, 2, 4, 3, 1]),
        compact: dice.chance(0.6),
        dice,
        oddness,
        used: Used::default(),
    };
    if !writer.odd(2.0) {
        writer.step = 2;
    }
    let mut text = String::new();
    for (at, document) in documents.iter().enumerate() {
        let bare_start = at == 0;
        if bare_start && writer.odd(if oddness.typed { 0.5 } else { 0.003 }) {
            writer.used.directive = true;
            text.push_str(*writer.dice.pick(&["%YAML 1.1\n", "%TAG !a! tag:acme.example,2026:\n"]));
            text.push_str("---\n");
        } else if !bare_start || writer.odd(0.6) {
            if !(bare_start && oddness.typed) && writer.odd(0.3) {
                // An empty document, and one of comments alone.
                text.push_str(*writer.dice.pick(&["---\n", "---\n# nothing here\n", "--- \n\n"]));
            }
            writer.used.markers |= bare_start;
            text.push_str(if writer.odd(0.2) { "--- # next\n" } else { "---\n" });
        }
        if writer.odd(0.5) {
            writer.used.comments = true;
            text.push_str("# a comment at the head\n\n");
        }
        let mut document = document.clone();
        if oddness.anchors {
            writer.share(&mut document);
        }
        if writer.odd(0.08) && at + 1 == documents.len() && document.as_map().is_some() {
            writer.used.flow = true;
            text.push_str(&writer.flow(&document, 0));
            text.push('\n');
        } else {
            text.push_str(&writer.block(&document, 0));
        }
        if writer.odd(0.3) && at + 1 == documents.len() {
            writer.used.markers = true;
            text.push_str("...\n");
        }
    }
    if writer.odd(0.3) {
        writer.used.comments = true;
        text.push_str("# the end\n");
    }
    if writer.odd(0.3) && text.ends_with('\n') {
        text.pop();
    }
    if writer.odd(0.2) {
        writer.used.crlf = true;
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    let used = writer.used;
    (text, used)
}

/// What a value follows.
#[derive(Clone, Copy, PartialEq)]
enum After {
    Key,
    /// The colon of a key after `?`.
    Explicit,
    Dash,
}

struct Writer<'d> {
    dice: &'d mut Dice,
    oddness: Oddness,
    /// Columns a level.
    step: usize,
    /// Whether a list under a key stands at the key's own column.
    compact: bool,
    used: Used,
}

impl Writer<'_> {
    fn odd(&mut self, weight: f64) -> bool {
        self.dice.chance((self.oddness.rate * weight).min(0.95))
    }

    /// Lines at an indentation, the first one indented too, with an end of line.
    fn block(&mut self, value: &Value, indent: usize) -> String {
        match value {
            Value::Map(map) if !map.0.is_empty() => self.mapping(map, indent),
            Value::List(items) if !items.is_empty() => self.sequence(items, indent),
            Value::Anchored(name, inner) if !inner.is_scalar() => {
                // Only at the root does an anchor reach here.
                format!("&{name}\n{}", self.block(inner, indent))
            }
            scalar => {
                let inline = self.inline(scalar, indent, Place::Value);
                format!("{}{inline}\n", " ".repeat(indent))
            }
        }
    }

    fn mapping(&mut self, map: &Map, indent: usize) -> String {
        let mut text = String::new();
        let margin = " ".repeat(indent);
        for (at, (key, value)) in map.0.iter().enumerate() {
            if at > 0 && self.odd(0.25) {
                self.used.comments = true;
                let lead = *self.dice.pick(&["", "  ", "        "]);
                let comment = *self.dice.pick(&[
                    "# why",
                    "#",
                    "# - a: b",
                    "#: 'x",
                    "\n# after a blank line",
                    "",
                ]);
                text.push_str(&format!(
                    "{}{comment}\n",
                    if comment.starts_with('\n') { "" } else { lead }
                ));
            }
            let key_text = self.key(key, indent);
            let explicit = self.odd(0.08);
            if explicit {
                self.used.explicit_keys = true;
                text.push_str(&format!("{margin}? {key_text}\n{margin}:"));
            } else {
                text.push_str(&format!("{margin}{key_text}:"));
            }
            text.push_str(&self.after_indicator(
                value,
                indent,
                if explicit { After::Explicit } else { After::Key },
            ));
        }
        text
    }

    fn sequence(&mut self, items: &[Value], indent: usize) -> String {
        let mut text = String::new();
        for item in items {
            let margin = " ".repeat(indent);
            if self.odd(0.15) {
                self.used.comments = true;
                text.push_str(&format!("{margin}# an item\n"));
            }
            let nested = matches!(item, Value::Map(map) if !map.0.is_empty())
                || matches!(item, Value::List(items) if !items.is_empty());
            if nested && !self.odd(0.3) {
                let lines = self.block(item, indent + 2);
                text.push_str(&format!("{margin}- {}", lines.trim_start_matches(' ')));
            } else {
                text.push_str(&format!(
                    "{margin}-{}",
                    self.after_indicator(item, indent, After::Dash)
                ));
            }
        }
        text
    }

    /// What follows `key:` or `-`, to the end of the line and beyond.
    fn after_indicator(&mut self, value: &Value, indent: usize, after: After) -> String {
        let (properties, value) = match value {
            Value::Anchored(name, inner) if !inner.is_scalar() => (format!(" &{name}"), &**inner),
            other => (String::new(), other),
        };
        let empty = match value {
            Value::Map(map) => map.0.is_empty(),
            Value::List(items) => items.is_empty(),
            _ => true,
        };
        if empty || (self.odd(0.2) && size(value) < 40) {
            if !empty {
                self.used.flow = true;
            }
            // After a dash, and after the colon of an explicit key, a tab is refused.
            let gap = if after == After::Key && self.odd(0.15) {
                *self.dice.pick(&["  ", "\t", "   "])
            } else {
                " "
            };
            let inline = self.inline(value, indent, Place::Value);
            if inline.is_empty() && properties.is_empty() {
                return "\n".to_owned();
            }
            let comment = if !inline.contains('\n') && self.odd(0.15) {
                self.used.comments = true;
                *self.dice.pick(&[" # a trailing comment", "   #", " # : - 'x"])
            } else {
                ""
            };
            let inline = if inline.is_empty() { inline } else { format!("{gap}{inline}") };
            return format!("{properties}{inline}{comment}\n");
        }
        let tag = match value {
            Value::Map(_) if self.odd(0.04) => " !!map",
            Value::List(_) if self.odd(0.04) => " !!seq",
            _ => "",
        };
        self.used.tags |= !tag.is_empty();
        let deeper = match value {
            Value::List(_) if after != After::Dash && self.compact => indent,
            Value::List(_) if after == After::Dash => indent + 2,
            _ => indent + self.step,
        };
        format!("{properties}{tag}\n{}", self.block(value, deeper))
    }

    fn key(&mut self, key: &Value, indent: usize) -> String {
        let text = match key {
            Value::Text(text) if scalar::is_safe_plain(text) && !self.odd(0.12) => text.clone(),
            Value::Text(text) => {
                self.used.quoted_keys = true;
                scalar::quoted(self.dice, text)
            }
            other => self.inline(other, indent, Place::Key),
        };
        // An alias as a key needs the space; so does nothing at all.
        if matches!(key, Value::Alias(_)) { format!("{text} ") } else { text }
    }

    fn inline(&mut self, value: &Value, indent: usize, place: Place) -> String {
        match value {
            Value::Map(_) | Value::List(_) => self.flow(value, indent),
            Value::Alias(name) => format!("*{name}"),
            Value::Anchored(name, inner) => {
                format!("&{name} {}", self.inline(inner, indent, place))
            }
            scalar_value => {
                let rate = self.oddness.rate;
                let written = scalar::write(
                    self.dice,
                    scalar_value,
                    place,
                    indent,
                    self.step,
                    rate,
                    !self.oddness.typed,
                );
                self.used.tags |= written.starts_with("!!") || written.starts_with("! ");
                self.used.block_scalars |= written.starts_with(['|', '>']);
                written
            }
        }
    }

    fn flow(&mut self, value: &Value, indent: usize) -> String {
        let line_break = format!("\n{}", " ".repeat(indent + self.step.max(1) + 1));
        let wide = self.dice.chance(0.15);
        let between = if wide {
            format!(",{line_break}")
        } else {
            (*self.dice.pick(&[", ", ", ", ",", " , "])).replace(" ,", ",")
        };
        let (open, close) =
            if wide { (line_break.as_str(), line_break.as_str()) } else { ("", "") };
        match value {
            Value::Map(map) if map.0.is_empty() => "{}".to_owned(),
            Value::List(items) if items.is_empty() => "[]".to_owned(),
            Value::Map(map) => {
                let entries: Vec<String> = map
                    .0
                    .iter()
                    .map(|(key, value)| {
                        let key = match key {
                            Value::Text(text) if scalar::is_safe_plain(text) => text.clone(),
                            Value::Text(text) => scalar::quoted(self.dice, text),
                            other => format!("{} ", self.inline(other, indent, Place::Flow)),
                        };
                        format!("{key}: {}", self.flow(value, indent))
                    })
                    .collect();
                format!("{{{open}{}{close}}}", entries.join(&between))
            }
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item, indent)).collect();
                format!("[{open}{}{close}]", items.join(&between))
            }
            Value::Anchored(name, inner) => format!("&{name} {}", self.flow(inner, indent)),
            // A comma right after an alias would belong to its name.
            Value::Alias(name) => format!("*{name} "),
            scalar => self.inline(scalar, indent, Place::Flow),
        }
    }

    /// Turns a node that stands there twice into an anchor and an alias, or into a merge key.
    fn share(&mut self, document: &mut Value) {
        let paths = document.paths();
        let worth = |value: &Value| match value {
            Value::Map(map) => !map.0.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Text(text) => !text.is_empty(),
            _ => false,
        };
        let mut names = 0;
        for (at, first) in paths.iter().enumerate() {
            if names == 3 || !self.dice.chance(0.5) {
                continue;
            }
            let Some(original) =
                document.at(first).filter(|value| worth(value) && size(value) < 60).cloned()
            else {
                continue;
            };
            let later: Vec<_> = paths[at + 1..]
                .iter()
                .filter(|path| !path.starts_with(first) && document.at(path) == Some(&original))
                .cloned()
                .collect();
            // Strings are shared only where they mean something.
            if later.is_empty() || (original.is_scalar() && self.dice.chance(0.8)) {
                continue;
            }
            let name = format!("{}{names}", self.dice.pick(&["a", "shared-", "x_", "ANCHOR"]));
            names += 1;
            self.used.anchors = true;
            for path in later {
                let merge = original.as_map().is_some() && self.dice.chance(0.4);
                let Some(place) = document.at_mut(&path) else { continue };
                *place = if merge {
                    self.used.merge_keys = true;
                    let mut entries = vec![(Value::plain("<<"), Value::Alias(name.clone()))];
                    if let (Value::Map(map), true) = (&original, self.dice.chance(0.4)) {
                        // What stands there itself goes before what comes in.
                        entries.push(map.0[0].clone());
                        self.dice.shuffle(&mut entries);
                    }
                    Value::Map(Map(entries))
                } else {
                    Value::Alias(name.clone())
                };
            }
            if let Some(place) = document.at_mut(first) {
                *place = Value::Anchored(name, Box::new(original));
            }
        }
    }
}

/// How many nodes.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Map(map) => map.0.iter().map(|(_, value)| 1 + size(value)).sum(),
        Value::List(items) => items.iter().map(size).sum(),
        Value::Anchored(_, inner) => size(inner),
        _ => 0,
    }
}
