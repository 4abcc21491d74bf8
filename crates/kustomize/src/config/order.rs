//! The order in which kustomize sorts field specs: by kind, things that others refer to first, and
//! with Go's `sort.Sort`, which is not stable. Where many specs are of one kind, its moves decide which
//! comes first, so they are made here one by one.

use crate::kustomization::Gvk;

const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

fn rank(kind: &str) -> isize {
    let at = |kinds: &[&str]| kinds.iter().position(|other| *other == kind);
    match (at(FIRST), at(LAST)) {
        (Some(at), _) => at as isize - FIRST.len() as isize,
        (None, Some(at)) => at as isize + 1,
        (None, None) => 0,
    }
}

impl Gvk {
    /// Whether kustomize sorts this before another (`Gvk.IsLessThan` in kyaml's `resid`).
    pub(crate) fn is_less_than(&self, other: &Gvk) -> bool {
        fn or<'g>(text: &'g str, none: &'static str) -> &'g str {
            if text.is_empty() { none } else { text }
        }
        // As one text: a group that ends early is followed by an underscore.
        fn text(gvk: &Gvk) -> impl Iterator<Item = u8> {
            let (group, version, kind) =
                (or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K"));
            [group, "_", version, "_", kind].into_iter().flat_map(str::bytes)
        }
        match rank(&self.kind).cmp(&rank(&other.kind)) {
            std::cmp::Ordering::Equal => text(self).lt(text(other)),
            order => order.is_lt(),
        }
    }
}

/// Sorts as Go's `sort.Sort` does, equal items included.
pub(super) fn go_sort<T>(items: &mut [T], less: impl Fn(&T, &T) -> bool) {
    // Sorted items stay where they are.
    if items.windows(2).all(|pair| !less(&pair[1], &pair[0])) {
        return;
    }
    let limit = usize::BITS - items.len().leading_zeros();
    let end = items.len();
    Sorter { items, less }.sort_range(0, end, limit);
}

/// Pattern-defeating quicksort with Go's choices of pivots and bounds.
struct Sorter<'i, T, F> {
    items: &'i mut [T],
    less: F,
}

/// What the choice of a pivot tells of the order of a range.
#[derive(PartialEq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

