//! Patterns of plain characters, `.`, `.*` and `.+`, which need no engine.

/// Such a pattern.
#[derive(Clone, Debug)]
pub(super) struct Wildcard {
    pieces: Vec<Piece>,
    /// Even line breaks match: an empty pattern.
    everything: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Character(char),
    /// Any character but a line break.
    Any,
    /// Any number of them.
    Many,
}

/// The longest pattern that is taken: comparing takes time that grows with pattern times name.
const LONGEST: usize = 128;

impl Wildcard {
    /// What matches any text.
    pub(super) fn everything() -> Wildcard {
        Wildcard { pieces: Vec::new(), everything: true }
    }

    /// `None` for a pattern that has anything else in it.
    pub(super) fn parse(pattern: &str) -> Option<Wildcard> {
        if pattern.len() > LONGEST {
            return None;
        }
        let mut pieces = Vec::with_capacity(pattern.len());
        let mut characters = pattern.chars().peekable();
        while let Some(character) = characters.next() {
            if character != '.' {
                if super::syntax::is_special(character) {
                    return None;
                }
                pieces.push(Piece::Character(character));
            } else if characters.next_if_eq(&'*').is_some() {
                pieces.push(Piece::Many);
            } else if characters.next_if_eq(&'+').is_some() {
                pieces.extend([Piece::Any, Piece::Many]);
            } else {
                pieces.push(Piece::Any);
            }
            // `a.*?` and `.**` are for the others to read.
            if matches!(characters.peek(), Some('*' | '+' | '?' | '{')) {
                return None;
            }
        }
        Some(Wildcard { pieces, everything: false })
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        if self.everything {
            return true;
        }
        let pieces = &self.pieces;
        let mut rest = text.chars();
        let mut at = 0;
        // Where to go on if what follows the last `.*` does not match: it takes one character more.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let before = rest.clone();
            let character = rest.next();
            let matched = match (pieces.get(at), character) {
                (Some(Piece::Many), _) => {
                    at += 1;
                    rest = before;
                    retry = Some((at, rest.clone()));
                    continue;
                }
                (None, None) => return true,
                (Some(Piece::Any), Some(character)) => character != '\n',
                (Some(Piece::Character(wanted)), Some(character)) => *wanted == character,
                (Some(_), None) | (None, Some(_)) => false,
            };
            if matched {
                at += 1;
                continue;
            }
            match &mut retry {
                Some((piece, from)) => match from.next() {
                    Some(character) if character != '\n' => {
                        at = *piece;
                        rest = from.clone();
                    }
                    _ => return false,
                },
                None => return false,
            }
        }
    }
}
