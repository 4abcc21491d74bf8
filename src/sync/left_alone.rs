//! What the lock says of files that were left alone: what it said before.
//!
//! A file that somebody changed while it was to be written does not say what was generated for it. If
//! the lock said so all the same, the next run would take the difference for an edit and keep it.

use std::collections::{BTreeMap, BTreeSet};

use super::BlobId;

/// The text of a file of the lock, where some files were left alone: their lines are those on disk.
pub(super) fn keep(
    on_disk: Option<&[u8]>,
    new: Option<&[u8]>,
    left_alone: &BTreeSet<&str>,
) -> Option<Vec<u8>> {
    let (header, mut lines) = new.map_or_else(Default::default, parts);
    lines.retain(|path, _| !left_alone.contains(path));
    let (old_header, old) = on_disk.map_or_else(Default::default, parts);
    lines.extend(old.into_iter().filter(|(path, _)| left_alone.contains(path)));
    if lines.is_empty() {
        return None;
    }
    let header = if header.is_empty() { old_header } else { header };
    Some(header.iter().chain(lines.values().copied().flatten()).copied().collect())
}

/// The ids that a file of the lock says of files that were left alone.
pub(super) fn ids(on_disk: &[u8], left_alone: &BTreeSet<&str>) -> Vec<BlobId> {
    let lines = parts(on_disk).1;
    let of_left = left_alone.iter().filter_map(|left| lines.get(left));
    of_left.filter_map(|line| std::str::from_utf8(line.get(..40)?).ok()?.parse().ok()).collect()
}

/// The first line, and the others by the paths that they are about; each with its line break.
fn parts(text: &[u8]) -> (&[u8], BTreeMap<&str, &[u8]>) {
    let mut all = text.split_inclusive(|byte| *byte == b'\n');
    let header = all.next().unwrap_or_default();
    let path = |line| {
        Some((std::str::from_utf8(line).ok()?.trim_end_matches('\n').splitn(3, ' ').nth(2)?, line))
    };
    (header, all.filter_map(path).collect())
}
