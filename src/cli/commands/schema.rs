//! `tenantry schema`.

use crate::cli::failure::Failure;
use crate::cli::outcome::Outcome;
use crate::spec::EntityKind;
use crate::spec::schema::{all, schema, schema_of_tests};

/// Print the JSON Schema of a kind of file
///
/// The schemas of a platform lie in `.tenantry/schemas/`, where `init` puts them, and each file of the description names its own in its
/// first line, so that editors complete and check it.
#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArgs {
    /// The kind; without it, all of them in one object by name.
    #[arg(value_enum)]
    kind: Option<Kind>,
}

/// A kind of file of the description.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// `platform.yaml`.
    Platform,
    /// `platform/clusters/*.yaml`.
    Cluster,
    /// `platform/components/*.yaml`.
    Component,
    /// `platform/tenants/**/*.yaml`.
    Tenant,
    /// `platform/tests/**/*.yaml`.
    Test,
    /// `platform/patches/**/*.yaml`.
    Patch,
}

impl SchemaArgs {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let value = match self.kind {
            Some(Kind::Platform) => schema(EntityKind::Platform),
            Some(Kind::Cluster) => schema(EntityKind::Cluster),
            Some(Kind::Component) => schema(EntityKind::Component),
            Some(Kind::Tenant) => schema(EntityKind::Tenant),
            Some(Kind::Patch) => schema(EntityKind::Patch),
            Some(Kind::Test) => schema_of_tests(),
            None => all().into_iter().map(|(kind, schema)| (kind.to_owned(), schema)).collect(),
        };
        Ok(Outcome::answer(format!("{value:#}\n"), value))
    }
}
