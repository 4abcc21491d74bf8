//! Changes to objects that people wrote down.

pub(crate) mod strategic;
