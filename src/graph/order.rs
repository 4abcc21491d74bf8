//! What comes before what, over places of nodes. It knows nothing of kinds or names, and takes circles as they come.

/// An order with who comes directly after and before whom.
pub(super) struct Order {
    /// For each node, what comes directly after it.
    pub(super) after: Vec<Vec<usize>>,
    /// For each node, what comes directly before it.
    pub(super) before: Vec<Vec<usize>>,
}

impl Order {
    /// The order of so many nodes, from pairs of what comes first and what comes after it.
    pub(super) fn new(count: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut order = Self { after: vec![Vec::new(); count], before: vec![Vec::new(); count] };
        for (first, then) in pairs {
            order.after[first].push(then);
            order.before[then].push(first);
        }
        for list in order.after.iter_mut().chain(&mut order.before) {
            list.sort_unstable();
            list.dedup();
        }
        order
    }

    /// For each node a number that it shares with those that it is in a circle with, and with nobody else.
    pub(super) fn circles(&self) -> Vec<usize> {
        let count = self.after.len();
        let mut ended = Vec::with_capacity(count);
        let mut seen = vec![false; count];
        for start in 0..count {
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            let mut path = vec![(start, 0)];
            while let Some((at, next)) = path.last_mut() {
                let Some(&to) = self.after[*at].get(*next) else {
                    ended.push(*at);
                    path.pop();
                    continue;
                };
                *next += 1;
                if !std::mem::replace(&mut seen[to], true) {
                    path.push((to, 0));
                }
            }
        }
        let mut circle = vec![usize::MAX; count];
        for &start in ended.iter().rev() {
            let mut open = vec![start];
            while let Some(at) = open.pop() {
                if circle[at] == usize::MAX {
                    circle[at] = start;
                    open.extend(self.before[at].iter().filter(|&&to| circle[to] == usize::MAX));
                }
            }
        }
        circle
    }

    /// For each node the number of the circle that it is stuck in: one in which something waits, as these pairs say. What applies the
    /// source of its own content, as Flux does itself, is in a circle and not stuck.
    pub(super) fn stuck(
        &self,
        waits: impl IntoIterator<Item = (usize, usize)>,
    ) -> Vec<Option<usize>> {
        let circles = self.circles();
        let mut stuck = vec![false; circles.len()];
        for (first, then) in waits {
            stuck[circles[first]] |= circles[first] == circles[then];
        }
        circles.into_iter().map(|circle| Some(circle).filter(|&circle| stuck[circle])).collect()
    }

    /// For each node how many steps come before it on the longest way. A circle is opened at its first node.
    pub(super) fn ranks(&self) -> Vec<usize> {
        let count = self.after.len();
        let circles = self.circles();
        let mut waits: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut ranks = vec![0; count];
        let mut done = vec![false; count];
        let mut ready: Vec<usize> = (0..count).rev().filter(|&at| waits[at] == 0).collect();
        loop {
            while let Some(at) = ready.pop() {
                if std::mem::replace(&mut done[at], true) {
                    continue;
                }
                for &to in self.after[at].iter().filter(|&&to| to != at) {
                    waits[to] = waits[to].saturating_sub(1);
                    if !done[to] {
                        ranks[to] = ranks[to].max(ranks[at] + 1);
                        if waits[to] == 0 {
                            ready.push(to);
                        }
                    }
                }
            }
            // Only circles and what comes after them are left: one goes on that waits for its own circle alone.
            let only_its_circle = |at: usize| {
                self.before[at].iter().all(|&first| done[first] || circles[first] == circles[at])
            };
            match (0..count).find(|&at| !done[at] && only_its_circle(at)) {
                Some(at) => ready.push(at),
                None => return ranks,
            }
        }
    }
}

/// What can be reached over such lists from a node, in order and without itself.
pub(super) fn reached(lists: &[Vec<usize>], start: usize) -> Vec<usize> {
    let mut seen = vec![false; lists.len()];
    seen[start] = true;
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for &to in &lists[at] {
            if !std::mem::replace(&mut seen[to], true) {
                open.push(to);
            }
        }
    }
    (0..lists.len()).filter(|&at| seen[at] && at != start).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_way_counts() {
        let order = Order::new(4, [(0, 1), (1, 2), (0, 2), (2, 3), (0, 3)]);
        assert_eq!(order.ranks(), [0, 1, 2, 3]);
        assert_eq!(reached(&order.after, 1), [2, 3]);
        assert_eq!(reached(&order.before, 2), [0, 1]);
    }

    #[test]
    fn a_circle_is_opened_at_its_first_node_and_what_comes_after_it_stays_after_it() {
        // What is behind the circle has the lowest place.
        let order = Order::new(5, [(2, 3), (3, 2), (3, 0), (0, 4), (4, 4), (1, 2)]);
        assert_eq!(order.ranks(), [3, 0, 1, 2, 4]);
        let circles = order.circles();
        assert_eq!(circles[2], circles[3]);
        assert_eq!(circles.iter().filter(|&&one| one == circles[0]).count(), 1);
        assert_eq!(reached(&order.after, 2), [0, 3, 4]);
        let stuck = order.stuck([(3, 2), (0, 4)]);
        assert!(stuck[2].is_some() && stuck[2] == stuck[3]);
        assert_eq!(
            stuck.iter().flatten().count(),
            2,
            "what waits for nothing of its circle is not stuck"
        );
    }

    #[test]
    fn many_circles_end() {
        let pairs = (0..3000).flat_map(|at| [(at, at ^ 1), (at, (at * 7 + 3) % 3000), (at, at)]);
        assert_eq!(Order::new(3000, pairs).ranks().len(), 3000);
    }
}
