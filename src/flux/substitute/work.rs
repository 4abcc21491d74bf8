//! A bound on what hostile values and patterns may cost.

/// How much may still be done: one unit is a byte written, or one look at a pattern.
#[derive(Debug)]
pub(in crate::flux) struct Work(u64);

/// The bound is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flux) struct TooMuch;

impl Work {
    pub(in crate::flux) fn bounded(units: u64) -> Self {
        Self(units)
    }

    pub(in crate::flux) fn unbounded() -> Self {
        Self(u64::MAX)
    }

    pub(in crate::flux) fn spend(&mut self, units: usize) -> Result<(), TooMuch> {
        self.0 =
            u64::try_from(units).ok().and_then(|units| self.0.checked_sub(units)).ok_or(TooMuch)?;
        Ok(())
    }
}
