//! Indented text in blocks: a line and what hangs on it. Good enough for YAML of any layout but flow.

use std::ops::Range;

/// The blocks of a text as ranges of its lines, in the order of their first lines.
pub(super) fn blocks(lines: &[&str]) -> Vec<Range<usize>> {
    (0..lines.len())
        .filter(|at| !lines[*at].trim().is_empty())
        .map(|start| {
            let indent = indentation(lines[start]);
            let is_item = lines[start].trim_start().starts_with('-');
            let below = lines[start + 1..]
                .iter()
                .take_while(|line| {
                    let deeper = indentation(line) > indent;
                    // A list may stand at the column of its key.
                    let item = indentation(line) == indent
                        && !is_item
                        && line.trim_start().starts_with("- ");
                    line.trim().is_empty() || deeper || item
                })
                .count();
            start..start + 1 + below
        })
        .collect()
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A text without some of its lines.
pub(super) fn without(lines: &[&str], gone: &Range<usize>) -> String {
    lines[..gone.start].iter().chain(&lines[gone.end..]).copied().collect()
}
