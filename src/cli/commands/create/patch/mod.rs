//! `tenantry create patch`.

mod ask;
mod objects;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use kustomize::yaml::{Budget, Node, SourceId, parse};
use serde_json::{Value, json};

use self::objects::Known;
use super::{Document, NewEntity};
use crate::cli::change::{Change, Kind, Planned, existing};
use crate::cli::commands::diff::{shown, text};
use crate::cli::dialogue::Dialogue;
use crate::cli::failure::Failure;
use crate::cli::fleet::{self, ClusterFolder, Elsewhere, FleetFolder};
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::flux::Cluster;
use crate::generate::{carried_out, generate};
use crate::package::packages;
use crate::patches::apply;
use crate::spec::Platform;
use crate::spec::patch::{Op, Operation};
use crate::spec::text::{
    ClusterName, ComponentName, EnvironmentName, ItemName, JsonPointer, TenantName,
};

/// Change an object that somebody else ships, or that the layout makes
///
/// The object and the field are asked for: a list of what the chosen clusters apply, and a walk through the object. What each
/// cluster would see is shown before anything is written.
///
/// Operations are done in this order: `--test`, `--remove`, `--replace`, `--add`, `--append`, `--operation`.
///
/// Examples:
///
///     tenantry create patch cni-paths --cluster edge-2 --target HelmRelease/istio-cni --add /spec/values/cni/cniBinDir=/opt/cni/bin
///     tenantry create patch no-cni --cluster edge-1 --target HelmRelease/istio-cni --delete --confirm istio-cni
///     tenantry create patch scale-to-zero --target ClusterPolicy/scale-deployment-zero --replace '/spec/rules/0/match/any/0/resources/namespaces=["*"]'
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct PatchArgs {
    /// The patch's name; also its file's.
    #[arg(value_name = "NAME")]
    name: Option<ItemName>,

    /// The object: KIND, KIND/NAME or KIND/NAMESPACE/NAME, where KIND may be KIND.GROUP; each is a regular expression for the whole text.
    #[arg(long, value_name = "OBJECT")]
    target: Option<TargetText>,

    /// Only on this cluster. May be given several times.
    #[arg(long, value_name = "CLUSTER", value_delimiter = ',')]
    cluster: Vec<ClusterName>,

    /// Only on the clusters of this environment. May be given several times.
    #[arg(long, value_name = "ENVIRONMENT", value_delimiter = ',')]
    environment: Vec<EnvironmentName>,

    /// Only objects of this component. May be given several times.
    #[arg(long, value_name = "COMPONENT", value_delimiter = ',')]
    component: Vec<ComponentName>,

    /// Only objects of this tenant. May be given several times.
    #[arg(long, value_name = "TENANT", value_delimiter = ',')]
    tenant: Vec<TenantName>,

    /// The source that ships the object, where this repository does not: a tenant's by its name, or `manifests` of a component. `--with` lets it
    /// be proven.
    #[arg(long, value_name = "NAME")]
    source: Option<ItemName>,

    /// Hold only where a field has this value.
    #[arg(long, value_name = "PATH=VALUE")]
    test: Vec<Assigned>,

    /// Take away a field, or an item of a list by its number.
    #[arg(long, value_name = "PATH")]
    remove: Vec<JsonPointer>,

    /// Replace a field that is there, a whole list or mapping too.
    #[arg(long, value_name = "PATH=VALUE")]
    replace: Vec<Assigned>,

    /// Add a field; the value is YAML.
    #[arg(long, value_name = "PATH=VALUE")]
    add: Vec<Assigned>,

    /// Add an item to the end of a list.
    #[arg(long, value_name = "PATH=VALUE")]
    append: Vec<Assigned>,

    /// Any operation, as YAML: `{ op: copy, from: /spec/a, path: /spec/b }`.
    #[arg(long, value_name = "YAML")]
    operation: Vec<OperationText>,

    /// Merge a part of the object into it, as YAML; null takes a field away.
    #[arg(long, value_name = "YAML", conflicts_with_all = ["test", "remove", "replace", "add", "append", "operation", "delete"])]
    merge: Option<String>,

    /// Take the object away.
    #[arg(long, conflicts_with_all = ["test", "remove", "replace", "add", "append", "operation"])]
    delete: bool,

    /// Add what is missing on the way to what `--add` adds.
    #[arg(long)]
    add_parents: bool,

    #[command(flatten)]
    elsewhere: Elsewhere,

    #[command(flatten)]
    new: NewEntity,
}

