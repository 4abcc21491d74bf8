//! The two sides of a text in which a merge left its marks.
//!
//! Git merges generated files as it merges others. Where two branches each generated something, its conflict is not a
//! person's: each side is known, and what is generated now stands for both. Nothing here knows files.

/// What a text said on each side of a merge, as far as its marks tell: what lies between them differs, the rest is common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) ours: Vec<u8>,
    pub(super) theirs: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Both,
    Ours,
    Base,
    Theirs,
}

/// Takes a text with marks apart, in git's style `merge`, `diff3` or `zdiff3`; nothing if it has none, or if they do not follow each
/// other as git writes them.
pub(super) fn sides(text: &[u8]) -> Option<Sides> {
    let mut sides = Sides { ours: Vec::new(), theirs: Vec::new() };
    let (mut within, mut any) = (Within::Both, false);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        let marks =
            |mark: &[u8]| bare.starts_with(mark) && matches!(bare.get(7), None | Some(b' '));
        within = match within {
            Within::Both if marks(b"<<<<<<<") => {
                any = true;
                Within::Ours
            }
            Within::Ours if marks(b"|||||||") => Within::Base,
            Within::Ours | Within::Base if bare == b"=======" => Within::Theirs,
            Within::Theirs if marks(b">>>>>>>") => Within::Both,
            _ if marks(b"<<<<<<<") || marks(b">>>>>>>") || marks(b"|||||||") => return None,
            _ => {
                if matches!(within, Within::Both | Within::Ours) {
                    sides.ours.extend_from_slice(line);
                }
                if matches!(within, Within::Both | Within::Theirs) {
                    sides.theirs.extend_from_slice(line);
                }
                within
            }
        };
    }
    (any && within == Within::Both).then_some(sides)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn of(text: &str) -> Option<(String, String)> {
        let Sides { ours, theirs } = sides(text.as_bytes())?;
        Some((String::from_utf8(ours).unwrap(), String::from_utf8(theirs).unwrap()))
    }

    #[test]
    fn a_conflict_has_two_sides() {
        let text = "a\n<<<<<<< HEAD\nb\n=======\nc\nd\n>>>>>>> team-b\ne\n";
        assert_eq!(of(text), Some(("a\nb\ne\n".to_owned(), "a\nc\nd\ne\n".to_owned())));
    }

    #[test]
    fn what_stood_there_before_is_neither_side() {
        let text = "<<<<<<< HEAD\nb\n||||||| 1234567\na\n=======\n>>>>>>> team-b\n";
        assert_eq!(of(text), Some(("b\n".to_owned(), String::new())));
    }

    #[test]
    fn marks_that_do_not_follow_each_other_are_no_conflict() {
        for odd in [
            "plain\n=======\n",
            "<<<<<<< HEAD\na\n",
            "<<<<<<< HEAD\na\n>>>>>>> b\n",
            "<<<<<<< HEAD\na\n<<<<<<< HEAD\n=======\n>>>>>>> b\n",
            ">>>>>>> b\n",
        ] {
            assert_eq!(of(odd), None, "{odd}");
        }
    }
}
