//! Where a YAML template may print a value.
//!
//! A value is printed as a scalar with its own quotes where it needs some. So it has to be all of a
//! scalar: `name: {{ x }}` is right, `name: app-{{ x }}` and `name: "{{ x }}"` break as soon as a value
//! needs quotes. Found when a template is loaded, such a place is shown before any value is unlucky.
//!
//! The check looks at single lines and knows what stands before and behind a value on its line. Every
//! rendered file is parsed as well, so what it lets pass is not lost.

use std::ops::Range;

use super::source::{Piece, PieceKind, pieces};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::path::RepoPath;

/// A value in a place where it cannot stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misplaced {
    range: Range<usize>,
    why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// Only a part of a scalar.
    Part,
    /// Between quotes of the template's.
    Quotes,
    /// A block of YAML that does not begin a line.
    Block,
    /// A block of YAML whose other lines are indented by another number of blanks.
    Indent(usize),
}

impl Misplaced {
    pub(crate) fn diagnostic(self, file: &RepoPath) -> Diagnostic {
        let (message, help) = match self.why {
            Why::Part => (
                "a printed value is a whole scalar; other text cannot stand beside it".to_owned(),
                "join texts inside of the braces: `{{ \"app-\" ~ name }}`".to_owned(),
            ),
            Why::Quotes => (
                "a printed value brings its own quotes".to_owned(),
                "leave the quotes out, and join texts inside of the braces".to_owned(),
            ),
            Why::Block => (
                "what `yaml` prints may have several lines, and has to begin one".to_owned(),
                "print it on the line below its key, with `indent`; or use `json`, or `text` for a text".to_owned(),
            ),
            Why::Indent(column) => (
                "the lines of this block would not stand below each other".to_owned(),
                format!("write `yaml(indent={column})`"),
            ),
        };
        let place = Place { file: file.clone(), range: Some(self.range) };
        Diagnostic::error(Code::InvalidTemplate, message).at(place).help(help)
    }
}

/// Stands for a printed value in a line.
const PRINTED: char = '\u{1}';

/// Finds the values of a YAML template that stand where they cannot.
pub(crate) fn check(source: &str) -> Vec<Misplaced> {
    let pieces = pieces(source);
    let texts: Vec<&str> = (0..pieces.len()).map(|at| text_of(source, &pieces, at)).collect();
    let mut faults = Vec::new();
    let mut before = Before::default();
    let mut outer: Vec<Before> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece.kind {
            PieceKind::Text => before.push(texts[at]),
            PieceKind::Comment => {}
            PieceKind::Tag => match word(source, piece) {
                "if" | "for" => outer.push(before.clone()),
                "component" | "block" | "filter" => {
                    outer.push(std::mem::replace(&mut before, Before::elsewhere()));
                }
                "set" | "set_global" if !source[piece.inner.clone()].contains('=') => {
                    outer.push(std::mem::replace(&mut before, Before::elsewhere()));
                }
                // The branches stand in the same place.
                "elif" | "else" => before = outer.last().cloned().unwrap_or_default(),
                "endif" | "endfor" => {
                    outer.pop();
                }
                "endcomponent" | "endblock" | "endfilter" | "endset" | "endset_global" => {
                    before = outer.pop().unwrap_or_default();
                }
                _ => {}
            },
            PieceKind::Print => {
                let after = after(source, &pieces, &texts, at);
                let expression = source[piece.inner.clone()].trim();
                if let Some(why) = misplaced(&before, expression, &after) {
                    faults.push(Misplaced { range: piece.range.clone(), why });
                }
                before.line.push(PRINTED);
            }
        }
    }
    faults
}

fn word<'a>(source: &'a str, piece: &Piece) -> &'a str {
    source[piece.inner.clone()].split_whitespace().next().unwrap_or("")
}

