//! DOT, for Graphviz and what reads its language: <https://graphviz.org/doc/info/lang.html>.

use std::fmt::Write as _;

use super::fold::{Drawn, Picture};
use super::text::{cut, one_line};
use super::{EdgeKind, Graph, NodeKind, State};

/// The graph in DOT, folded as the other pictures are.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let picture = Picture::of(graph, |_| true);
    let mut out = String::from(
        "// What is left comes first: bold is waited for, dotted is the source, plain applies.\n",
    );
    for note in &picture.notes {
        let _ = writeln!(out, "// {note}");
    }
    out.push_str("digraph fleet {\n");
    let _ = writeln!(out, "  label={}", quoted(&picture.title));
    out.push_str(
        "  labelloc=t\n  rankdir=LR\n  ranksep=0.6\n  nodesep=0.18\n  fontname=\"Helvetica,Arial,sans-serif\"\n  fontsize=18\n  \
         node [fontname=\"Helvetica,Arial,sans-serif\" fontsize=11 style=filled shape=box height=0.35]\n  \
         edge [color=\"#6b7684\" arrowsize=0.6]\n",
    );
    let mut node = 0;
    for (at, frame) in picture.frames.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{} {{", at + 1);
        let _ = writeln!(out, "    label={}", quoted(&frame.title));
        out.push_str("    fontsize=14\n    color=\"#b8c0ca\"\n    style=rounded\n");
        for (number, one) in (node + 1..).zip(&frame.boxes) {
            let _ = writeln!(out, "    n{number} [{}]", attributes(one));
        }
        for line in &frame.lines {
            let style = match line.kind {
                EdgeKind::Applies => "",
                EdgeKind::DependsOn => "style=bold color=\"#3f6fb5\"",
                EdgeKind::Source => "style=dotted",
            };
            let circle = if line.circle { " color=\"#c2272d\" constraint=false" } else { "" };
            let (first, then) = (node + line.first + 1, node + line.then + 1);
            let _ = match format!("{style}{circle}").trim() {
                "" => writeln!(out, "    n{first} -> n{then}"),
                attributes => writeln!(out, "    n{first} -> n{then} [{attributes}]"),
            };
        }
        out.push_str("  }\n");
        node += frame.boxes.len();
    }
    out.push_str("}\n");
    out
}

fn attributes(one: &Drawn) -> String {
    let (shape, fill, stroke) = match one.kind {
        NodeKind::Kustomization => ("box", "#dbe8fb", "#3f6fb5"),
        NodeKind::Component => ("component", "#d9f0ea", "#2b8573"),
        NodeKind::Tenant => ("box", "#eae2fa", "#7a56c2"),
        NodeKind::Source => ("cylinder", "#f7ecd0", "#a37a1c"),
        NodeKind::HelmRelease => ("box", "#dff0f7", "#3b86a3"),
        NodeKind::ResourceSet => ("hexagon", "#f6e0ee", "#ad4f8b"),
    };
    let rounded =
        if matches!(one.kind, NodeKind::Tenant | NodeKind::HelmRelease) { ",rounded" } else { "" };
    let (line, stroke) = match one.state {
        State::Active => ("", stroke),
        State::Suspended => (",dashed", stroke),
        State::Elsewhere => (",dotted", stroke),
        State::Broken => (",bold", "#c2272d"),
    };
    let mut text = cut(&one.label, 60);
    if one.count > 1 {
        let _ = write!(text, "\n{}", cut(&one.caption, 60));
    }
    if one.state != State::Active {
        let _ = write!(text, "\n({})", one.state.word());
    }
    let tooltip: Vec<String> = one.more.iter().map(|line| one_line(line)).collect();
    format!(
        "label={} tooltip={} shape={shape} style=\"filled{rounded}{line}\" fillcolor=\"{fill}\" color=\"{stroke}\"",
        quoted(&text),
        quoted(&tooltip.join("\n")),
    )
}

/// A string of DOT. Graphviz reads entities of HTML and sequences such as `\N` in labels, and none of them is meant.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '&' => quoted.push_str("&amp;"),
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}
