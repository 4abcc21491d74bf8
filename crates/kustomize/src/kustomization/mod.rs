//! The kustomization file: its fields, how it is read, and what kustomize refuses in it.

mod types;

pub use types::{
    Deprecated, FieldOptions, FieldSpec, GeneratorArgs, GeneratorOptions, Gvk, Image, Kind,
    Kustomization, Label, LegacySortOptions, OpenApi, Pairs, Patch, Placed, Replacement,
    ReplacementField, Replica, Selector, SortOptions, SourceSelector, TargetSelector, Text, Var,
};
