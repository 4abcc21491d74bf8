//! The parts of an embedded layout: folders of `templates/_parts/` that several layouts have in common, and where each layout has them.
//!
//! A layout is put together when it is asked for. What comes out is flat and whole: a repository's copy knows nothing of parts. Nothing
//! here knows a layout, a part, or what either says.

use std::collections::BTreeMap;

use include_dir::{Dir, DirEntry};
use kustomize::yaml::{Budget, SourceId, from_node, parse};
use serde::Deserialize;

use crate::path::{RepoPath, RepoPathError};

/// The file in a layout's folder that says which parts it has. It is no part of the layout.
pub(super) const DECLARATION: &str = "parts.yaml";
/// The folder of the parts, beside the layouts.
pub(super) const PARTS: &str = "_parts";
/// What begins and ends a text that each layout says for itself.
const OPEN: &str = "@{";
const CLOSE: char = '}';
/// Where the part lies in the layout, as the start of a path: what includes within a part begin with.
const MOUNT: &str = "mount";

/// A part in a layout.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mounted {
    /// Its folder below `_parts/`, or one file there.
    part: String,
    /// The folder of the layout that it fills, `.` for the layout's own; of a single file the path.
    at: String,
    /// The texts that it leaves open.
    #[serde(default)]
    with: BTreeMap<String, String>,
}

/// What is wrong with how a layout is put together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PartsError {
    /// The declaration is not readable.
    #[error("`{DECLARATION}`: {0}")]
    Declaration(String),
    /// There is no such part.
    #[error("there is no part `{0}`")]
    NoPart(String),
    /// A path that leads elsewhere.
    #[error(transparent)]
    Path(#[from] RepoPathError),
    /// Two parts bring the same file.
    #[error("two parts bring `{0}`")]
    Twice(RepoPath),
    /// A part leaves a text open, and the layout does not say it.
    #[error("`{file}` needs `{name}`, which `with` does not say")]
    Unsaid {
        /// The part's file.
        file: String,
        /// The name of the text.
        name: String,
    },
    /// The layout says a text that its part does not ask for.
    #[error("the part `{part}` has no place for `{name}`")]
    Unused {
        /// The part.
        part: String,
        /// The name of the text.
        name: String,
    },
}

/// All files of the layout in a folder of the templates, by their paths below it, each as a repository gets it.
///
/// # Errors
/// What is wrong with the declaration, or with a part in this layout.
pub(super) fn compose(
    templates: &Dir<'_>,
    folder: &str,
) -> Result<BTreeMap<RepoPath, Vec<u8>>, PartsError> {
    let mut files = BTreeMap::new();
    if let Some(declaration) = templates.get_file(format!("{folder}/{DECLARATION}")) {
        for mounted in read(declaration.contents())? {
            mount(templates, &mounted, &mut files)?;
        }
    }
    // A file of the layout's own counts more than a part's.
    for (path, bytes) in files_below(templates, folder) {
        if path != DECLARATION {
            files.insert(RepoPath::new(path)?, bytes.to_vec());
        }
    }
    Ok(files)
}

fn read(bytes: &[u8]) -> Result<Vec<Mounted>, PartsError> {
    let documents = parse(SourceId(0), bytes, &Budget::default()).map_err(|errors| {
        PartsError::Declaration(errors.first().map(ToString::to_string).unwrap_or_default())
    })?;
    let root = documents.first().map(|document| document.root.clone()).unwrap_or_default();
    from_node(&root).map_err(|error| PartsError::Declaration(error.message))
}

fn mount(
    templates: &Dir<'_>,
    mounted: &Mounted,
    files: &mut BTreeMap<RepoPath, Vec<u8>>,
) -> Result<(), PartsError> {
    let source = format!("{PARTS}/{}", mounted.part);
    let at = mounted.at.trim_matches('/');
    let below = |path: &str| if at == "." { path.to_owned() } else { format!("{at}/{path}") };
    let (found, folder): (Vec<(String, &[u8])>, &str) = match templates.get_entry(&source) {
        Some(DirEntry::File(file)) => {
            let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
            (vec![(at.to_owned(), file.contents())], folder)
        }
        Some(DirEntry::Dir(_)) => {
            let found = files_below(templates, &source);
            let found = found.into_iter().map(|(path, bytes)| (below(path), bytes)).collect();
            (found, if at == "." { "" } else { at })
        }
        None => return Err(PartsError::NoPart(mounted.part.clone())),
    };
    let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut unused: Vec<&str> = mounted.with.keys().map(String::as_str).collect();
    for (path, bytes) in found {
        let said = |name: &str| {
            if name == MOUNT {
                Some(start.as_str())
            } else {
                mounted.with.get(name).map(String::as_str)
            }
        };
        let bytes = fill(bytes, said, &mut unused)
            .map_err(|name| PartsError::Unsaid { file: format!("{source}: {path}"), name })?;
        let path = RepoPath::new(&path)?;
        if files.insert(path.clone(), bytes).is_some() {
            return Err(PartsError::Twice(path));
        }
    }
    match unused.first() {
        None => Ok(()),
        Some(name) => {
            Err(PartsError::Unused { part: mounted.part.clone(), name: (*name).to_owned() })
        }
    }
}

