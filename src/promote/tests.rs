//! Over random descriptions: what is promoted arrives, wave by wave, and nothing else changes anywhere.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::part::Part;
use super::*;
use crate::files::Memory;
use crate::path::RepoPath;
use crate::spec::{EntityKind, Overrides, Platform, Scope, load};

const PLATFORM: &str = "\
apiVersion: tenantry.dev/v1
name: acme
repository: { url: ssh://git@github.com/acme/fleet }
environments: [{ name: staging }, { name: production }]
flux: { version: 2.9.4 }
";
const CLUSTERS: [(&str, &str); 5] = [
    ("stage", "environment: staging\n"),
    ("canary", "environment: production\n"),
    ("eu", "environment: production\nwave: 1\n"),
    ("us", "environment: production\nwave: 1\n"),
    ("edge", "environment: production\nwave: 3\n"),
];

fn platform(folder: &str, text: &str) -> Option<Platform> {
    let mut files = Memory::new();
    files.insert(RepoPath::new("platform.yaml").unwrap(), PLATFORM);
    for (name, text) in CLUSTERS {
        files.insert(RepoPath::new(&format!("platform/clusters/{name}.yaml")).unwrap(), text);
    }
    files.insert(RepoPath::new(&format!("platform/{folder}/it.yaml")).unwrap(), text);
    load(&files).ok()
}

fn environment(name: &str) -> EnvironmentName {
    EnvironmentName::new(name).unwrap()
}

fn wishes(waves: Waves, pinned: Pinned) -> Wishes {
    Wishes {
        from: environment("staging"),
        to: environment("production"),
        from_cluster: None,
        sources: Vec::new(),
        fields: Vec::new(),
        waves,
        pinned,
        follow: true,
        out_of_order: false,
    }
}

/// What the entity is on each cluster.
fn everywhere(platform: &Platform, kind: EntityKind) -> Vec<Value> {
    let written = platform.written(kind, "it").unwrap();
    let at =
        |name| written.at(Scope::Cluster(&ClusterName::new(name).unwrap()), Overrides::Cluster);
    CLUSTERS.iter().map(|(name, _)| at(*name)).collect()
}

/// The parts of what moves, by what it is.
fn parts(it: &Value) -> Vec<Part> {
    let sources = it.get("sources").and_then(Value::as_object);
    let of_sources =
        sources.into_iter().flatten().filter_map(|(name, _)| Part::of_source(it, name));
    Part::of_component(it).into_iter().chain(of_sources).collect()
}

/// A value without what moves.
fn rest(it: &Value, parts: &[Part]) -> Value {
    let mut it = it.clone();
    for keys in parts.iter().flat_map(|part| &part.fields) {
        let (last, way) = keys.split_last().unwrap();
        let holder = way.iter().try_fold(&mut it, |at, key| at.get_mut(key));
        if let Some(fields) = holder.and_then(Value::as_object_mut) {
            fields.shift_remove(last);
        }
    }
    it
}

fn edited(text: &str, promotion: &Promotion) -> String {
    promotion.apply(text).unwrap_or_else(|error| panic!("{error}\n{text}\n{:?}", promotion.edits))
}

/// Everything that must hold of a description in which something is promoted to the end.
fn holds(folder: &str, kind: EntityKind, text: &str, pinned: Pinned) -> Result<(), TestCaseError> {
    let Some(mut now) = platform(folder, text) else { return Err(TestCaseError::reject("wrong")) };
    let before = everywhere(&now, kind);
    let parts = parts(&before[0]);
    let mut text = text.to_owned();
    let mut last_wave = None;
    for run in 0.. {
        prop_assert!(run < 8, "it does not end:\n{text}");
        let promotion = match promotion(&now, kind, "it", &wishes(Waves::Next, pinned)) {
            Ok(promotion) => promotion,
            // It was refused as a whole: nothing is to be looked at.
            Err(PromoteError::Nothing { .. } | PromoteError::AnotherOrigin { .. })
            | Err(PromoteError::Absent { .. } | PromoteError::Unfinished { .. }) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        if promotion.edits.is_empty() {
            prop_assert!(!promotion.moves_something() && promotion.next.is_none());
            break;
        }
        let waves: Vec<u32> = promotion
            .sights
            .iter()
            .filter(|sight| sight.moves.iter().any(|one| one.standing == Standing::Promoted))
            .map(|sight| sight.wave)
            .collect();
        // Each run has a single wave, and a later one than the run before.
        prop_assert!(waves.windows(2).all(|pair| pair[0] == pair[1]), "{waves:?}");
        if let Some(wave) = waves.first() {
            prop_assert!(last_wave.is_none_or(|last| last < *wave));
            last_wave = Some(*wave);
        }
        let changed = edited(&text, &promotion);
        for comment in text.lines().filter(|line| line.trim_start().starts_with('#')) {
            prop_assert!(changed.contains(comment), "{comment} is lost:\n{changed}");
        }
        let was = everywhere(&now, kind);
        now = platform(folder, &changed).unwrap_or_else(|| panic!("wrong now:\n{text}\n{changed}"));
        for (at, it) in everywhere(&now, kind).iter().enumerate() {
            let (name, _) = CLUSTERS[at];
            let sight = promotion.sights.iter().find(|sight| sight.cluster.as_str() == name);
            prop_assert_eq!(rest(it, &parts), rest(&was[at], &parts), "{}", name);
            for part in &parts {
                let one = sight.and_then(|it| it.moves.iter().find(|one| one.what == part.what));
                match one.map(|one| one.standing) {
                    Some(Standing::Promoted | Standing::Already) => {
                        prop_assert!(part.same(it, &before[0]), "{name}:\n{text}\n{changed}");
                    }
                    _ => prop_assert!(part.same(it, &was[at]), "{name}:\n{text}\n{changed}"),
                }
            }
        }
        text = changed;
    }
    // An override that says what the entity says anyway would be a second place to look at.
    let again = promotion(&now, kind, "it", &wishes(Waves::All, pinned));
    prop_assert!(again.is_ok_and(|again| again.edits.is_empty()));
    Ok(())
}

fn object(fields: Vec<(&str, Option<Value>)>) -> Value {
    let fields = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn maybe(values: &'static [&'static str]) -> impl Strategy<Value = Option<Value>> {
    let values = prop::sample::select(values)
        .prop_map(|value| if value == "null" { Value::Null } else { Value::from(value) });
    prop::option::of(values)
}

/// A layer of a component: a version where it may stand, and something that does not move.
fn component_layer() -> impl Strategy<Value = Value> {
    let version = || maybe(&["1.0.0", "1.1.0", "2.0.0", "null"]);
    (version(), version(), prop::option::of(0..3_i32)).prop_map(|(version, chart, replicas)| {
        let helm = chart.map(|chart| object(vec![("version", Some(chart))]));
        let values = replicas.map(|count: i32| object(vec![("replicas", Some(count.into()))]));
        object(vec![("version", version), ("helm", helm), ("values", values)])
    })
}

/// A layer of a tenant's source.
fn tenant_layer() -> impl Strategy<Value = Value> {
    let branch = maybe(&["main", "next", "null"]);
    let tag = maybe(&["v1", "v2", "null"]);
    let path = maybe(&["./a", "./b"]);
    (branch, tag, path, any::<bool>()).prop_map(|(branch, tag, path, suspend)| {
        let git = Some(object(vec![("branch", branch), ("tag", tag)]));
        let app = Some(object(vec![("git", git), ("path", path)]));
        let sources = Some(object(vec![("app", app)]));
        object(vec![("sources", sources), ("suspend", suspend.then(|| suspend.into()))])
    })
}

/// A file: the least that must be said, and layers for both environments and for all clusters of production.
fn file(
    top: &'static str,
    layer: impl Strategy<Value = Value> + Clone + 'static,
) -> impl Strategy<Value = String> {
    let layers = prop::collection::vec(prop::option::of(layer), 6);
    layers.prop_map(move |layers| {
        let mut text = top.to_owned();
        let names = ["staging", "production", "canary", "eu", "us", "edge"];
        for (at, (name, layer)) in names.iter().zip(layers).enumerate() {
            if let Some(head) =
                [(0, "environments"), (2, "clusters")].iter().find(|one| one.0 == at)
            {
                text.push_str(&format!("{}: # by {}\n  # Said here.\n", head.1, head.1));
            }
            let layer = layer.unwrap_or_else(|| object(Vec::new()));
            text.push_str(&format!("  {name}: {layer} # for {name}\n"));
        }
        text
    })
}

proptest! {
    #[test]
    fn a_component_arrives_and_nothing_else_changes(
        text in file(
            "# A chart.\nhelm: { repository: 'https://charts.acme.example', chart: it, version: 1.0.0 }\n",
            component_layer().boxed(),
        ),
        include in any::<bool>(),
    ) {
        let pinned = if include { Pinned::Include } else { Pinned::Leave };
        holds("components", EntityKind::Component, &text, pinned)?;
    }

    #[test]
    fn a_tenant_s_reference_arrives_and_nothing_else_changes(
        text in file(
            "# A team.\nowner: ['@acme/a']\nnamespaces: [apps]\nplacement: all\nsources:\n  app:\n    git: { url: 'https://github.com/acme/a' }\n",
            tenant_layer().boxed(),
        ),
        include in any::<bool>(),
    ) {
        let pinned = if include { Pinned::Include } else { Pinned::Leave };
        holds("tenants", EntityKind::Tenant, &text, pinned)?;
    }
}
