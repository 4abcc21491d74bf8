//! Changes to objects that people wrote down, one module a kind of patch.

pub(crate) mod json6902;
pub(crate) mod single;
pub(crate) mod strategic;
