//! What a layout asks of the descriptions that were written for an earlier version of it.

use indexmap::IndexMap;
use semver::Version;
use serde::Deserialize;

use super::manifest::{Manifest, escape};

/// What an upgrade changes in the description of a repository that is at an earlier version than this.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Migration {
    /// The version of the layout that it came with.
    pub version: Version,
    /// Variables that have another name since, by the old one.
    #[serde(default)]
    pub renamed_variables: IndexMap<String, String>,
    /// Variables that are gone since.
    #[serde(default)]
    pub removed_variables: Vec<String>,
}

impl Manifest {
    /// Its version, where that can be compared with others.
    #[must_use]
    pub fn semantic_version(&self) -> Option<Version> {
        Version::parse(&self.version).ok()
    }

    /// What a description has to go through that was written for a version of the layout, in order: all there is where
    /// that version is not known.
    pub fn migrations_from<'a>(
        &'a self,
        version: Option<&'a Version>,
    ) -> impl Iterator<Item = &'a Migration> {
        let later = move |one: &&Migration| version.is_none_or(|version| one.version > *version);
        self.migrations.iter().filter(later)
    }
}

/// What is wrong with a manifest's migrations, each with a JSON pointer to its place.
pub(super) fn faults(manifest: &Manifest) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    if manifest.migrations.is_empty() {
        return faults;
    }
    let own = manifest.semantic_version();
    if own.is_none() {
        let fault =
            "with migrations, the version has to be one that can be compared, such as 1.2.0";
        faults.push(("/version".to_owned(), fault.to_owned()));
    }
    let mut before: Option<&Version> = None;
    for (index, migration) in manifest.migrations.iter().enumerate() {
        let pointer = format!("/migrations/{index}");
        let later = &manifest.migrations[index + 1..];
        if before.is_some_and(|before| *before >= migration.version)
            || own.as_ref().is_some_and(|own| migration.version > *own)
        {
            let fault =
                "migrations stand in the order of their versions, none later than the layout's own";
            faults.push((format!("{pointer}/version"), fault.to_owned()));
        }
        before = Some(&migration.version);
        let declared = |name: &String| manifest.variables.contains_key(name);
        let returns = |name: &String| {
            later.iter().any(|one| one.renamed_variables.values().any(|new| new == name))
        };
        let goes_on = |name: &String| {
            later.iter().any(|one| {
                one.renamed_variables.contains_key(name) || one.removed_variables.contains(name)
            })
        };
        for (old, new) in &migration.renamed_variables {
            let pointer = format!("{pointer}/renamedVariables/{}", escape(old));
            if declared(old) && !returns(old) {
                faults.push((pointer, format!("`{old}` is renamed here, and is a variable still")));
            } else if !declared(new) && !goes_on(new) {
                faults.push((pointer, format!("`{new}` is none of the layout's variables")));
            }
        }
        for (at, name) in migration.removed_variables.iter().enumerate() {
            if declared(name) && !returns(name) {
                let pointer = format!("{pointer}/removedVariables/{at}");
                faults.push((pointer, format!("`{name}` goes here, and is a variable still")));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::layout::manifest::read;
    use crate::path::RepoPath;

    fn manifest(version: &str, rest: &str) -> Result<Vec<String>, Vec<String>> {
        let text = format!("name: small\nversion: {version}\nsummary: Small.\ncontext: 1\n{rest}");
        let file = RepoPath::new("layout.yaml").unwrap();
        match read(&file, text.as_bytes()) {
            Ok(crate::layout::manifest::Read { manifest, .. }) => {
                let from = "1.0.0".parse().unwrap();
                let steps = manifest.migrations_from(Some(&from));
                Ok(steps.map(|one| one.version.to_string()).collect())
            }
            Err(faults) => Err(faults
                .into_iter()
                .map(|fault| {
                    let at = fault.place.unwrap().range.unwrap().start;
                    format!("{}: {}", text[..at].lines().count(), fault.message)
                })
                .collect()),
        }
    }

    const VARIABLES: &str = "variables: { now: { type: string, default: a } }\n";

    #[test]
    fn those_of_later_versions_are_gone_through_in_order() {
        let chain = format!(
            "{VARIABLES}migrations:
- {{ version: 1.0.0, removedVariables: [long] }}
- {{ version: 1.1.0, renamedVariables: {{ old: then }} }}
- {{ version: 2.0.0, renamedVariables: {{ then: now }} }}
"
        );
        assert_eq!(manifest("2.0.0", &chain).unwrap(), ["1.1.0", "2.0.0"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_at_its_place() {
        let wrong = format!(
            "{VARIABLES}migrations:
- {{ version: 1.1.0, renamedVariables: {{ old: then }}, removedVariables: [now] }}
- {{ version: 1.1.0 }}
- {{ version: 3.0.0, renamedVariables: {{ now: then }} }}
"
        );
        insta::assert_snapshot!(manifest("2.0.0", &wrong).unwrap_err().join("\n"), @"
        7: `then` is none of the layout's variables
        7: `now` goes here, and is a variable still
        8: migrations stand in the order of their versions, none later than the layout's own
        9: migrations stand in the order of their versions, none later than the layout's own
        9: `now` is renamed here, and is a variable still
        ");
        insta::assert_snapshot!(manifest("second", "migrations: [{ version: 1.0.0 }]\n").unwrap_err().join("\n"), @"2: with migrations, the version has to be one that can be compared, such as 1.2.0");
        insta::assert_snapshot!(manifest("2.0.0", "migrations: [{ version: soon }]\n").unwrap_err().join("\n"), @"5: unexpected character 's' while parsing major version number");
    }
}