/// The text of a piece without what its neighbours trim away.
fn text_of<'a>(source: &'a str, pieces: &[Piece], at: usize) -> &'a str {
    let mut text = &source[pieces[at].inner.clone()];
    if at > 0 && pieces[at - 1].trims_after {
        text = text.trim_start();
    }
    if pieces.get(at + 1).is_some_and(|next| next.trims_before) {
        text = text.trim_end();
    }
    text
}

/// What stands before a place.
#[derive(Clone, Debug, Default)]
struct Before {
    /// Its line so far.
    line: String,
    /// The indentation of the line whose value is a block scalar, while in that scalar.
    block: Option<usize>,
    /// Whether it is not known where the text will stand.
    elsewhere: bool,
}

impl Before {
    fn elsewhere() -> Self {
        Self { elsewhere: true, ..Self::default() }
    }

    fn push(&mut self, text: &str) {
        let mut lines = text.split('\n');
        self.line.push_str(lines.next().unwrap_or(""));
        for line in lines {
            self.end_line();
            self.line.push_str(line);
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.trim().is_empty() {
            return;
        }
        let indent = line.len() - line.trim_start().len();
        if self.block.is_some_and(|outer| indent <= outer) {
            self.block = None;
        }
        if self.block.is_none() && begins_block_scalar(&line) {
            self.block = Some(indent);
        }
    }

    /// Whether the place is in a block scalar.
    fn in_block(&self) -> bool {
        let indent = self.line.len() - self.line.trim_start().len();
        self.block.is_some_and(|outer| indent > outer)
    }
}

fn begins_block_scalar(line: &str) -> bool {
    let Some((_, last)) = line.trim_end().rsplit_once(' ') else { return false };
    let mut characters = last.chars();
    matches!(characters.next(), Some('|' | '>'))
        && characters.all(|c| matches!(c, '+' | '-' | '1'..='9'))
}

/// The rest of the line behind a piece; of branches, the one that comes first.
fn after(source: &str, pieces: &[Piece], texts: &[&str], from: usize) -> String {
    let mut line = String::new();
    let mut at = from + 1;
    while let Some(piece) = pieces.get(at) {
        match piece.kind {
            PieceKind::Comment => {}
            PieceKind::Print => {
                line.push(PRINTED);
                return line;
            }
            PieceKind::Text => match texts[at].split_once('\n') {
                Some((rest, _)) => {
                    line.push_str(rest);
                    return line;
                }
                None => line.push_str(texts[at]),
            },
            PieceKind::Tag => match word(source, piece) {
                "elif" | "else" => at = end_of_branches(source, pieces, at),
                "endcomponent" | "endblock" | "endfilter" | "endset" => return line,
                _ => {}
            },
        }
        at += 1;
    }
    line
}

/// From an `else`, the `endif` that closes it.
fn end_of_branches(source: &str, pieces: &[Piece], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, piece) in pieces.iter().enumerate().skip(from + 1) {
        if piece.kind == PieceKind::Tag {
            match word(source, piece) {
                "if" | "for" => depth += 1,
                "endif" | "endfor" if depth == 0 => return at,
                "endif" | "endfor" => depth -= 1,
                _ => {}
            }
        }
    }
    pieces.len()
}

fn misplaced(before: &Before, expression: &str, after: &str) -> Option<Why> {
    let filter = expression.rsplit('|').next().unwrap_or("").trim();
    let explicit = |name: &str| {
        expression.contains('|')
            && filter.strip_prefix(name).is_some_and(|rest| {
                let rest = rest.trim_start();
                rest.is_empty() || rest.starts_with('(')
            })
    };
    let line = before.line.as_str();
    if explicit("yaml") {
        let rest = line.trim_start_matches([' ', '-', PRINTED]);
        let column = line.chars().count();
        let indent = filter
            .split_once("indent")
            .and_then(|(_, rest)| rest.trim_start().strip_prefix('='))
            .map_or(Some(0), |rest| rest.trim_end_matches(')').trim().parse::<usize>().ok());
        return if !rest.is_empty() && !is_comment(rest) {
            Some(Why::Block)
        } else if !before.elsewhere
            && !line.contains(PRINTED)
            && indent.is_some_and(|indent| indent != column)
        {
            Some(Why::Indent(column))
        } else {
            None
        };
    }
    if before.in_block() && explicit("json") {
        return None;
    }
    match place(line) {
        Stands::Comment => None,
        Stands::Quotes => Some(Why::Quotes),
        Stands::Part => Some(Why::Part),
        Stands::Scalar { flow } => (!ends(after, flow)).then_some(Why::Part),
    }
}

