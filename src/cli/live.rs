//! What a change does to what is on clusters: told, and refused without a word of confirmation.
//!
//! The word is the name of the entity whose objects go, on the command line (`--confirm NAME`) or typed at the question; or, for who
//! runs `generate` unattended, in `confirm` of `platform.yaml`, where a number stands for exactly these objects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::dialogue::{Dialogue, ask};
use super::failure::Failure;
use super::repository::Repository;
use super::ui::Ui;
use crate::check::live::{Because, Change, Fate};
use crate::diagnostic::{Code, Diagnostic};
use crate::generate::Generated;
use crate::git;
use crate::spec::tenant::Tenant;
use crate::spec::{EntityKind, Faults, Platform};
use crate::sync::{BlobId, Plan};
use crate::tree::EntityRef;

/// More objects of a cluster than this are counted, not listed, where a person reads.
const SHOWN: usize = 30;

/// More objects that stay for one reason are counted.
const STAYING: usize = 4;

/// More entities than this are not asked for one by one.
const WORDS: usize = 5;

/// What a change does to what is on clusters.
#[derive(Debug)]
pub(crate) struct Live {
    changes: Vec<Change>,
    /// The words that it wants.
    words: Vec<Word>,
    /// The platform's own name, which stands for all of them.
    platform: String,
    /// The number of everything that wants a word.
    all: String,
}

/// A word of confirmation that is wanted.
#[derive(Debug)]
struct Word {
    /// `tenant`, or nothing for what belongs to the platform as a whole.
    entity: Option<EntityRef>,
    /// The number that stands for exactly these objects.
    number: String,
    /// How many objects.
    objects: usize,
    /// The clusters.
    clusters: Vec<String>,
}

impl Word {
    /// As it stands in `platform.yaml`.
    fn written(&self) -> String {
        match &self.entity {
            Some(EntityRef { kind, name }) => format!("{kind}/{name}#{}", self.number),
            None => format!("platform#{}", self.number),
        }
    }

    fn is(&self, said: &str, platform: &str) -> bool {
        said == platform
            || self.entity.as_ref().is_some_and(|EntityRef { kind, name }| {
                **name == *said || said == format!("{kind}/{name}")
            })
    }

    fn name<'a>(&'a self, platform: &'a str) -> &'a str {
        self.entity.as_ref().map_or(platform, |entity| &entity.name)
    }

    fn diagnostic(&self, described: &Platform, platform: &str) -> Diagnostic {
        let (what, place) = match &self.entity {
            Some(EntityRef { kind, name }) => {
                (format!("{kind} `{name}`"), described.file_of(*kind, name))
            }
            None => ("the platform".to_owned(), described.file_of(EntityKind::Platform, platform)),
        };
        let objects = match self.objects {
            1 => "an object".to_owned(),
            count => format!("{count} objects"),
        };
        let clusters = listed(&self.clusters);
        let message = match &self.entity {
            Some(EntityRef { kind: EntityKind::Cluster, .. }) if place.is_none() => {
                format!("{what} would be left as it is, and nobody would keep it true any more")
            }
            _ => format!("{objects} of {what} would go from {clusters}, or move there"),
        };
        let diagnostic = Diagnostic::error(Code::LiveObjects, message);
        match place {
            Some(file) => {
                diagnostic.at(crate::diagnostic::Place { file: file.clone(), range: None })
            }
            None => diagnostic,
        }
    }
}

