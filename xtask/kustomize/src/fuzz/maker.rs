//! What the parts of the generator share: chance, the files so far, which features the tree came to use, and
//! how wild it may be.

use std::collections::{BTreeMap, BTreeSet};

use super::dice::Dice;
use super::features::FEATURES;
use super::hostile;
use super::value::{Map, Value};
use super::write::{self, Oddness};

/// A tree in the making.
pub(super) struct Maker {
    pub(super) dice: Dice,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) features: BTreeSet<&'static str>,
    /// The probability that a scalar is one of the traps.
    pub(super) hostility: f64,
    /// How odd the layout of files is.
    pub(super) oddness: f64,
    /// The probability of each step that kustomize may refuse.
    pub(super) risk: f64,
    /// Counts what must not be called the same.
    pub(super) counter: usize,
    /// The names of variables that pods of this tree may use.
    pub(super) variables: Vec<String>,
    /// How many variables are declared.
    pub(super) declared: usize,
    /// Whether what is made now comes into the tree twice, which declared variables must not.
    pub(super) doubled: bool,
    /// Whether two objects are told apart by their namespaces alone, so that moving them all to one is refused.
    pub(super) two_namespaces: bool,
}

/// An object as it was declared, and what overlays made of its name.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) namespaced: bool,
    pub(super) body: Value,
    /// Every name that it has had, the present one last.
    pub(super) names: Vec<String>,
    /// Every namespace that it has had, the present one last; empty is none.
    pub(super) namespaces: Vec<String>,
    /// Whether it comes out of a generator, so that a hash may follow its name.
    pub(super) generated: bool,
    /// Whether its body is not what it was, so that an operation that fits it may fail.
    pub(super) changed: bool,
}

impl Object {
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    pub(super) fn first_name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    pub(super) fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    pub(super) fn namespace(&self) -> &str {
        self.namespaces.last().map_or("", String::as_str)
    }

    /// Whether strategic merge knows the kind.
    pub(super) fn is_built_in(&self) -> bool {
        !self.group.contains("acme")
            && !self.group.contains("fluxcd")
            && !self.group.contains("example")
    }
}

impl Maker {
    pub(super) fn new(seed: u64) -> Maker {
        let mut dice = Dice::new(seed);
        let hostility = *dice.pick(&[0.0, 0.02, 0.05, 0.1, 0.2]);
        let oddness = *dice.pick(&[0.0, 0.05, 0.1, 0.2, 0.4]);
        let risk = *dice.pick(&[0.0, 0.0, 0.0, 0.0, 0.02, 0.08]);
        Maker {
            dice,
            files: BTreeMap::new(),
            features: BTreeSet::new(),
            hostility,
            oddness,
            risk,
            counter: 0,
            variables: Vec::new(),
            declared: 0,
            doubled: false,
            two_namespaces: false,
        }
    }

    /// Notes that the tree uses a feature of the list.
    pub(super) fn uses(&mut self, feature: &'static str) {
        debug_assert!(FEATURES.contains(&feature), "{feature} is not in the list");
        self.features.insert(feature);
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.dice.chance(probability)
    }

