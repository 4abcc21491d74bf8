//! A Mermaid flowchart, as GitHub and GitLab draw it in Markdown: <https://mermaid.js.org/syntax/flowchart.html>.
//!
//! Mermaid takes nothing beyond 50,000 characters or 500 edges, and reads words such as `end`, lists and directives in places where
//! labels stand. So ids are numbers, and of a label whatever is not a letter, a digit or harmless is written as its number.

use std::fmt::Write as _;

use super::fold::{Drawn, Picture};
use super::text::cut;
use super::{EdgeKind, Graph, NodeKind, State};

/// What Mermaid takes by default is 50,000.
const CHARACTERS: usize = 48_000;
/// How much of a label is shown.
const LABEL: usize = 48;

/// Colours that are told apart on white and on black alike: the text is always dark on a pale box.
const CLASSES: &str = "  classDef kustomization fill:#dbe8fb,stroke:#3f6fb5,color:#16233a
  classDef component fill:#d9f0ea,stroke:#2b8573,color:#10312a
  classDef tenant fill:#eae2fa,stroke:#7a56c2,color:#2a1a4d
  classDef source fill:#f7ecd0,stroke:#a37a1c,color:#3b2c08
  classDef helmrelease fill:#dff0f7,stroke:#3b86a3,color:#10303b
  classDef resourceset fill:#f6e0ee,stroke:#ad4f8b,color:#41152f
  classDef suspended stroke-dasharray:6 4
  classDef elsewhere stroke-dasharray:2 3
  classDef broken stroke:#c2272d,stroke-width:3px
";

/// The graph as a Mermaid flowchart: without fences, ready for a Markdown block of the language `mermaid`.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let fits = |picture: &Picture| drawn(picture).encode_utf16().count() <= CHARACTERS;
    drawn(&Picture::of(graph, fits))
}

fn drawn(picture: &Picture) -> String {
    let mut out = String::new();
    if !picture.title.is_empty() {
        let title = serde_json::Value::from(harmless(&cut(&picture.title, 120)));
        let _ = writeln!(out, "---\ntitle: {title}\n---");
    }
    out.push_str("flowchart LR\n");
    out.push_str(
        "  %% What is left comes first. --> applies, ==> is waited for by, -.-> is the source of\n",
    );
    for note in &picture.notes {
        let _ = writeln!(out, "  %% {note}");
    }
    let mut circles = Vec::new();
    let (mut node, mut link) = (0, 0);
    for (at, frame) in picture.frames.iter().enumerate() {
        let _ = writeln!(out, "  subgraph c{}[\"{}\"]", at + 1, label(&frame.title));
        out.push_str("    direction LR\n");
        for (number, one) in (node + 1..).zip(&frame.boxes) {
            let _ = writeln!(out, "    {}", shape(number, one));
        }
        for line in &frame.lines {
            let arrow = match line.kind {
                EdgeKind::Applies => "-->",
                EdgeKind::DependsOn => "==>",
                EdgeKind::Source => "-.->",
            };
            let _ =
                writeln!(out, "    n{} {arrow} n{}", node + line.first + 1, node + line.then + 1);
            if line.circle {
                circles.push(link.to_string());
            }
            link += 1;
        }
        out.push_str("  end\n");
        node += frame.boxes.len();
    }
    for at in 1..=picture.frames.len() {
        let _ = writeln!(out, "  style c{at} fill:transparent,stroke:#8b95a1");
    }
    out.push_str(CLASSES);
    classes(&mut out, picture);
    if !circles.is_empty() {
        let _ = writeln!(out, "  linkStyle {} stroke:#c2272d", circles.join(","));
    }
    out
}

/// A node in the shape of its kind.
fn shape(number: usize, one: &Drawn) -> String {
    let (open, close) = match one.kind {
        NodeKind::Kustomization => ("[", "]"),
        NodeKind::Component => ("[[", "]]"),
        NodeKind::Tenant => ("([", "])"),
        NodeKind::Source => ("[(", ")]"),
        NodeKind::HelmRelease => ("(", ")"),
        NodeKind::ResourceSet => ("{{", "}}"),
    };
    let mut text = label(&one.label);
    if one.count > 1 {
        let _ = write!(text, "<br/>{}", label(&one.caption));
    }
    if one.state != State::Active {
        let _ = write!(text, "<br/>#40;{}#41;", one.state.word());
    }
    format!("n{number}{open}\"{text}\"{close}")
}

/// Which nodes are of which class, in one line a class.
fn classes(out: &mut String, picture: &Picture) {
    let boxes = || (1..).zip(picture.frames.iter().flat_map(|frame| &frame.boxes));
    let mut class = |name: &str, has: &dyn Fn(&Drawn) -> bool| {
        let of: Vec<String> =
            boxes().filter(|(_, one)| has(one)).map(|(at, _)| format!("n{at}")).collect();
        if !of.is_empty() {
            let _ = writeln!(out, "  class {} {name}", of.join(","));
        }
    };
    for kind in NodeKind::ALL {
        class(kind.key(), &|one| one.kind == kind);
    }
    for state in State::ALL.into_iter().skip(1) {
        class(state.word(), &|one| one.state == state);
    }
}

/// A title with look-alikes of what would be markup: it is read before entities are.
fn harmless(title: &str) -> String {
    let like = |char| match char {
        '%' => '\u{ff05}',
        '<' => '\u{ff1c}',
        '>' => '\u{ff1e}',
        '&' => '\u{ff06}',
        _ => char,
    };
    title.chars().map(like).collect()
}

/// A label between quotes. At its start and after a digit even a full stop or a dash means something: a list.
fn label(text: &str) -> String {
    let mut escaped = String::new();
    let mut plain = false;
    for char in cut(text, LABEL).chars() {
        let harmless = match char {
            ' ' | ',' | '…' => true,
            '.' | '-' | '/' => plain,
            _ => char.is_alphanumeric(),
        };
        plain |= char.is_alphabetic();
        if char == '\u{fb02}' {
            // The ligature is how Mermaid marks entities inside.
            escaped.push_str("fl");
        } else if harmless {
            escaped.push(char);
        } else {
            let _ = write!(escaped, "#{};", u32::from(char));
        }
    }
    escaped
}
