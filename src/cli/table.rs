//! Tables as `kubectl get` prints them: columns as wide as their widest cell, two blanks between them.

/// Draws a table; without rows it says that there is nothing.
pub(crate) fn draw(header: &[&str], rows: &[Vec<String>], nothing: &str) -> String {
    if rows.is_empty() {
        return format!("{nothing}\n");
    }
    let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
    let lines = || std::iter::once(&header).chain(&rows);
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            lines()
                .filter_map(|line| line.get(column))
                .map(|cell| width(cell))
                .max()
                .unwrap_or_default()
        })
        .collect();
    let mut out = String::new();
    for line in lines() {
        let mut text = String::new();
        for (cell, width_of_column) in line.iter().zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(width_of_column - width(cell) + 2));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// Text that stays on its line, whatever is in it: what would end it, or steer a terminal, is written out.
pub(crate) fn one_line(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(steers) {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        match steers(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    out
}

fn width(cell: &str) -> usize {
    console::measure_text_width(cell)
}

/// A list in a cell; `-` if it is empty.
pub(crate) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "-".to_owned() } else { items.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["a".into(), "é".into(), "x".into()],
            vec!["longer".into(), "b".into(), String::new()],
        ];
        insta::assert_snapshot!(draw(&["NAME", "B", "C"], &rows, "none"), @r"
        NAME    B  C
        a       é  x
        longer  b
        ");
        assert_eq!(draw(&["NAME"], &[], "No tenants."), "No tenants.\n");
    }
}