/// `PATH=VALUE`, with a JSON pointer and YAML.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assigned {
    pub path: JsonPointer,
    pub value: Value,
    text: String,
    /// As it was given.
    said: String,
}

impl FromStr for Assigned {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((path, value)) = text.split_once('=') else {
            return Err(format!("`{text}` is not of the form PATH=VALUE"));
        };
        let path =
            path.trim().parse().map_err(|error: crate::spec::text::TextError| error.to_string())?;
        let (value, shown) = (yaml_value(value)?, value.trim().to_owned());
        Ok(Self { path, value, text: shown, said: text.to_owned() })
    }
}

impl fmt::Display for Assigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.text)
    }
}

impl Assigned {
    /// The value as the field has it now: a text stays one, though it may look like a number.
    fn value_in(&self, object: Option<&Node>) -> Value {
        let there = object.and_then(|object| object.pointer(self.path.as_str()));
        match (there.map(|node| &node.value), &self.value) {
            (
                Some(kustomize::yaml::Value::String(_)),
                Value::Number(_) | Value::Bool(_) | Value::Null,
            ) => Value::String(self.text.clone()),
            (_, value) => value.clone(),
        }
    }
}

/// One operation as YAML.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OperationText(Operation);

impl FromStr for OperationText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        serde_json::from_value(yaml_value(text)?).map(Self).map_err(|error| error.to_string())
    }
}

/// A value as YAML.
pub(super) fn yaml_value(text: &str) -> Result<Value, String> {
    let documents = parse(SourceId(0), text.as_bytes(), &Budget::default())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    match &*documents {
        [] => Ok(Value::Null),
        [document] => Ok(document.root.to_json()),
        _ => Err("it holds several documents".to_owned()),
    }
}

/// Which object: `KIND[.GROUP][/[NAMESPACE/]NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TargetText {
    pub kind: String,
    pub group: Option<String>,
    pub namespace: Option<String>,
    pub name: Option<String>,
}

impl FromStr for TargetText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').map(str::trim).collect();
        let (kind, namespace, name) = match *parts {
            [kind] => (kind, None, None),
            [kind, name] => (kind, None, Some(name)),
            [kind, namespace, name] => (kind, Some(namespace), Some(name)),
            _ => return Err("write KIND/NAME or KIND/NAMESPACE/NAME".to_owned()),
        };
        let (kind, group) = match kind.split_once('.') {
            // `.*` is a regular expression, and no group.
            Some((kind, group)) if !group.is_empty() && !group.starts_with(['*', '+', '?']) => {
                (kind, Some(group.to_owned()))
            }
            _ => (kind, None),
        };
        let said = |part: Option<&str>| part.is_none_or(|part| !part.is_empty());
        if kind.is_empty() || !said(name) || !said(namespace) {
            return Err("write KIND/NAME or KIND/NAMESPACE/NAME".to_owned());
        }
        Ok(Self {
            kind: kind.to_owned(),
            group,
            namespace: namespace.map(str::to_owned),
            name: name.map(str::to_owned),
        })
    }
}

impl fmt::Display for TargetText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if let Some(group) = &self.group {
            write!(f, ".{group}")?;
        }
        for part in [&self.namespace, &self.name].into_iter().flatten() {
            write!(f, "/{part}")?;
        }
        Ok(())
    }
}

