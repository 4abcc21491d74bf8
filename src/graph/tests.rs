//! Graphs as people have them, and such as nobody should.

use proptest::prelude::*;

use super::fold::Picture;
use super::*;

fn node(kind: NodeKind, id: &str, group: &str) -> Node {
    Node {
        id: id.to_owned(),
        kind,
        label: id.rsplit('/').next().unwrap_or(id).to_owned(),
        group: Some(group.to_owned()),
        facts: vec![("namespace".to_owned(), "flux-system".to_owned())],
        state: State::Active,
    }
}

fn edge(from: &str, kind: EdgeKind, to: &str) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), kind }
}

/// Flux itself, and two components of which one waits for the other.
fn platform(name: &str) -> Cluster {
    Cluster {
        name: name.to_owned(),
        environment: Some("production".to_owned()),
        nodes: vec![
            node(NodeKind::Source, "source/fleet", "flux"),
            node(NodeKind::Kustomization, "kustomization/root", "flux"),
            node(NodeKind::Component, "kustomization/cert-manager", "infrastructure"),
            node(NodeKind::Component, "kustomization/issuers", "infrastructure"),
        ],
        edges: vec![
            edge("kustomization/root", EdgeKind::Source, "source/fleet"),
            edge("kustomization/root", EdgeKind::Applies, "kustomization/cert-manager"),
            edge("kustomization/root", EdgeKind::Applies, "kustomization/issuers"),
            edge("kustomization/issuers", EdgeKind::DependsOn, "kustomization/cert-manager"),
        ],
    }
}

/// Adds a tenant with a source, that waits for a component.
fn tenant(cluster: &mut Cluster, name: &str, waits_for: &str) {
    let (own, app) = (format!("kustomization/{name}"), format!("source/{name}/app"));
    cluster.nodes.push(node(NodeKind::Tenant, &own, name));
    cluster.nodes.push(node(NodeKind::Source, &app, name));
    cluster.edges.push(edge("kustomization/root", EdgeKind::Applies, &own));
    cluster.edges.push(edge(&own, EdgeKind::DependsOn, waits_for));
    cluster.edges.push(edge(&own, EdgeKind::Applies, &app));
}

fn small() -> Graph {
    let mut cluster = platform("prod");
    tenant(&mut cluster, "web", "kustomization/issuers");
    cluster.nodes[5].state = State::Suspended;
    Graph { title: "acme-fleet".to_owned(), clusters: vec![cluster] }
}

fn crowded(clusters: usize, tenants: usize) -> Graph {
    let cluster = |at| {
        let mut cluster = platform(&format!("prod-{at}"));
        for tenant_at in 0..tenants {
            let component = if tenant_at % 10 == 0 { "cert-manager" } else { "issuers" };
            tenant(
                &mut cluster,
                &format!("team-{tenant_at}"),
                &format!("kustomization/{component}"),
            );
        }
        cluster
    };
    Graph { title: "crowded".to_owned(), clusters: (0..clusters).map(cluster).collect() }
}

fn ids(nodes: &[&Node]) -> Vec<String> {
    nodes.iter().map(|node| node.id.clone()).collect()
}

#[test]
fn what_blocks_what_goes_through_dependencies_contents_and_sources() {
    let graph = small();
    let cluster = &graph.clusters[0];
    assert_eq!(
        ids(&cluster.blocks("kustomization/cert-manager")),
        ["kustomization/issuers", "kustomization/web", "source/web/app"]
    );
    assert_eq!(
        ids(&cluster.waits_for("kustomization/issuers")),
        ["source/fleet", "kustomization/root", "kustomization/cert-manager"]
    );
    assert!(cluster.blocks("no/such").is_empty());
}

