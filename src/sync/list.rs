//! Lists that many add to, such as CODEOWNERS: compared as a set of lines, and not in the lock.
//!
//! The generated text is a block: its first and its last line are comments that mark where it begins
//! and ends. What stands outside of the block is the user's and stays. Inside, the order of the lines
//! and blank lines do not count, and where the sets differ the block is generated anew: so a merge of
//! two branches that both added a line is settled by generating, even with markers of a conflict in it.

use std::collections::BTreeSet;

/// Why a list on disk cannot be brought to what is generated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ListFault {
    /// The block is not there: the file is somebody else's.
    #[error("the file was not generated: it has no line `{begin}`")]
    NoBlock { begin: String, end: String },
    /// The block begins and does not end.
    #[error("the generated lines have no end any more: after `{begin}` there is no line `{end}`")]
    NoEnd { begin: String, end: String },
    /// A byte that is not UTF-8.
    #[error("the file is not UTF-8")]
    NotUtf8,
}

impl ListFault {
    /// What to do about it.
    pub(super) fn help(&self) -> String {
        match self {
            Self::NoBlock { begin, end } | Self::NoEnd { begin, end } => format!(
                "add the lines `{begin}` and `{end}` where the generated lines are to stand; \
                 what is outside of them stays as it is"
            ),
            Self::NotUtf8 => "save it as UTF-8".to_owned(),
        }
    }
}

/// The list with its block as it is generated now; nothing if it says the same already.
pub(super) fn renew(ours: &[u8], theirs: &[u8]) -> Result<Option<Vec<u8>>, ListFault> {
    let (Ok(ours), Ok(theirs)) = (std::str::from_utf8(ours), std::str::from_utf8(theirs)) else {
        return Err(ListFault::NotUtf8);
    };
    let marks = || theirs.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let (Some(begin), Some(end)) = (marks().next(), marks().next_back()) else {
        return Ok(None); // an empty list asks for nothing
    };
    let fault = || (begin.to_owned(), end.to_owned());
    let lines: Vec<&str> = ours.split_inclusive('\n').collect();
    let Some(first) = lines.iter().position(|line| line.trim_end() == begin) else {
        let (begin, end) = fault();
        return Err(ListFault::NoBlock { begin, end });
    };
    let Some(last) = lines[first..].iter().rposition(|line| line.trim_end() == end) else {
        let (begin, end) = fault();
        return Err(ListFault::NoEnd { begin, end });
    };
    let last = first + last;
    if set(&lines[first..=last]) == set(&theirs.lines().collect::<Vec<_>>()) {
        return Ok(None);
    }
    let mut renewed = lines[..first].concat();
    renewed.push_str(theirs.trim_end());
    renewed.push('\n');
    renewed.push_str(&lines[last + 1..].concat());
    Ok(Some(renewed.into_bytes()))
}

fn set<'a>(lines: &[&'a str]) -> BTreeSet<&'a str> {
    lines.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const THEIRS: &str = "# begin\n/a @a\n/b @b\n# end\n";

    fn renewed(ours: &str) -> Result<Option<String>, ListFault> {
        let bytes = renew(ours.as_bytes(), THEIRS.as_bytes())?;
        Ok(bytes.map(|bytes| String::from_utf8(bytes).unwrap()))
    }

    #[test]
    fn the_order_of_lines_does_not_count() {
        assert_eq!(renewed("# begin\n/b @b\n\n/a @a  \n# end\n"), Ok(None));
        assert_eq!(renewed("* @mine\n# begin\n/b @b\n/a @a\n# end\n# more\n"), Ok(None));
    }

    #[test]
    fn what_stands_outside_of_the_block_stays() {
        assert_eq!(
            renewed("* @mine\n# begin\n/a @a\n/gone @g\n# end\n\n/last @me").unwrap().unwrap(),
            "* @mine\n# begin\n/a @a\n/b @b\n# end\n\n/last @me"
        );
    }

    #[test]
    fn a_conflict_inside_of_the_block_is_settled() {
        let conflicted = "# begin\n<<<<<<< HEAD\n/a @a\n=======\n/b @b\n>>>>>>> other\n# end\n";
        assert_eq!(renewed(conflicted).unwrap().unwrap(), THEIRS);
    }

    #[test]
    fn a_list_without_its_marks_is_somebody_elses() {
        assert!(matches!(renewed("* @mine\n"), Err(ListFault::NoBlock { .. })));
        assert!(matches!(renewed("# begin\n/a @a\n"), Err(ListFault::NoEnd { .. })));
    }
}
