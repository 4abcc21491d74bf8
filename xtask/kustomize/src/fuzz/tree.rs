//! Whole trees: folders on folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use super::layer::{self, Layer};
use super::maker::{Maker, Object};
use super::replacements;
use super::value::{Value, yaml};

/// What is built: files, the folder to build, and how.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Where it comes from.
    pub(super) seed: u64,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Empty for the root.
    pub(super) folder: String,
    /// Whether files outside of the folder of a kustomization may be read.
    pub(super) unrestricted: bool,
    pub(super) features: BTreeSet<&'static str>,
}

/// The tree of a seed.
pub(super) fn grow(seed: u64) -> Case {
    let mut maker = Maker::new(seed);
    let unrestricted = maker.chance(0.07);
    if maker.chance(0.3) {
        maker.variables = vec![replacements::variable(0), replacements::variable(1)];
    }
    let depth = *maker.dice.pick(&[0, 0, 1, 1, 1, 2, 2, 3]);
    let top = maker.pick(&["overlays/prod", "prod", "clusters/eu/apps", "top"]).to_owned();
    folder(&mut maker, &top, depth, true, unrestricted);
    if maker.risky() {
        break_something(&mut maker);
    }
    Case { seed, files: maker.files, folder: top, unrestricted, features: maker.features }
}

/// Makes a folder on `depth` storeys of others, and says which objects come out of it.
fn folder(
    maker: &mut Maker,
    path: &str,
    depth: usize,
    is_top: bool,
    unrestricted: bool,
) -> Vec<Object> {
    let mut objects = Vec::new();
    let mut below = Vec::new();
    if depth > 0 {
        if maker.chance(0.15) {
            objects = twins(maker, &mut below, unrestricted);
        } else {
            for _ in 0..*maker.dice.pick(&[1, 1, 1, 2]) {
                let number = maker.next();
                let child = format!("{}-{number}", maker.pick(&["base", "bases/x", "layers/a/b"]));
                objects.extend(folder(maker, &child, depth - 1, false, unrestricted));
                below.push(child);
            }
        }
    }
    if depth >= 2 {
        maker.uses("overlay.deep");
    }
    let mut layer = Layer::new(path, objects, false, is_top, unrestricted);
    refer_to(maker, &mut layer, &below);
    let count = if depth == 0 { maker.dice.number(2..=6) } else { *maker.dice.pick(&[0, 0, 1, 2]) };
    layer::declare(maker, &mut layer, count);
    if maker.chance(0.15) {
        component(maker, &mut layer);
    }
    let most = if is_top { 7 } else { 3 };
    let count = maker.dice.number(usize::from(is_top)..=most);
    layer::change(maker, &mut layer, count);
    layer::finish(maker, &mut layer);
    layer.objects
}

/// Names the folders below.
fn refer_to(maker: &mut Maker, layer: &mut Layer, below: &[String]) {
    for child in below {
        let way = layer.way_to(child);
        let way = if maker.chance(0.1) { format!("{way}/") } else { way };
        if maker.chance(0.15) {
            maker.uses("bases");
            layer.kustomization.push("bases", Value::Text(way));
        } else {
            maker.uses("resources.folder");
            layer.kustomization.push("resources", Value::Text(way));
        }
    }
}

/// Two folders on the same base, told apart by their prefixes. Now and then they are not.
fn twins(maker: &mut Maker, below: &mut Vec<String>, unrestricted: bool) -> Vec<Object> {
    maker.uses("overlay.sharedBase");
    let number = maker.next();
    let base = format!("common-{number}");
    let doubled = std::mem::replace(&mut maker.doubled, true);
    let shared = folder(maker, &base, 0, false, unrestricted);
    maker.doubled = doubled;
    let mut objects = Vec::new();
    for side in ["left", "right"] {
        let path = format!("{side}-{number}");
        let mut layer = Layer::new(&path, shared.clone(), false, false, unrestricted);
        let way = layer.way_to(&base);
        layer.kustomization.push("resources", Value::Text(way));
        let field = maker.pick(&["namePrefix", "nameSuffix"]);
        let name = if field == "namePrefix" { format!("{side}-") } else { format!("-{side}") };
        if !maker.risky() {
            layer.kustomization.set(field, Value::Text(name));
        }
        if maker.chance(0.3) && !maker.two_namespaces {
            layer.kustomization.set("namespace", Value::text(side));
        }
        let count = maker.dice.number(0..=2);
        layer::change(maker, &mut layer, count);
        layer::finish(maker, &mut layer);
        objects.append(&mut layer.objects);
        below.push(path);
    }
    objects
}

/// A component, which changes what the folder has.
fn component(maker: &mut Maker, parent: &mut Layer) {
    maker.uses("components");
    let number = maker.next();
    let path = format!("components/extra-{number}");
    let mut layer = Layer::new(&path, parent.objects.clone(), true, false, parent.unrestricted);
    let count = *maker.dice.pick(&[0, 1]);
    layer::declare(maker, &mut layer, count);
    let count = maker.dice.number(1..=3);
    layer::change(maker, &mut layer, count);
    layer::finish(maker, &mut layer);
    parent.objects = layer.objects;
    let way = parent.way_to(&path);
    parent.kustomization.push("components", Value::Text(way));
}

/// Spoils a file.
fn break_something(maker: &mut Maker) {
    let paths: Vec<String> = maker.files.keys().cloned().collect();
    let path = maker.dice.pick(&paths).clone();
    match maker.dice.number(0..=4) {
        0 => {
            maker.files.remove(&path);
        }
        1 => {
            let mut bytes = maker.files.remove(&path).unwrap_or_default();
            bytes.truncate(bytes.len() / 2);
            maker.files.insert(path, bytes);
        }
        2 => maker.write_yaml(
            &path,
            &[yaml!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": ""}})],
        ),
        3 => maker.files.entry(path).or_default().extend_from_slice(b"\n\t- x: [\n"),
        _ => maker.files.entry(path).or_default().extend_from_slice(b"\nextra: yes\n"),
    }
}

impl Case {
    /// Writes the files below a folder.
    pub(super) fn write(&self, root: &Path) -> io::Result<()> {
        for (path, bytes) in &self.files {
            let path = root.join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(())
    }
}