fn is_comment(line: &str) -> bool {
    line.starts_with('#')
}

/// Whether a scalar may end before this rest of a line.
fn ends(rest: &str, flow: bool) -> bool {
    let trimmed = rest.trim_start();
    if trimmed.is_empty() || (trimmed.len() < rest.len() && is_comment(trimmed)) {
        return true;
    }
    if let Some(value) = rest.strip_prefix(':') {
        return value.is_empty() || value.starts_with(' ');
    }
    // A flow collection may have begun on an earlier line.
    trimmed.starts_with([']', '}']) || (flow && trimmed.starts_with(','))
}

/// What stands behind a piece of a line.
enum Stands {
    /// A scalar may begin.
    Scalar {
        flow: bool,
    },
    Comment,
    Quotes,
    Part,
}

fn place(line: &str) -> Stands {
    let mut rest = line.trim_start();
    let mut flow = 0_usize;
    // Whether the last thing was white space or a bracket, so that a scalar may begin.
    let mut apart = true;
    loop {
        let Some(first) = rest.chars().next() else {
            return if apart { Stands::Scalar { flow: flow > 0 } } else { Stands::Part };
        };
        let scalar_end = match first {
            '#' if apart => return Stands::Comment,
            '[' | '{' => {
                flow += 1;
                rest = rest[1..].trim_start();
                apart = true;
                continue;
            }
            '-' | '?' if rest[1..].starts_with(' ') => {
                rest = rest[1..].trim_start();
                continue;
            }
            '&' | '!' => rest.find(' ').map_or(rest.len(), |at| at + 1),
            '"' | '\'' => match closing_quote(rest, first) {
                Some(end) => end,
                None => return Stands::Quotes,
            },
            PRINTED => PRINTED.len_utf8(),
            _ => match end_of_plain(rest, flow > 0) {
                Some(end) => end,
                None => return Stands::Part,
            },
        };
        rest = &rest[scalar_end..];
        if matches!(first, '&' | '!') {
            apart = true;
            continue;
        }
        // Behind a scalar: a value, the next item, a closing bracket or a comment.
        loop {
            let trimmed = rest.trim_start();
            let gap = trimmed.len() < rest.len();
            if gap && is_comment(trimmed) {
                return Stands::Comment;
            }
            match trimmed.chars().next() {
                None => return Stands::Part,
                Some(':') => {
                    let value = &trimmed[1..];
                    apart = value.starts_with(' ');
                    rest = value.trim_start();
                    break;
                }
                Some(',') if flow > 0 => {
                    rest = trimmed[1..].trim_start();
                    apart = true;
                    break;
                }
                Some(']' | '}') if flow > 0 => {
                    flow -= 1;
                    rest = &trimmed[1..];
                }
                Some(_) => return Stands::Part,
            }
        }
    }
}

/// The byte behind a quoted scalar.
fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'\\' && quote == '"' {
            at += 2;
        } else if bytes[at] == quote as u8 {
            if quote == '\'' && bytes.get(at + 1) == Some(&b'\'') {
                at += 2;
            } else {
                return Some(at + 1);
            }
        } else {
            at += 1;
        }
    }
    None
}

