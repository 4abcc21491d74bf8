//! Replacements that stand in files of their own.

use crate::yaml::{
    Budget, Node, ReadOptions, ReadRules, SourceId, Value, first_not_finite, parse_with,
};

use super::decode::{Decoder, Rules};
use super::{Replacement, ReplacementError, ReplacementField};

/// Reads the file that `path` of a replacement names: one replacement, or a list of them. As in
/// kustomize unknown fields are passed over here.
///
/// # Errors
///
/// Everything that is wrong with the file, in its order. The list is never empty.
pub fn read_replacements(
    source: SourceId,
    bytes: &[u8],
    budget: &Budget,
) -> Result<Vec<Replacement>, Vec<ReplacementError>> {
    let root = read_leniently(source, bytes, budget).map_err(convert)?;
    let rules = Rules::Kubernetes { strict: false };
    match &root.value {
        Value::Sequence(_) => Decoder::decode(rules, &root).map_err(convert),
        Value::Mapping(_) => {
            Decoder::decode(rules, &root).map(|replacement| vec![replacement]).map_err(convert)
        }
        _ => Err(vec![ReplacementError::NeitherOneNorMany { found: root.kind(), span: root.span }]),
    }
}

/// Reads the first document of a file by go-yaml v2, with numbers as they stand there.
pub(super) fn read_leniently(
    source: SourceId,
    bytes: &[u8],
    budget: &Budget,
) -> Result<Node, Vec<crate::yaml::Error>> {
    let rules = ReadRules::GoYamlV2 { unique_keys: false };
    let documents = parse_with(source, bytes, &ReadOptions { budget: *budget, rules })?;
    let root = documents.into_iter().next().map(|document| document.root).unwrap_or_default();
    match first_not_finite(&root) {
        Some(error) => Err(vec![error]),
        None => Ok(root),
    }
}

fn convert<E>(errors: Vec<E>) -> Vec<ReplacementError>
where
    ReplacementError: From<E>,
{
    errors.into_iter().map(ReplacementError::from).collect()
}

impl ReplacementField {
    /// Refuses an entry that names a file and is a replacement, too, as kustomize does when it comes
    /// to replacing.
    ///
    /// # Errors
    ///
    /// [`ReplacementError::PathAndReplacement`].
    pub fn check(&self) -> Result<(), ReplacementError> {
        let targets = self.replacement.targets.as_ref().is_some_and(|list| !list.is_empty());
        if self.path.is_some() && (self.replacement.source.is_some() || targets) {
            return Err(ReplacementError::PathAndReplacement { span: self.span });
        }
        Ok(())
    }
}
