//! Flux's own semantics over kustomize: what a cluster applies.
//!
//! In goes a view of a repository's files and the folder of a cluster ([`Fleet::cluster`]); out comes everything that the cluster
//! would apply ([`Cluster`]), each object with the chain of Kustomizations that produced it, and what is wrong on the way.
//!
//! - [`artifact`]: what a source hands over, without what `.sourceignore` leaves out;
//! - [`generator`], `substitution` and [`build`]: one Flux Kustomization, as kustomize-controller of Flux 2.9 builds it;
//! - [`trace`]: the same, with what each step made of each object;
//! - [`resource_set`]: what flux-operator makes of a ResourceSet;
//! - [`source`] and [`walk`]: which sources are here, and every Kustomization that follows from a cluster's own;
//! - `judge`: what can only be seen of all of them together.
//!
//! Nothing here asks a cluster or a network, and nothing here knows of the description that a repository was generated from.

pub mod artifact;
pub mod build;
mod cluster;
mod data;
pub mod diff;
pub mod generator;
pub mod identity;
pub mod ignore;
mod judge;
pub mod kustomization;
mod masked;
pub mod release;
pub mod resource_set;
pub mod source;
mod start;
pub mod substitute;
mod substitution;
mod tell;
mod tenants;
pub mod trace;
pub mod walk;

pub use cluster::{Applier, Cluster, Content, What};
pub use data::read_data;
pub(crate) use data::secret_values;
pub use identity::Identity;
pub use kustomization::{Kustomization, Name, SourceName};
pub(crate) use source::own_artifact;
pub use source::{ARTIFACT, Part, Source, With};
pub use substitution::{Data, DataName, PLACEHOLDER, Values, Variables};
pub use tell::tell;
pub use tenants::Tenants;
pub use walk::{Fleet, Memo};
