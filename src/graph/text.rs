//! Labels on one line, cut to what there is room for, and escaped for XML.

/// How wide a character is at most in the fonts that a picture may meet, in parts of the font's size.
fn part(char: char) -> f32 {
    match char {
        'i' | 'j' | 'l' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.42,
        'f' | 'r' | 't' | '-' | '/' | '(' | ')' | '[' | ']' => 0.48,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 1.05,
        '#' | '&' | '+' | '<' | '=' | '>' | '^' | '~' => 0.86,
        'A'..='Z' => 0.8,
        ' '..='~' => 0.66,
        // Wide scripts, symbols and emoji.
        '\u{1100}'..='\u{11ff}' | '\u{2190}'..='\u{fffd}' => 1.25,
        '\u{10000}'.. => 1.5,
        _ => 1.0,
    }
}

/// How wide a text is at most, in pixels.
pub(super) fn width(text: &str, size: f32) -> f32 {
    text.chars().map(part).sum::<f32>() * size
}

/// A label on one line. What would break it, or turn around what comes after it, is shown as a replacement character.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.trim().chars() {
        match char {
            _ if char.is_whitespace() => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                line.push('\u{fffd}');
            }
            _ if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                line.push('\u{fffd}');
            }
            _ => line.push(char),
        }
    }
    line
}

/// A label on one line of so many characters at most.
pub(super) fn cut(text: &str, most: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A label on one line that is so wide at most.
pub(super) fn fit(text: &str, size: f32, room: f32) -> String {
    let line = one_line(text);
    if width(&line, size) <= room {
        return line;
    }
    let mut left = room - width("…", size);
    let fits = |char: &char| {
        left -= part(*char) * size;
        left >= 0.0
    };
    let kept: String = line.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// As text or the value of an attribute in XML and HTML. Characters that XML cannot have at all become replacement characters.
#[must_use]
pub fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(char),
            _ if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}');
            }
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stays_on_its_line() {
        assert_eq!(one_line(" a\r\n\tb\u{202e}c\u{0}\u{7f} "), "a b\u{fffd}c\u{fffd}\u{fffd}");
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abc def", 5), "abc…");
        assert_eq!(fit("web", 13.0, 200.0), "web");
        let long = fit(&"wide-name ".repeat(9), 13.0, 120.0);
        assert!(long.ends_with('…') && width(&long, 13.0) <= 120.0, "{long}");
        assert_eq!(fit("anything", 13.0, 0.0), "…");
    }

    #[test]
    fn xml_has_no_markup_of_a_labels() {
        assert_eq!(xml("<a b='c'>&\"\u{1}"), "&lt;a b=&#39;c&#39;&gt;&amp;&quot;\u{fffd}");
    }
}
