//! The three-way merge of one file, by lines.
//!
//! The lines are merged by libgit2's xdiff, so that what merges here and what does not is what `git merge-file` says, and
//! no repository is needed for it: edits of the same or of adjacent lines are a conflict, and the same edit on both sides
//! is none. What is added here is what files of people ask for: Windows line ends, and marks of a conflict that cannot be
//! taken for lines of the file. What the lines mean is not known here.

use std::borrow::Cow;
use std::ops::Range;

/// What the two sides of a conflict and what they come from are called in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labels<'a> {
    /// The person's side, behind `<<<<<<<`.
    pub ours: &'a str,
    /// What both come from, behind `|||||||`.
    pub base: &'a str,
    /// The other side, behind `>>>>>>>`.
    pub theirs: &'a str,
}

impl Labels<'static> {
    /// Of a generated file that a person edited.
    pub const GENERATED: Self =
        Self { ours: "edited by hand", base: "generated before", theirs: "generated now" };

    /// Of a file of the layout that a person edited.
    pub const LAYOUT: Self =
        Self { ours: "edited by hand", base: "layout before", theirs: "layout now" };
}

/// What came of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The merged file, with the conflicts marked in it. Of a binary file it is ours.
    pub bytes: Vec<u8>,
    /// How many conflicts there are. Of a binary file that both sides changed it is one.
    pub conflicts: usize,
}

impl Merged {
    fn clean(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), conflicts: 0 }
    }
}

/// Whether a content is no text, as git sees it: there is a zero byte in it.
#[must_use]
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.contains(&0)
}

/// Whether marks of an unresolved merge stand in a text. `=======` alone is none: it underlines headings.
#[must_use]
pub fn has_conflict_markers(bytes: &[u8]) -> bool {
    lines(bytes).any(is_conflict_marker)
}

/// Where the first mark of an unresolved merge stands in a text, without the end of its line.
#[must_use]
pub fn conflict_marker(bytes: &[u8]) -> Option<Range<usize>> {
    let mut at = 0;
    for line in lines(bytes) {
        if is_conflict_marker(line) {
            return Some(at..at + line.trim_ascii_end().len());
        }
        at += line.len();
    }
    None
}

/// Whether a line is one that a merge leaves behind: at least seven of `<`, `>` or `|`, and a blank.
pub(super) fn is_conflict_marker(line: &[u8]) -> bool {
    let Some(mark @ (b'<' | b'>' | b'|')) = line.first() else { return false };
    let run = run_of(*mark, line);
    run >= SHORTEST && line.get(run) == Some(&b' ')
}

/// Merges what two sides made of a base. The result has our line ends: where all of ours are Windows', all are.
#[must_use]
pub fn merge(base: &[u8], ours: &[u8], theirs: &[u8], labels: Labels<'_>) -> Merged {
    if ours == theirs || theirs == base {
        return Merged::clean(ours);
    }
    if ours == base {
        return Merged::clean(theirs);
    }
    let unmergeable = || Merged { bytes: ours.to_vec(), conflicts: 1 };
    if [base, ours, theirs].into_iter().any(is_binary) {
        return unmergeable();
    }
    let (base, theirs) = (with_line_ends_of(ours, base), with_line_ends_of(ours, theirs));
    if *ours == *theirs || theirs == base {
        return Merged::clean(ours);
    }
    if *ours == *base {
        return Merged::clean(&theirs);
    }
    let size = marker_size([&base, ours, &theirs]);
    let Some(bytes) = by_lines(&base, ours, &theirs, labels, size) else { return unmergeable() };
    let conflicts = lines(&bytes).filter(|line| is_marker(line, b'<', size)).count();
    // An empty side has no name yet.
    let bytes = if conflicts == 0 { bytes } else { named(&bytes, labels, size) };
    Merged { bytes, conflicts }
}

