//! What rendering has to know of a description: which names there are, what is where, what differs,
//! and what templates see of each.

use std::sync::Arc;

use tera::Value;

use super::patched::Patching;
use crate::diagnostic::Diagnostic;
use crate::layout::Member;

/// Where an entity's values hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum At<'a> {
    /// Everywhere: the platform's defaults and the entity's own fields.
    Base,
    /// In an environment.
    Environment(&'a str),
    /// On a cluster.
    Cluster(&'a str),
}

/// A description as a layout sees it. Names come in the order in which files are to be made.
pub(crate) trait Fleet: Sync {
    /// The environments in the order of promotion.
    fn environments(&self) -> Vec<Arc<str>>;
    /// The clusters, each with its environment.
    fn clusters(&self) -> Vec<(Arc<str>, Arc<str>)>;
    /// The tenants, or the components.
    fn members(&self, member: Member) -> Vec<Arc<str>>;
    /// The clusters where one of them is, in the order of [`Self::clusters`].
    fn placed_on(&self, member: Member, name: &str) -> Vec<Arc<str>>;
    /// Whether its values in an environment differ from its base values, or those on a cluster from
    /// those in the cluster's environment.
    fn differs(&self, member: Member, name: &str, at: At<'_>) -> bool;
    /// What finds the objects that patches are for; nothing where there are none.
    fn patching(&self) -> Option<Patching<'_>> {
        None
    }

    /// What templates see of the platform.
    fn platform(&self) -> Result<Value, Vec<Diagnostic>>;
    /// The values of the layout's variables.
    fn variables(&self) -> Result<Value, Vec<Diagnostic>>;
    /// What templates see of an environment.
    fn environment(&self, name: &str) -> Result<Value, Vec<Diagnostic>>;
    /// What templates see of a cluster.
    fn cluster(&self, name: &str) -> Result<Value, Vec<Diagnostic>>;
    /// What templates see of a tenant or a component somewhere.
    fn member(&self, member: Member, name: &str, at: At<'_>) -> Result<Value, Vec<Diagnostic>>;
}
