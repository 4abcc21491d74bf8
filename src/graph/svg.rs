//! An SVG that stands by itself: no scripts, no fonts or pictures from elsewhere, readable in light and dark.

use std::fmt::Write as _;

use super::fold::{Drawn, Frame, Line, Picture};
use super::layout::{BOX, Layout, layout};
use super::text::{fit, width, xml};
use super::{EdgeKind, Graph, State};

const STYLE: &str = include_str!("picture.css");
/// Around the picture, and between a frame and what is in it.
const MARGIN: f32 = 24.0;
/// For the name of a frame.
const NAME: f32 = 38.0;
/// How wide boxes of a frame are: all the same, as their labels need.
const WIDTHS: (f32, f32) = (130.0, 220.0);
/// Left of the label: the stripe.
const INSET: f32 = 14.0;
const LABEL: f32 = 13.0;
const CAPTION: f32 = 11.0;
/// Bold letters are wider than those that widths are known of.
const BOLD: f32 = 1.13;
/// What the legend needs.
const NARROWEST: f32 = 640.0;
const LEGEND: [(&str, &str); 3] =
    [("dependson", "is waited for by"), ("applies", "applies"), ("source", "is the source of")];

/// The graph as an SVG document, with clusters below each other.
#[must_use]
pub fn svg(graph: &Graph) -> String {
    let picture = Picture::of(graph, |_| true);
    let laid: Vec<(&Frame, Layout)> =
        picture.frames.iter().map(|frame| (frame, laid_out(frame))).collect();
    let inner = laid.iter().map(|(_, layout)| layout.width).fold(0.0, f32::max);
    let wide = (inner + 4.0 * MARGIN).max(NARROWEST);
    let mut body = String::new();
    let mut y = MARGIN;
    if !picture.title.is_empty() {
        y += 22.0;
        text(&mut body, "title", MARGIN, y, &picture.title, (20.0, wide - 2.0 * MARGIN));
        y += 12.0;
    }
    y += 14.0;
    legend(&mut body, y);
    for note in &picture.notes {
        y += 18.0;
        text(&mut body, "note", MARGIN, y, note, (CAPTION, wide - 2.0 * MARGIN));
    }
    y += 20.0;
    for (frame, layout) in &laid {
        y = drawn_frame(&mut body, frame, layout, (y, wide));
    }
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" viewBox=\"0 0 {wide:.0} {high:.0}\" \
         role=\"img\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n<defs>\n",
        xml(&picture.title),
        high = y + 4.0,
    );
    for kind in ["applies", "dependson", "source", "circle"] {
        let _ = writeln!(
            out,
            "<marker id=\"arrow-{kind}\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head {kind}\" d=\"M0 0.5 8 4 0 7.5z\"/></marker>"
        );
    }
    out.push_str("</defs>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
    out.push_str(&body);
    out.push_str("</svg>\n");
    out
}

fn laid_out(frame: &Frame) -> Layout {
    let need = frame.boxes.iter().map(|one| INSET + width(&one.label, LABEL) + 12.0);
    let wide = need.fold(WIDTHS.0, f32::max).min(WIDTHS.1);
    let lines: Vec<(usize, usize)> =
        frame.lines.iter().map(|line| (line.first, line.then)).collect();
    layout(&vec![wide; frame.boxes.len()], &lines)
}

/// Draws a frame, and says where the next one starts.
fn drawn_frame(out: &mut String, frame: &Frame, layout: &Layout, (top, wide): (f32, f32)) -> f32 {
    let high = NAME + layout.height.max(20.0) + MARGIN;
    let (left, outer) = (2.0 * MARGIN, wide - 2.0 * MARGIN);
    let _ = writeln!(
        out,
        "<g>\n<rect class=\"frame\" x=\"{MARGIN}\" y=\"{top:.1}\" width=\"{outer:.1}\" height=\"{high:.1}\" rx=\"10\"/>"
    );
    text(out, "name", left - 8.0, top + 26.0, &frame.title, (15.0, outer - MARGIN));
    if frame.boxes.is_empty() {
        text(out, "note", left - 8.0, top + NAME + 10.0, "Nothing is on it.", (CAPTION, outer));
    }
    let origin = (left, top + NAME);
    for (line, way) in frame.lines.iter().zip(&layout.ways) {
        drawn_line(out, frame, *line, &path(layout, *line, way, origin));
    }
    for (one, &(x, y, wide)) in frame.boxes.iter().zip(&layout.boxes) {
        drawn_box(out, one, (x + origin.0, y + origin.1 - BOX / 2.0, wide));
    }
    out.push_str("</g>\n");
    top + high + MARGIN
}

