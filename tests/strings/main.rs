//! Any text that a description may hold, in any field, comes out of every layout as that text, and can
//! neither break a generated file nor add anything to one.
//!
//! A description that says everything is rendered twice: with a marker in each place for a text, and with other texts.
//! The second tree must be the first one with the markers exchanged, to the last value.
#![allow(clippy::unwrap_used)]

mod fleet;
#[path = "../layouts/mod.rs"]
mod layouts;
mod shape;
mod slots;
mod substituted;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use fleet::{Fleet, SETTINGS, Setting};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value as Json;
use shape::{File, FileShape, find, read, sort};
use tenantry::files::Memory;
use tenantry::layout::{self, Layout};
use tenantry::tree::Tree;
use tenantry::{render, spec};

fn tree(layout: &Layout, description: &Memory) -> Tree {
    let platform = spec::load(description).map_err(|faults| faults.diagnostics).unwrap();
    render::render(&platform, layout, description).unwrap().tree
}

/// A fleet with everything that its cases need.
struct Proof {
    fleet: Fleet,
    layout: Layout,
    markers: Vec<Json>,
    shapes: Vec<FileShape>,
}

impl Proof {
    fn new(setting: Setting, layout: &str) -> Self {
        let layout = layouts::load(layout);
        let fleet = Fleet::new(setting, &layout);
        let markers = fleet.markers();
        let reference = read(&tree(&layout, &fleet.describe(&markers).unwrap()));
        let shapes = reference.iter().map(|file| find(file, &fleet.slots)).collect();
        Self { fleet, layout, markers, shapes }
    }

    fn is_description(&self, values: &[Json]) -> bool {
        self.fleet.describe(values).is_some_and(|description| spec::load(&description).is_ok())
    }

    /// Puts markers in place of the values that the description does not take, and of texts that another place has.
    fn settle(&self, values: &mut [Json]) {
        for at in 0..values.len() {
            if values[..at].contains(&values[at]) {
                values[at] = self.markers[at].clone();
            }
        }
        self.settle_range(values, 0..values.len());
    }

    /// Keeps of a range of values those that are taken together with what stands before, by halves.
    fn settle_range(&self, values: &mut [Json], range: Range<usize>) {
        let mut with = self.markers.clone();
        with[..range.end].clone_from_slice(&values[..range.end]);
        if self.is_description(&with) {
            return;
        }
        if range.len() == 1 {
            values[range.start] = self.markers[range.start].clone();
            return;
        }
        let middle = range.start + range.len() / 2;
        self.settle_range(values, range.start..middle);
        self.settle_range(values, middle..range.end);
    }

    /// Where the tree with other values is not the first tree with the markers exchanged.
    fn faults(&self, values: &[Json]) -> Vec<String> {
        let rendered = read(&tree(&self.layout, &self.fleet.describe(values).unwrap()));
        let expected =
            self.shapes.iter().map(|shape| shape.fill(&self.fleet.slots, values)).collect();
        compare(expected, rendered)
    }

    /// The faults of a case, with the place that has them alone if there is one.
    fn explain(&self, values: &[Json], faults: &[String]) -> String {
        for at in 0..values.len() {
            let mut alone = self.markers.clone();
            alone[at] = values[at].clone();
            if alone[at] != self.markers[at] && self.is_description(&alone) {
                let faults = self.faults(&alone);
                if !faults.is_empty() {
                    let (token, value) = (&self.fleet.slots[at].token, &values[at]);
                    return format!("{value} as {token}:\n{}", faults.join("\n"));
                }
            }
        }
        faults.join("\n")
    }
}

/// The cases are shared out among the layouts: what they have in common is tried in each.
fn every_text_comes_out(setting: Setting, cases: usize) {
    let layouts = layouts::names();
    let proofs: Vec<Proof> = layouts.iter().map(|layout| Proof::new(setting, layout)).collect();
    let mut runner = TestRunner::deterministic();
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for case in 0..cases {
        let at = case % layouts.len();
        let (proof, layout) = (&proofs[at], &layouts[at]);
        let drawn = proof.fleet.slots.iter().map(slots::Slot::values);
        let mut values: Vec<Json> =
            drawn.map(|drawn| drawn.new_tree(&mut runner).unwrap().current()).collect();
        proof.settle(&mut values);
        for ((value, marker), slot) in values.iter().zip(&proof.markers).zip(&proof.fleet.slots) {
            *taken.entry(&slot.token).or_default() += usize::from(value != marker);
        }
        let faults = proof.faults(&values);
        assert!(faults.is_empty(), "{layout}: {}", proof.explain(&values, &faults));
    }
    // What stands in the description of one layout only has but that layout's cases.
    for (token, taken) in taken {
        let of = proofs.iter().filter(|proof| proof.fleet.slots.iter().any(|it| it.token == token));
        let cases = cases * of.count() / layouts.len();
        assert!(taken >= cases / 4, "{token} took {taken} of {cases} texts");
    }
}

