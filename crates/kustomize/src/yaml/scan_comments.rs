//! The part of the scanner that reads comments and finds what they belong to, as go-yaml v3 does
//! (`yaml_parser_scan_comments` and its neighbours). It works only where comments are asked for.
//!
//! go-yaml finds comments on the way to the next token, and notes with each the place of the token that
//! it belongs to; when that token, or a later one, is looked at, the comment is *unfolded*: added to what
//! the next event takes along. Which token it is depends on indentation, on empty lines and on what was
//! read last, so the rules below are those of go-yaml step by step, its bounds included.

use std::collections::VecDeque;

use super::scan::{Scanner, TokenKind};

/// How far go-yaml looks for a comment, in bytes.
const LOOKAHEAD: usize = 512;

/// A place in the text. Columns of comments count from 1.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    pub(super) at: usize,
    line: usize,
    column: isize,
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Head,
    Line,
    Foot,
}

/// A comment that was found, and not yet unfolded.
struct Found {
    /// Where the way to the next token, or the comment before, began.
    scan: usize,
    /// The token that it belongs to.
    token: usize,
    start: Mark,
    /// 0 for what stands at the end of a line.
    end: usize,
    side: Side,
    text: String,
}

/// The comments of an event.
#[derive(Default)]
pub(super) struct EventComments {
    pub(super) head: String,
    pub(super) line: String,
    pub(super) foot: String,
}

/// The comments that were read so far and are in nobody's hands yet.
#[derive(Default)]
pub(super) struct Comments {
    found: VecDeque<Found>,
    /// What the next event takes along.
    pub(super) pending: EventComments,
    /// What belongs to the block in an item, and not to the first thing in it.
    pub(super) stem: Option<String>,
    /// What the last event took.
    pub(super) said: EventComments,
}

impl Comments {
    /// Gives the last event all that is pending.
    pub(super) fn take(&mut self) {
        self.said = std::mem::take(&mut self.pending);
        self.stem = None;
    }
}

/// Adds a comment to others.
fn join(comments: &mut String, comment: &str) {
    if !comments.is_empty() {
        comments.push('\n');
    }
    comments.push_str(comment);
}

impl<'a> Scanner<'a> {
    pub(super) fn mark(&self) -> Mark {
        Mark { at: self.at, line: self.line, column: self.column() }
    }

    /// Takes along the comments that the token at the front is behind.
    pub(super) fn unfold_comments(&mut self) {
        let (Some(comments), Some(token)) = (&mut self.comments, self.tokens.front()) else {
            return;
        };
        while let Some(found) = comments.found.front()
            && token.start >= found.token
        {
            let pending = match found.side {
                // There are no heads on ends.
                Side::Head if token.kind == TokenKind::BlockEnd => break,
                Side::Head => &mut comments.pending.head,
                Side::Line => &mut comments.pending.line,
                Side::Foot => &mut comments.pending.foot,
            };
            join(pending, &found.text);
            comments.found.pop_front();
        }
    }

    /// The column of what comes, as far as blocks end before it. go-yaml counts characters, which differs
    /// from bytes behind a comment without a line break at the end of the text.
    #[inline]
    pub(super) fn column_of_end(&self) -> isize {
        match self.comments {
            Some(_) if self.is_end() => self.text[self.line_start..].chars().count() as isize,
            _ => self.column(),
        }
    }

    fn push_comment(&mut self, found: Found) {
        if let Some(comments) = &mut self.comments {
            comments.found.push_back(found);
        }
    }

    /// The line breaks since the last character that is none and no blank.
    fn line_breaks_before(&self) -> usize {
        let mut breaks = 0;
        let mut rest = &self.bytes[..self.at];
        loop {
            rest = match rest {
                [rest @ .., b' ' | b'\t'] => rest,
                [rest @ .., b'\r', b'\n']
                | [rest @ .., b'\r' | b'\n']
                | [rest @ .., 0xC2, 0x85]
                | [rest @ .., 0xE2, 0x80, 0xA8 | 0xA9] => {
                    breaks += 1;
                    rest
                }
                _ => return breaks,
            };
        }
    }

    /// Where the token begins that a comment behind the one to come belongs to: a `:` and a `,` have none.
    pub(super) fn line_comment_token(&self, byte: u8) -> usize {
        let mark = if self.flow_level == 0 { b':' } else { b',' };
        match self.tokens.back() {
            Some(token) if byte == mark => token.start,
            _ => self.at,
        }
    }

    /// Reads a comment at the end of the line that a token is on, if it is the token that was read last.
    pub(super) fn scan_line_comment(&mut self, token: usize) {
        if self.line_breaks_before() > 0 {
            return;
        }
        let blanks = self.bytes[self.at..]
            .iter()
            .take(LOOKAHEAD)
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        if blanks == LOOKAHEAD || self.byte(blanks) != b'#' {
            return;
        }
        self.at += blanks;
        let start = self.mark();
        self.skip_comment();
        let text = self.text[start.at..self.at].to_owned();
        self.push_comment(Found { scan: 0, token, start, end: 0, side: Side::Line, text });
    }

