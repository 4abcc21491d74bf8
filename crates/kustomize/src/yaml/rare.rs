//! A text that few nodes have: a tag, or how a number was written.

use std::fmt;
use std::ops::Deref;

/// A text for which a node keeps no more room than a pointer takes, as most have none.
#[derive(Clone, PartialEq, Eq)]
pub struct Rare(Box<Box<str>>);

impl Deref for Rare {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Rare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl From<Box<str>> for Rare {
    fn from(text: Box<str>) -> Rare {
        Rare(Box::new(text))
    }
}

impl From<&str> for Rare {
    fn from(text: &str) -> Rare {
        Rare::from(Box::from(text))
    }
}

impl From<String> for Rare {
    fn from(text: String) -> Rare {
        Rare::from(text.into_boxed_str())
    }
}