#[test]
fn a_circle_is_one_where_something_waits() {
    let mut cluster = platform("prod");
    // As Flux installs itself.
    cluster.edges.push(edge("kustomization/root", EdgeKind::Applies, "source/fleet"));
    cluster.edges.push(edge("kustomization/root", EdgeKind::Applies, "kustomization/root"));
    assert!(cluster.circles().is_empty());
    cluster.edges.push(edge(
        "kustomization/cert-manager",
        EdgeKind::DependsOn,
        "kustomization/issuers",
    ));
    let circles: Vec<Vec<String>> = cluster.circles().iter().map(|circle| ids(circle)).collect();
    assert_eq!(circles, [["kustomization/cert-manager", "kustomization/issuers"]]);
    let graph = Graph { title: String::new(), clusters: vec![cluster] };
    assert!(mermaid(&graph).contains("linkStyle"));
    assert!(svg(&graph).contains("in a circle"));
    assert!(
        !svg(&graph).contains("root applies fleet"),
        "Flux applies its own source, and nobody asks"
    );
}

#[test]
fn an_edge_to_what_is_not_there_is_left_out() {
    let mut graph = small();
    let expected = mermaid(&graph);
    graph.clusters[0].edges.push(edge(
        "kustomization/web",
        EdgeKind::DependsOn,
        "kustomization/gone",
    ));
    assert_eq!(mermaid(&graph), expected);
}

#[test]
fn mermaid_of_a_small_fleet() {
    let text = mermaid(&small());
    let (head, rest) = text.split_once("  classDef").unwrap_or_default();
    insta::assert_snapshot!(head, @r##"
    ---
    title: "acme-fleet"
    ---
    flowchart LR
      %% What is left comes first. --> applies, ==> is waited for by, -.-> is the source of
      subgraph c1["prod #40;production#41;"]
        direction LR
        n1[("fleet")]
        n2["root"]
        n3[["cert-manager"]]
        n4[["issuers"]]
        n5(["web"])
        n6[("app<br/>#40;suspended#41;")]
        n1 -.-> n2
        n2 --> n3
        n3 ==> n4
        n4 ==> n5
        n5 --> n6
      end
      style c1 fill:transparent,stroke:#8b95a1
    "##);
    let classes: Vec<&str> = rest.lines().filter(|line| line.starts_with("  class ")).collect();
    assert_eq!(
        classes,
        [
            "  class n2 kustomization",
            "  class n3,n4 component",
            "  class n5 tenant",
            "  class n1,n6 source",
            "  class n6 suspended"
        ]
    );
}

#[test]
fn dot_of_a_small_fleet() {
    let text = dot(&small());
    let lines = text.lines().map(str::trim);
    let lines: Vec<&str> =
        lines.filter(|line| line.contains(" -> ") || line.contains("n6 [")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r##"
    n6 [label="app\n(suspended)" tooltip="app\nsource/web/app\nnamespace: flux-system" shape=cylinder style="filled,dashed" fillcolor="#f7ecd0" color="#a37a1c"]
    n1 -> n2 [style=dotted]
    n2 -> n3
    n3 -> n4 [style=bold color="#3f6fb5"]
    n4 -> n5 [style=bold color="#3f6fb5"]
    n5 -> n6
    "##);
}

#[test]
fn tenants_of_the_same_shape_are_one_box() {
    let graph = crowded(1, 37);
    let picture = Picture::of(&graph, |_| true);
    let labels: Vec<&str> = picture.frames[0].boxes.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["fleet", "root", "cert-manager", "issuers", "4 tenants", "33 tenants"]);
    assert_eq!(picture.frames[0].boxes[4].caption, "team-0, team-10, team-20, …");
    assert!(picture.notes[0].contains("same shape"), "{:?}", picture.notes);
    let lines: Vec<(usize, usize)> =
        picture.frames[0].lines.iter().map(|line| (line.first, line.then)).collect();
    assert_eq!(
        lines,
        [(0, 1), (1, 2), (2, 3), (2, 4), (3, 5)],
        "what root applies is said by longer ways"
    );
}

#[test]
fn a_few_tenants_are_shown_each() {
    let picture = Picture::of(&crowded(1, 20), |_| true);
    assert_eq!(picture.frames[0].boxes.len(), 44);
    assert!(picture.notes.is_empty());
}

#[test]
fn tenants_with_a_state_of_their_own_stay_apart() {
    let mut graph = crowded(1, 37);
    graph.clusters[0].nodes[7].state = State::Broken;
    let picture = Picture::of(&graph, |_| true);
    let broken: Vec<&str> = picture.frames[0]
        .boxes
        .iter()
        .filter(|one| one.state == State::Broken)
        .map(|one| one.label.as_str())
        .collect();
    assert_eq!(broken, ["app"]);
}

#[test]
fn components_of_the_same_shape_are_one_box_where_there_are_too_many() {
    let mut cluster = platform("prod");
    for at in 0..200 {
        let (own, chart) = (format!("kustomization/c{at}"), format!("release/c{at}"));
        cluster.nodes.push(node(NodeKind::Component, &own, "infrastructure"));
        cluster.nodes.push(node(NodeKind::HelmRelease, &chart, "infrastructure"));
        cluster.edges.push(edge("kustomization/root", EdgeKind::Applies, &own));
        cluster.edges.push(edge(&own, EdgeKind::Applies, &chart));
    }
    let picture = Picture::of(&Graph { title: String::new(), clusters: vec![cluster] }, |_| true);
    let labels: Vec<&str> = picture.frames[0].boxes.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(
        labels,
        ["fleet", "root", "cert-manager", "issuers", "200 components", "200 HelmReleases"]
    );
}

#[test]
fn what_has_no_two_alike_is_folded_by_kind() {
    let mut cluster = platform("prod");
    for at in 0..300 {
        tenant(&mut cluster, &format!("t{at}"), "kustomization/issuers");
        for other in [at / 2, at / 3, at - at.min(1)].into_iter().filter(|&other| other != at) {
            let (own, other) = (format!("kustomization/t{at}"), format!("kustomization/t{other}"));
            cluster.edges.push(edge(&own, EdgeKind::DependsOn, &other));
        }
    }
    let picture = Picture::of(&Graph { title: String::new(), clusters: vec![cluster] }, |_| true);
    let labels: Vec<&str> = picture.frames[0].boxes.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["fleet", "root", "2 components", "300 tenants"]);
    assert!(picture.notes[0].contains("same kind"), "{:?}", picture.notes);
}