impl PatchArgs {
    pub(super) fn run(mut self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.new.writing.dry_run)?;
        let mut generated = generate(&repository.disk)?;
        let plan = repository.plan(&mut generated)?;
        let place = FleetFolder::find(ui, &self.elsewhere)?;
        let before_files = carried_out(&place.files, &generated, &plan);
        let mut dialogue = Dialogue::new(ui);
        let given = super::from::read(ui, &self.new, self.name.as_ref().map(ItemName::as_str))?;
        self.check_names(&generated.platform)?;
        if given.is_none() {
            self.ask_where(&mut dialogue, &generated.platform)?;
        }
        let folders = self.folders(&place, &generated.platform, &before_files, given.is_some())?;
        let packages = packages(&generated.platform, &generated.layout);
        let fleet_before = place.fleet_of(&before_files, packages)?;
        let spinner = ui.spinner("Building what the clusters apply");
        let before = fleet::build(&fleet_before, &folders);
        spinner.finish_and_clear();
        let before = before?;
        let (name, document) = match given {
            Some((name, document)) => (name, self.add_to(document, None)?),
            None => {
                let known = Known::of(&before, &generated.platform);
                let first = before.first().map(|cluster| cluster.name.as_str()).unwrap_or_default();
                let object = self.ask_what(&mut dialogue, &known, generated.fit.at(first))?;
                let name = self.ask_name(&mut dialogue, &generated.platform)?;
                dialogue.done()?;
                (name, self.add_to(Document::default(), object.as_ref())?)
            }
        };
        let name = ItemName::new(name)
            .map_err(|error| Failure::BadAnswer { flag: "NAME", reason: error.to_string() })?;
        let change = Change::create(
            &repository,
            &generated.platform,
            Kind::Patch,
            name.as_str(),
            &document,
            &self.new,
        )?;
        let spinner = ui.spinner("Rendering and checking the platform");
        let planned = change.planned();
        spinner.finish_and_clear();
        let planned = planned.inspect_err(|_| dialogue.keep_answers("create patch"))?;
        let (seen, data) = Self::preview(&place, &folders, &before, &planned)?;
        if dialogue.interactive() {
            ui.note(&format!("\n{}", seen.trim_end()));
        }
        let writing = &self.new.writing;
        let mut outcome = change.write(ui, &mut dialogue, writing, planned, &writing.confirm)?;
        outcome.data["clusters"] = data;
        if !dialogue.interactive() && !seen.is_empty() {
            outcome.text = format!("{seen}\n{}", outcome.text);
        }
        Ok(outcome)
    }

    /// What each cluster would see.
    fn preview(
        place: &FleetFolder,
        folders: &[ClusterFolder],
        before: &[Cluster<'_>],
        planned: &Planned,
    ) -> Result<(String, Value), Failure> {
        let Planned { generated, plan, .. } = planned;
        let files = carried_out(&place.files, generated, plan);
        let packages = packages(&generated.platform, &generated.layout);
        let fleet_after = place.fleet_of(&files, packages)?;
        let after = fleet::build(&fleet_after, folders)?;
        let differences = shown::clusters(before, &after);
        let data =
            json!(differences.iter().map(shown::ClusterDifference::data).collect::<Vec<Value>>());
        let names = ("what is described now".to_owned(), "the patch".to_owned());
        Ok((text::write(&names, &differences), data))
    }

    /// Names that there are not.
    fn check_names(&self, platform: &Platform) -> Result<(), Failure> {
        for name in &self.cluster {
            existing(platform, Kind::Cluster, name.as_str())?;
        }
        for name in &self.component {
            existing(platform, Kind::Component, name.as_str())?;
        }
        for name in &self.tenant {
            existing(platform, Kind::Tenant, name.as_str())?;
        }
        for name in &self.environment {
            if platform.environment(name).is_none() {
                let known = platform.environments().map(ToString::to_string).collect();
                let name = name.to_string();
                return Err(Failure::Unknown { kind: "environment", name, known });
            }
        }
        Ok(())
    }

    /// The clusters that it is for.
    fn folders(
        &self,
        place: &FleetFolder,
        platform: &Platform,
        files: &dyn crate::files::Files,
        all: bool,
    ) -> Result<Vec<ClusterFolder>, Failure> {
        let of_environments: BTreeSet<&ClusterName> =
            self.environment.iter().flat_map(|name| platform.clusters_in(name)).collect();
        let named = |cluster: &&ClusterName| {
            (self.cluster.is_empty() || self.cluster.contains(cluster))
                && (self.environment.is_empty() || of_environments.contains(cluster))
        };
        let names: Vec<String> = match all {
            true => Vec::new(),
            false => platform.clusters.keys().filter(named).map(ToString::to_string).collect(),
        };
        place.select(files, &names)
    }

    /// Says what the flags and the answers say.
    fn add_to(&self, mut document: Document, object: Option<&Node>) -> Result<Document, Failure> {
        document.put(&["scope", "environments"], &self.environment);
        document.put(&["scope", "clusters"], &self.cluster);
        document.put(&["scope", "components"], &self.component);
        document.put(&["scope", "tenants"], &self.tenant);
        if let Some(target) = &self.target {
            document.put(&["target", "group"], &target.group);
            document.put(&["target", "kind"], &target.kind);
            document.put(&["target", "name"], &target.name);
            document.put(&["target", "namespace"], &target.namespace);
        }
        document.put(&["target", "source"], &self.source);
        document.put(&["operations"], self.operations(object));
        if let Some(text) = &self.merge {
            let bad = |reason| Failure::BadAnswer { flag: "--merge", reason };
            match yaml_value(text).map_err(bad)? {
                Value::Object(fields) => document.put(&["merge"], fields),
                _ => return Err(bad("it is no mapping: write a part of the object".to_owned())),
            }
        }
        if self.delete {
            document.put(&["delete"], true);
        }
        Ok(document)
    }

    fn operations(&self, object: Option<&Node>) -> Vec<Operation> {
        let with = |op: Op, one: &Assigned| Operation {
            op,
            path: one.path.clone(),
            from: None,
            value: one.value_in(object),
        };
        let remove = |path: &JsonPointer| Operation {
            op: Op::Remove,
            path: path.clone(),
            from: None,
            value: Value::Null,
        };
        let mut operations: Vec<Operation> = Vec::new();
        operations.extend(self.test.iter().map(|one| with(Op::Test, one)));
        operations.extend(self.remove.iter().map(remove));
        operations.extend(self.replace.iter().map(|one| with(Op::Replace, one)));
        let mut parents: BTreeSet<String> = BTreeSet::new();
        let added = self.add.iter().map(|one| with(Op::Add, one));
        let appended = self.append.iter().filter_map(|one| {
            let path = JsonPointer::new(format!("{}/-", one.path)).ok()?;
            Some(Operation { op: Op::Add, path, from: None, value: one.value.clone() })
        });
        for operation in added.chain(appended) {
            if let Some(object) = object.filter(|_| self.add_parents) {
                for parent in apply::missing(object, operation.path.as_str()) {
                    if parents.insert(parent.path.to_string()) {
                        operations.push(parent);
                    }
                }
            }
            operations.push(operation);
        }
        operations.extend(self.operation.iter().map(|OperationText(one)| one.clone()));
        operations
    }

    /// Whether the flags say what is changed.
    fn says_what(&self) -> bool {
        self.delete
            || self.merge.is_some()
            || !self.operation.is_empty()
            || !self.remove.is_empty()
            || [&self.test, &self.replace, &self.add, &self.append]
                .iter()
                .any(|list| !list.is_empty())
    }
}
