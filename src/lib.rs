//! tenantry turns a small description of a platform into a Flux repository that many tenants share,
//! and keeps that repository true to its description.
//!
//! Data flows one way:
//!
//! ```text
//!  platform.yaml, platform/**       .tenantry/layout/**
//!            │ spec::load                    │ layout::load
//!            ▼                               ▼
//!       spec::Platform ──────────────► render ──► tree::Tree
//!                                                  │
//!                          check ─────────────────┤  proven in memory
//!                                                  ▼
//!          work tree + lock ─────► sync::plan ──► sync::Plan ──► sync::Writes ──► git
//!                                                  │
//!                          proof ─────────────────┘  built in memory, with what people edited
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`path`] | paths inside the repository |
//! | [`diagnostic`] | what is wrong, where, why, and what to write instead |
//! | [`spec`] | the description: types, loading with places, validation, comment-keeping edits |
//! | [`catalogue`] | the embedded well-known components |
//! | [`files`] | views of files: the disk, changes laid over it |
//! | [`context`] | what templates see, computed from the description |
//! | [`layout`] | a reference architecture as data: manifest, paths and loops, template environment |
//! | [`render`] | description and layout to tree |
//! | [`tree`] | paths and bytes, with where each file came from |
//! | [`build`] | what the kustomize engine builds and finds, as diagnostics |
//! | [`package`] | the OCI artifacts that a platform is shipped as |
//! | [`flux`] | what clusters apply: Flux's own semantics over kustomize |
//! | [`graph`] | the fleet as a picture |
//! | [`check`] | what must hold between description, layout and tree |
//! | [`promote`] | what moves from an environment to the next, and in which order clusters see it |
//! | [`proof`] | what a plan leaves behind, built as a cluster would build it |
//! | [`suite`] | a platform team's own tests: what they expect of clusters, and what does not hold |
//! | [`schemas`] | what Kubernetes' objects may look like, embedded and from the repository |
//! | [`sync`] | lock, plan and application to the work tree |
//! | [`generate`] | all of it in order, as the commands use it |
//! | [`upgrade`] | a repository's layout brought to another version |
//! | [`live`] | what a plan does to what is on clusters |
//! | [`moves`] | the paths that files had while their entities had other names |
//! | [`git`] | what the tool does with git |
//! | [`artifact`] | what is pushed to registries for Flux: which files, of which commit |
//! | [`signing`] | who signs artifacts and who must have signed them, as people say it |
//! | [`deploy_key`] | fresh SSH keys, and the Secrets that carry them to a cluster |
//! | [`why`] | which files, overlays, substitutions and patches made an object what it is |
//! | [`vendor`] | files of others that the repository carries: Flux's own components |
//! | [`cli`] | the commands; the only place that prints, prompts or knows about a terminal |
//!
//! The library does not print, prompt or exit; [`cli`] does.

pub mod artifact;
pub mod build;
pub mod catalogue;
pub mod check;
pub mod cli;
pub mod context;
pub mod deploy_key;
pub mod diagnostic;
pub mod files;
pub mod flux;
pub mod generate;
pub mod git;
pub mod graph;
pub mod layout;
pub mod live;
pub mod moves;
pub mod package;
pub mod patches;
pub mod path;
pub mod promote;
pub mod proof;
pub mod render;
pub mod schemas;
pub mod signing;
pub mod spec;
pub mod suite;
pub mod sync;
pub mod tree;
pub mod upgrade;
pub mod vendor;
pub mod why;
