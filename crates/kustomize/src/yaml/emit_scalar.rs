//! The part of the emitter that writes scalars: which forms a text allows, and the text in each.

use super::emit::{Dialect, Emitter, Place};
use super::scalar::is_plain_text;
use super::{Node, Style};

/// The form of a scalar that is asked for; what its text allows comes first.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// What a text allows (`yaml_emitter_analyze_scalar`).
#[derive(Debug, PartialEq)]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    flow_plain: bool,
    block_plain: bool,
    single_quoted: bool,
    block: bool,
    /// Whether only a tab at its start forbids a block.
    block_after_tab: bool,
    /// Whether it is a word: see [`is_word`].
    word: bool,
}

/// The characters that go-yaml takes for line breaks.
fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// go-yaml's notion of printable: it knows no character beyond the basic plane.
fn is_printable(character: char) -> bool {
    matches!(
        character,
        '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}'
    )
}

/// Bytes of which a text may consist that is nothing but a word, a path or an address.
const fn word_bytes() -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        table[at] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b':');
        at += 1;
    }
    table
}

static WORD_BYTES: [bool; 256] = word_bytes();

/// Whether a text is a word, a path or an address: with no blank in it, a colon means something at the end
/// only, and a dash at the start.
fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last() != Some(&b':')
        && bytes.iter().all(|byte| WORD_BYTES[usize::from(*byte)])
}

impl Analysis {
    pub(super) fn of(text: &str, dialect: Dialect) -> Analysis {
        if is_word(text) {
            return Analysis {
                multiline: false,
                flow_plain: !text.as_bytes().contains(&b':'),
                block_plain: true,
                single_quoted: true,
                block: true,
                block_after_tab: false,
                word: true,
            };
        }
        Analysis::of_any(text, dialect)
    }

    fn of_any(text: &str, dialect: Dialect) -> Analysis {
        let mut analysis = Analysis {
            multiline: false,
            flow_plain: true,
            block_plain: true,
            single_quoted: true,
            block: true,
            block_after_tab: false,
            word: false,
        };
        let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else {
            return Analysis { flow_plain: false, block: false, ..analysis };
        };
        let mut flow_indicators = false;
        let mut block_indicators = false;
        if text.starts_with("---") || text.starts_with("...") {
            flow_indicators = true;
            block_indicators = true;
        }
        let (mut tab, mut special, mut break_space, mut space_break) = (false, false, false, false);
        let (mut after_space, mut after_break, mut after_white) = (false, false, true);
        let mut characters = text.chars().peekable();
        let mut at_first = true;
        while let Some(character) = characters.next() {
            let before_white = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            match character {
                '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' if at_first => {
                    flow_indicators = true;
                    block_indicators = true;
                }
                ',' | '[' | ']' | '{' | '}' => {
                    flow_indicators = true;
                    block_indicators |= at_first;
                }
                '?' => {
                    flow_indicators = true;
                    block_indicators |= at_first && before_white;
                }
                ':' => {
                    flow_indicators = true;
                    block_indicators |= before_white;
                }
                '-' if at_first && before_white => {
                    flow_indicators = true;
                    block_indicators = true;
                }
                '#' if after_white => {
                    flow_indicators = true;
                    block_indicators = true;
                }
                _ => {}
            }
            if character == '\t' && dialect == Dialect::GoYamlV3 {
                tab = true;
            } else if !is_printable(character) {
                special = true;
            }
            let (space, line_break) = (character == ' ', is_break(character));
            break_space |= space && after_break;
            space_break |= line_break && after_space;
            analysis.multiline |= line_break;
            (after_space, after_break) = (space, line_break);
            after_white = space || line_break || character == '\t';
            at_first = false;
        }
        let edge = |character: char| character == ' ' || is_break(character);
        if edge(first) || edge(last) || analysis.multiline {
            analysis.flow_plain = false;
            analysis.block_plain = false;
        }
        // go-yaml v3 writes text that starts with a tab as a block, and cannot read it back.
        if last == ' ' || first == '\t' {
            analysis.block = false;
        }
        if break_space || space_break || tab || special {
            analysis.flow_plain = false;
            analysis.block_plain = false;
            analysis.single_quoted = false;
        }
        if space_break || special {
            analysis.block = false;
        }
        analysis.block_after_tab = first == '\t' && last != ' ' && !space_break && !special;
        analysis.flow_plain &= !flow_indicators;
        analysis.block_plain &= !block_indicators;
        analysis
    }
}

/// Whether go-yaml v3 writes a text without quotes as the value of a key in a block.
pub(super) fn is_plain_in_block(text: &str) -> bool {
    text.is_empty() || (!text.contains('\n') && Analysis::of(text, Dialect::GoYamlV3).block_plain)
}