impl Live {
    /// What a plan does.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn of(
        repository: &Repository,
        generated: &Generated,
        plan: &Plan,
    ) -> Result<Self, Failure> {
        // Without a repository nobody knows what was committed: everything counts.
        let git = git::Repository::discover(&repository.root).ok().flatten();
        let changes = crate::live::changes(generated, plan, &repository.disk, git.as_ref())?;
        let mut by_entity: BTreeMap<&Option<EntityRef>, Vec<&Change>> = BTreeMap::new();
        for change in changes.iter().filter(|change| change.wants_word()) {
            by_entity.entry(&change.entity).or_default().push(change);
        }
        let words = by_entity
            .into_iter()
            .map(|(entity, changes)| {
                let mut clusters: Vec<String> =
                    changes.iter().map(|change| change.cluster.to_string()).collect();
                clusters.dedup();
                Word {
                    entity: entity.clone(),
                    number: number(&changes),
                    objects: changes.len(),
                    clusters,
                }
            })
            .collect();
        let wanting: Vec<&Change> = changes.iter().filter(|change| change.wants_word()).collect();
        let all = number(&wanting);
        let platform = generated.platform.settings.name.to_string();
        Ok(Self { words, platform, all, changes })
    }

    /// Whether a word is wanted for any object of an entity.
    pub(crate) fn wants_word_of(&self, kind: EntityKind, name: &str) -> bool {
        self.words.iter().any(|word| {
            word.entity.as_ref().is_some_and(|entity| entity.kind == kind && *entity.name == *name)
        })
    }

    /// The clusters on which something happens.
    pub(crate) fn clusters(&self) -> Vec<String> {
        let mut clusters: Vec<String> =
            self.changes.iter().map(|change| change.cluster.to_string()).collect();
        clusters.dedup();
        clusters
    }

    /// Whether a namespace stays because its pruning is disabled.
    pub(crate) fn keeps_namespaces(&self) -> bool {
        self.changes.iter().any(|change| {
            change.object.kind == "Namespace" && change.fate == Fate::Stays(Because::NotPruned)
        })
    }

    /// Whether Flux itself would go.
    fn takes_flux(&self) -> bool {
        self.changes.iter().any(|change| {
            change.fate == Fate::Goes
                && change.object.kind == "CustomResourceDefinition"
                && change.object.name == "kustomizations.kustomize.toolkit.fluxcd.io"
        })
    }

    /// Whether nothing happens to any object.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What happens, for a person.
    pub(crate) fn list(&self) -> String {
        if self.changes.is_empty() {
            return "No object goes from any cluster.\n".to_owned();
        }
        let mut clusters: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
        for change in &self.changes {
            clusters.entry(change.cluster.as_str()).or_default().push(change);
        }
        // Clusters on which the same happens are told together.
        let mut told: Vec<(Vec<String>, String)> = Vec::new();
        for (cluster, changes) in clusters {
            let text = of_cluster(&changes);
            match told.iter_mut().find(|(_, other)| *other == text) {
                Some((names, _)) => names.push(cluster.to_owned()),
                None => told.push((vec![cluster.to_owned()], text)),
            }
        }
        let mut out = String::new();
        for (clusters, text) in told {
            let _ = writeln!(out, "On {}:\n{text}", listed(&clusters));
        }
        out
    }

    /// What happens, for machines.
    pub(crate) fn data(&self) -> Value {
        let mut clusters: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for change in &self.changes {
            let mut told = json!({
                "object": change.object.to_string(),
                "change": change.word(),
                "words": change.words(),
                "file": change.file,
                "wantsConfirmation": change.wants_word(),
            });
            if let Some(EntityRef { kind, name }) = &change.entity {
                told["entity"] = json!(format!("{kind}/{name}"));
            }
            if let Some(owner) = &change.owner {
                told["appliedBy"] = json!(owner);
            }
            clusters.entry(change.cluster.as_str()).or_default().push(told);
        }
        json!(clusters)
    }

    /// Asks for what was not said, and refuses without it. Gives back whether the list was shown.
    ///
    /// # Errors
    /// [`Code::LiveObjects`].
    pub(crate) fn confirmed(
        &self,
        ui: &Ui,
        dialogue: &mut Dialogue<'_>,
        generated: &Generated,
        said: &[String],
    ) -> Result<bool, Failure> {
        let written = &generated.platform.settings.confirm;
        let everything = format!("platform#{}", self.all);
        let in_file = |word: &str| written.iter().any(|written| written.as_str() == word);
        let missing: Vec<&Word> = self
            .words
            .iter()
            .filter(|word| !said.iter().any(|said| word.is(said, &self.platform)))
            .filter(|word| !in_file(&word.written()) && !in_file(&everything))
            .collect();
        if missing.is_empty() {
            return Ok(false);
        }
        let list = self.list();
        if !dialogue.interactive() {
            return Err(self.refusal(&missing, &list, generated));
        }
        ui.note(list.trim_end());
        let names: Vec<&str> = match missing.len() {
            0..=WORDS => missing.iter().map(|word| word.name(&self.platform)).collect(),
            _ => vec![&self.platform],
        };
        for name in names {
            type_name(dialogue, name)?;
        }
        Ok(true)
    }

    fn refusal(&self, missing: &[&Word], list: &str, generated: &Generated) -> Failure {
        let (flags, words) = if missing.len() > WORDS {
            (format!("--confirm {}", self.platform), format!("platform#{}", self.all))
        } else {
            let flags: Vec<String> = missing
                .iter()
                .map(|word| format!("--confirm {}", word.name(&self.platform)))
                .collect();
            let words: Vec<String> = missing.iter().map(|word| word.written()).collect();
            (flags.join(" "), words.join(", "))
        };
        let help = format!(
            "say `{flags}` if that is meant, or `confirm: [{words}]` in platform.yaml where nobody is asked\n\n{}",
            list.trim_end()
        );
        let mut diagnostics: Vec<Diagnostic> = missing
            .iter()
            .take(WORDS)
            .map(|word| word.diagnostic(&generated.platform, &self.platform))
            .collect();
        if missing.len() > WORDS {
            let message = format!("the same of {} more", missing.len() - WORDS);
            diagnostics.push(Diagnostic::error(Code::LiveObjects, message));
        }
        let renamed = missing.iter().find_map(|word| self.renamed(word, &generated.platform));
        if let Some(last) = diagnostics.last_mut() {
            last.help = Some(match renamed {
                _ if self.takes_flux() => format!(
                    "Flux itself would go, with everything that it applied: whoever installs it from now on must have taken it \
                     over first. Then {help}"
                ),
                Some(renamed) => format!("{renamed}. Otherwise {help}"),
                None => help,
            });
        }
        Faults { diagnostics, texts: generated.platform.texts.clone() }.into()
    }

    /// What to say where a tenant is gone, and another one has a namespace of it: its file was renamed.
    fn renamed(&self, word: &Word, platform: &Platform) -> Option<String> {
        let EntityRef { kind: EntityKind::Tenant, name } = word.entity.as_ref()? else {
            return None;
        };
        if platform.tenants.contains_key(&**name) {
            return None;
        }
        let namespaces = self
            .changes
            .iter()
            .filter(|change| change.entity == word.entity && change.object.kind == "Namespace");
        let mut heirs = namespaces.filter_map(|namespace| {
            let claims = |tenant: &Tenant| {
                tenant.namespaces.iter().any(|one| one.as_str() == namespace.object.name)
            };
            platform.tenants.iter().find(|(_, tenant)| claims(&tenant.base))
        });
        let (heir, tenant) = heirs.next()?;
        Some(format!(
            "was `{name}` renamed to `{heir}`? Then write `moved: {{ from: {name} }}` into {}: clusters notice nothing, \
             and edits go along",
            tenant.file
        ))
    }

    /// The words in `platform.yaml` that confirm nothing.
    pub(crate) fn leftover(&self, platform: &Platform) -> Vec<Diagnostic> {
        let mut wanted: Vec<String> = self.words.iter().map(Word::written).collect();
        if !self.words.is_empty() {
            wanted.push(format!("platform#{}", self.all));
        }
        leftover(platform, &wanted)
    }
}