#[test]
fn pictures_of_large_fleets_stay_small() {
    for graph in [crowded(3, 1000), crowded(400, 12)] {
        let text = mermaid(&graph);
        assert!(text.len() < 50_000 && text.matches("> n").count() < 500, "{}", text.len());
        assert!(svg(&graph).len() < 600_000 && dot(&graph).len() < 200_000);
    }
    let same = mermaid(&crowded(400, 12));
    assert!(same.contains("prod-0 #40;production#41; and 399 more that"), "{same}");
}

#[test]
fn clusters_that_there_is_no_room_for_are_said_to_be_left_out() {
    // No two look the same.
    let mut graph = crowded(300, 0);
    for (at, cluster) in graph.clusters.iter_mut().enumerate() {
        for more in 0..at {
            cluster.nodes.push(node(NodeKind::Component, &format!("c{more}"), "infrastructure"));
        }
    }
    let picture = Picture::of(&graph, |_| true);
    assert_eq!(picture.frames.len(), 75);
    let note = picture.notes.last().map(String::as_str);
    assert_eq!(note, Some("Not shown for lack of room: clusters after the first 75."));
}

#[test]
fn the_page_has_everything() {
    let page = html(&crowded(2, 100));
    assert_eq!(page.matches("\"source/team-99/app\"").count(), 2);
    assert!(page.starts_with("<!doctype html>") && !page.contains("{{"));
    assert!(
        !page.contains("http://www.w3.org/1999") && !page.contains("https://"),
        "it asks nobody"
    );
}

