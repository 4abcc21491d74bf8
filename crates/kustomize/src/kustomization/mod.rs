//! The kustomization file: its fields, how it is read, and what kustomize refuses in it; and what is
//! read like it, replacements and the configuration of built-in plugins.
//!
//! Bytes or nodes go in, plain types with places come out. This module opens no files and changes no
//! resources.

pub(crate) mod decode;
mod error;
mod fields;
mod plugin;
mod plugin_read;
mod read;
mod replacement;
mod types;

pub use decode::FieldError;
pub(crate) use decode::{Decoder, Field, Rules, record};
pub use error::{KustomizationError, ReplacementError};
pub use plugin::{
    Affix, IamPolicy, KubernetesService, PatchText, Plugin, PluginError, ServiceAccount, Subjects,
    ValueAdd, ValueTarget,
};
pub use read::read;
pub(crate) use read::read_to_rewrite;
pub use replacement::read_replacements;
pub use types::{
    Deprecated, FieldOptions, FieldSpec, GeneratorArgs, GeneratorOptions, Gvk, Image, Kind,
    Kustomization, Label, LegacySortOptions, OpenApi, Pairs, Patch, Placed, Replacement,
    ReplacementField, Replica, Selector, SortOptions, SourceSelector, TargetSelector, Text, Var,
};
