//! A page that stands by itself: the whole graph with search, folding and details, in one file that asks the network for nothing.
//!
//! Its policy lets run what carries the page's nonce: its own style and script. The nonce is the hash of the data, so the same graph
//! gives the same page, and no label can carry it.

use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::text::{one_line, xml};
use super::{Cluster, EdgeKind, Graph, NodeKind, State, stuck};

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The graph as an HTML page.
#[must_use]
pub fn html(graph: &Graph) -> String {
    let data = in_script(&data(graph));
    let nonce: String = Sha1::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
    filled(TEMPLATE, |name| match name {
        "title" => xml(&one_line(&graph.title)),
        "nonce" => nonce.clone(),
        "style" => STYLE.to_owned(),
        "script" => SCRIPT.to_owned(),
        "data" => data.clone(),
        _ => String::new(),
    })
}

/// The template with its placeholders filled, each once and none in what others are filled with.
fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, (name, after))) =
        rest.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        out.push_str(before);
        out.push_str(&value(name.trim()));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What the script reads: nodes by their place, edges in the order that they mean.
fn data(graph: &Graph) -> Value {
    let kinds: Vec<Value> =
        NodeKind::ALL.iter().map(|kind| json!([kind.key(), kind.word()])).collect();
    let states: Vec<&str> = State::ALL.iter().map(|state| state.word()).collect();
    json!({
        "title": graph.title,
        "kinds": kinds,
        "states": states,
        "clusters": graph.clusters.iter().map(cluster).collect::<Vec<_>>(),
    })
}

fn cluster(cluster: &Cluster) -> Value {
    let pairs = cluster.pairs();
    let order = cluster.order(&pairs);
    let places = order.ranks().into_iter().zip(stuck(&order, &pairs));
    let nodes = cluster.nodes.iter().zip(places).map(|(node, (rank, circle))| {
        json!([
            node.id,
            NodeKind::ALL.iter().position(|&kind| kind == node.kind),
            node.label,
            node.group,
            State::ALL.iter().position(|&state| state == node.state),
            rank,
            usize::from(circle.is_some()),
            node.facts,
        ])
    });
    let edges = pairs.iter().map(|&(first, then, kind)| {
        let kind = match kind {
            EdgeKind::Applies => 0,
            EdgeKind::DependsOn => 1,
            EdgeKind::Source => 2,
        };
        json!([first, then, kind])
    });
    json!({
        "name": cluster.name,
        "environment": cluster.environment,
        "nodes": nodes.collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>(),
    })
}

/// JSON that no end of a script and no comment can be read from: <https://html.spec.whatwg.org/#restrictions-for-contents-of-script-elements>
fn in_script(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_end_its_script() {
        let escaped = in_script(&json!("</script><!--<script>&amp;"));
        assert!(!escaped.contains(['<', '>', '&']), "{escaped}");
        assert_eq!(
            serde_json::from_str::<Value>(&escaped).ok(),
            Some(json!("</script><!--<script>&amp;"))
        );
    }

    #[test]
    fn placeholders_in_values_are_left_alone() {
        let value = |name: &str| match name {
            "a" => "{{ b }}".to_owned(),
            _ => "two".to_owned(),
        };
        assert_eq!(filled("<{{ a }}|{{ b }}|{{ c", value), "<{{ b }}|two|{{ c");
    }

    #[test]
    fn style_and_script_do_not_end_their_elements() {
        assert!(!STYLE.contains("</style") && !SCRIPT.contains("</script"));
        assert!(!SCRIPT.contains("innerHTML"), "labels are text");
    }
}
