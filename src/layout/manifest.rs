//! `layout.yaml`: what a layout says about itself.

use indexmap::IndexMap;
use kustomize::yaml::{Budget, DeErrorKind, Node, SourceId, Span, from_node, parse};
use serde::Deserialize;
use serde_json::Value as Json;

use super::engine::nearest;
use super::migration::{self, Migration};
use super::pattern::{Loop, Member, PathPattern};
use crate::context;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::path::RepoPath;

/// A layout's manifest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Manifest {
    /// The layout's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, in a sentence.
    pub summary: String,
    /// The version of the context that its templates need.
    pub context: u32,
    /// Variables that `layout.variables` in `platform.yaml` can set.
    #[serde(default)]
    pub variables: IndexMap<String, Variable>,
    /// The roles that the description may name.
    #[serde(default)]
    pub roles: Roles,
    /// What the layout needs for itself.
    #[serde(default)]
    pub reserved: Reserved,
    /// Whose the generated files are.
    #[serde(default)]
    pub files: FileRules,
    /// Folders that stand on others and hold what differs.
    #[serde(default)]
    pub overlays: Vec<OverlayRule>,
    /// The OCI artifacts that clusters pull in the place of the repository.
    #[serde(default)]
    pub artifacts: Vec<ArtifactRule>,
    /// What an upgrade from an earlier version changes in the description.
    #[serde(default)]
    pub migrations: Vec<Migration>,
}

/// A variable of a layout.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Variable {
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: VariableKind,
    /// Its value unless `platform.yaml` says another. Without one it must be said.
    #[serde(default)]
    pub default: Option<Json>,
    /// What it is for.
    #[serde(default)]
    pub description: String,
}

/// The type of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VariableKind {
    /// A text.
    String,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A list.
    List,
    /// A mapping.
    Map,
}

impl VariableKind {
    fn takes(self, value: &Json) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Bool => value.is_boolean(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::List => value.is_array(),
            Self::Map => value.is_object(),
        }
    }

    /// With its article, for messages.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Bool => "`true` or `false`",
            Self::Integer => "a whole number",
            Self::List => "a list",
            Self::Map => "a mapping",
        }
    }
}

/// The roles that the description may name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Roles {
    /// What `role` of a tenant may be.
    pub tenant: Vec<String>,
    /// What the keys of a tenant's `groups` may be.
    pub groups: Vec<String>,
}

/// What a layout needs for itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Reserved {
    /// Names that no tenant and no component may have.
    pub names: Vec<String>,
    /// Names that no environment may have.
    pub environments: Vec<String>,
    /// Namespaces that no tenant may claim.
    pub namespaces: Vec<String>,
    /// Variables of the type `list` whose values are such namespaces as well, because the layout trusts them.
    pub namespaces_of: Vec<String>,
}

/// Whose generated files are, as patterns over their paths; what no pattern names is managed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct FileRules {
    /// Written once, then the user's.
    pub once: Vec<String>,
    /// Somebody else's.
    pub foreign: Vec<String>,
    /// Lists by nature.
    pub lists: Vec<String>,
    /// Files that carry rights: no hand edits them unless `edits.forbid` in `platform.yaml` says otherwise.
    pub guarded: Vec<Guarded>,
}

/// Files that no hand edits, and how the description says what they say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Guarded {
    /// Patterns over their paths.
    pub paths: Vec<String>,
    /// What to write instead, as the end of a sentence: "`role` and `groups` in the tenant's file".
    pub say: String,
}

/// A set of folders that stand on a base and hold what differs in an environment or on a cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OverlayRule {
    /// Whose.
    pub entity: Member,
    /// The folder with what holds everywhere.
    pub base: String,
    /// The folder with what differs in an environment.
    pub environment: String,
    /// The folder with what differs on a cluster.
    pub cluster: String,
    /// Whether an environment has its folder even when nothing differs.
    #[serde(default)]
    pub always: bool,
}

/// An OCI artifact, or one for each component.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ArtifactRule {
    /// Its name below `artifacts.url` of `platform.yaml`: `platform`, or `components/{component}`.
    pub name: String,
    /// Patterns over the paths of the files in it, which keep these paths; `{component}` may stand in them as in the name. The
    /// folders of manifests that a component names come along.
    pub paths: Vec<String>,
}

/// An artifact rule with its name read.
#[derive(Clone, Debug)]
pub struct ArtifactNames {
    /// The name, with the placeholder of a component if there is one for each.
    pub name: PathPattern,
    /// As [`ArtifactRule::paths`].
    pub paths: Vec<String>,
}

/// An overlay rule with its paths read.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Whose.
    pub member: Member,
    /// The folder with what holds everywhere.
    pub base: PathPattern,
    /// The folder with what differs in an environment.
    pub environment: PathPattern,
    /// The folder with what differs on a cluster.
    pub cluster: PathPattern,
    /// Whether an environment has its folder even when nothing differs.
    pub always: bool,
}

