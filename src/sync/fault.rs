//! Where tests cut a run off: before any single operation on the disk, as a kill or a crash would.
//!
//! Every operation that changes a folder passes one of these points. Outside of this crate's own tests
//! they are nothing at all.

pub(crate) use imp::*;

#[cfg(not(test))]
mod imp {
    /// Nothing: only tests cut runs off.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Faults;

    impl Faults {
        /// Those of this process.
        #[inline]
        pub(crate) fn here() -> Self {
            Self
        }

        /// The next operation comes.
        #[inline]
        #[expect(clippy::unused_self, reason = "tests count here")]
        pub(crate) fn point(&self) {}

        /// Into how many bytes a written text is cut, so that a run can be cut off between them.
        #[inline]
        #[expect(clippy::unused_self, reason = "tests cut here")]
        pub(crate) fn piece(&self) -> usize {
            usize::MAX
        }
    }
}

#[cfg(test)]
mod imp {
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};

    /// The variable that says after how many operations this process kills itself.
    pub(crate) const VARIABLE: &str = "TENANTRY_TEST_CUT_OFF_AFTER";

    /// What a run that is cut off inside of a test unwinds with.
    pub(crate) struct CutOff;

    thread_local! {
        static IN_THREAD: RefCell<Faults> = RefCell::default();
    }

    /// How many operations are left until this run is cut off.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Faults {
        left: Option<Arc<AtomicUsize>>,
        kills: bool,
    }

    impl Faults {
        /// Those of this thread, or else of this process.
        pub(crate) fn here() -> Self {
            static OF_PROCESS: OnceLock<Faults> = OnceLock::new();
            let own = IN_THREAD.with_borrow(Clone::clone);
            if own.left.is_some() {
                return own;
            }
            let of_process = OF_PROCESS.get_or_init(|| {
                let after = std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok());
                Self { left: after.map(|after| Arc::new(AtomicUsize::new(after))), kills: true }
            });
            of_process.clone()
        }

        /// Cuts what `run` does off after some operations; says whether it came to an end before.
        pub(crate) fn cut_off_after<T>(operations: usize, run: impl FnOnce() -> T) -> Option<T> {
            let left = Some(Arc::new(AtomicUsize::new(operations)));
            IN_THREAD.set(Self { left, kills: false });
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
            IN_THREAD.set(Self::default());
            match result {
                Ok(result) => Some(result),
                Err(payload) if payload.is::<CutOff>() => None,
                Err(payload) => std::panic::resume_unwind(payload),
            }
        }

        /// The next operation comes; the run may be cut off before it.
        pub(crate) fn point(&self) {
            let Some(left) = &self.left else { return };
            let one_less = |left: usize| left.checked_sub(1);
            if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok() {
                return;
            }
            if self.kills {
                let _ = rustix::process::kill_process(
                    rustix::process::getpid(),
                    rustix::process::Signal::KILL,
                );
            }
            std::panic::resume_unwind(Box::new(CutOff));
        }

        /// Into how many bytes a written text is cut.
        pub(crate) fn piece(&self) -> usize {
            if self.left.is_some() { 4096 } else { usize::MAX }
        }
    }
}
