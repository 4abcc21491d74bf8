//! What must hold between the parts of a description.

use std::collections::BTreeSet;

use super::description::Platform;
use super::entity::EntityKind;
use crate::diagnostic::Diagnostic;

/// Checks a description whose files are each right by themselves. `broken` are the entities whose files are not:
/// what refers to them is not judged.
pub(super) fn validate(
    _platform: &Platform,
    _broken: &BTreeSet<(EntityKind, String)>,
) -> Vec<Diagnostic> {
    Vec::new()
}