/// Marks every place where two sides differ, for want of what both come from. Binary files, and files of the same
/// lines, are as in [`merge`].
#[must_use]
pub fn without_base(ours: &[u8], theirs: &[u8], labels: Labels<'_>) -> Merged {
    if ours == theirs {
        return Merged::clean(ours);
    }
    if is_binary(ours) || is_binary(theirs) {
        return Merged { bytes: ours.to_vec(), conflicts: 1 };
    }
    let theirs = with_line_ends_of(ours, theirs);
    let end: &[u8] = if has_windows_line_ends(ours) { b"\r\n" } else { b"\n" };
    let size = marker_size([ours, &theirs, b""]);
    let (old, new): (Vec<&[u8]>, Vec<&[u8]>) = (lines(ours).collect(), lines(&theirs).collect());
    let mut merged = Merged { bytes: Vec::with_capacity(ours.len() + theirs.len()), conflicts: 0 };
    let mark = |bytes: &mut Vec<u8>, mark: u8, name: &str| {
        if !matches!(bytes.last(), None | Some(b'\n')) {
            bytes.extend_from_slice(end);
        }
        bytes.extend(std::iter::repeat_n(mark, size));
        if !name.is_empty() {
            bytes.push(b' ');
            bytes.extend_from_slice(name.as_bytes());
        }
        bytes.extend_from_slice(end);
    };
    for op in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
        let (tag, of_ours, of_theirs) = op.as_tag_tuple();
        let add = |bytes: &mut Vec<u8>, lines: &[&[u8]], range: Range<usize>| {
            lines[range].iter().for_each(|line| bytes.extend_from_slice(line));
        };
        if tag == similar::DiffTag::Equal {
            add(&mut merged.bytes, &old, of_ours);
            continue;
        }
        merged.conflicts += 1;
        mark(&mut merged.bytes, b'<', labels.ours);
        add(&mut merged.bytes, &old, of_ours);
        mark(&mut merged.bytes, b'=', "");
        add(&mut merged.bytes, &new, of_theirs);
        mark(&mut merged.bytes, b'>', labels.theirs);
    }
    merged
}

const SHORTEST: usize = 7;

