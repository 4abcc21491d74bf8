//! Differences for a comment on a pull request: [GitHub takes 65,536 characters], and so does this.
//!
//! [GitHub takes 65,536 characters]: https://docs.github.com/en/rest/issues/comments

use std::fmt::Write as _;

use super::shown::{ClusterDifference, Group, nothing};
use super::text::{by, consequence, fields, line, name, sign, summary};
use crate::cli::table::one_line;
use crate::flux::diff::Difference;

/// In bytes, so that characters are never more; with room for what a pipeline writes around it.
const LIMIT: usize = 60_000;

/// What stands around a block and behind the last one.
const FRAME: usize = 400;

/// As many deletions as are listed above all else, of a cluster.
const DELETIONS: usize = 50;

pub(super) fn write(names: &(String, String), clusters: &[ClusterDifference<'_>]) -> String {
    let (before, after) = names;
    let mut out = String::new();
    let differing: Vec<_> = clusters.iter().filter(|cluster| !cluster.is_empty()).collect();
    if differing.is_empty() {
        let _ = writeln!(out, "### {}\n", nothing(clusters));
        let _ = writeln!(out, "Between {} and {}.", code(before), code(after));
        return out;
    }
    let _ = writeln!(out, "### What changes on clusters\n");
    let _ = writeln!(out, "From {} to {}.\n", code(before), code(after));
    out.push_str(
        "| cluster | added | changed | removed | deleted by prune |\n|---|---:|---:|---:|---:|\n",
    );
    for cluster in clusters {
        let (added, changed, removed) = cluster.counts();
        let deleted = cluster.loud().count();
        let deleted = if deleted > 0 { format!("**{deleted}**") } else { "0".to_owned() };
        let cluster_name = escape(cluster.name);
        let _ = match cluster.only {
            Some(_) => writeln!(out, "| {cluster_name} | {} ||||", escape(&summary(cluster))),
            None => {
                writeln!(out, "| {cluster_name} | {added} | {changed} | {removed} | {deleted} |")
            }
        };
    }
    out.push('\n');
    for cluster in &differing {
        let deletions: Vec<_> = cluster.loud().collect();
        if deletions.is_empty() {
            continue;
        }
        let from = escape(cluster.name);
        let _ = writeln!(out, "> [!CAUTION]\n> Deleted from **{from}** by prune:");
        for one in deletions.iter().take(DELETIONS) {
            let _ = writeln!(out, "> - {}{}", code(&name(one)), escape(&consequence(one)));
        }
        if deletions.len() > DELETIONS {
            let _ = writeln!(out, "> - and {} more", deletions.len() - DELETIONS);
        }
        out.push('\n');
    }
    let mut untold = 0;
    // Each has its share of the room, and what one leaves is for those behind it.
    let mut left: usize = differing.iter().map(|cluster| cluster.groups.len()).sum();
    for cluster in &differing {
        for Group { tenant, differences } in &cluster.groups {
            let summary = format!("{}: {}", cluster.name, tenant.as_deref().unwrap_or("platform"));
            let count = differences.len();
            let plural = if count == 1 { "" } else { "s" };
            let head = format!(
                "<details><summary>{} ({count} object{plural})</summary>\n\n",
                html(&one_line(&summary))
            );
            let room = LIMIT.saturating_sub(out.len() + FRAME) / left.max(1);
            let room = room.saturating_sub(head.len());
            left = left.saturating_sub(1);
            let (text, told) = group(differences, room);
            untold += count - told;
            if told > 0 {
                out.push_str(&head);
                out.push_str(&text);
                out.push_str("\n</details>\n");
            }
        }
    }
    if untold > 0 {
        let _ = writeln!(
            out,
            "\n{untold} more objects differ than fit here: `tenantry diff` shows them all."
        );
    }
    cut(out)
}

/// As many differences of a tenant as there is room for, as a block of lines, and how many these are.
fn group(differences: &[Difference<'_>], room: usize) -> (String, usize) {
    let (mut text, mut told) = (String::new(), 0);
    for one in differences {
        let object = object(one);
        if text.len() + object.len() > room {
            break;
        }
        text.push_str(&object);
        told += 1;
    }
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    (format!("{fence}diff\n{text}{fence}\n"), told)
}

fn object(one: &Difference<'_>) -> String {
    // Of a diff, lines with `!` are shown as changed.
    let mark = match sign(&one.change) {
        '~' => '!',
        sign => sign,
    };
    let mut text = format!("{mark} {} ({})\n", name(one), by(one));
    for field in fields(&one.change) {
        let _ = writeln!(text, "    {}", line(field));
    }
    text
}

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Text as code, whatever is in it.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let text = text.replace(['\n', '\r'], " ");
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// Text in which nothing is Markdown.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text in which nothing is HTML.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What is too long even without any detail, is cut where a line ends.
fn cut(mut out: String) -> String {
    if out.len() > LIMIT {
        let mut at = LIMIT;
        while !out.is_char_boundary(at) {
            at -= 1;
        }
        let end = out[..at].rfind('\n').unwrap_or_default();
        out.truncate(end);
        out.push_str("\n\nThere is more than fits here: `tenantry diff` shows it.\n");
    }
    out
}
