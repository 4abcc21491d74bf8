//! What changes a resource by a patch, one module a kind of patch.

pub(crate) mod json6902;
