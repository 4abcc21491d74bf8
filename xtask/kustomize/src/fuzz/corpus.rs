//! Fixtures: read to be mutated, written when a difference is found. Their format is told in
//! `crates/kustomize/tests/fixtures/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use super::blocks::{blocks, without};
use super::dice::Dice;
use super::hostile;
use super::peer::Outcome;
use super::scalar::quoted;
use super::tree::{self, Case};

/// Fixtures to mutate.
pub(super) struct Corpus(Vec<Case>);

impl Corpus {
    /// Reads every fixture of a folder that holds nothing but files; none where there is no such folder.
    pub(super) fn read(folder: &Path) -> io::Result<Corpus> {
        let mut paths = Vec::new();
        if folder.is_dir() {
            collect(folder, &mut paths)?;
        }
        paths.sort();
        let mut cases = Vec::new();
        for path in paths {
            cases.extend(read(&fs::read_to_string(path)?));
        }
        Ok(Corpus(cases))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tree of a seed: grown, or one of the fixtures changed.
    pub(super) fn case(&self, seed: u64) -> Case {
        if self.is_empty() || seed % 5 != 0 {
            return tree::grow(seed);
        }
        let mut dice = Dice::new(seed);
        let mut case = dice.pick(&self.0).clone();
        case.seed = seed;
        case.features = BTreeSet::from(["mutated"]);
        for _ in 0..dice.number(1..=3) {
            mutate(&mut dice, &mut case);
        }
        case
    }
}

fn collect(folder: &Path, paths: &mut Vec<std::path::PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "txtar") {
            paths.push(path);
        }
    }
    Ok(())
}

/// A fixture of files alone; `None` of others.
fn read(text: &str) -> Option<Case> {
    let mut case = Case {
        seed: 0,
        files: BTreeMap::new(),
        folder: String::new(),
        unrestricted: false,
        features: BTreeSet::new(),
    };
    let mut section: Option<(String, String)> = None;
    let mut sections = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(heading) =
            line.strip_prefix("-- ").and_then(|rest| rest.trim_end().strip_suffix(" --"))
        {
            sections.extend(section.take());
            section = Some((heading.to_owned(), String::new()));
        } else if let Some((_, body)) = &mut section {
            body.push_str(line);
        }
    }
    sections.extend(section);
    for (heading, body) in sections {
        match heading.split_once(' ') {
            None if heading == "arguments" => {
                for word in body.split_whitespace() {
                    match word {
                        "--load-restrictor" => case.unrestricted = true,
                        "LoadRestrictionsNone" => {}
                        folder if !folder.starts_with('-') => case.folder = folder.to_owned(),
                        _ => return None,
                    }
                }
            }
            None if heading == "expected" || heading == "refused" => {}
            None => {
                case.files.insert(heading, body.into_bytes());
            }
            Some(("crlf", path)) => {
                case.files.insert(path.to_owned(), body.replace('\n', "\r\n").into_bytes());
            }
            Some(("unended", path)) => {
                case.files.insert(path.to_owned(), body.trim_end_matches('\n').as_bytes().to_vec());
            }
            Some(_) => return None,
        }
    }
    (!case.files.is_empty()).then_some(case)
}

/// A tree as a fixture. What kustomize said comes last; it is recorded, not written by hand.
pub(super) fn fixture(case: &Case, theirs: &Outcome) -> String {
    let mut text = format!("Found by fuzzing, seed {}.\n-- arguments --\n", case.seed);
    if case.unrestricted {
        text.push_str("--load-restrictor LoadRestrictionsNone ");
    }
    text.push_str(if case.folder.is_empty() { "." } else { &case.folder });
    text.push('\n');
    for (path, bytes) in &case.files {
        text.push_str(&section(path, bytes));
    }
    match theirs {
        Outcome::Built(output) => text + "-- expected --\n" + output,
        Outcome::Refused(message) => text + "-- refused --\n" + message,
        Outcome::Hung | Outcome::Panicked => text,
    }
}

