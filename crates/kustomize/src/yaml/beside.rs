//! What stands beside a node and is no part of its value: comments, and the name by which others repeat it.
//!
//! Trees are read without it (see [`Keep`]). Two things need it: a merge, whose lists may get their keys
//! from a comment, and text that is read, changed and written back.

use super::Node;

/// Comments, as go-yaml has them in a node: with `#`, and with line breaks between lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    /// Above it.
    pub(crate) head: String,
    /// At the end of its line.
    pub(crate) line: String,
    /// Below it.
    pub(crate) foot: String,
    /// `&name`
    pub(crate) anchor: Option<Box<str>>,
    /// `*name`: the node is that alias and has no value of its own.
    pub(crate) alias: Option<Box<str>>,
}

/// How much of a text is kept in the tree beside the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Nothing.
    #[default]
    Values,
    /// Comments. Aliases are expanded, and merge keys replaced.
    Comments,
    /// Everything: comments, anchors, aliases and merge keys, as they are written.
    Everything,
}

impl Beside {
    /// Nothing takes no room.
    pub(super) fn boxed(self) -> Option<Box<Beside>> {
        (self != Beside::default()).then(|| Box::new(self))
    }
}

impl Node {
    /// Whether this stands for what an anchor marks. It has no value then.
    pub(crate) fn is_alias(&self) -> bool {
        self.beside.as_ref().is_some_and(|beside| beside.alias.is_some())
    }

    pub(super) fn foot(&self) -> &str {
        self.beside.as_ref().map_or("", |beside| &beside.foot)
    }

    pub(super) fn take_foot(&mut self) -> String {
        self.beside.as_mut().map(|beside| std::mem::take(&mut beside.foot)).unwrap_or_default()
    }

    pub(super) fn set_foot(&mut self, foot: String) {
        self.beside.get_or_insert_default().foot = foot;
    }
}
