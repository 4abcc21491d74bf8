//! The variables and the clock of the process, so that tests bring their own and are quick.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Environment variables.
#[derive(Clone, Debug, Default)]
pub enum Environment {
    /// Those of the process.
    #[default]
    Process,
    /// These alone.
    Given(BTreeMap<String, String>),
}

impl Environment {
    /// Some variables, and no others.
    #[must_use]
    pub fn of(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Self::Given(variables.collect())
    }

    /// The value of a variable; nothing for an empty one.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<String> {
        let value = match self {
            Self::Process => std::env::var(name).ok(),
            Self::Given(variables) => variables.get(name).cloned(),
        };
        value.filter(|value| !value.is_empty())
    }

    /// A variable that is a path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Process => std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from),
            Self::Given(_) => self.var(name).map(PathBuf::from),
        }
    }
}

/// What time it is, and how to wait.
pub trait Clock: Send + Sync {
    /// Waits.
    fn sleep(&self, time: Duration);

    /// What time it is.
    fn now(&self) -> SystemTime;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that stands still at a time, and remembers how long it would have waited.
#[derive(Debug, Default)]
pub struct StoppedClock {
    /// Seconds since 1970.
    at: u64,
    slept: Mutex<Vec<Duration>>,
}

impl StoppedClock {
    /// At so many seconds since 1970.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        Self { at: seconds, slept: Mutex::default() }
    }

    /// How long it would have waited, each time.
    #[must_use]
    pub fn slept(&self) -> Vec<Duration> {
        self.slept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Clock for StoppedClock {
    fn sleep(&self, time: Duration) {
        self.slept.lock().unwrap_or_else(PoisonError::into_inner).push(time);
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.at)
    }
}