/// A manifest with its rules read.
pub(crate) struct Read {
    pub(crate) manifest: Manifest,
    pub(crate) overlays: Vec<Overlay>,
    pub(crate) artifacts: Vec<ArtifactNames>,
}

/// Reads a manifest. All that is wrong is told at once, but for what hides behind a wrong type.
pub(crate) fn read(file: &RepoPath, bytes: &[u8]) -> Result<Read, Vec<Diagnostic>> {
    let at = |span: Span| Place { file: file.clone(), range: Some(span.range()) };
    let invalid = |message: String| Diagnostic::error(Code::InvalidLayout, message);
    let documents = parse(SourceId(0), bytes, &Budget::default()).map_err(|errors| {
        errors
            .into_iter()
            .map(|error| invalid(error.kind.to_string()).at(at(error.span)))
            .collect::<Vec<_>>()
    })?;
    let [document] = documents.as_slice() else {
        let whole = Place { file: file.clone(), range: None };
        return Err(vec![invalid("the manifest is not one YAML document".to_owned()).at(whole)]);
    };
    let root = &document.root;
    // Before anything else: a newer manifest may well have fields that are not known here.
    if let Some(wanted) = root.get("context")
        && wanted.as_i64().is_some_and(|version| version > i64::from(context::VERSION))
    {
        let wants = wanted.as_i64().unwrap_or_default();
        return Err(vec![
            Diagnostic::error(
                Code::LayoutTooNew,
                format!(
                    "{} asks for context {wants}; this tenantry {} knows {}",
                    title(root),
                    env!("CARGO_PKG_VERSION"),
                    context::VERSION
                ),
            )
            .at(at(wanted.span))
            .help("use a later tenantry, or the layout's version that was here before"),
        ]);
    }
    let manifest: Manifest = from_node(root).map_err(|error| {
        let diagnostic = |message| invalid(message).at(at(error.span));
        vec![match &error.kind {
            // A later version of a layout may say what is not known here.
            DeErrorKind::UnknownField { field, expected }
            | DeErrorKind::UnknownVariant { variant: field, expected } => {
                let told = format!("{}: {}", title(root), error.message);
                diagnostic(told).help(match nearest(field, expected) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!(
                        "this tenantry {} knows: {}; a layout for a later one needs a later one",
                        env!("CARGO_PKG_VERSION"),
                        expected.join(", ")
                    ),
                })
            }
            _ => diagnostic(error.message.clone()),
        }]
    })?;
    let place_of = |pointer: &str| at(root.pointer(pointer).unwrap_or(root).span);
    let mut faults = Vec::new();
    if manifest.context == 0 {
        faults.push(
            invalid("the first version of the context is 1".to_owned()).at(place_of("/context")),
        );
    }
    for (name, variable) in &manifest.variables {
        let pointer = format!("/variables/{}", escape(name));
        if !is_identifier(name) {
            let fault = format!("`{name}` is no name that a template can say");
            faults.push(invalid(fault).at(place_of(&pointer)).help("letters, digits and `_`"));
        }
        if let Some(default) = &variable.default
            && !variable.kind.takes(default)
        {
            let fault = format!("the default of `{name}` is not {}", variable.kind.words());
            faults.push(invalid(fault).at(place_of(&format!("{pointer}/default"))));
        }
    }
    let rules = &manifest.files;
    let named = [("once", &rules.once), ("foreign", &rules.foreign), ("lists", &rules.lists)];
    let named = named.map(|(field, globs)| (format!("/files/{field}"), globs));
    let guarded = rules.guarded.iter().enumerate();
    let guarded = guarded.map(|(at, rule)| (format!("/files/guarded/{at}/paths"), &rule.paths));
    for (field, globs) in named.into_iter().chain(guarded) {
        for (index, text) in globs.iter().enumerate() {
            if let Err(error) = glob(text) {
                let place = place_of(&format!("{field}/{index}"));
                faults.push(invalid(format!("the pattern is wrong: {}", error.kind())).at(place));
            }
        }
    }
    for (pointer, fault) in migration::faults(&manifest) {
        faults.push(invalid(fault).at(place_of(&pointer)));
    }
    let mut overlays = Vec::new();
    for (index, rule) in manifest.overlays.iter().enumerate() {
        let mut pattern = |field: &str, text: &str, wanted: Loop| {
            let place = place_of(&format!("/overlays/{index}/{field}"));
            match PathPattern::new(text) {
                Ok(pattern) if pattern.loops() == wanted => Some(pattern),
                Ok(_) => {
                    let names = match wanted {
                        Loop::Members(_) => format!("`{{{}}}` alone", rule.entity),
                        Loop::MembersOnClusters(_) => {
                            format!("`{{cluster}}` and `{{{}}}`", rule.entity)
                        }
                        _ => format!("`{{environment}}` and `{{{}}}`", rule.entity),
                    };
                    faults.push(invalid(format!("this path has to hold {names}")).at(place));
                    None
                }
                Err(error) => {
                    faults.push(invalid(error.to_string()).at(place));
                    None
                }
            }
        };
        let base = pattern("base", &rule.base, Loop::Members(rule.entity));
        let environment =
            pattern("environment", &rule.environment, Loop::MembersInEnvironments(rule.entity));
        let cluster = pattern("cluster", &rule.cluster, Loop::MembersOnClusters(rule.entity));
        if let (Some(base), Some(environment), Some(cluster)) = (base, environment, cluster) {
            let always = rule.always;
            overlays.push(Overlay { member: rule.entity, base, environment, cluster, always });
        }
    }
    let artifacts = artifacts(&manifest, &place_of, &mut faults);
    if faults.is_empty() { Ok(Read { manifest, overlays, artifacts }) } else { Err(faults) }
}

