//! `tenantry explain`.

use std::fmt::Write as _;
use std::sync::Arc;

use kustomize::yaml::{Budget, SourceId, parse};
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::files::Files;
use crate::schemas::{Field, Kind, Library, Origin, Schemas, is_definition, nearest_version};

/// Tell what a kind of object, or a field of one, means
///
/// What is told comes from the schemas that tenantry carries, of Kubernetes, Flux and the components of its catalogue, and from the
/// CustomResourceDefinitions of the repository, which count first. Lists and maps are walked through.
///
/// `tenantry explain deployment.spec.template.spec.containers` tells what a container may say, `tenantry explain hr.spec` what a HelmRelease may,
/// `tenantry explain networking.istio.io/v1/Gateway` which of several kinds of that name is meant.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// A kind by its name, plural or short name, and the way to a field: KIND[.FIELD]..., or GROUP/VERSION/KIND[.FIELD]...
    #[arg(value_name = "KIND[.FIELD]")]
    what: String,

    /// The version of the kind, such as `autoscaling/v1`. Default: the one that the API server prefers.
    #[arg(long, value_name = "GROUP/VERSION")]
    api_version: Option<String>,

    /// List the fields of the fields, too, without what they mean.
    #[arg(long)]
    recursive: bool,

    /// What the API server of this cluster knows. Default: the platform's version of Kubernetes, or the newest.
    #[arg(long, value_name = "CLUSTER", conflicts_with = "kubernetes")]
    cluster: Option<String>,

    /// What this version of Kubernetes knows, such as `1.36`.
    #[arg(long, value_name = "VERSION")]
    kubernetes: Option<String>,
}

impl ExplainArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let schemas = self.schemas(ui)?;
        let (kind, path, others) = self.find(&schemas)?;
        let whole = schemas.whole(kind).ok_or_else(|| unknown_kind(&schemas, &kind.kind))?;
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let field = whole.at(&names).map_err(|error| {
            let full = |name: &str| match error.within.as_str() {
                "" => name.to_owned(),
                within => format!("{within}.{name}"),
            };
            let known = error.known.iter().map(|name| full(name)).collect();
            let kind = "field";
            Failure::Unknown { kind, name: full(&error.name), known }
        })?;
        let page = Page { schemas: &schemas, kind, path: &path, field: &field, others: &others };
        let text = page.text(self.recursive);
        let fields = field.children();
        let fields = fields.iter().map(|child| child.name().to_owned());
        Ok(Outcome::answer(text, page.data(self.recursive)).named(fields))
    }

    /// What is known here: outside of a platform, what tenantry carries.
    fn schemas(&self, ui: &Ui) -> Result<Schemas, Failure> {
        let library = Library::embedded().map_err(|error| Failure::Usage(error.to_string()))?;
        let library = Arc::new(library);
        let repository = match Repository::find(ui) {
            Ok(repository) => Some(repository),
            Err(Failure::NoPlatform(_)) if self.cluster.is_none() => None,
            Err(failure) => return Err(failure),
        };
        let version = match (&self.kubernetes, &repository) {
            (Some(version), _) => Some(version.clone()),
            (None, Some(repository)) => self.said_version(repository)?,
            (None, None) => None,
        };
        let schemas = Schemas::new(&library, version.as_deref()).map_err(|error| {
            Failure::BadAnswer { flag: "--kubernetes", reason: error.to_string() }
        })?;
        let definitions = repository.map(|repository| definitions(&repository.disk));
        Ok(schemas.with_definitions(&definitions.unwrap_or_default()))
    }

    /// The version of Kubernetes that the description says. One that is wrong somewhere else keeps nobody from reading.
    fn said_version(&self, repository: &Repository) -> Result<Option<String>, Failure> {
        let platform = match (repository.load(), &self.cluster) {
            (Ok(platform), _) => platform,
            (Err(failure), Some(_)) => return Err(failure),
            (Err(_), None) => return Ok(None),
        };
        let said = match &self.cluster {
            None => platform.settings.kubernetes,
            Some(name) => {
                let cluster = platform.clusters.get(name.as_str());
                let cluster = cluster.ok_or_else(|| Failure::Unknown {
                    kind: "cluster",
                    name: name.clone(),
                    known: platform.clusters.keys().map(ToString::to_string).collect(),
                })?;
                cluster.base.kubernetes.clone()
            }
        };
        Ok(said.map(|version| nearest_version(version.as_str()).to_owned()))
    }

    /// The kind that is meant, the way to a field of it, and the other kinds that have the name.
    fn find<'s>(
        &self,
        schemas: &'s Schemas,
    ) -> Result<(&'s Kind, Vec<String>, Vec<&'s Kind>), Failure> {
        let (group, rest) = match self.what.rsplit_once('/') {
            Some((group, rest)) => (Some(group), rest),
            None => (None, self.what.as_str()),
        };
        let steps: Vec<&str> = rest.split('.').filter(|step| !step.is_empty()).collect();
        // `[]` and `[0]` are how other tools write a list.
        let plain = |step: &&str| step.split('[').next().unwrap_or_default().to_owned();
        let mut first = None;
        // The name may go on with a group, as in `events.events.k8s.io`.
        for length in 1..=steps.len() {
            let name = steps[..length].join(".");
            let name = group.map_or(name.clone(), |group| format!("{group}/{name}"));
            let mut kinds = schemas.called(&name);
            if let Some(version) = &self.api_version {
                kinds.retain(|kind| kind.api_version() == *version || kind.group == *version);
            }
            let mut kinds = kinds.into_iter();
            let Some(kind) = kinds.next() else { continue };
            let path: Vec<String> = steps[length..].iter().map(plain).collect();
            let way: Vec<&str> = path.iter().map(String::as_str).collect();
            let leads = schemas.whole(kind).is_some_and(|whole| whole.at(&way).is_ok());
            let found = (kind, path, kinds.filter(|other| other.kind == kind.kind).collect());
            if leads {
                return Ok(found);
            }
            first.get_or_insert(found);
        }
        first.ok_or_else(|| match &self.api_version {
            Some(version) => {
                let name = format!("{} in {version}", steps.first().copied().unwrap_or_default());
                let known = schemas.called(steps.first().copied().unwrap_or_default());
                let known =
                    known.iter().map(|kind| format!("{} in {}", kind.kind, kind.api_version()));
                Failure::Unknown { kind: "kind", name, known: known.collect() }
            }
            None => unknown_kind(schemas, steps.first().copied().unwrap_or(rest)),
        })
    }
}

