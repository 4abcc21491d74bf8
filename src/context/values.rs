//! Helm values: files and inline values merged as Helm merges them.

use kustomize::yaml::{Budget, parse};
use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic, Place, Texts};
use crate::files::{Files, FilesError};
use crate::path::RepoPath;

/// Why a file with values cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ValuesError {
    /// The file does not exist.
    #[error("there is no file `{0}`")]
    Missing(RepoPath),
    /// The file cannot be read.
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: RepoPath,
        /// Why.
        #[source]
        reason: FilesError,
    },
    /// The file is not YAML.
    #[error("`{path}` is not YAML: {}", faults.first().map(ToString::to_string).unwrap_or_default())]
    Syntax {
        /// The file.
        path: RepoPath,
        /// What is wrong with it and where, in the order of the text.
        faults: Vec<kustomize::yaml::Error>,
    },
    /// The file holds something else than one mapping.
    #[error("`{0}` does not hold Helm values: a single mapping is expected")]
    NotAMapping(RepoPath),
}

impl ValuesError {
    /// The finding, at the place where the description names the file.
    #[must_use]
    pub fn diagnostic(&self, named_at: Place) -> Diagnostic {
        let message = self.to_string();
        match self {
            Self::Missing(_) => Diagnostic::error(Code::UnknownReference, message)
                .at(named_at)
                .help("paths of `valuesFiles` start at the folder of `platform.yaml`"),
            Self::Unreadable { .. } => {
                Diagnostic::error(Code::UnreadableFile, message).at(named_at)
            }
            Self::Syntax { path, faults } => {
                let range =
                    faults.first().map(|fault| fault.span.start as usize..fault.span.end as usize);
                Diagnostic::error(Code::InvalidYaml, message)
                    .at(Place { file: path.clone(), range })
                    .related(named_at, "named here")
            }
            Self::NotAMapping(path) => Diagnostic::error(Code::WrongType, message)
                .at(Place { file: path.clone(), range: None })
                .related(named_at, "named here"),
        }
    }
}

/// Reads a file with values. A file without any document is empty values.
///
/// # Errors
/// See [`ValuesError`].
pub(super) fn read(path: &RepoPath, files: &dyn Files) -> Result<Map<String, Value>, ValuesError> {
    let bytes = files
        .read(path)
        .map_err(|reason| ValuesError::Unreadable { path: path.clone(), reason })?
        .ok_or_else(|| ValuesError::Missing(path.clone()))?;
    let source = Texts::default().add(path.clone(), &*bytes);
    let documents = parse(source, &bytes, &Budget::default())
        .map_err(|faults| ValuesError::Syntax { path: path.clone(), faults })?;
    let [document] = &*documents else {
        return if documents.is_empty() {
            Ok(Map::new())
        } else {
            Err(ValuesError::NotAMapping(path.clone()))
        };
    };
    match document.root.to_json() {
        Value::Object(values) => Ok(values),
        Value::Null => Ok(Map::new()),
        _ => Err(ValuesError::NotAMapping(path.clone())),
    }
}

/// Lays stronger values over weaker ones: mappings merge, all else replaces. Null is a value like any
/// other, so that it reaches Helm, which takes the chart's default away for it.
pub(super) fn lay_over(weak: &mut Map<String, Value>, strong: &Map<String, Value>) {
    for (key, value) in strong {
        match (weak.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => lay_over(below, above),
            _ => {
                weak.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mappings_merge_and_null_passes_through() {
        let mut weak = json!({"a": {"b": 1, "c": 2}, "list": [1, 2], "gone": {"x": 1}});
        let strong = json!({"a": {"c": null, "d": 3}, "list": [3], "gone": null});
        let (Some(below), Some(above)) = (weak.as_object_mut(), strong.as_object()) else {
            unreachable!("both are mappings")
        };
        lay_over(below, above);
        assert_eq!(weak, json!({"a": {"b": 1, "c": null, "d": 3}, "list": [3], "gone": null}));
    }
}
