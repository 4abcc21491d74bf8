//! Differential fuzzing: random kustomization trees, built by kustomize and by our engine, compared to the byte.
//!
//! ```text
//! cargo run --release -p kustomize-xtask -- fuzz --trees 2000 --seed 1
//!     --only SEED       one tree, and all about it
//!     --minimise        reduces each difference and writes it as a fixture
//!     --keep DIR        leaves there the trees that differ, and the fixtures
//!     --ours COMMAND    builds with another program, which is given what `kustomize build` would be given
//!     --corpus DIR      fixtures to mutate; crates/kustomize/tests/fixtures if there is such a folder
//!     --refusals        how often kustomize refused for which reason
//! ```
//!
//! A seed makes the same tree wherever it is grown, as long as the generator (and the corpus, for those trees that mutate a fixture)
//! stays as it is. The generator knows what kustomize takes and aims at being accepted, since only then
//! are there bytes to compare. It knows nothing about our engine, which [`peer`] alone calls.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

mod blocks;
mod corpus;
mod custom;
mod dice;
mod engine;
mod features;
mod fields;
mod generators;
mod hostile;
mod json6902;
mod layer;
mod maker;
mod merge;
mod minimise;
mod objects;
mod patches;
mod peer;
mod plugins;
mod pods;
mod replacements;
mod report;
mod scalar;
mod schemas;
mod tree;
mod value;
mod write;

use corpus::Corpus;
use peer::Peer;
use report::{Report, Tree};

type Error = Box<dyn std::error::Error>;

#[derive(Debug)]
struct Arguments {
    trees: u64,
    seed: u64,
    only: Option<u64>,
    minimise: bool,
    keep: Option<PathBuf>,
    ours: Option<String>,
    corpus: PathBuf,
    refusals: bool,
}

fn parse(words: &[String]) -> Result<Arguments, Error> {
    let mut arguments = Arguments {
        trees: 2000,
        seed: 1,
        only: None,
        minimise: false,
        keep: None,
        ours: None,
        corpus: PathBuf::from("crates/kustomize/tests/fixtures"),
        refusals: false,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
        match word.as_str() {
            "--trees" => arguments.trees = value()?.parse()?,
            "--seed" => arguments.seed = value()?.parse()?,
            "--only" => arguments.only = Some(value()?.parse()?),
            "--minimise" => arguments.minimise = true,
            "--keep" => arguments.keep = Some(value()?.into()),
            "--ours" => arguments.ours = Some(value()?.clone()),
            "--corpus" => arguments.corpus = value()?.into(),
            "--refusals" => arguments.refusals = true,
            other => return Err(format!("fuzz knows no {other}").into()),
        }
    }
    Ok(arguments)
}

/// Grows the trees, builds them and reports; an error if any differ or if a feature was never built.
pub(crate) fn run(words: &[String]) -> Result<String, Error> {
    let arguments = parse(words)?;
    let peer = Peer::find(arguments.ours.as_deref())?;
    let corpus = Corpus::read(&arguments.corpus)?;
    let seeds = match arguments.only {
        Some(seed) => seed..seed + 1,
        None => arguments.seed..arguments.seed + arguments.trees,
    };
    let next = AtomicU64::new(seeds.start);
    let trees = Mutex::new(BTreeMap::new());
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    let case = corpus.case(seed);
                    match peer.compare(&case) {
                        Ok(compared) => {
                            let tree = Tree { features: case.features.clone(), compared };
                            if let Ok(mut trees) = trees.lock() {
                                trees.insert(seed, tree);
                            }
                        }
                        Err(error) => {
                            if let Ok(mut failure) = failure.lock() {
                                *failure = Some(error);
                            }
                            return;
                        }
                    }
                }
            });
        }
    });
    if let Some(error) = failure.into_inner()? {
        return Err(error.into());
    }
    let trees = trees.into_inner()?;
    let differing: BTreeSet<u64> =
        trees.iter().filter(|(_, tree)| tree.compared.differs()).map(|(seed, _)| *seed).collect();
    for seed in &differing {
        let case = corpus.case(*seed);
        if let Some(keep) = &arguments.keep {
            case.write(&keep.join(seed.to_string()))?;
        }
        if arguments.minimise {
            let small = minimise::minimise(&peer, &case)?;
            let fixture = corpus::fixture(&small, &peer.compare(&small)?.theirs);
            match &arguments.keep {
                Some(keep) => std::fs::write(keep.join(format!("{seed}.txtar")), fixture)?,
                None => println!("{fixture}"),
            }
        }
    }
    let only = arguments.only.is_some();
    if let (true, Some(seed)) = (only, arguments.only) {
        println!("{}", corpus::fixture(&corpus.case(seed), &trees[&seed].compared.theirs));
    }
    let report = Report {
        trees: &trees,
        refusals: arguments.refusals,
        one: only,
        has_corpus: !corpus.is_empty(),
    };
    let text = report.to_string();
    if report.failed() { Err(text.into()) } else { Ok(text) }
}