fn artifacts(
    manifest: &Manifest,
    place_of: &dyn Fn(&str) -> Place,
    faults: &mut Vec<Diagnostic>,
) -> Vec<ArtifactNames> {
    let invalid = |message: String| Diagnostic::error(Code::InvalidLayout, message);
    let mut read = Vec::new();
    for (at, rule) in manifest.artifacts.iter().enumerate() {
        let place = |field: &str| place_of(&format!("/artifacts/{at}/{field}"));
        let of_component = Loop::Members(Member::Component);
        match PathPattern::new(&rule.name) {
            Ok(name) if [Loop::Once, of_component].contains(&name.loops()) => {
                for (index, text) in rule.paths.iter().enumerate() {
                    let plain = match name.loops() == of_component {
                        true => text.replace("{component}", "x"),
                        false => text.clone(),
                    };
                    let fault = match glob(&plain) {
                        Err(error) => Some(format!("the pattern is wrong: {}", error.kind())),
                        Ok(_) if plain.contains("{component}") => {
                            Some("there is one artifact for all components".to_owned())
                        }
                        Ok(_) => None,
                    };
                    let place = || place(&format!("paths/{index}"));
                    faults.extend(fault.map(|fault| invalid(fault).at(place())));
                }
                read.push(ArtifactNames { name, paths: rule.paths.clone() });
            }
            Ok(_) => {
                let fault = "an artifact is for the platform, or for each `{component}`";
                faults.push(invalid(fault.to_owned()).at(place("name")));
            }
            Err(error) => faults.push(invalid(error.to_string()).at(place("name"))),
        }
    }
    read
}

/// The layout by name and version, of a manifest that may not be understood.
fn title(root: &Node) -> String {
    let text = |field| root.get(field).and_then(Node::as_str).unwrap_or("?");
    format!("the layout `{}` {}", text("name"), text("version"))
}

/// A pattern over paths: `*` stops at `/`, `**` does not.
pub(crate) fn glob(text: &str) -> Result<globset::Glob, globset::Error> {
    globset::GlobBuilder::new(text).literal_separator(true).build()
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A key as a part of a JSON pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The values of a layout's variables: what `platform.yaml` says, over the defaults.
///
/// `place` finds a variable's value in `platform.yaml`.
///
/// # Errors
/// Every value of a variable that the layout does not declare or of another type, and every variable
/// without a value.
pub fn variables(
    manifest: &Manifest,
    said: &serde_json::Map<String, Json>,
    place: &dyn Fn(&str) -> Option<Place>,
) -> Result<serde_json::Map<String, Json>, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let names: Vec<&str> = manifest.variables.keys().map(String::as_str).collect();
    let mut complain = |name: &str, mut diagnostic: Diagnostic| {
        diagnostic.place = place(name);
        faults.push(diagnostic);
    };
    for (name, value) in said {
        match manifest.variables.get(name) {
            None => {
                let fault = format!("the layout `{}` has no variable `{name}`", manifest.name);
                let help = match nearest(name, &names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if names.is_empty() => "it has none".to_owned(),
                    None => format!("there is: {}", names.join(", ")),
                };
                complain(name, Diagnostic::error(Code::UnknownField, fault).help(help));
            }
            Some(variable) if !variable.kind.takes(value) => {
                let wanted = variable.kind.words();
                let fault = format!("the layout's variable `{name}` takes {wanted}");
                complain(name, Diagnostic::error(Code::WrongType, fault));
            }
            Some(_) => {}
        }
    }
    let mut values = serde_json::Map::new();
    for (name, variable) in &manifest.variables {
        match said.get(name).or(variable.default.as_ref()) {
            Some(value) => {
                values.insert(name.clone(), value.clone());
            }
            None => {
                let fault = format!("the layout `{}` needs its variable `{name}`", manifest.name);
                let help = format!(
                    "say it in `layout.variables` of `platform.yaml`: {}",
                    variable.kind.words()
                );
                complain("", Diagnostic::error(Code::MissingField, fault).help(help));
            }
        }
    }
    if faults.is_empty() { Ok(values) } else { Err(faults) }
}