fn unknown_kind(schemas: &Schemas, name: &str) -> Failure {
    let mut known: Vec<String> = schemas.kinds().map(|kind| kind.kind.clone()).collect();
    // Somebody who writes small letters means a name in small letters.
    if name.chars().all(|letter| !letter.is_uppercase()) {
        let names = schemas.kinds().flat_map(|kind| [kind.plural.clone(), kind.singular.clone()]);
        known = names.chain(schemas.kinds().flat_map(|kind| kind.short.clone())).collect();
    }
    match crate::spec::nearest(name, known.iter().map(String::as_str)) {
        Some(near) => {
            let (name, known) = (name.to_owned(), vec![near.to_owned()]);
            Failure::Unknown { kind: "kind", name, known }
        }
        None => Failure::BadAnswer {
            flag: "KIND",
            reason: format!(
                "no kind is called `{name}`; what tenantry does not carry comes from CustomResourceDefinitions of the repository"
            ),
        },
    }
}

/// The CustomResourceDefinitions of a repository.
fn definitions(files: &dyn Files) -> Vec<kustomize::yaml::Node> {
    let listed = files.survey(None).files;
    let manifests = listed.iter().filter(|path| {
        let path = path.as_str();
        path.ends_with(".yaml") || path.ends_with(".yml")
    });
    let read = manifests.filter_map(|path| files.read(path).ok().flatten());
    let holding = read
        .filter(|bytes| memchr::memmem::find(bytes, b"kind: CustomResourceDefinition").is_some());
    let parsed = holding.filter_map(|bytes| parse(SourceId(0), &bytes, &Budget::default()).ok());
    parsed.flatten().map(|document| document.root).filter(is_definition).collect()
}

/// What is told of a field.
struct Page<'a> {
    schemas: &'a Schemas,
    kind: &'a Kind,
    path: &'a [String],
    field: &'a Field<'a>,
    /// Other kinds of the same name.
    others: &'a [&'a Kind],
}

/// How wide descriptions are.
const WIDTH: usize = 80;

impl Page<'_> {
    fn text(&self, recursive: bool) -> String {
        let Self { kind, field, .. } = self;
        let mut text = String::new();
        if !kind.group.is_empty() {
            let _ = writeln!(text, "GROUP:      {}", kind.group);
        }
        let _ = writeln!(text, "KIND:       {}\nVERSION:    {}", kind.kind, kind.version);
        let _ = writeln!(text, "SCHEMA:     {}\n", self.origin());
        if !self.path.is_empty() {
            let required = if field.required() { " -required-" } else { "" };
            let (path, of) = (self.path.join("."), field.type_name());
            let _ = writeln!(text, "FIELD: {path} <{of}>{required}\n");
        }
        facts(&mut text, field);
        let description = field.description();
        let description = if description.is_empty() { "<empty>" } else { &description };
        text.push_str("DESCRIPTION:\n");
        wrap(&mut text, description, 4);
        let children = field.children();
        if !children.is_empty() {
            text.push_str("\nFIELDS:\n");
            match recursive {
                true => nested(&mut text, &children, 2, &mut Vec::new()),
                false => children.iter().for_each(|child| listed(&mut text, child)),
            }
        }
        let trimmed = text.trim_end().len();
        text.truncate(trimmed);
        text.push('\n');
        if !self.others.is_empty() {
            let others: Vec<String> = self.others.iter().map(|kind| kind.api_version()).collect();
            let _ = writeln!(text, "\nALSO IN:    {}", others.join(", "));
        }
        text
    }

    fn origin(&self) -> String {
        match self.schemas.origin(self.kind) {
            Origin::Kubernetes(release) => format!("Kubernetes {release}"),
            Origin::Project(source) => format!("{} {}", source.name, source.version),
            Origin::Repository => "a CustomResourceDefinition of this repository".to_owned(),
        }
    }

    fn data(&self, recursive: bool) -> Value {
        let Self { kind, path, field, .. } = self;
        let mut data = json!({
            "group": kind.group,
            "version": kind.version,
            "kind": kind.kind,
            "plural": kind.plural,
            "shortNames": kind.short,
            "namespaced": kind.namespaced,
            "schema": self.origin(),
            "path": path,
            "alsoIn": self.others.iter().map(|kind| kind.api_version()).collect::<Vec<_>>(),
        });
        let (Some(into), Value::Object(own)) = (data.as_object_mut(), data_of(field)) else {
            return data;
        };
        into.extend(own);
        let children = field.children();
        let children = children.iter().map(|child| match recursive {
            true => data_below(child, &mut Vec::new()),
            false => data_of(child),
        });
        into.insert("fields".into(), children.collect());
        data
    }
}