impl<T, F: Fn(&T, &T) -> bool> Sorter<'_, T, F> {
    fn less(&self, a: usize, b: usize) -> bool {
        (self.less)(&self.items[a], &self.items[b])
    }

    /// Sorts a range; what stands before it is not greater.
    fn sort_range(&mut self, mut start: usize, mut end: usize, mut limit: u32) {
        const FEW: usize = 12;
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let len = end - start;
            if len <= FEW {
                return self.insertion_sort(start, end);
            }
            if limit == 0 {
                return self.heap_sort(start, end);
            }
            if !balanced {
                self.break_patterns(start, end);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.choose_pivot(start, end);
            if hint == Hint::Decreasing {
                self.items[start..end].reverse();
                pivot = end - 1 - (pivot - start);
                hint = Hint::Increasing;
            }
            if balanced
                && partitioned
                && hint == Hint::Increasing
                && self.partial_insertion_sort(start, end)
            {
                return;
            }
            // Nothing is less than what stands before the range: its equals go first.
            if start > 0 && !self.less(start - 1, pivot) {
                start = self.partition_equal(start, end, pivot);
                continue;
            }
            let (middle, already) = self.partition(start, end, pivot);
            partitioned = already;
            let (left, right) = (middle - start, end - middle);
            if left < right {
                balanced = left >= len / 8;
                self.sort_range(start, middle, limit);
                start = middle + 1;
            } else {
                balanced = right >= len / 8;
                self.sort_range(middle + 1, end, limit);
                end = middle;
            }
        }
    }

    fn insertion_sort(&mut self, start: usize, end: usize) {
        for next in start + 1..end {
            let mut at = next;
            while at > start && self.less(at, at - 1) {
                self.items.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    fn heap_sort(&mut self, start: usize, end: usize) {
        let len = end - start;
        for root in (0..=(len - 1) / 2).rev() {
            self.sift_down(root, len, start);
        }
        for last in (0..len).rev() {
            self.items.swap(start, start + last);
            self.sift_down(0, last, start);
        }
    }

    fn sift_down(&mut self, mut root: usize, len: usize, start: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= len {
                return;
            }
            if child + 1 < len && self.less(start + child, start + child + 1) {
                child += 1;
            }
            if !self.less(start + root, start + child) {
                return;
            }
            self.items.swap(start + root, start + child);
            root = child;
        }
    }

    /// Swaps three items in the middle with others: which ones depends on the length alone.
    fn break_patterns(&mut self, start: usize, end: usize) {
        let len = end - start;
        if len < 8 {
            return;
        }
        let mut random = len as u64;
        let mask = (1_usize << (usize::BITS - len.leading_zeros())) - 1;
        let middle = start + len / 4 * 2;
        for at in middle - 1..=middle + 1 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut other = random as usize & mask;
            if other >= len {
                other -= len;
            }
            self.items.swap(at, start + other);
        }
    }

    fn choose_pivot(&self, start: usize, end: usize) -> (usize, Hint) {
        let quarter = (end - start) / 4;
        let [mut a, mut b, mut c] = [start + quarter, start + quarter * 2, start + quarter * 3];
        let mut swaps = 0;
        if end - start >= 8 {
            if end - start >= 50 {
                a = self.median(a - 1, a, a + 1, &mut swaps);
                b = self.median(b - 1, b, b + 1, &mut swaps);
                c = self.median(c - 1, c, c + 1, &mut swaps);
            }
            b = self.median(a, b, c, &mut swaps);
        }
        let hint = match swaps {
            0 => Hint::Increasing,
            12 => Hint::Decreasing,
            _ => Hint::Unknown,
        };
        (b, hint)
    }

    fn median(&self, a: usize, b: usize, c: usize, swaps: &mut u32) -> usize {
        let mut ordered = |a, b| {
            if self.less(b, a) {
                *swaps += 1;
                (b, a)
            } else {
                (a, b)
            }
        };
        let (a, b) = ordered(a, b);
        let (b, _) = ordered(b, c);
        let (_, b) = ordered(a, b);
        b
    }

    /// Sorts a range that is nearly sorted; says whether it is sorted then.
    fn partial_insertion_sort(&mut self, start: usize, end: usize) -> bool {
        let mut at = start + 1;
        for _ in 0..5 {
            while at < end && !self.less(at, at - 1) {
                at += 1;
            }
            if at == end {
                return true;
            }
            if end - start < 50 {
                return false;
            }
            self.items.swap(at, at - 1);
            if at - start >= 2 {
                for left in (1..at).rev() {
                    if !self.less(left, left - 1) {
                        break;
                    }
                    self.items.swap(left, left - 1);
                }
            }
            if end - at >= 2 {
                for right in at + 1..end {
                    if !self.less(right, right - 1) {
                        break;
                    }
                    self.items.swap(right, right - 1);
                }
            }
        }
        false
    }

    /// Moves what equals the pivot to the front; returns where the greater ones begin.
    fn partition_equal(&mut self, start: usize, end: usize, pivot: usize) -> usize {
        self.items.swap(start, pivot);
        let (mut i, mut j) = (start + 1, end - 1);
        loop {
            while i <= j && !self.less(start, i) {
                i += 1;
            }
            while i <= j && self.less(start, j) {
                j -= 1;
            }
            if i > j {
                return i;
            }
            self.items.swap(i, j);
            i += 1;
            j -= 1;
        }
    }

    /// Moves what is less than the pivot before it; returns where the pivot is, and whether nothing
    /// but the pivot had to be moved.
    fn partition(&mut self, start: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.items.swap(start, pivot);
        let (mut i, mut j) = (start + 1, end - 1);
        let mut already = true;
        loop {
            while i <= j && self.less(i, start) {
                i += 1;
            }
            while i <= j && !self.less(j, start) {
                j -= 1;
            }
            if i > j {
                self.items.swap(j, start);
                return (j, already);
            }
            already = false;
            self.items.swap(i, j);
            i += 1;
            j -= 1;
        }
    }
}