/// Whether go-yaml v3 writes a text without quotes within `{...}` or `[...]`.
pub(super) fn is_plain_in_flow(text: &str) -> bool {
    !text.contains('\n') && Analysis::of(text, Dialect::GoYamlV3).flow_plain
}

/// How go-yaml v3 writes a Go string as a value in a block; `None` where it chooses a block scalar that
/// starts with a tab, which it cannot read back.
pub(crate) fn encoded_form(text: &str) -> Option<Style> {
    let analysis = Analysis::of(text, Dialect::GoYamlV3);
    if text.contains('\n') {
        return match (analysis.block, text.starts_with('\t')) {
            (true, _) => Some(Style::Literal),
            (false, true) if analysis.block_after_tab => None,
            (false, _) => Some(Style::DoubleQuoted),
        };
    }
    Some(if !is_plain_text(text) {
        Style::DoubleQuoted
    } else if analysis.block_plain {
        Style::Plain
    } else if analysis.single_quoted {
        Style::SingleQuoted
    } else {
        Style::DoubleQuoted
    })
}

/// Whether go-yaml v3 writes a text of a style as a block that it cannot read back, outside of `{...}` and `[...]`.
pub(crate) fn is_lost_in_block(text: &str, style: Style) -> bool {
    let becomes_block = match style {
        Style::SingleQuoted | Style::DoubleQuoted => false,
        Style::Literal | Style::Folded => true,
        Style::Plain | Style::Auto | Style::Flow => text.contains('\n'),
    };
    becomes_block && text.starts_with('\t') && {
        let analysis = Analysis::of(text, Dialect::GoYamlV3);
        !analysis.block && analysis.block_after_tab
    }
}

impl Emitter<'_, '_> {
    pub(super) fn scalar(
        &mut self,
        node: &Node,
        text: &str,
        form: Form,
        analysis: &Analysis,
        place: Place,
    ) {
        let mut form = form;
        if place.simple_key && analysis.multiline {
            form = Form::DoubleQuoted;
        }
        if form == Form::Plain {
            let allowed =
                if self.flow_level > 0 { analysis.flow_plain } else { analysis.block_plain };
            let hidden = text.is_empty() && (self.flow_level > 0 || place.simple_key);
            if !allowed || hidden {
                form = Form::SingleQuoted;
            }
        }
        if form == Form::SingleQuoted && !analysis.single_quoted {
            form = Form::DoubleQuoted;
        }
        if matches!(form, Form::Literal | Form::Folded)
            && (!analysis.block || self.flow_level > 0 || place.simple_key)
        {
            form = Form::DoubleQuoted;
        }
        self.write_anchor(node);
        self.write_tag(node);
        let before = self.indent;
        self.indent += 2;
        match form {
            Form::Plain if analysis.word => self.write_word(text),
            Form::Plain => self.write_plain(text, !place.simple_key),
            Form::SingleQuoted => self.write_single_quoted(text, !place.simple_key),
            Form::DoubleQuoted => self.write_double_quoted(text, !place.simple_key),
            Form::Literal => self.write_literal(text),
            Form::Folded => self.write_folded(text),
        }
        self.indent = before;
    }

    /// A line break of a text; every kind but `\n` is written as it is.
    fn write_break(&mut self, character: char) {
        if character == '\n' {
            self.put_break();
        } else {
            self.out.push(character);
            self.column = 0;
            self.indention = true;
        }
    }

    /// A plain scalar without anything that could be broken.
    fn write_word(&mut self, text: &str) {
        if !self.whitespace {
            self.put(' ');
        }
        self.out.push_str(text);
        self.column += text.len();
        self.whitespace = false;
        self.indention = false;
    }

    fn write_plain(&mut self, text: &str, allow_breaks: bool) {
        if (self.options.dialect == Dialect::GoYamlV2 || !text.is_empty()) && !self.whitespace {
            self.put(' ');
        }
        self.write_flowing(text, allow_breaks, false);
        if self.options.dialect == Dialect::GoYamlV2 || !text.is_empty() {
            self.whitespace = false;
        }
        self.indention = false;
    }

    fn write_single_quoted(&mut self, text: &str, allow_breaks: bool) {
        self.write_indicator("'", true, false, false);
        self.write_flowing(text, allow_breaks, true);
        self.write_indicator("'", false, false, false);
    }

