//! Why something cannot be promoted.

use crate::spec::EntityKind;
use crate::spec::edit::EditError;
use crate::spec::text::{ClusterName, EnvironmentName};

/// Why something cannot be promoted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromoteError {
    /// From an environment to itself.
    #[error("`{0}` cannot be promoted to itself")]
    Same(EnvironmentName),
    /// Against the order of environments.
    #[error("`{to}` comes before `{from}` in `environments`, so this would take it back")]
    Backwards {
        /// Where from.
        from: EnvironmentName,
        /// Where to.
        to: EnvironmentName,
    },
    /// Over environments.
    #[error(
        "between `{from}` and `{to}` {} {}, where nobody would have seen it",
        if over.len() == 1 { "comes" } else { "come" },
        over.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )]
    Over {
        /// Where from.
        from: EnvironmentName,
        /// Where to.
        to: EnvironmentName,
        /// What is left out.
        over: Vec<EnvironmentName>,
    },
    /// There is nothing of it to take.
    #[error("{kind} `{name}` is on no cluster of `{from}`")]
    Absent {
        /// The kind.
        kind: EntityKind,
        /// Its name.
        name: String,
        /// Where from.
        from: EnvironmentName,
    },
    /// The clusters of an environment do not agree.
    #[error("the clusters of `{from}` do not have the same: {}", values.iter().map(|(cluster, value)| format!("{cluster} has {value}")).collect::<Vec<_>>().join(", "))]
    Mixed {
        /// Where from.
        from: EnvironmentName,
        /// What each cluster has.
        values: Vec<(ClusterName, String)>,
    },
    /// A cluster that is not among those to take it from.
    #[error("{kind} `{name}` is not on `{cluster}`, or `{cluster}` is none of `{from}`")]
    NotFrom {
        /// The kind.
        kind: EntityKind,
        /// Its name.
        name: String,
        /// The cluster.
        cluster: ClusterName,
        /// Where from.
        from: EnvironmentName,
    },
    /// It has nothing that moves.
    #[error("{kind} `{name}` has no version and no reference that could move")]
    Nothing {
        /// The kind.
        kind: EntityKind,
        /// Its name.
        name: String,
    },
    /// It is fetched in another way there.
    #[error("{what} comes from {from} here and from {to} in the other environment")]
    AnotherOrigin {
        /// The component or the source.
        what: String,
        /// What it is where it is taken from.
        from: &'static str,
        /// What it is where it goes.
        to: &'static str,
    },
    /// A Helm value cannot be unsaid.
    #[error(
        "`{0}` is not said where it is taken from, and Helm values cannot be unsaid by an override"
    )]
    CannotUnsay(String),
    /// A field that is the same everywhere by its nature.
    #[error("`{0}` cannot differ by environment or cluster")]
    NotOverridable(String),
    /// A field that nobody says, in neither environment.
    #[error("`{0}` is said in neither environment")]
    UnknownField(String),
    /// A wave without clusters.
    #[error("no cluster of `{to}` has the wave {wave}")]
    NoSuchWave {
        /// Where to.
        to: EnvironmentName,
        /// What was asked for.
        wave: u32,
        /// The waves there are.
        waves: Vec<u32>,
    },
    /// The first waves have something else by themselves.
    #[error(
        "{} {} {value} of {} own, as a promotion that was not finished leaves it",
        clusters.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        if clusters.len() == 1 { "has" } else { "have" },
        if clusters.len() == 1 { "its" } else { "their" },
    )]
    Unfinished {
        /// All clusters of the first waves.
        clusters: Vec<ClusterName>,
        /// What they have.
        value: String,
    },
    /// A source that the tenant does not have there.
    #[error("there is no source `{name}` in `{from}`")]
    UnknownSource {
        /// What was asked for.
        name: String,
        /// Where from.
        from: EnvironmentName,
        /// The sources there are.
        known: Vec<String>,
    },
    /// A path that is none.
    #[error(transparent)]
    Path(#[from] EditError),
}

impl PromoteError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Same(_) => Some("say where to with `--to`".into()),
            Self::Backwards { .. } => Some("`--out-of-order` takes it back all the same".into()),
            Self::Over { over, .. } => {
                let first = over.first()?;
                Some(format!("promote to `{first}` first, or say `--out-of-order`"))
            }
            Self::Mixed { .. } => Some("`--from-cluster` says which one is meant".into()),
            Self::Nothing { .. } => {
                Some("`--field` moves any other field, such as `values`".into())
            }
            Self::AnotherOrigin { .. } => Some("change it there with `tenantry set`".into()),
            Self::CannotUnsay(_) => {
                Some("say it where it is taken from, or take it out of the file by hand".into())
            }
            Self::Unfinished { .. } => Some(
                "`--include-pinned` begins again with the first wave, `--leave-pinned` leaves it as it is and goes on"
                    .into(),
            ),
            Self::NoSuchWave { waves, .. } => {
                let waves: Vec<String> = waves.iter().map(ToString::to_string).collect();
                Some(format!("its clusters have {}", waves.join(", ")))
            }
            _ => None,
        }
    }
}
