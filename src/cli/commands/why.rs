//! `tenantry why`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::fleet::{self, ClusterFolder, Elsewhere, FleetFolder};
use crate::cli::outcome::Outcome;
use crate::cli::report::Format;
use crate::cli::table::one_line;
use crate::cli::ui::Ui;
use crate::diagnostic::Severity;
use crate::flux::diff::Field;
use crate::flux::tell;
use crate::generate;
use crate::spec::Faults;
use crate::why::field::FieldText;
use crate::why::{Answer, Change, Said, Spot, Step, Told, Wanted, What, why};

/// The forms in which it can answer.
pub(super) const FORMS: &[Format] = &[Format::Text, Format::Json, Format::Yaml];

/// How many fields of a step are shown to people.
const FIELDS: usize = 8;

/// As much of a value as is shown to people on its line.
const LONGEST: usize = 72;

/// Tell why an object is what it is: which files, overlays, substitutions and patches made it, or one field of it, in order
///
/// The first step is where the object comes from, the last one what the cluster is handed. Each is told with its lines in the repository and, for
/// generated files, with the lines of the description that say the same. An object that a patch took away is told with that patch.
#[derive(Debug, clap::Args)]
pub(crate) struct WhyArgs {
    /// The object: KIND/NAME or KIND/NAMESPACE/NAME, the kind in any case, in the plural, or with its group.
    #[arg(value_name = "KIND/NAME")]
    object: Wanted,

    /// A field of it: `spec.values.cni`, `spec.containers[0].image`, or as a JSON pointer.
    ///
    /// Only the steps that changed the field, or something below it, are told, and those that say once more what is there already. Items of lists
    /// are given by number or by name; a key with dots stands in brackets and quotes.
    #[arg(value_name = "FIELD")]
    field: Option<FieldText>,

    /// The namespace of the object.
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// The cluster; needed where there are several.
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,

    #[command(flatten)]
    elsewhere: Elsewhere,
}

impl WhyArgs {
    pub(super) fn run(mut self, ui: &Ui) -> Result<Outcome, Failure> {
        if let Some(namespace) = &self.namespace {
            match &self.object.namespace {
                Some(said) if said != namespace => {
                    return Err(Failure::Usage(format!(
                        "the object is said to be in the namespace `{said}` and in `{namespace}`"
                    )));
                }
                _ => self.object.namespace = Some(namespace.clone()),
            }
        }
        let place = FleetFolder::find(ui, &self.elsewhere)?;
        let folder = self.folder(&place)?;
        let fleet = place.fleet(&place.files)?;
        let clusters = fleet::build(&fleet, std::slice::from_ref(&folder))?;
        fleet::warn_of_unused(ui, &fleet);
        let Some(cluster) = clusters.first() else {
            return Err(Failure::Usage(format!("there is no cluster `{}`", folder.name)));
        };
        let (mut diagnostics, texts) = tell(&clusters, &|_, _| true);
        diagnostics.retain(|one| one.severity == Severity::Error);
        // A repository that nobody described has no description to look into, and one that is wrong is not asked for that here.
        let generated = generate::meant(&place.files).ok();
        let said = Said::new(&place.files, generated.as_ref());
        let answer = match why(cluster, &self.object, self.field.as_ref(), &said) {
            Ok(answer) => answer,
            // It may be among what cannot be built: then that is what is wrong.
            Err(_) if !diagnostics.is_empty() => {
                return Err(Faults { diagnostics, texts }.into());
            }
            Err(error) => return Err(error.into()),
        };
        for one in &mut diagnostics {
            one.severity = Severity::Warning;
        }
        let data = data(&answer, &folder.name);
        Ok(Outcome::answer(text(&answer, &folder.name), data).with_diagnostics(diagnostics, texts))
    }

    /// The cluster that is asked about: the one that is said, or the only one.
    fn folder(&self, place: &FleetFolder) -> Result<ClusterFolder, Failure> {
        let names: Vec<String> = self.cluster.iter().cloned().collect();
        let mut folders = place.select(&place.files, &names)?;
        match (folders.pop(), folders.is_empty()) {
            (Some(only), true) => Ok(only),
            (last, _) => {
                folders.extend(last);
                let names: Vec<&str> = folders.iter().map(|one| one.name.as_str()).collect();
                Err(Failure::Usage(format!(
                    "there are several clusters: say which one with `--cluster`: {}",
                    names.join(", ")
                )))
            }
        }
    }
}

