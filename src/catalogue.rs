//! The embedded well-known components.