/// What a field takes, besides its type.
fn facts(text: &mut String, field: &Field<'_>) {
    let choices = field.choices();
    if !choices.is_empty() {
        text.push_str("ENUM:\n");
        for choice in choices {
            let choice = if choice.is_empty() { "\"\"" } else { choice };
            let _ = writeln!(text, "    {choice}");
        }
        text.push('\n');
    }
    if let Some(default) = field.default() {
        let _ = writeln!(text, "DEFAULT: {default}\n");
    }
    if let Some(pattern) = field.pattern() {
        let _ = writeln!(text, "PATTERN: {pattern}\n");
    }
    let rules = field.rules();
    if !rules.is_empty() {
        text.push_str("RULES:\n");
        for (rule, words) in rules {
            wrap(text, words.unwrap_or(rule), 4);
        }
        text.push('\n');
    }
}

fn head(text: &mut String, field: &Field<'_>, indent: usize) {
    let required = if field.required() { " -required-" } else { "" };
    let (name, of) = (field.name(), field.type_name());
    let _ = writeln!(text, "{:indent$}{name}\t<{of}>{required}", "");
}

fn listed(text: &mut String, field: &Field<'_>) {
    head(text, field, 2);
    let choices = field.choices();
    if !choices.is_empty() {
        wrap(text, &format!("enum: {}", choices.join(", ")), 4);
    }
    let summary = field.summary();
    wrap(text, if summary.is_empty() { "<no description>" } else { summary }, 4);
    text.push('\n');
}

/// Types that hold themselves, such as `JSONSchemaProps`, are listed once on the way in.
fn nested(text: &mut String, fields: &[Field<'_>], indent: usize, above: &mut Vec<String>) {
    for field in fields {
        head(text, field, indent);
        let of = field.type_name();
        let is_definition = !of.ends_with("Object");
        if is_definition && above.contains(&of) {
            continue;
        }
        above.push(of);
        nested(text, &field.children(), indent + 2, above);
        above.pop();
    }
}

fn data_of(field: &Field<'_>) -> Value {
    let rules = field.rules();
    let rules = rules.iter().map(|(rule, words)| json!({ "rule": rule, "message": words }));
    let mut data = json!({
        "name": field.name(),
        "type": field.type_name(),
        "required": field.required(),
        "description": field.description(),
    });
    let Some(into) = data.as_object_mut() else { return data };
    let choices = field.choices();
    if !choices.is_empty() {
        into.insert("enum".into(), json!(choices));
    }
    if let Some(default) = field.default() {
        let default = serde_json::from_str(default).unwrap_or_else(|_| json!(default));
        into.insert("default".into(), default);
    }
    if let Some(pattern) = field.pattern() {
        into.insert("pattern".into(), json!(pattern));
    }
    if rules.len() > 0 {
        into.insert("rules".into(), rules.collect());
    }
    data
}

fn data_below(field: &Field<'_>, above: &mut Vec<String>) -> Value {
    let mut data = data_of(field);
    let of = field.type_name();
    if !of.ends_with("Object") && above.contains(&of) {
        return data;
    }
    above.push(of);
    let children = field.children();
    let children: Vec<Value> = children.iter().map(|child| data_below(child, above)).collect();
    above.pop();
    if let Some(into) = data.as_object_mut().filter(|_| !children.is_empty()) {
        into.insert("fields".into(), Value::Array(children));
    }
    data
}

/// Paragraphs at an indent; what is laid out by its author (lists, examples) keeps its lines.
fn wrap(text: &mut String, words: &str, indent: usize) {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(&indent)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    for line in words.lines() {
        match line.trim_end() {
            "" => text.push('\n'),
            line => {
                let _ = writeln!(text, "{}", textwrap::fill(line, &options));
            }
        }
    }
}