fn text(answer: &Answer, cluster: &str) -> String {
    let mut out = format!("{} on cluster {cluster}\n", answer.object);
    for told in &answer.told {
        let Told { kind, name, .. } = told;
        let how = match (told.applied, told.suspended) {
            (false, _) => "not applied by",
            (true, true) => "applied by the suspended",
            (true, false) => "applied by",
        };
        let _ = writeln!(out, "{how} {kind} {name}");
        if let Some(field) = &told.field {
            let value = told.value.as_ref().map_or_else(|| "not there".to_owned(), shown);
            let _ = writeln!(out, "\n{} is {value}", one_line(&field.to_string()));
        }
        for (at, step) in told.steps.iter().enumerate() {
            let _ = write!(out, "\n{:>3}  {}", at + 1, title(step));
            out.push('\n');
            for line in lines(step) {
                let _ = writeln!(out, "     {line}");
            }
        }
        if !told.applied && told.steps.last().is_some_and(|step| step.change == Change::Removed) {
            let place = told.steps.last().and_then(|step| step.places.first());
            let place = place.map_or_else(String::new, |place| format!(" by {}", at_line(place)));
            let _ = writeln!(out, "\nnot applied: removed{place}");
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn title(step: &Step) -> String {
    let mut title = step.what.words().to_owned();
    if step.component {
        title.push_str(" of a component");
    }
    if step.by_flux && has_field(step) {
        title.push_str(" of the Flux Kustomization");
    }
    if !step.about.is_empty() {
        let about: Vec<String> = step.about.iter().map(|one| one_line(one)).collect();
        let _ = write!(title, ": {}", about.join(", "));
    }
    title
}

/// Whether both a file of kustomize's and a Flux Kustomization may say such a step, so that it is worth saying which one does.
fn has_field(step: &Step) -> bool {
    matches!(
        step.what,
        What::Merge
            | What::Operation
            | What::Namespace
            | What::NamePrefix
            | What::NameSuffix
            | What::Image
    )
}

fn lines(step: &Step) -> Vec<String> {
    let mut lines: Vec<String> = step.places.iter().map(at_line).collect();
    lines.extend(step.said.iter().map(|place| format!("said in {}", at_line(place))));
    if step.said.is_empty() {
        lines.extend(step.template.iter().map(|template| format!("rendered from {template}")));
    }
    match &step.change {
        Change::Made => {}
        Change::Removed if step.what == What::End => lines.push(
            "leaves the object out, which is for kustomize alone (`config.kubernetes.io/local-config`)"
                .to_owned(),
        ),
        Change::Removed => lines.push("removes the object".to_owned()),
        Change::Again(value) => lines.push(format!("says it again: {}", shown(value))),
        Change::Value(before, after) => lines.push(changed(before.as_ref(), after.as_ref())),
        Change::Fields(fields) => {
            let one = |field: &Field| {
                let change = changed(field.before.as_ref(), field.after.as_ref());
                format!("{}: {change}", one_line(&field.path))
            };
            lines.extend(fields.iter().take(FIELDS).map(one));
            if fields.len() > FIELDS {
                lines.push(format!("and {} fields more", fields.len() - FIELDS));
            }
        }
    }
    lines
}

fn changed(before: Option<&Value>, after: Option<&Value>) -> String {
    match (before, after) {
        (None, Some(after)) => format!("sets {}", shown(after)),
        (Some(before), None) => format!("removes {}", shown(before)),
        (Some(before), Some(after)) => format!("{} -> {}", shown(before), shown(after)),
        (None, None) => "changes nothing".to_owned(),
    }
}

/// A value on a line.
fn shown(value: &Value) -> String {
    let text = one_line(&value.to_string());
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

fn at_line(spot: &Spot) -> String {
    let file = one_line(&spot.file);
    let line = if spot.line == 0 { String::new() } else { format!(":{}", spot.line) };
    match &spot.source {
        Some(source) => format!("{file}{line} (of {})", one_line(source)),
        None => format!("{file}{line}"),
    }
}

fn data(answer: &Answer, cluster: &str) -> Value {
    let object = &answer.object;
    let told = answer.told.iter().map(|told| {
        json!({
            "kind": told.kind,
            "namespace": told.name.namespace,
            "name": told.name.name,
            "applied": told.applied,
            "suspended": told.suspended,
            "field": told.field.as_ref().map(|field| json!({
                "path": field.to_string(),
                "pointer": field.pointer(),
                "value": told.value,
            })),
            "steps": told.steps.iter().map(step).collect::<Vec<_>>(),
        })
    });
    json!({
        "cluster": cluster,
        "object": {
            "group": object.group,
            "kind": object.kind,
            "namespace": object.namespace,
            "name": object.name,
        },
        "appliers": told.collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    let (change, fields) = match &step.change {
        Change::Made => ("made", Value::Null),
        Change::Removed => ("removed", Value::Null),
        Change::Again(value) => ("again", json!([{ "before": value, "after": value }])),
        Change::Value(before, after) => ("field", json!([{ "before": before, "after": after }])),
        Change::Fields(fields) => (
            "fields",
            fields
                .iter()
                .map(|field| {
                    json!({ "path": field.path, "before": field.before, "after": field.after, "secret": field.secret })
                })
                .collect(),
        ),
    };
    json!({
        "what": step.what,
        "byFlux": step.by_flux,
        "component": step.component,
        "about": step.about,
        "places": step.places.iter().map(spot).collect::<Vec<_>>(),
        "saidIn": step.said.iter().map(spot).collect::<Vec<_>>(),
        "template": step.template,
        "change": change,
        "fields": fields,
    })
}

fn spot(spot: &Spot) -> Value {
    json!({
        "file": spot.file,
        "line": (spot.line > 0).then_some(spot.line),
        "source": spot.source,
    })
}