/// The words in `platform.yaml` that are not among these.
pub(crate) fn leftover(platform: &Platform, wanted: &[String]) -> Vec<Diagnostic> {
    let confirm = platform.settings.confirm.iter().enumerate();
    confirm
        .filter(|(_, word)| !wanted.iter().any(|wanted| wanted == word.as_str()))
        .map(|(at, word)| {
            Diagnostic::warning(
                Code::LeftoverConfirmation,
                format!("`{word}` confirms nothing: what it stands for is done, or is not what would happen now"),
            )
            .at(platform.place(&format!("/confirm/{at}")))
            .help("take it out again")
        })
        .collect()
}

/// Asks for a name until it is typed.
///
/// # Errors
/// Ctrl-C.
pub(crate) fn type_name(dialogue: &mut Dialogue<'_>, name: &str) -> Result<(), Failure> {
    let words = format!("Type `{name}` to confirm it");
    let right = |text: &String| {
        if text == name { Ok(()) } else { Err(format!("it is not `{name}`")) }
    };
    dialogue.text(None, ask("--confirm", &words), None, right).map(drop)
}

/// What happens on one cluster: what wants a word first, what stays last.
fn of_cluster(changes: &[&Change]) -> String {
    let mut out = String::new();
    if let Some(left) =
        changes.iter().find(|change| change.wants_word() && change.word() == "stays")
    {
        let Fate::Stays(because) = &left.fate else { return out };
        let _ = writeln!(
            out,
            "  = nothing is pruned: {because}. What runs there goes on, and nobody keeps it true"
        );
        return out;
    }
    let rank = |change: &&&Change| match (&change.fate, change.wants_word()) {
        (Fate::Stays(_), _) => 2,
        (_, true) => 0,
        (_, false) => 1,
    };
    let mut sorted: Vec<&&Change> = changes.iter().collect();
    sorted.sort_by_key(rank);
    // What stays, and for one reason, is counted where it is much.
    let (stay, go): (Vec<&&Change>, Vec<&&Change>) =
        sorted.into_iter().partition(|change| matches!(change.fate, Fate::Stays(_)));
    for change in go.iter().take(SHOWN) {
        let sign = if matches!(change.fate, Fate::Goes) { '-' } else { '>' };
        let _ = writeln!(out, "  {sign} {} {}", change.object, change.words());
    }
    if go.len() > SHOWN {
        let _ = writeln!(out, "  … and {} more", go.len() - SHOWN);
    }
    let mut reasons: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
    for change in stay {
        reasons.entry(change.words()).or_default().push(change);
    }
    for (words, changes) in reasons {
        let (first, rest) = changes.split_at(changes.len().min(STAYING));
        for change in first {
            let _ = writeln!(out, "  = {} {words}", change.object);
        }
        if !rest.is_empty() {
            let _ = writeln!(out, "  = and so do {} more", rest.len());
        }
    }
    out
}

/// A number that stands for exactly these changes.
fn number(changes: &[&Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let _ = writeln!(text, "{} {} {}", change.cluster, change.object, change.word());
    }
    let mut id = BlobId::of(text.as_bytes()).to_string();
    id.truncate(8);
    id
}

/// "a, b and c".
fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