    pub(super) fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        *self.dice.pick::<&str>(items)
    }

    /// True where something that kustomize may refuse is to be done.
    pub(super) fn risky(&mut self) -> bool {
        self.dice.chance(self.risk)
    }

    pub(super) fn next(&mut self) -> usize {
        self.counter += 1;
        self.counter
    }

    /// A number, mostly as a plain one.
    pub(super) fn number(&mut self, low: usize, high: usize) -> Value {
        Value::plain(self.dice.number(low..=high))
    }

    /// A value for where anything may stand.
    pub(super) fn anything(&mut self) -> Value {
        if self.chance(self.hostility.max(0.05) * 2.0) {
            self.uses("value.hostile");
            return hostile::scalar(&mut self.dice);
        }
        match self.dice.number(0..=7) {
            0 => Value::plain(self.dice.number(0..=70_000)),
            1 => Value::plain(self.dice.chance(0.5)),
            2 => Value::plain("0.5"),
            _ => Value::text(self.pick(&[
                "red",
                "green",
                "/var/lib/acme",
                "debug",
                "web.acme.example",
                "10m",
                "acme",
                "a-b-c",
                "x y z",
            ])),
        }
    }

    /// A string for where a string must stand.
    pub(super) fn string(&mut self) -> String {
        if self.chance(self.hostility.max(0.03) * 2.0) {
            self.uses("value.hostile");
            return hostile::text(&mut self.dice);
        }
        self.pick(&[
            "red",
            "green",
            "/etc/acme",
            "true",
            "8080",
            "web.acme.example",
            "10m",
            "1.5",
            "acme and sons",
            "a-b-c",
        ])
        .to_owned()
    }

    /// A tree of anything.
    pub(super) fn nest(&mut self, depth: usize) -> Value {
        match self.dice.number(0..=9) {
            0..=2 if depth > 0 => {
                let mut map = Map::default();
                for _ in 0..self.dice.number(0..=4) {
                    let key = self.free_key();
                    let value = self.nest(depth - 1);
                    map.0.retain(|(old, _)| old.as_str() != key.as_str());
                    map.0.push((key, value));
                }
                Value::Map(map)
            }
            3 if depth > 0 => {
                Value::List((0..self.dice.number(0..=3)).map(|_| self.nest(depth - 1)).collect())
            }
            4 if depth > 0 => Value::List(
                (0..self.dice.number(1..=3))
                    .map(|at| {
                        let mut item = Value::map();
                        item.set("name", Value::Text(format!("item-{at}")));
                        item.set("value", self.nest(depth - 1));
                        item
                    })
                    .collect(),
            ),
            _ => self.anything(),
        }
    }

    /// A key where any key may stand.
    pub(super) fn free_key(&mut self) -> Value {
        if self.chance(self.hostility) {
            self.uses("key.hostile");
            let key = if self.chance(0.5) {
                hostile::text(&mut self.dice)
            } else {
                (*self.dice.pick(hostile::TOKENS)).to_owned()
            };
            return Value::Text(key);
        }
        Value::text(self.pick(&[
            "name",
            "size",
            "mode",
            "config.yaml",
            "a",
            "b",
            "enabled",
            "acme.dev/x",
            "camelCase",
            "hosts",
            "zeta",
            "replicas",
        ]))
    }

    /// The key of an entry of a ConfigMap.
    pub(super) fn data_key(&mut self) -> String {
        if self.chance(self.hostility) {
            self.uses("key.hostile");
            return self
                .pick(&[
                    "yes",
                    "no",
                    "on",
                    "null",
                    "1",
                    "0777",
                    "1e3",
                    "1_000",
                    "true",
                    ".inf",
                    "0x1F",
                    "2001-01-01",
                    "a.b-c_d",
                    "y",
                    "-",
                    "..a",
                ])
                .to_owned();
        }
        self.pick(&[
            "LOG_LEVEL",
            "config.json",
            "colour",
            "app.properties",
            "url",
            "HOST",
            "PORT",
            "settings.yaml",
            "run.sh",
        ])
        .to_owned()
    }

    /// Pairs of strings for labels.
    pub(super) fn label_pairs(&mut self, count: usize) -> Value {
        let mut pairs = Value::map();
        for _ in 0..count {
            // A number or a null as a key survives on the way in, not on the way out.
            let key = if self.risky() {
                self.pick(&["1", "null", "true"])
            } else {
                self.pick(&[
                    "app",
                    "app",
                    "team",
                    "tier",
                    "env",
                    "app.kubernetes.io/name",
                    "acme.dev/part",
                    "version",
                    "yes",
                ])
            };
            let value = if self.chance(self.hostility + 0.05) {
                hostile::label(&mut self.dice)
            } else {
                self.pick(&["web", "api", "db", "prod", "staging", "v1", "blue"]).to_owned()
            };
            pairs.set(key, Value::Text(value));
        }
        pairs
    }

    /// Pairs of strings for annotations.
    pub(super) fn annotation_pairs(&mut self, count: usize) -> Value {
        let mut pairs = Value::map();
        for _ in 0..count {
            let key = self.pick(&[
                "note",
                "acme.dev/owner",
                "prometheus.io/scrape",
                "prometheus.io/port",
                "on",
                "a.b/c-d",
                "Z",
                "checksum/config",
            ]);
            let value = self.string();
            pairs.set(key, Value::Text(value));
        }
        pairs
    }

    /// How odd the next file's layout is.
    pub(super) fn layout(&mut self) -> Oddness {
        let rate = if self.chance(0.5) { self.oddness } else { 0.0 };
        Oddness { rate, anchors: self.chance(0.15), typed: false }
    }

    /// Writes documents to a file as YAML, or at times as JSON.
    pub(super) fn write_yaml(&mut self, path: &str, documents: &[Value]) {
        let oddness = self.layout();
        self.write_yaml_as(path, documents, oddness);
    }

    pub(super) fn write_yaml_as(&mut self, path: &str, documents: &[Value], oddness: Oddness) {
        let (text, used) = write::file(&mut self.dice, documents, oddness);
        for (is_used, feature) in [
            (used.anchors, "yaml.anchors"),
            (used.merge_keys, "yaml.mergeKeys"),
            (used.flow, "yaml.flow"),
            (used.comments, "yaml.comments"),
            (used.tags, "yaml.tags"),
            (used.explicit_keys, "yaml.explicitKeys"),
            (used.quoted_keys, "yaml.quotedKeys"),
            (used.block_scalars, "yaml.blockScalars"),
            (used.markers, "yaml.documentMarkers"),
            (used.directive, "yaml.directive"),
            (used.crlf, "yaml.crlf"),
        ] {
            if is_used {
                self.uses(feature);
            }
        }
        self.files.insert(path.to_owned(), text.into_bytes());
    }

    pub(super) fn write_json(&mut self, path: &str, document: &Value) {
        let json = document.to_json();
        let text = if self.chance(0.5) {
            serde_json::to_string_pretty(&json).unwrap_or_default() + "\n"
        } else {
            json.to_string()
        };
        self.files.insert(path.to_owned(), text.into_bytes());
    }
}
