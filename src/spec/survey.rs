//! Which files are a description, what they describe, and what lies where it means nothing.

use std::collections::BTreeMap;

use kustomize::yaml::SourceId;
use rayon::prelude::*;

use super::entity::EntityKind;
use super::text::{ClusterName, ComponentName, ItemName, TenantName, TextError};
use super::typed::nearest;
use crate::diagnostic::{Code, Diagnostic, Place, Texts};
use crate::files::{Files, Listing};
use crate::path::RepoPath;

/// The file at the root.
pub(super) const PLATFORM_FILE: &str = "platform.yaml";

/// The folder that holds everything else.
const FOLDER: &str = "platform";

/// A file of the description.
pub(super) struct Found {
    pub(super) file: RepoPath,
    /// The entity's name; for `platform.yaml` that of the file.
    pub(super) name: String,
    pub(super) source: SourceId,
}

/// What was found.
pub(super) struct Survey {
    pub(super) files: Vec<Found>,
    /// What each of the files describes.
    pub(super) names: Vec<(EntityKind, String)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Finds the files of a description and reads their bytes.
///
/// # Errors
/// When there is no description at all.
pub(super) fn survey(files: &dyn Files, texts: &mut Texts) -> Result<Survey, Box<Diagnostic>> {
    let path = |text: &str| {
        RepoPath::new(text)
            .map_err(|error| Box::new(Diagnostic::error(Code::UnsafePath, error.to_string())))
    };
    let root = path(PLATFORM_FILE)?;
    let platform = files
        .read(&root)
        .map_err(|error| Box::new(error.diagnostic()))?
        .ok_or_else(|| Box::new(no_platform(files)))?;
    let Listing { files: paths, faults } = files.survey(Some(&path(FOLDER)?));
    let mut diagnostics: Vec<Diagnostic> =
        faults.iter().map(crate::files::FilesError::diagnostic).collect();

    let mut entities = Vec::new();
    for file in paths {
        match classify(&file) {
            Sort::Entity(kind, name) => entities.push((kind, name, file)),
            Sort::Free => {}
            Sort::Wrong(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    let entities = unique(entities, &mut diagnostics);
    let read: Vec<_> = entities.par_iter().map(|(_, _, file)| files.read(file)).collect();

    let mut found = Survey { files: Vec::new(), names: Vec::new(), diagnostics };
    let mut add = |kind, name: String, file: RepoPath, bytes: Vec<u8>| {
        let source = texts.add(file.clone(), bytes);
        found.files.push(Found { file, name: name.clone(), source });
        found.names.push((kind, name));
    };
    add(EntityKind::Platform, "platform".to_owned(), root, platform);
    for ((kind, name, file), bytes) in entities.into_iter().zip(read) {
        match bytes {
            Ok(Some(bytes)) => add(kind, name, file, bytes),
            // It went away since the folder was read: then it is not part of the description.
            Ok(None) => {}
            Err(error) => found.diagnostics.push(error.diagnostic()),
        }
    }
    Ok(found)
}

/// The files of a description and what each describes, whatever they say.
///
/// # Errors
/// When there is no description at all.
pub fn described(files: &dyn Files) -> Result<Vec<(EntityKind, RepoPath)>, Box<Diagnostic>> {
    let found = survey(files, &mut Texts::default())?;
    let kinds = found.names.into_iter().map(|(kind, _)| kind);
    Ok(kinds.zip(found.files.into_iter().map(|found| found.file)).collect())
}

fn no_platform(files: &dyn Files) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::NoPlatform, "there is no `platform.yaml` here");
    let other = RepoPath::new("platform.yml")
        .ok()
        .filter(|other| files.read(other).is_ok_and(|bytes| bytes.is_some()));
    match other {
        Some(file) => diagnostic
            .at(Place { file, range: None })
            .help("rename `platform.yml` to `platform.yaml`"),
        None => diagnostic
            .help("go to the folder of a platform, name it with `-C DIR`, or make one with `tenantry init`"),
    }
}

enum Sort {
    Entity(EntityKind, String),
    /// Nothing of the description, and nobody's mistake.
    Free,
    Wrong(Box<Diagnostic>),
}

const KINDS: [EntityKind; 4] =
    [EntityKind::Cluster, EntityKind::Component, EntityKind::Tenant, EntityKind::Patch];

/// What a file below `platform/` is.
fn classify(file: &RepoPath) -> Sort {
    let name = file.file_name();
    let rest = file.as_str().strip_prefix("platform/").unwrap_or(file.as_str());
    // What lies below `tests/` judges the description, and is no part of it: `suite` reads that.
    if rest.starts_with("values/")
        || rest.starts_with("tests/")
        || name.starts_with('.')
        || name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("md"))
    {
        return Sort::Free;
    }
    let wrong = |message: String, help: String| {
        let diagnostic = Diagnostic::error(Code::UnexpectedFile, message)
            .at(Place { file: file.clone(), range: None })
            .help(help);
        Sort::Wrong(Box::new(diagnostic))
    };
    let Some((folder, below)) = rest.split_once('/') else {
        return wrong(
            format!("`{file}` describes nothing"),
            "files of the description lie in `platform/clusters/`, `platform/components/`, `platform/patches/` and `platform/tenants/`"
                .to_owned(),
        );
    };
    let Some(kind) =
        KINDS.into_iter().find(|kind| kind.folder() == Some(&*format!("{FOLDER}/{folder}")))
    else {
        let folders = ["clusters", "components", "patches", "tenants", "tests", "values"];
        let help = match nearest(folder, folders) {
            Some(folder) => format!("did you mean `platform/{folder}/{below}`?"),
            None => {
                "the folders here are `clusters`, `components`, `patches`, `tenants`, `tests` and `values`"
                    .to_owned()
            }
        };
        return wrong(format!("`platform/{folder}/` is not a folder of the description"), help);
    };
    match name.rsplit_once('.') {
        Some((stem, "yaml")) => Sort::Entity(kind, stem.to_owned()),
        Some((stem, end)) if ["yml", "yaml", "json"].contains(&&*end.to_ascii_lowercase()) => {
            wrong(
                format!("`{file}` does not end in `.yaml`"),
                format!("rename it to `{stem}.yaml`"),
            )
        }
        _ => wrong(
            format!("`{file}` describes nothing"),
            format!(
                "a {kind} is a file that ends in `.yaml`; move anything else out of `platform/{folder}/`"
            ),
        ),
    }
}

/// Keeps the files whose names can be told apart and are names.
fn unique(
    entities: Vec<(EntityKind, String, RepoPath)>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(EntityKind, String, RepoPath)> {
    let mut first: BTreeMap<(EntityKind, String), (String, RepoPath)> = BTreeMap::new();
    let mut kept = Vec::with_capacity(entities.len());
    // Names in lower case come first, so that the odd one out is the one that is refused.
    let (good, odd): (Vec<_>, Vec<_>) =
        entities.into_iter().partition(|(_, name, _)| *name == name.to_lowercase());
    for (kind, name, file) in good.into_iter().chain(odd) {
        let key = (kind, name.to_lowercase());
        let whole = |file: &RepoPath| Place { file: file.clone(), range: None };
        if let Some((other, earlier)) = first.get(&key) {
            let message = if *other == name {
                format!("two files describe the {kind} `{name}`")
            } else {
                format!("the {kind}s `{name}` and `{other}` differ in case only")
            };
            diagnostics.push(
                Diagnostic::error(Code::SameName, message)
                    .at(whole(&file))
                    .related(whole(earlier), "the other one")
                    .help("rename or delete one of the two: the file's name is the entity's name, in whichever folder it lies"),
            );
            continue;
        }
        if let Err(error) = check_name(kind, &name) {
            let lower = name.to_lowercase().replace(['_', ' ', '.'], "-");
            let mut diagnostic =
                Diagnostic::error(Code::InvalidName, format!("`{name}` is not {}", error.what))
                    .at(whole(&file))
                    .label("the file's name is the entity's name")
                    .help(format!("a name is {}", error.rule));
            if check_name(kind, &lower).is_ok() {
                diagnostic = diagnostic
                    .help(format!("rename the file to `{lower}.yaml`; a name is {}", error.rule));
            }
            diagnostics.push(diagnostic);
        } else {
            kept.push((kind, name.clone(), file.clone()));
        }
        first.insert(key, (name, file));
    }
    kept.sort_by(|a, b| (a.0, &a.2).cmp(&(b.0, &b.2)));
    kept
}

fn check_name(kind: EntityKind, name: &str) -> Result<(), TextError> {
    match kind {
        EntityKind::Platform => Ok(()),
        EntityKind::Cluster => ClusterName::new(name).map(drop),
        EntityKind::Component => ComponentName::new(name).map(drop),
        EntityKind::Tenant => TenantName::new(name).map(drop),
        EntityKind::Patch => ItemName::new(name).map(drop),
    }
}
