//! The part of the emitter that writes what stands beside nodes: comments, anchors and aliases.
//!
//! go-yaml's emitter *hears* of a node's comments when it comes to the node, and writes them where the
//! grammar lets it. What is not written then stays, and is written at the next opportunity, so where a
//! comment lands depends on what follows.

use super::emit::{Emitter, Place};
use super::{Node, Style, Value};

/// Comments that were heard and not written yet.
#[derive(Default)]
pub(super) struct Comments<'n> {
    head: &'n str,
    pub(super) line: &'n str,
    foot: &'n str,
    /// What stands below the entry before, which is known with the key after it.
    tail: &'n str,
    /// What stands behind a key, while its value is not known.
    key_line: &'n str,
    /// The indentation of a comment below something: an empty line follows it.
    foot_indent: Option<usize>,
}

impl Comments<'_> {
    /// Whether something comes behind or below the node.
    pub(super) fn any_behind(&self) -> bool {
        !(self.line.is_empty() && self.foot.is_empty() && self.tail.is_empty())
    }

    /// Whether something comes before the end of a mapping.
    pub(super) fn any_around(&self) -> bool {
        !(self.head.is_empty() && self.foot.is_empty() && self.tail.is_empty())
    }
}

fn hear<'n>(place: &mut &'n str, comment: &'n str) {
    if !comment.is_empty() {
        *place = comment;
    }
}

impl<'n> Emitter<'_, 'n> {
    /// Hears of what stands beside a node that begins.
    pub(super) fn hear(&mut self, node: &'n Node, tail: &'n str) {
        hear(&mut self.comments.tail, tail);
        let Some(beside) = node.beside.as_deref().filter(|_| self.keeps_styles()) else {
            return;
        };
        hear(&mut self.comments.head, &beside.head);
        if !matches!(node.value, Value::Sequence(_) | Value::Mapping(_)) {
            hear(&mut self.comments.line, &beside.line);
            hear(&mut self.comments.foot, &beside.foot);
        }
    }

    /// Hears of what stands beside a key. What stands below it comes after its value.
    pub(super) fn hear_key(&mut self, key: &'n Node, tail: &mut &'n str) {
        // go-yaml forgets it before an alias.
        let before = std::mem::take(tail);
        hear(&mut self.comments.tail, if key.is_alias() { "" } else { before });
        let Some(beside) = key.beside.as_deref().filter(|_| self.keeps_styles()) else {
            return;
        };
        hear(&mut self.comments.head, &beside.head);
        hear(&mut self.comments.line, &beside.line);
        *tail = &beside.foot;
    }

    /// Hears of what stands beside a mapping or a sequence that ends.
    pub(super) fn hear_end(&mut self, node: &'n Node, tail: &'n str) {
        hear(&mut self.comments.tail, tail);
        if let Some(beside) = node.beside.as_deref().filter(|_| self.keeps_styles()) {
            hear(&mut self.comments.line, &beside.line);
            hear(&mut self.comments.foot, &beside.foot);
        }
    }

    /// Keeps what stands behind a key until it is known what its value is.
    pub(super) fn hold_key_comment(&mut self) {
        if !self.comments.line.is_empty() {
            self.comments.key_line = std::mem::take(&mut self.comments.line);
        }
    }

    /// Writes what stands behind a key before a block, and leaves it to a scalar.
    pub(super) fn place_key_comment(&mut self, value: &Node) {
        if self.comments.key_line.is_empty() {
            return;
        }
        match value.value {
            Value::Sequence(_) | Value::Mapping(_) => {
                if value.style != Style::Flow {
                    let line = std::mem::take(&mut self.comments.line);
                    self.comments.line = std::mem::take(&mut self.comments.key_line);
                    self.write_line();
                    self.comments.line = line;
                }
            }
            _ if value.is_alias() => {}
            _ => {
                if self.comments.line.is_empty() {
                    self.comments.line = std::mem::take(&mut self.comments.key_line);
                }
            }
        }
    }

    /// Writes the comment above a document.
    pub(super) fn document_head(&mut self, head: &'n str) {
        self.comments.head = head;
        if !head.is_empty() {
            self.write_head();
            self.put_break();
        }
    }

    /// Writes the comment below a document.
    pub(super) fn document_foot(&mut self, foot: &'n str) {
        hear(&mut self.comments.foot, foot);
        self.comments.foot_indent = Some(0);
        self.write_foot();
        self.comments.foot_indent = None;
    }

    /// Writes what stands below the entry before, and above what comes.
    pub(super) fn write_head(&mut self) {
        if !self.comments.tail.is_empty() {
            self.write_indent();
            let tail = std::mem::take(&mut self.comments.tail);
            self.write_comment(tail);
            self.comments.foot_indent = Some(self.indent);
        }
        if !self.comments.head.is_empty() {
            self.write_indent();
            let head = std::mem::take(&mut self.comments.head);
            self.write_comment(head);
        }
    }

    /// Writes what stands behind a node or its beginning, and below it.
    pub(super) fn write_beside(&mut self, place: Place) {
        if place.key {
            return;
        }
        if self.flow_level > 0 && self.comments.any_behind() {
            self.write_indicator(",", false, false, false);
        }
        self.write_line();
        self.write_foot();
    }

    pub(super) fn write_line(&mut self) {
        if !self.comments.line.is_empty() {
            if !self.whitespace {
                self.put(' ');
            }
            let line = std::mem::take(&mut self.comments.line);
            self.write_comment(line);
        }
    }

    pub(super) fn write_foot(&mut self) {
        if !self.comments.foot.is_empty() {
            self.write_indent();
            let foot = std::mem::take(&mut self.comments.foot);
            self.write_comment(foot);
            self.comments.foot_indent = Some(self.indent);
        }
    }

    /// Writes the empty line behind a comment that stands below something.
    #[inline]
    pub(super) fn separate_foot(&mut self) {
        if self.comments.foot_indent.take() == Some(self.indent) {
            self.put_break();
        }
    }

    fn write_comment(&mut self, comment: &str) {
        let mut after_break = false;
        for (at, line) in comment.split('\n').enumerate() {
            if at > 0 {
                self.put_break();
                after_break = true;
            }
            if line.is_empty() {
                continue;
            }
            if after_break {
                self.write_indent();
            }
            if !line.starts_with('#') {
                self.put_str("# ");
            }
            self.put_str(line);
            self.indention = false;
            after_break = false;
        }
        if !after_break {
            self.put_break();
        }
        self.whitespace = true;
    }

    /// Writes `&name` or `*name`.
    pub(super) fn write_anchor(&mut self, node: &Node) {
        let Some(beside) = node.beside.as_deref().filter(|_| self.keeps_styles()) else {
            return;
        };
        let (mark, name) = match (&beside.alias, &beside.anchor) {
            (Some(name), _) => ("*", name),
            (None, Some(name)) => ("&", name),
            (None, None) => return,
        };
        self.write_indicator(mark, true, false, false);
        self.put_str(name);
        self.whitespace = false;
        self.indention = false;
    }
}
