//! What came of a run, for people to read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use similar::TextDiff;

use super::features::FEATURES;
use super::peer::{Compared, Outcome, shape};

/// A tree that was built.
pub(super) struct Tree {
    pub(super) features: BTreeSet<&'static str>,
    pub(super) compared: Compared,
}

/// A run.
pub(super) struct Report<'r> {
    pub(super) trees: &'r BTreeMap<u64, Tree>,
    /// Whether to tell why kustomize refused.
    pub(super) refusals: bool,
    /// Whether it is about one tree, which need not use every feature.
    pub(super) one: bool,
}

impl Report<'_> {
    fn differences(&self) -> impl Iterator<Item = (&u64, &Tree)> {
        self.trees.iter().filter(|(_, tree)| tree.compared.differs())
    }

    /// How many trees kustomize built that use each feature.
    fn coverage(&self) -> BTreeMap<&'static str, usize> {
        let mut coverage: BTreeMap<_, _> = FEATURES.iter().map(|feature| (*feature, 0)).collect();
        for tree in
            self.trees.values().filter(|tree| matches!(tree.compared.theirs, Outcome::Built(_)))
        {
            for feature in &tree.features {
                *coverage.entry(*feature).or_default() += 1;
            }
        }
        coverage
    }

    fn uncovered(&self) -> Vec<&'static str> {
        if self.one {
            return Vec::new();
        }
        self.coverage()
            .into_iter()
            .filter(|(_, count)| *count == 0)
            .map(|(feature, _)| feature)
            .collect()
    }

    /// Whether the run shows something that must not be.
    pub(super) fn failed(&self) -> bool {
        self.differences().next().is_some() || !self.uncovered().is_empty()
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (seed, tree) in self.differences() {
            writeln!(f, "== seed {seed}: {}", tree.compared.kind())?;
            match (&tree.compared.theirs, &tree.compared.ours) {
                (Outcome::Built(theirs), Some(Outcome::Built(ours))) => {
                    let diff = TextDiff::from_lines(theirs.as_str(), ours.as_str());
                    writeln!(
                        f,
                        "{}",
                        diff.unified_diff().context_radius(4).header("kustomize", "ours")
                    )?;
                }
                (theirs, ours) => writeln!(
                    f,
                    "kustomize: {}\nours: {}\n",
                    said(theirs),
                    ours.as_ref().map_or(String::new(), said)
                )?,
            }
        }
        if !self.one {
            let built = self
                .trees
                .values()
                .filter(|tree| matches!(tree.compared.theirs, Outcome::Built(_)))
                .count();
            writeln!(f, "features of the {built} trees that kustomize built:")?;
            for (feature, count) in self.coverage() {
                writeln!(
                    f,
                    "  {count:>6}  {:>5.1} %  {feature}",
                    count as f64 * 100.0 / built.max(1) as f64
                )?;
            }
        }
        if self.refusals {
            let mut reasons: BTreeMap<String, Vec<u64>> = BTreeMap::new();
            for (seed, tree) in self.trees {
                if let Outcome::Refused(message) = &tree.compared.theirs {
                    reasons.entry(shape(message)).or_default().push(*seed);
                }
            }
            let mut reasons: Vec<_> = reasons.into_iter().collect();
            reasons.sort_by_key(|(_, seeds)| std::cmp::Reverse(seeds.len()));
            writeln!(f, "kustomize refused:")?;
            for (reason, seeds) in reasons {
                writeln!(f, "  {:>6}  {reason}  (seed {})", seeds.len(), seeds[0])?;
            }
        }
        let count = |wanted: fn(&Compared) -> bool| {
            self.trees.values().filter(|tree| wanted(&tree.compared)).count()
        };
        writeln!(
            f,
            "{} trees: {} built by kustomize ({:.1} %), {} refused, {} too slow; {} compared with ours, {} unsteady, {} set aside, {} differ",
            self.trees.len(),
            count(|compared| matches!(compared.theirs, Outcome::Built(_))),
            count(|compared| matches!(compared.theirs, Outcome::Built(_))) as f64 * 100.0
                / self.trees.len().max(1) as f64,
            count(|compared| matches!(compared.theirs, Outcome::Refused(_))),
            count(|compared| compared.theirs == Outcome::Hung),
            count(|compared| compared.ours.is_some()),
            count(|compared| compared.unsteady),
            count(Compared::is_set_aside),
            count(Compared::differs),
        )?;
        for (seed, tree) in self.trees.iter().filter(|(_, tree)| tree.compared.unsteady) {
            writeln!(
                f,
                "kustomize does not say the same twice: seed {seed} ({})",
                tree.compared.kind()
            )?;
        }
        for (seed, _) in self.trees.iter().filter(|(_, tree)| tree.compared.is_set_aside()) {
            writeln!(
                f,
                "set aside: seed {seed} (the hash of a generated object that was given another kind)"
            )?;
        }
        if !self.trees.is_empty() && self.trees.values().all(|tree| tree.compared.ours.is_none()) {
            writeln!(
                f,
                "nothing was compared: our engine does not build yet, and no --ours was given"
            )?;
        }
        match self.uncovered().as_slice() {
            [] => Ok(()),
            missing => write!(f, "no tree was built that uses {}", missing.join(", ")),
        }
    }
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Built(text) => format!("builds {} lines", text.lines().count()),
        Outcome::Refused(message) => message.trim().to_owned(),
        Outcome::Hung => "does not end".to_owned(),
        Outcome::Panicked => "panics".to_owned(),
    }
}