const HOSTILE: &[&str] = &[
    "</script><script>alert(1)</script>",
    "<!--",
    "]]>",
    "a\"]\n  end\n  n1 --> n2",
    "%%{init: {}}%%",
    "#quot;&quot;",
    "1. list",
    "\\N\\\"",
    "\u{0}\u{b}\u{fffe}\u{202e}",
    "|--|{{}}",
    "",
];

fn label() -> impl Strategy<Value = String> {
    prop_oneof![proptest::sample::select(HOSTILE).prop_map(str::to_owned), any::<String>()]
}

prop_compose! {
    fn graph()(
        title in label(),
        names in proptest::collection::vec(label(), 1..3),
        labels in proptest::collection::vec((label(), label(), 0..6_usize, 0..4_usize), 0..12),
        ties in proptest::collection::vec((0..12_usize, 0..12_usize, 0..3_usize), 0..24),
    ) -> Graph {
        let node = |(at, (label, group, kind, state)): (usize, &(String, String, usize, usize))| Node {
            id: at.to_string(),
            kind: NodeKind::ALL[*kind],
            label: label.clone(),
            group: (!group.is_empty()).then(|| group.clone()),
            facts: vec![(group.clone(), label.clone())],
            state: State::ALL[*state],
        };
        let kinds = [EdgeKind::Applies, EdgeKind::DependsOn, EdgeKind::Source];
        let edges = ties.iter().map(|(from, to, kind)| edge(&from.to_string(), kinds[*kind], &to.to_string()));
        let edges: Vec<Edge> = edges.collect();
        let nodes: Vec<Node> = labels.iter().enumerate().map(node).collect();
        let cluster = |name: String| Cluster {
            environment: Some(name.clone()), name, nodes: nodes.clone(), edges: edges.clone(),
        };
        Graph { title, clusters: names.into_iter().map(cluster).collect() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_label_stays_a_label(graph in graph()) {
        well_formed(&svg(&graph)).map_err(TestCaseError::fail)?;

        let page = html(&graph);
        prop_assert_eq!(page.matches("</script").count(), 2);
        prop_assert_eq!(page.matches("<!--").count(), 0);

        for line in mermaid(&graph).lines().skip_while(|line| *line != "flowchart LR") {
            let words = line.trim_start();
            let known = ["flowchart LR", "%% ", "subgraph c", "direction LR", "end", "n", "style c", "class", "linkStyle "];
            prop_assert!(known.iter().any(|start| words.starts_with(start)), "{line}");
            prop_assert!(line.matches('"').count() % 2 == 0 && !line.contains("%%{"), "{line}");
        }

        let text = dot(&graph).replace("\\\\", "").replace("\\\"", "");
        prop_assert!(text.lines().all(|line| line.matches('"').count() % 2 == 0), "{text}");
    }
}

/// As much of XML as a picture uses: elements that nest, attributes in double quotes, the five entities and numbers.
fn well_formed(text: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    let bad = |char: char| char.is_control() && !matches!(char, '\n' | '\t');
    if let Some(char) =
        text.chars().find(|&char| bad(char) || matches!(char, '\u{fffe}' | '\u{ffff}'))
    {
        return Err(format!("{char:?} is not of XML"));
    }
    for reference in text.split('&').skip(1) {
        let name = reference.split(';').next().unwrap_or_default();
        if !["amp", "lt", "gt", "quot", "#39"].contains(&name) {
            return Err(format!("the entity {name}"));
        }
    }
    while let Some((before, tag)) = rest.split_once('<') {
        if before.contains("]]>") {
            return Err("]]> in text".to_owned());
        }
        let (tag, after) = tag.split_once('>').ok_or("a tag without an end")?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> ends something else"));
            }
            continue;
        }
        let (name, attributes) = tag.trim_end_matches('/').split_once(' ').unwrap_or((tag, ""));
        let known = ["svg", "title", "style", "defs", "marker", "path", "rect", "g", "text"];
        if !known.contains(&name) || !attributes.matches('"').count().is_multiple_of(2) {
            return Err(format!("<{tag}>"));
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} have no end")) }
}
