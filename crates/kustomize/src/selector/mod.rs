//! What selects resources: label selectors as Kubernetes writes them, and the regular expressions of
//! a patch's or a replacement's target.
//!
//! Texts go in; what comes out says whether a name or a set of labels matches. Resources, and in
//! which order their parts are compared, are the caller's business.

mod labels;
mod regex;

pub(crate) use labels::{LabelSelector, LabelSelectorError};
pub(crate) use regex::{Regex, RegexError};