/// Puts the layout's texts where a part leaves them open, or tells the name of one that is not said.
fn fill<'s>(
    bytes: &[u8],
    said: impl Fn(&str) -> Option<&'s str>,
    unused: &mut Vec<&str>,
) -> Result<Vec<u8>, String> {
    let Ok(mut rest) = std::str::from_utf8(bytes) else { return Ok(bytes.to_vec()) };
    let mut out = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (name, after) = after.split_once(CLOSE).unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(said(name).ok_or_else(|| name.to_owned())?);
        unused.retain(|other| *other != name);
        rest = after;
    }
    out.push_str(rest);
    Ok(out.into_bytes())
}

/// The files below a folder, by their paths seen from it.
fn files_below<'t>(templates: &'t Dir<'_>, folder: &str) -> Vec<(&'t str, &'t [u8])> {
    fn gather<'t>(dir: &'t Dir<'_>, found: &mut Vec<(&'t str, &'t [u8])>) {
        found.extend(dir.files().filter_map(|file| Some((file.path().to_str()?, file.contents()))));
        dir.dirs().for_each(|dir| gather(dir, found));
    }
    let mut found = Vec::new();
    if let Some(dir) = templates.get_dir(folder) {
        gather(dir, &mut found);
    }
    let below = |path: &'t str| path.strip_prefix(folder)?.strip_prefix('/');
    found.into_iter().filter_map(|(path, bytes)| Some((below(path)?, bytes))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use include_dir::File;

    use super::*;

    const PART: &[DirEntry<'_>] = &[
        DirEntry::File(File::new("_parts/rules/_names.tera", b"names")),
        DirEntry::File(File::new(
            "_parts/rules/all.yaml.tera",
            b"{% include \"@{mount}_names.tera\" %}: @{what}",
        )),
    ];
    const PARTS: &[DirEntry<'_>] = &[DirEntry::Dir(Dir::new("_parts/rules", PART))];

    /// The files of a layout with a declaration and a file of its own.
    fn composed(declaration: &'static str) -> Result<Vec<String>, String> {
        let own = [
            DirEntry::File(File::new("small/parts.yaml", declaration.as_bytes())),
            DirEntry::File(File::new("small/layout.yaml", b"name: small")),
        ];
        let all =
            [DirEntry::Dir(Dir::new("_parts", PARTS)), DirEntry::Dir(Dir::new("small", &own))];
        let files = compose(&Dir::new("", &all), "small").map_err(|error| error.to_string())?;
        let told = |(path, bytes)| format!("{path}: {}", String::from_utf8(bytes).unwrap());
        Ok(files.into_iter().map(told).collect())
    }

    #[test]
    fn a_part_lies_where_the_layout_has_it_and_says_what_the_layout_says() {
        let declaration = "- { part: rules, at: infra/rules, with: { what: all } }";
        assert_eq!(
            composed(declaration).unwrap(),
            [
                "infra/rules/_names.tera: names",
                "infra/rules/all.yaml.tera: {% include \"infra/rules/_names.tera\" %}: all",
                "layout.yaml: name: small",
            ]
        );
        let own = "- { part: rules/_names.tera, at: layout.yaml }\n- { part: rules/_names.tera, at: a/b.tera }";
        assert_eq!(composed(own).unwrap(), ["a/b.tera: names", "layout.yaml: name: small"]);
        let root = composed("- { part: rules, at: ., with: { what: all } }").unwrap();
        assert_eq!(root[1], "all.yaml.tera: {% include \"_names.tera\" %}: all");
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let refused = |declaration| composed(declaration).unwrap_err();
        assert_eq!(refused("- { part: rule, at: . }"), "there is no part `rule`");
        assert_eq!(
            refused("- { part: rules, at: . }"),
            "`_parts/rules: all.yaml.tera` needs `what`, which `with` does not say"
        );
        assert_eq!(
            refused("- { part: rules, at: ., with: { what: a, why: b } }"),
            "the part `rules` has no place for `why`"
        );
        assert_eq!(
            refused("- { part: rules/_names.tera, at: a }\n- { part: rules/_names.tera, at: a }"),
            "two parts bring `a`"
        );
    }
}