fn section(path: &str, bytes: &[u8]) -> String {
    if let Ok(body) = std::str::from_utf8(bytes) {
        let harmless = !body.contains('\r')
            && !body.starts_with('\u{feff}')
            && !body.lines().any(|line| line.starts_with("-- "));
        if harmless && (body.ends_with('\n') || body.is_empty()) {
            return format!("-- {path} --\n{body}");
        }
        if harmless {
            return format!("-- unended {path} --\n{body}\n");
        }
        let unix = body.replace("\r\n", "\n");
        if unix.replace('\n', "\r\n") == body
            && !unix.contains('\r')
            && unix.ends_with('\n')
            && !unix.lines().any(|line| line.starts_with("-- "))
        {
            return format!("-- crlf {path} --\n{unix}");
        }
    }
    let hex: Vec<String> = bytes
        .chunks(32)
        .map(|row| row.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
        .collect();
    format!("-- hex {path} --\n{}\n", hex.join("\n"))
}

/// Changes one thing.
fn mutate(dice: &mut Dice, case: &mut Case) {
    let paths: Vec<String> = case.files.keys().cloned().collect();
    let path = dice.pick(&paths).clone();
    let Ok(text) = String::from_utf8(case.files[&path].clone()) else { return };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() {
        return;
    }
    let all = blocks(&lines);
    let Some(block) = dice.some(&all).cloned() else { return };
    let changed = match dice.number(0..=7) {
        // Another value for a key.
        0..=2 => {
            let with_value: Vec<usize> =
                (0..lines.len()).filter(|at| lines[*at].contains(": ")).collect();
            let Some(at) = dice.some(&with_value).copied() else { return };
            let (key, _) = lines[at].split_once(": ").unwrap_or_default();
            let value = if dice.chance(0.5) {
                let text = hostile::text(dice);
                quoted(dice, &text)
            } else if dice.chance(0.5) {
                (*dice.pick(hostile::TOKENS)).to_owned()
            } else {
                let other = *dice.pick(&with_value);
                lines[other]
                    .split_once(": ")
                    .map_or(String::new(), |(_, value)| value.trim_end().to_owned())
            };
            let line = format!("{key}: {value}\n");
            lines
                .iter()
                .enumerate()
                .map(|(here, old)| if here == at { line.as_str() } else { old })
                .collect()
        }
        // A block twice.
        3 => lines[..block.end].iter().chain(&lines[block.start..]).copied().collect(),
        // A block less.
        4 => without(&lines, &block),
        // A field more.
        5 if path.to_lowercase().ends_with("kustomization.yaml") => {
            let field = *dice.pick(&[
                "namePrefix: x-", "nameSuffix: -x", "namespace: moved", "commonLabels: {fuzz: \"yes\"}", "commonAnnotations: {fuzz: \"1e3\"}", "sortOptions: {order: legacy}",
                "sortOptions: {order: fifo}", "buildMetadata: [originAnnotations, transformerAnnotations]", "buildMetadata: [managedByLabel]",
                "labels: [{pairs: {fuzz: on-}, includeSelectors: true}]", "labels: [{pairs: {fuzz: \"0777\"}, includeTemplates: true, includeVolumeClaimTemplates: true}]",
                "images: [{name: nginx, newTag: \"007\"}]", "generatorOptions: {disableNameSuffixHash: true}", "generatorOptions: {immutable: true, labels: {a: \"1\"}}",
                "patches: [{target: {kind: .*}, patch: '[{op: add, path: /metadata/labels, value: {p: q}}]'}]", "replicas: [{name: web, count: 0}]",
            ]);
            format!("{}{}{field}\n", text, if text.ends_with('\n') { "" } else { "\n" })
        }
        _ => {
            let line = lines[block.start];
            let margin = &line[..line.len() - line.trim_start().len()];
            let added = format!(
                "{margin}{}: {}\n",
                dice.pick(&["acme", "\"yes\"", "name", "labels", "\"a b\"", "zz"]),
                dice.pick(hostile::TOKENS)
            );
            lines[..block.start]
                .iter()
                .copied()
                .chain([added.as_str()])
                .chain(lines[block.start..].iter().copied())
                .collect()
        }
    };
    case.files.insert(path, changed.into_bytes());
}