fn by_lines(
    base: &[u8],
    ours: &[u8],
    theirs: &[u8],
    labels: Labels<'_>,
    size: usize,
) -> Option<Vec<u8>> {
    // libgit2 allocates only once it was set up, and a merge alone does not do that.
    let _index = git2::Index::new().ok()?;
    let (mut from, mut one, mut two) = Default::default();
    let inputs: [(&mut git2::MergeFileInput<'_>, _); 3] =
        [(&mut from, base), (&mut one, ours), (&mut two, theirs)];
    for (input, bytes) in inputs {
        input.content(bytes);
    }
    let mut options = git2::MergeFileOptions::new();
    options
        .style_diff3(true)
        .marker_size(u16::try_from(size).ok()?)
        .ancestor_label(labels.base)
        .our_label(labels.ours)
        .their_label(labels.theirs);
    let result = git2::merge_file(&from, &one, &two, Some(&mut options)).ok()?;
    Some(result.content().to_vec())
}

/// The same with a name behind each mark that has none.
fn named(bytes: &[u8], labels: Labels<'_>, size: usize) -> Vec<u8> {
    let names = [(b'<', labels.ours), (b'|', labels.base), (b'>', labels.theirs)];
    let mut out = Vec::with_capacity(bytes.len());
    for line in lines(bytes) {
        let name = names.iter().find(|(mark, _)| is_marker(line, *mark, size));
        match name {
            Some((_, name)) if line[size..].trim_ascii().is_empty() => {
                out.extend_from_slice(&line[..size]);
                out.push(b' ');
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(&line[size..]);
            }
            _ => out.extend_from_slice(line),
        }
    }
    out
}

/// The shortest size of marks that no line of the texts can be taken for.
fn marker_size(texts: [&[u8]; 3]) -> usize {
    let taken: Vec<usize> = texts
        .into_iter()
        .flat_map(lines)
        .filter_map(|line| {
            let mark = line.first().filter(|first| b"<|=>".contains(first))?;
            let run = run_of(*mark, line);
            (run >= SHORTEST && is_marker(line, *mark, run)).then_some(run)
        })
        .collect();
    (SHORTEST..).find(|size| !taken.contains(size)).unwrap_or(SHORTEST)
}

fn is_marker(line: &[u8], mark: u8, size: usize) -> bool {
    run_of(mark, line) == size && matches!(line.get(size), None | Some(b' ' | b'\r' | b'\n'))
}

fn run_of(mark: u8, line: &[u8]) -> usize {
    line.iter().take_while(|byte| **byte == mark).count()
}

/// The lines with their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

fn has_windows_line_ends(bytes: &[u8]) -> bool {
    let mut ends = lines(bytes).filter(|line| line.ends_with(b"\n")).peekable();
    ends.peek().is_some() && ends.all(|line| line.ends_with(b"\r\n"))
}

/// A text with Windows line ends where another one has nothing else, and as it is otherwise.
fn with_line_ends_of<'a>(model: &[u8], text: &'a [u8]) -> Cow<'a, [u8]> {
    if !has_windows_line_ends(model) || has_windows_line_ends(text) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + text.len() / 20);
    for line in lines(text) {
        match line.strip_suffix(b"\n") {
            Some(content) => {
                out.extend_from_slice(content.strip_suffix(b"\r").unwrap_or(content));
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> (String, usize) {
        let Merged { bytes, conflicts } =
            merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes(), Labels::GENERATED);
        (String::from_utf8(bytes).unwrap(), conflicts)
    }

    fn clean(base: &str, ours: &str, theirs: &str) -> String {
        let (text, conflicts) = merged(base, ours, theirs);
        assert_eq!(conflicts, 0, "{text}");
        text
    }

    fn conflict(base: &str, ours: &str, theirs: &str) -> String {
        let (text, conflicts) = merged(base, ours, theirs);
        assert_eq!(conflicts, 1, "{text}");
        assert!(has_conflict_markers(text.as_bytes()));
        text
    }

    #[test]
    fn edits_of_different_places_are_both_kept() {
        assert_eq!(clean("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n"), "A\nb\nC\n");
        assert_eq!(clean("a\nb\nc\n", "a\nb\nc\nmine\n", "new\na\nb\nc\n"), "new\na\nb\nc\nmine\n");
    }

    #[test]
    fn one_side_alone_wins_and_the_same_edit_is_no_conflict() {
        assert_eq!(clean("a\n", "b\n", "a\n"), "b\n");
        assert_eq!(clean("a\n", "a\n", "b\n"), "b\n");
        assert_eq!(clean("a\nb\nc\n", "x\nb\nc\n", "x\nb\ny\n"), "x\nb\ny\n");
    }

    #[test]
    fn a_conflict_names_both_sides_and_what_they_come_from() {
        insta::assert_snapshot!(conflict("a\nb\nc\n", "a\nmine\nc\n", "a\nnew\nc\n"), @r"
        a
        <<<<<<< edited by hand
        mine
        ||||||| generated before
        b
        =======
        new
        >>>>>>> generated now
        c
        ");
    }

    #[test]
    fn adjacent_lines_are_a_conflict_as_in_git() {
        conflict("a\nb\n", "A\nb\n", "a\nB\n");
        assert_eq!(clean("a\n-\nb\n", "A\n-\nb\n", "a\n-\nB\n"), "A\n-\nB\n");
    }

    #[test]
    fn a_deletion_against_an_edit_is_a_conflict() {
        conflict("a\nb\nc\n", "a\nc\n", "a\nB\nc\n");
        conflict("a\nb\nc\n", "a\nB\nc\n", "a\nc\n");
        conflict("{\na\n}\n", "{\n}\n", "{\na\nb\n}\n");
    }

    #[test]
    fn an_empty_side_has_its_name() {
        for (base, ours, theirs) in
            [("", "mine\n", "new\n"), ("a\n", "", "b\n"), ("a\n", "b\n", "")]
        {
            let text = conflict(base, ours, theirs);
            for mark in [
                "<<<<<<< edited by hand\n",
                "||||||| generated before\n",
                ">>>>>>> generated now\n",
            ] {
                assert!(text.contains(mark), "{text}");
            }
        }
    }

    #[test]
    fn a_last_line_without_an_end_leaves_every_mark_at_the_start_of_its_line() {
        insta::assert_snapshot!(conflict("a", "b", "c"), @r"
        <<<<<<< edited by hand
        b
        ||||||| generated before
        a
        =======
        c
        >>>>>>> generated now
        ");
        assert_eq!(clean("a\nb\nc", "A\nb\nc", "a\nb\nc\n"), "A\nb\nc\n");
    }

    #[test]
    fn windows_line_ends_of_ours_are_kept_and_no_edit() {
        assert_eq!(clean("a\nb\nc\n", "A\r\nb\r\nc\r\n", "a\nb\nC\n"), "A\r\nb\r\nC\r\n");
        assert_eq!(clean("a\nb\n", "a\r\nb\r\n", "a\nB\n"), "a\r\nB\r\n");
        let text = conflict("a\n", "b\r\n", "c\n");
        assert_eq!(text.matches("\r\n").count(), text.matches('\n').count(), "{text:?}");
    }

    #[test]
    fn marks_are_longer_than_lines_that_look_like_them() {
        let heading = "Title\n=======\n\na\n";
        let text = conflict(heading, &heading.replace('a', "b"), &heading.replace('a', "c"));
        assert!(text.contains("\n========\nc\n>>>>>>>> generated now\n"), "{text}");
        assert!(text.starts_with("Title\n=======\n\n<<<<<<<< edited by hand\nb\n"), "{text}");
    }

    #[test]
    fn binary_files_are_never_mixed() {
        let merged = merge(b"\0a", b"\0b", b"\0c", Labels::GENERATED);
        assert_eq!(merged, Merged { bytes: b"\0b".to_vec(), conflicts: 1 });
        assert_eq!(merge(b"\0a", b"\0a", b"\0c", Labels::GENERATED), Merged::clean(b"\0c"));
    }

    #[test]
    fn without_a_base_every_difference_is_marked() {
        let merged = without_base(b"a\nmine\nb\n", b"a\nb\nnew", Labels::GENERATED);
        insta::assert_snapshot!(String::from_utf8(merged.bytes).unwrap(), @r"
        a
        <<<<<<< edited by hand
        mine
        =======
        >>>>>>> generated now
        b
        <<<<<<< edited by hand
        =======
        new
        >>>>>>> generated now
        ");
        assert_eq!(merged.conflicts, 2);
    }

    #[test]
    fn what_is_no_mark_is_none() {
        for line in ["=======", "<<<<<<<", "<<<<<< a", "a <<<<<<< b", "||||||||", ""] {
            assert!(!has_conflict_markers(line.as_bytes()), "{line:?}");
        }
        assert!(has_conflict_markers(b"a\n>>>>>>>> b"));
    }

    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = String> {
        // Few lines, so that sides agree often; ones that look like marks, and a last one without an end.
        let line = prop_oneof!["[a-d]", Just("=======".to_owned()), Just(String::new())];
        (prop::collection::vec(line, 0..9), any::<bool>())
            .prop_map(|(lines, end)| lines.join("\n") + if end { "\n" } else { "" })
    }

    fn count(text: &str, line: &str) -> usize {
        text.lines().filter(|one| *one == line).count()
    }

    proptest! {
        #[test]
        fn no_line_that_somebody_wrote_is_lost(base in text(), ours in text(), theirs in text()) {
            let (text, conflicts) = merged(&base, &ours, &theirs);
            for side in [&ours, &theirs] {
                for line in side.lines() {
                    let (had, has) = (count(&base, line), count(side, line));
                    // What a side added is there, unless the other took as much away of what there was.
                    let other = count(if *side == ours { &theirs } else { &ours }, line);
                    let added = has.saturating_sub(had);
                    let gone = had.saturating_sub(other);
                    prop_assert!(count(&text, line) + gone >= added, "{line:?} in {text:?}");
                }
            }
            prop_assert_eq!(conflicts > 0, has_conflict_markers(text.as_bytes()));
        }

        #[test]
        fn a_merge_is_the_same_from_both_sides(base in text(), ours in text(), theirs in text()) {
            let one = merged(&base, &ours, &theirs);
            let other = merged(&base, &theirs, &ours);
            prop_assert_eq!(one.1 == 0, other.1 == 0);
            if one.1 == 0 {
                prop_assert_eq!(one.0, other.0);
            }
        }

        #[test]
        fn without_a_base_both_sides_are_there_in_full(ours in text(), theirs in text()) {
            let Merged { bytes, conflicts } =
                without_base(ours.as_bytes(), theirs.as_bytes(), Labels::GENERATED);
            let text = String::from_utf8(bytes).unwrap();
            prop_assert_eq!(conflicts > 0, ours != theirs);
            for side in [&ours, &theirs] {
                for line in side.lines() {
                    prop_assert!(count(&text, line) >= count(side, line), "{line:?} in {text:?}");
                }
            }
        }
    }
}