/// The byte behind a plain scalar; nothing if it goes on to the end of the text.
fn end_of_plain(text: &str, flow: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len())
        .find(|&at| match bytes[at] {
            b':' => matches!(bytes.get(at + 1), None | Some(b' ')),
            b',' | b']' | b'}' => flow,
            b'#' => at > 0 && bytes[at - 1] == b' ',
            _ => false,
        })
        .map(|at| if bytes[at] == b'#' { at - 1 } else { at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(&str, Why)> {
        check(source).into_iter().map(|fault| (&source[fault.range], fault.why)).collect()
    }

    #[test]
    fn a_value_may_be_a_whole_scalar() {
        for good in [
            "{{ a }}",
            "{{ k }}: {{ v }}",
            "name: {{ a }}\n",
            "name: {{ a }} # said by {{ b }}, and {{ c }}\n",
            "# a-{{ b }}-c\nname: x # \"{{ b }}\"",
            "- {{ a }}",
            "  - - {{ a }}",
            "- name: {{ a }}",
            "a: [{{ a }}, {{ b }}, x, \"y, z\", {{ c }}]",
            "a: { b: {{ b }}, {{ c }}: d }",
            "a: &x {{ a }}",
            "a: !!str {{ a }}",
            "\"a: b\": {{ a }}",
            "'it''s': {{ a }}",
            "name: {% if a %}{{ a }}{% else %}{{ b }}{% endif %}\n",
            "name: {% if a %}x{% elif b %}{{ a }}{% else %}{{ b }}{% endif %} # c\n",
            "a: [{% for b in c %}{{ b }}{% if not loop.last %}, {% endif %}{% endfor %}]",
            "a:\n{%- for b in c %}\n  - {{ b }}\n{%- endfor %}\n",
            "a:\n  {{ b | yaml(indent=2) }}\n",
            "a:\n  - {{ b | yaml(indent=4) }}\n",
            "a: {{ b | json }}\n",
            "{% component c(x) %}{{ x }}{% endcomponent c %}",
            "a: |\n  b: {{ c }}\n",
            "a: >-\n  c == {{ c | json }} && d\n",
            "a: {{<c x={y} />}}\n",
            "u: http://x/#y\nname: {{ a }}",
            "a: {% set b = 1 %}{{ b }}",
            "a: [x,\n  {{ b }}]",
        ] {
            assert_eq!(found(good), [], "{good}");
        }
    }

    #[test]
    fn a_value_cannot_be_a_part_of_one() {
        for bad in [
            "name: app-{{ a }}",
            "name: {{ a }}-app",
            "name: {{ a }} app",
            "name: {{ a }}{{ b }}",
            "name:{{ a }}",
            "url: https://{{ a }}/x",
            "a: b, {{ c }}",
            "a: b - {{ c }}",
            "a: [x-{{ b }}]",
            "- a {{ b }}",
            "name: {{- a }}",
            "name: {% if x %}a-{% endif %}{{ b }}",
            "a: >-\n  c == {{ c }} && d\n",
            "a-{{ b }}: c",
        ] {
            assert!(found(bad).iter().any(|(_, why)| *why == Why::Part), "{bad}: {:?}", found(bad));
        }
    }

    #[test]
    fn quotes_are_the_values_own() {
        for bad in ["a: \"{{ a }}\"", "a: '{{ a }}'", "a: \"x: {{ a }}\"", "- \"a\\\"{{ b }}\""] {
            assert!(matches!(found(bad).as_slice(), [(_, Why::Quotes)]), "{bad}: {:?}", found(bad));
        }
    }

    #[test]
    fn a_block_begins_a_line_and_stands_straight() {
        assert_eq!(found("a: {{ b | yaml }}"), [("{{ b | yaml }}", Why::Block)]);
        let short = "a:\n    {{ b | yaml(indent=2) }}";
        assert_eq!(found(short), [("{{ b | yaml(indent=2) }}", Why::Indent(4))]);
        assert_eq!(found("- {{ b | yaml }}"), [("{{ b | yaml }}", Why::Indent(2))]);
    }
}
