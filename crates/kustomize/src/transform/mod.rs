//! What changes objects: each transformer apart, over nodes alone.
//!
//! A transformer gets the nodes of objects and, where it selects, what they are called; it knows neither
//! files nor how objects are accumulated.

pub mod fieldspec;
pub mod replacements;
pub mod vars;
