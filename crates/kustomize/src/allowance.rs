//! How much one build may read and make: what keeps small files that multiply (bases in bases, copies of
//! copies, a value put into thousands of objects) from filling the machine.
//!
//! Whoever reads a file, or writes a value that may be large to where it was not, spends its size here
//! first. What is spent is not given back.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::yaml::{Node, Span, Value};

/// The bytes that are left of what a build may read and make.
#[derive(Debug)]
pub(crate) struct Allowance {
    limit: u64,
    left: AtomicU64,
}

/// A build that would be larger than it may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "with this the build reads and writes more than the {} MiB that it may: something multiplies",
    .limit >> 20
)]
pub struct Excess {
    /// How many bytes there may be.
    pub limit: u64,
    /// What would exceed it.
    pub span: Span,
}

impl Allowance {
    pub(crate) fn new(bytes: u64) -> Allowance {
        Allowance { limit: bytes, left: AtomicU64::new(bytes) }
    }

    /// Takes what a value needs; the place is for the error.
    pub(crate) fn spend(&self, bytes: u64, span: Span) -> Result<(), Excess> {
        let take = |left: u64| left.checked_sub(bytes);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => Ok(()),
            Err(_) => Err(Excess { limit: self.limit, span }),
        }
    }

    /// Takes what one value needs in several places.
    pub(crate) fn spend_times(&self, bytes: u64, times: usize, span: Span) -> Result<(), Excess> {
        self.spend(bytes.saturating_mul(times as u64), span)
    }
}

/// About how many bytes of memory a tree needs.
pub(crate) fn weight(node: &Node) -> u64 {
    size_of::<Node>() as u64
        + match &node.value {
            Value::String(text) => text.len() as u64,
            Value::Sequence(items) => items.iter().map(weight).sum(),
            Value::Mapping(mapping) => {
                mapping.iter().map(|(key, value)| weight(key) + weight(value)).sum()
            }
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_gone_and_what_is_refused_is_not() {
        let allowance = Allowance::new(10);
        let span = Span::default();
        assert_eq!(allowance.spend(6, span), Ok(()));
        assert!(allowance.spend(5, span).is_err());
        assert!(allowance.spend_times(u64::MAX, 2, span).is_err());
        assert_eq!(allowance.spend_times(2, 2, span), Ok(()));
        assert!(allowance.spend(1, span).is_err());
    }
}
