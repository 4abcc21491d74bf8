//! One file a command: an argument struct whose doc comments are the help, and a `run`.

mod build;
mod completion;
mod create;
mod delete;
mod diff;
mod explain;
mod generate;
mod get;
mod graph;
mod init;
mod layout;
mod list;
mod man;
mod promote;
mod pull;
mod push;
mod rename;
mod schema;
mod set;
mod sign;
mod suspend;
mod tag;
mod test;
mod vendor;
mod verify;
mod why;

pub(super) use self::create::{Document, NewEntity, Pair, Writing, yaml};
use super::failure::Failure;
use super::outcome::Outcome;
use super::report::Format;
use super::ui::Ui;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Init(Box<init::InitArgs>),
    #[command(subcommand)]
    Create(create::CreateCommand),
    #[command(subcommand)]
    Get(get::GetCommand),
    #[command(subcommand)]
    Set(set::SetCommand),
    #[command(subcommand)]
    Promote(promote::PromoteCommand),
    #[command(subcommand)]
    Suspend(suspend::SuspendCommand),
    #[command(subcommand)]
    Resume(suspend::ResumeCommand),
    #[command(subcommand)]
    Rename(rename::RenameCommand),
    #[command(subcommand)]
    Delete(delete::DeleteCommand),
    Generate(generate::GenerateArgs),
    Build(build::BuildArgs),
    Diff(diff::DiffArgs),
    Graph(graph::GraphArgs),
    Test(Box<test::TestArgs>),
    Why(why::WhyArgs),
    Explain(explain::ExplainArgs),
    #[command(subcommand)]
    Layout(layout::LayoutCommand),
    Schema(schema::SchemaArgs),
    #[command(subcommand)]
    Vendor(vendor::VendorCommand),
    #[command(subcommand)]
    Push(push::PushCommand),
    #[command(subcommand)]
    Pull(pull::PullCommand),
    #[command(subcommand)]
    Tag(tag::TagCommand),
    #[command(subcommand)]
    List(list::ListCommand),
    #[command(subcommand)]
    Sign(sign::SignCommand),
    #[command(subcommand)]
    Verify(verify::VerifyCommand),
    Completion(completion::CompletionArgs),
    Man(man::ManArgs),
}

const TABLES: &[Format] = &[Format::Text, Format::Json, Format::Yaml, Format::Name];
const CHANGES: &[Format] = &[Format::Text, Format::Json, Format::Yaml, Format::Name, Format::Sarif];
const CHECKS: &[Format] = &[Format::Text, Format::Json, Format::Yaml, Format::Sarif];
const RAW: &[Format] = &[Format::Text];

impl Command {
    /// Its words, such as `create tenant`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Create(command) => command.name(),
            Self::Get(command) => command.name(),
            Self::Set(command) => command.name(),
            Self::Promote(command) => command.name(),
            Self::Suspend(command) => command.name(),
            Self::Resume(command) => command.name(),
            Self::Rename(command) => command.name(),
            Self::Delete(command) => command.name(),
            Self::Generate(_) => "generate",
            Self::Build(_) => "build",
            Self::Diff(_) => "diff",
            Self::Graph(_) => "graph",
            Self::Test(_) => "test",
            Self::Why(_) => "why",
            Self::Explain(_) => "explain",
            Self::Layout(command) => command.name(),
            Self::Schema(_) => "schema",
            Self::Vendor(command) => command.name(),
            Self::Push(command) => command.name(),
            Self::Pull(command) => command.name(),
            Self::Tag(command) => command.name(),
            Self::List(command) => command.name(),
            Self::Sign(command) => command.name(),
            Self::Verify(command) => command.name(),
            Self::Completion(_) => "completion",
            Self::Man(_) => "man",
        }
    }

    /// The form that it is asked to answer in by a flag of its own.
    pub(super) fn form(&self) -> Option<Format> {
        match self {
            Self::Build(args) => args.form(),
            _ => None,
        }
    }

    /// The forms in which it can answer.
    pub(super) fn formats(&self) -> &'static [Format] {
        match self {
            Self::Init(_)
            | Self::Create(_)
            | Self::Set(_)
            | Self::Promote(_)
            | Self::Suspend(_)
            | Self::Resume(_)
            | Self::Rename(_)
            | Self::Delete(_)
            | Self::Verify(_) => CHANGES,
            Self::Generate(_) | Self::Vendor(_) => CHECKS,
            Self::Build(_) => build::FORMS,
            Self::Diff(_) => diff::FORMS,
            Self::Graph(_) => graph::FORMS,
            Self::Test(_) => test::FORMS,
            Self::Why(_) => why::FORMS,
            Self::Get(_)
            | Self::Explain(_)
            | Self::Push(_)
            | Self::Pull(_)
            | Self::Tag(_)
            | Self::List(_)
            | Self::Sign(_) => TABLES,
            Self::Layout(command) => command.formats(),
            Self::Schema(_) | Self::Completion(_) | Self::Man(_) => RAW,
        }
    }

    /// Runs it.
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::Init(args) => args.run(ui),
            Self::Create(command) => command.run(ui),
            Self::Get(command) => command.run(ui),
            Self::Set(command) => command.run(ui),
            Self::Promote(command) => command.run(ui),
            Self::Suspend(command) => command.run(ui),
            Self::Resume(command) => command.run(ui),
            Self::Rename(command) => command.run(ui),
            Self::Delete(command) => command.run(ui),
            Self::Generate(args) => args.run(ui),
            Self::Build(args) => args.run(ui),
            Self::Diff(args) => args.run(ui),
            Self::Graph(args) => args.run(ui),
            Self::Test(args) => args.run(ui),
            Self::Why(args) => args.run(ui),
            Self::Explain(args) => args.run(ui),
            Self::Layout(command) => command.run(ui),
            Self::Schema(args) => args.run(),
            Self::Vendor(command) => command.run(ui),
            Self::Push(command) => command.run(ui),
            Self::Pull(command) => command.run(ui),
            Self::Tag(command) => command.run(ui),
            Self::List(command) => command.run(ui),
            Self::Sign(command) => command.run(ui),
            Self::Verify(command) => command.run(ui),
            Self::Completion(args) => Ok(args.run()),
            Self::Man(args) => args.run(ui),
        }
    }
}