fn compare(mut expected: Vec<File>, mut rendered: Vec<File>) -> Vec<String> {
    for files in [&mut expected, &mut rendered] {
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files.iter_mut().for_each(|file| sort(&mut file.content));
    }
    let paths = |files: &[File]| files.iter().map(|file| Json::from(&*file.path)).collect();
    let mut found = Vec::new();
    differences("the files", &paths(&expected), &paths(&rendered), &mut found);
    for (expected, rendered) in expected.iter().zip(&rendered) {
        if found.is_empty() || expected.path == rendered.path {
            differences(&expected.path, &expected.content, &rendered.content, &mut found);
        }
    }
    found
}

/// Where two values differ.
fn differences(pointer: &str, expected: &Json, rendered: &Json, found: &mut Vec<String>) {
    match (expected, rendered) {
        (Json::Array(expected), Json::Array(rendered)) if expected.len() == rendered.len() => {
            for (at, (expected, rendered)) in expected.iter().zip(rendered).enumerate() {
                differences(&format!("{pointer}/{at}"), expected, rendered, found);
            }
        }
        (Json::Object(expected), Json::Object(rendered)) if expected.keys().eq(rendered.keys()) => {
            for (key, expected) in expected {
                differences(&format!("{pointer}/{key}"), expected, &rendered[key], found);
            }
        }
        _ if expected == rendered => {}
        _ => found.push(format!("{pointer}:\n  expected {expected}\n  rendered {rendered}")),
    }
}

#[test]
fn every_text_comes_out_where_flux_is_bootstrapped() {
    every_text_comes_out(Setting::Components, 14);
}

#[test]
fn every_text_comes_out_where_the_operator_installs_flux() {
    every_text_comes_out(Setting::Operator, 14);
}

#[test]
fn every_text_comes_out_where_nothing_is_demanded() {
    every_text_comes_out(Setting::External, 14);
}

#[test]
fn an_empty_ignore_stays_because_flux_has_a_default_of_its_own() {
    for layout in layouts::names() {
        let proof = Proof::new(Setting::Operator, &layout);
        let tokens = ["<ignore:text>", "<bucket-ignore:text>"];
        let mut values = proof.markers.clone();
        for (slot, value) in proof.fleet.slots.iter().zip(&mut values) {
            if tokens.contains(&&*slot.token) {
                *value = "".into();
            }
        }
        assert_eq!(proof.faults(&values), Vec::<String>::new(), "{layout}");
    }
}

#[test]
fn every_template_and_every_place_is_reached() {
    layouts::names().iter().for_each(|name| every_template_and_every_place_of(name));
}

fn every_template_and_every_place_of(name: &str) {
    let layout = layouts::load(name);
    let mut templates: BTreeSet<String> = layout::files_of(name)
        .unwrap()
        .iter()
        .map(|(path, _)| path.to_string())
        .filter(|path| path != "layout.yaml" && !path.split('/').any(|part| part.starts_with('_')))
        .collect();
    let mut places = BTreeSet::new();
    let mut reached = BTreeSet::new();
    for setting in SETTINGS {
        let fleet = Fleet::new(setting, &layout);
        let tree = tree(&layout, &fleet.describe(&fleet.markers()).unwrap());
        for (_, file) in tree.iter() {
            templates.remove(file.template.as_str());
            templates.remove(file.template.as_str().trim_start_matches(".tenantry/layout/"));
        }
        places.extend(fleet.slots.iter().map(|slot| slot.token.clone()));
        for file in read(&tree) {
            let found = find(&file, &fleet.slots).places();
            reached.extend(found.into_iter().map(|index| fleet.slots[index].token.clone()));
        }
    }
    assert_eq!(templates, BTreeSet::new(), "templates of {name} that no file came from");
    // A cluster's labels only select, and of a file with values only what it says comes out.
    let mut silent = vec![
        "<cluster-label-value:label>",
        "<cluster-label:label-key>",
        "<tier:label>",
        "<values-file:part>",
    ];
    // Clusters that pull artifacts never see the repository.
    if !layout.artifacts.is_empty() {
        silent.extend(["<platform-secret:object>", "<platform-url:git-url>"]);
        silent.sort_unstable();
    }
    let lost: Vec<&String> = places.difference(&reached).collect();
    assert_eq!(lost, silent, "places whose text stands in no file of {name}");
}
