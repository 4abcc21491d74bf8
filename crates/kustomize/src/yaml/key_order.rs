//! The order in which go-yaml writes the keys of a Go map (`sorter.go`).

use std::cmp::Ordering;

/// Compares two keys as go-yaml v2 does when it sorts the keys of a map: letters after everything
/// else, and runs of digits by their number.
///
/// ```
/// use kustomize::yaml::go_key_order;
///
/// let mut keys = ["b", "a10", "a9", "_a", "B"];
/// keys.sort_by(|a, b| go_key_order(a, b));
/// assert_eq!(keys, ["_a", "B", "a9", "a10", "b"]);
/// ```
pub fn go_key_order(a: &str, b: &str) -> Ordering {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    if common == a.len() || common == b.len() {
        return a.len().cmp(&b.len());
    }
    // The first characters that differ begin where no byte of either is a later part of one.
    let at = (0..=common).rev().find(|at| a.is_char_boundary(*at)).unwrap_or(0);
    let (left, right) = (&a[at..], &b[at..]);
    let (Some(l), Some(r)) = (left.chars().next(), right.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (l.is_alphabetic(), r.is_alphabetic()) {
        (true, true) => return l.cmp(&r),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A number that goes on from before: zeros at its start do not count.
    let mut start = 0;
    if l == '0' || r == '0' {
        let mut digits = a[..at].chars().rev().take_while(|c| c.is_numeric());
        if digits.any(|c| c != '0') {
            start = 1;
        }
    }
    let number = |text: &str| {
        let digits = text.chars().take_while(|c| c.is_numeric());
        digits.fold((start, 0_usize), |(number, count): (i64, usize), digit| {
            let value = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
            (number.wrapping_mul(10).wrapping_add(value), count + 1)
        })
    };
    number(left).cmp(&number(right)).then(l.cmp(&r))
}