fn drawn_box(out: &mut String, one: &Drawn, (x, y, wide): (f32, f32, f32)) {
    let (state, kind) = (one.state.word(), one.kind.key());
    let _ = writeln!(out, "<g>\n<title>{}</title>", xml(&one.more.join("\n")));
    let mut rect = |class: &str, x: f32, y: f32, wide: f32, high: f32, round: f32| {
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" rx=\"{round}\"/>"
        );
    };
    if one.count > 1 {
        rect("box", x + 4.0, y + 4.0, wide, BOX, 6.0);
    }
    rect(&format!("box {state}"), x, y, wide, BOX, 6.0);
    rect(&format!("stripe {kind}"), x + 5.0, y + 7.0, 3.0, BOX - 14.0, 1.5);
    let room = wide - INSET - 8.0;
    text(out, "label", x + INSET, y + 18.0, &one.label, (LABEL, room));
    match one.state {
        State::Active => text(out, "caption", x + INSET, y + 33.0, &one.caption, (CAPTION, room)),
        _ => {
            let said = format!("{state} · {}", one.caption);
            text(
                out,
                &format!("caption loud {state}"),
                x + INSET,
                y + 33.0,
                &said,
                (CAPTION, room),
            );
        }
    }
    out.push_str("</g>\n");
}

fn drawn_line(out: &mut String, frame: &Frame, line: Line, path: &str) {
    let (first, then) = (&frame.boxes[line.first].label, &frame.boxes[line.then].label);
    let (kind, mut said) = match line.kind {
        EdgeKind::Applies => ("applies", format!("{first} applies {then}")),
        EdgeKind::DependsOn => ("dependson", format!("{then} waits for {first}")),
        EdgeKind::Source => ("source", format!("{then} takes its content from {first}")),
    };
    let mut class = kind.to_owned();
    let mut head = kind;
    if line.circle {
        said.push_str(", in a circle: none of it can start");
        class.push_str(" circle");
        head = "circle";
    }
    let _ = writeln!(
        out,
        "<path class=\"line {class}\" marker-end=\"url(#arrow-{head})\" d=\"{path}\"><title>{}</title></path>",
        xml(&said)
    );
}

/// The way of a line as a path. Lines of different kinds between the same boxes lie beside each other.
fn path(layout: &Layout, line: Line, way: &[(f32, f32)], (left, top): (f32, f32)) -> String {
    let beside = match line.kind {
        EdgeKind::Applies => -5.0,
        EdgeKind::DependsOn => 0.0,
        EdgeKind::Source => 5.0,
    };
    let at = |(x, y): (f32, f32)| (x + left, y + top + beside);
    let Some((&start, rest)) = way.split_first() else {
        return back(layout, line, at);
    };
    let mut here = at(start);
    let mut path = format!("M{:.1} {:.1}", here.0, here.1);
    for (step, &next) in rest.iter().enumerate() {
        let next = at(next);
        // Between columns it bends, through a column it goes straight.
        let _ = if step % 2 == 0 {
            let middle = f32::midpoint(here.0, next.0);
            write!(
                path,
                "C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}",
                here.1, next.1, next.0, next.1
            )
        } else {
            write!(path, "H{:.1}", next.0)
        };
        here = next;
    }
    path
}

/// The way of a line that closes a circle: out on the right and in from the left.
fn back(layout: &Layout, line: Line, at: impl Fn((f32, f32)) -> (f32, f32)) -> String {
    let (first, then) = (layout.boxes[line.first], layout.boxes[line.then]);
    let (start, end) = (at((first.0 + first.2, first.1)), at((then.0, then.1)));
    format!(
        "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
        start.0,
        start.1,
        start.0 + 60.0,
        start.1 + 50.0,
        end.0 - 60.0,
        end.1 + 50.0,
        end.0,
        end.1
    )
}

fn legend(out: &mut String, y: f32) {
    let mut x = MARGIN;
    for (kind, said) in LEGEND {
        let _ = writeln!(
            out,
            "<path class=\"line {kind}\" marker-end=\"url(#arrow-{kind})\" d=\"M{x:.1} {:.1}h34\"/>",
            y - 4.0
        );
        text(out, "note", x + 42.0, y, said, (CAPTION, 200.0));
        x += 60.0 + width(said, CAPTION);
    }
    text(out, "note", x, y, "What is left comes first.", (CAPTION, 200.0));
}

/// A text that is cut where it would not fit.
fn text(out: &mut String, class: &str, x: f32, y: f32, text: &str, (size, room): (f32, f32)) {
    let bold = if matches!(class, "label" | "caption" | "note") { 1.0 } else { BOLD };
    let shown = fit(text, size * bold, room);
    let _ =
        writeln!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", xml(&shown));
}