    /// The text of a plain or single-quoted scalar.
    fn write_flowing(&mut self, text: &str, allow_breaks: bool, quoted: bool) {
        let mut after_space = false;
        let mut after_break = false;
        for (at, character) in text.char_indices() {
            let next = text[at + character.len_utf8()..].chars().next();
            if character == ' ' {
                let inner = !quoted || (at > 0 && at + 1 < text.len());
                if allow_breaks
                    && !after_space
                    && self.column > self.width
                    && inner
                    && next != Some(' ')
                {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                after_space = true;
            } else if is_break(character) {
                if !after_break && character == '\n' {
                    self.put_break();
                }
                self.write_break(character);
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                if quoted && character == '\'' {
                    self.put('\'');
                }
                self.put(character);
                self.indention = false;
                after_space = false;
                after_break = false;
            }
        }
    }

    fn write_double_quoted(&mut self, text: &str, allow_breaks: bool) {
        self.write_indicator("\"", true, false, false);
        // go-yaml looks at the first bytes of the text instead of the current ones.
        let starts_with_bom = text.starts_with('\u{FEFF}');
        let mut after_space = false;
        for (at, character) in text.char_indices() {
            if !is_printable(character)
                || starts_with_bom
                || is_break(character)
                || matches!(character, '"' | '\\')
            {
                self.write_escaped(character);
                after_space = false;
            } else if character == ' ' {
                let inner = at > 0 && at + 1 < text.len();
                if allow_breaks && !after_space && self.column > self.width && inner {
                    self.write_indent();
                    if text[at + 1..].starts_with(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                after_space = true;
            } else {
                self.put(character);
                after_space = false;
            }
        }
        self.write_indicator("\"", false, false, false);
    }

    fn write_escaped(&mut self, character: char) {
        let short = match character {
            '\0' => '0',
            '\u{07}' => 'a',
            '\u{08}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{0B}' => 'v',
            '\u{0C}' => 'f',
            '\r' => 'r',
            '\u{1B}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(character);
                let escaped = match code {
                    0..=0xFF => format!("\\x{code:02X}"),
                    0x100..=0xFFFF => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                self.put_str(&escaped);
                return;
            }
        };
        self.put('\\');
        self.put(short);
    }

    fn write_block_hints(&mut self, text: &str) {
        let mut characters = text.chars();
        if matches!(characters.next(), Some(first) if first == ' ' || is_break(first)) {
            self.write_indicator("2", false, false, false);
        }
        let mut backwards = text.chars().rev();
        match (backwards.next(), backwards.next()) {
            (Some(last), _) if !is_break(last) => self.write_indicator("-", false, false, false),
            (None, _) => self.write_indicator("-", false, false, false),
            (Some(_), None) => self.write_indicator("+", false, false, false),
            (Some(_), Some(before)) if is_break(before) => {
                self.write_indicator("+", false, false, false);
            }
            _ => {}
        }
    }

    fn write_literal(&mut self, text: &str) {
        self.write_indicator("|", true, false, false);
        self.write_block_hints(text);
        if self.comments.line.is_empty() {
            self.put_break();
        } else {
            self.write_line();
        }
        self.whitespace = true;
        let mut after_break = true;
        for character in text.chars() {
            if is_break(character) {
                self.write_break(character);
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                self.put(character);
                self.indention = false;
                after_break = false;
            }
        }
    }

    fn write_folded(&mut self, text: &str) {
        self.write_indicator(">", true, false, false);
        self.write_block_hints(text);
        if self.comments.line.is_empty() {
            self.put_break();
        } else {
            self.write_line();
        }
        self.whitespace = true;
        // go-yaml looks for the first blank from the start of the text, whatever line it is at.
        let first_word = text.chars().find(|character| !is_break(*character));
        let starts_blank = first_word.is_none_or(|first| matches!(first, ' ' | '\t'));
        let mut after_break = true;
        let mut leading_blank = true;
        for (at, character) in text.char_indices() {
            if is_break(character) {
                if !after_break && !leading_blank && character == '\n' && !starts_blank {
                    self.put_break();
                }
                self.write_break(character);
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                    leading_blank = matches!(character, ' ' | '\t');
                }
                let alone = character == ' ' && !text[at + 1..].starts_with(' ');
                if !after_break && alone && self.column > self.width {
                    self.write_indent();
                } else {
                    self.put(character);
                }
                self.indention = false;
                after_break = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_allow_what_a_closer_look_says() {
        let words = ["a", "0", "yes", "a-", "x.y_z/w", "https://a.b:80/c", "12:30", "1-", "a:-b"];
        for word in words {
            assert!(is_word(word), "{word}");
            for dialect in [Dialect::GoYamlV2, Dialect::GoYamlV3] {
                let closer = Analysis { word: true, ..Analysis::of_any(word, dialect) };
                assert_eq!(Analysis::of(word, dialect), closer, "{word}");
            }
        }
        for text in ["", "-", "-a", "---", "...", ":", "a:", "a b", "a#", "a,b", "é", "a\n", "?"] {
            assert!(!is_word(text), "{text}");
        }
    }
}