    /// A comment at the end of the line of the first dash of a list is above the item, if it is not
    /// alone there.
    pub(super) fn lift_comment(&mut self) {
        let mut last = self.tokens.iter().rev().map(|token| &token.kind);
        if last.next() != Some(&TokenKind::BlockEntry)
            || last.next() != Some(&TokenKind::BlockSequenceStart)
            || (!self.is_end() && self.is_break_or_end())
        {
            return;
        }
        let (at, line) = (self.at, self.line);
        let Some(found) = self.comments.as_mut().and_then(|comments| comments.found.back_mut())
        else {
            return;
        };
        if found.side == Side::Line {
            found.side = Side::Head;
            if found.start.line + 1 == line {
                found.token = at;
            }
        }
    }

    /// Reads comments at `#`, one line after the other. `scan` is where the way here began.
    pub(super) fn scan_comments(&mut self, mut scan: Mark) {
        let mut last = self.tokens.iter().rev();
        let token = match (last.next(), last.next()) {
            (Some(entry), Some(token)) if entry.kind == TokenKind::FlowEntry => token,
            (Some(token), _) => token,
            (None, _) => return,
        };
        let after_value = token.kind == TokenKind::Value;
        let mut token = token.start;
        let mut start = Mark::default();
        let mut indent = self.indent.max(0);
        let mut after_empty = false;
        let breaks = self.line_breaks_before();
        let mut first_empty = breaks <= 1;
        let mut line = self.line;
        let mut column = self.column();
        let mut text = String::new();
        // The line on which a comment must begin to be below what was read before.
        let foot_line = (scan.line > 0).then(|| {
            let below_text = breaks == 0 && self.column() > 1;
            (self.line + 1 + usize::from(below_text)).saturating_sub(breaks)
        });
        let mut ahead = 0;
        while ahead < LOOKAHEAD {
            column += 1;
            let at = self.at + ahead;
            let byte = self.byte(ahead);
            if matches!(byte, b' ' | b'\t') {
                ahead += 1;
                continue;
            }
            let closes = self.flow_level > 0 && matches!(byte, b']' | b'}');
            let (is_end, is_break) = (at >= self.bytes.len(), self.break_width(at) > 0);
            if closes || is_end || is_break {
                if closes || !after_empty {
                    let dedented = start.column - 1 < indent;
                    let is_foot = closes
                        || (first_empty
                            && ((Some(start.line) == foot_line && !after_value) || dedented));
                    if is_foot && !text.is_empty() {
                        if dedented {
                            token = start.at;
                        }
                        let (side, text) = (Side::Foot, std::mem::take(&mut text));
                        self.push_comment(Found {
                            scan: scan.at,
                            token,
                            start,
                            end: at,
                            side,
                            text,
                        });
                        scan = Mark { at, line, column };
                        token = at;
                    } else if !text.is_empty() && !is_end {
                        text.push('\n');
                    }
                }
                if !is_break {
                    break;
                }
                first_empty = false;
                after_empty = true;
                column = 0;
                line += 1;
                ahead += 1;
                continue;
            }
            if !text.is_empty() && column - 1 < indent && column != start.column {
                // At another indentation it is below what came before.
                let (side, text) = (Side::Foot, std::mem::take(&mut text));
                self.push_comment(Found { scan: scan.at, token, start, end: at, side, text });
                scan = Mark { at, line, column };
                token = at;
            }
            if byte != b'#' {
                break;
            }
            if text.is_empty() {
                start = Mark { at, line, column };
            } else {
                text.push('\n');
            }
            after_empty = false;
            while self.at < at {
                if !self.skip_line() {
                    self.at += 1;
                }
            }
            let begin = self.at;
            self.skip_comment();
            text.push_str(&self.text[begin..self.at]);
            // What follows is looked at behind the line break.
            ahead = 1;
            column = 0;
            line = self.line;
            indent = self.indent.max(0);
        }
        if !text.is_empty() {
            let end = (self.at + ahead).saturating_sub(1);
            let side = Side::Head;
            self.push_comment(Found { scan: scan.at, token: start.at, start, end, side, text });
        }
    }

    /// Where a block ends that is indented as much as the innermost one: before the comments at that
    /// indentation that were just read. `end` is where the block around it ends.
    pub(super) fn block_end_before_comments(&self, end: usize) -> usize {
        let mut block_end = end;
        let mut stop = end;
        let found = self.comments.iter().flat_map(|comments| comments.found.iter().rev());
        for found in found {
            if found.end < stop {
                break;
            }
            if found.start.column == self.indent + 1 {
                block_end = found.start.at;
            }
            stop = found.scan;
        }
        block_end
    }
}
