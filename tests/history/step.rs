//! What people do, one step at a time.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::repository::Repository;

/// Something that is done to a repository. Numbers choose among the files and lines that are there at the time.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A comment of a line of its own.
    Insert { file: usize, line: usize },
    /// A few words at the end of a line.
    Append { file: usize, line: usize },
    /// A line that makes the file unreadable.
    Break { file: usize, line: usize },
    /// A line is taken out.
    Cut { file: usize, line: usize },
    /// A file is deleted.
    Delete { file: usize },
    /// Quotes and white space are changed, and nothing else.
    Format { file: usize },
    /// A file in the place of one that is going to be generated.
    InTheWay { tenant: usize },
    /// The description changes.
    Describe(Description),
    /// The layout changes.
    Layout { template: usize, change: Layout },
    /// `tenantry generate`
    Generate,
    /// `git commit --all`
    Commit,
    /// The history is squashed, or cloned without its past: only what is there now is left.
    Squash,
    /// Two branches, each with a life of its own, are merged.
    Merge { one: Vec<Step>, other: Vec<Step> },
}

/// A change of the description.
#[derive(Clone, Debug)]
pub(crate) enum Description {
    /// The quota of a tenant.
    Quota { tenant: usize, cpu: u8 },
    /// The branch that a tenant's source follows.
    Branch { tenant: usize, name: u8 },
    /// What differs in production.
    Production { tenant: usize, cpu: u8 },
    /// A new tenant.
    Add { tenant: usize },
    /// A tenant goes.
    Remove { tenant: usize },
    /// Another version of Flux.
    Flux { patch: u8 },
    /// Another version of a component.
    Component { patch: u8 },
}

/// A change of a template.
#[derive(Clone, Debug)]
pub(crate) enum Layout {
    /// A line at its beginning.
    Top(u8),
    /// A line at its end.
    Bottom(u8),
    /// It goes.
    Remove,
}

fn description() -> impl Strategy<Value = Description> {
    let tenant = 0..4_usize;
    prop_oneof![
        (tenant.clone(), 1..9_u8).prop_map(|(tenant, cpu)| Description::Quota { tenant, cpu }),
        (tenant.clone(), 0..3_u8).prop_map(|(tenant, name)| Description::Branch { tenant, name }),
        (tenant.clone(), 1..9_u8).prop_map(|(tenant, cpu)| Description::Production { tenant, cpu }),
        tenant.clone().prop_map(|tenant| Description::Add { tenant }),
        tenant.prop_map(|tenant| Description::Remove { tenant }),
        (0..5_u8).prop_map(|patch| Description::Flux { patch }),
        (0..5_u8).prop_map(|patch| Description::Component { patch }),
    ]
}

fn layout() -> impl Strategy<Value = Layout> {
    prop_oneof![
        4 => any::<u8>().prop_map(Layout::Top),
        4 => any::<u8>().prop_map(Layout::Bottom),
        1 => Just(Layout::Remove),
    ]
}

fn simple() -> impl Strategy<Value = Step> {
    let at = (any::<usize>(), any::<usize>());
    prop_oneof![
        4 => at.prop_map(|(file, line)| Step::Insert { file, line }),
        4 => at.prop_map(|(file, line)| Step::Append { file, line }),
        1 => at.prop_map(|(file, line)| Step::Break { file, line }),
        3 => at.prop_map(|(file, line)| Step::Cut { file, line }),
        1 => any::<usize>().prop_map(|file| Step::Delete { file }),
        2 => any::<usize>().prop_map(|file| Step::Format { file }),
        1 => (0..4_usize).prop_map(|tenant| Step::InTheWay { tenant }),
        6 => description().prop_map(Step::Describe),
        3 => (any::<usize>(), layout()).prop_map(|(template, change)| Step::Layout { template, change }),
        5 => Just(Step::Generate),
        3 => Just(Step::Commit),
        1 => Just(Step::Squash),
    ]
}

/// A life of a repository.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let merge = (vec(simple(), 1..6), vec(simple(), 1..6))
        .prop_map(|(one, other)| Step::Merge { one, other });
    vec(prop_oneof![12 => simple(), 1 => merge], 4..24)
}

impl Step {
    /// Does it.
    pub(crate) fn play(&self, repository: &mut Repository) -> Result<(), String> {
        match self {
            Self::Insert { file, line } => repository.insert(*file, *line),
            Self::Append { file, line } => repository.append(*file, *line),
            Self::Break { file, line } => repository.break_file(*file, *line),
            Self::Cut { file, line } => repository.cut(*file, *line),
            Self::Delete { file } => repository.delete(*file),
            Self::Format { file } => repository.format(*file),
            Self::InTheWay { tenant } => repository.in_the_way(*tenant),
            Self::Describe(change) => repository.describe(change),
            Self::Layout { template, change } => repository.change_layout(*template, change),
            Self::Generate => return repository.generate(),
            Self::Commit => repository.commit("Work"),
            Self::Squash => repository.squash(),
            Self::Merge { one, other } => return repository.merge(one, other),
        }
        Ok(())
    }
}
