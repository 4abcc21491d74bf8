//! Paths and bytes, with where each file came from.
