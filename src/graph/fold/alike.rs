//! Which nodes of a cluster are alike, and so become one box.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::{Cluster, EdgeKind, Node, NodeKind, Pair, State};

/// Of how many the same are seldom told apart.
const MANY: usize = 3;
/// How far from a node another shape is still seen.
const FAR: usize = 12;

/// How much is folded; each step folds what the one before it does, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Nothing.
    Nothing,
    /// Tenants that hang together with the rest in the same way.
    Tenants,
    /// Nodes that hang together with the rest in the same way, too.
    Shape,
    /// Whatever is of one kind.
    Kind,
}

impl Step {
    pub(super) const ALL: [Self; 4] = [Self::Nothing, Self::Tenants, Self::Shape, Self::Kind];
}

/// Before or after, why, and whom.
type Tie<T> = (bool, EdgeKind, T);

/// For each node the number of the set that it belongs to.
pub(super) fn sets(cluster: &Cluster, pairs: &[Pair], step: Step) -> Vec<usize> {
    let count = cluster.nodes.len();
    let alone: Vec<usize> = (0..count).collect();
    let mut ties: Vec<Vec<Tie<usize>>> = vec![Vec::new(); count];
    for &(first, then, kind) in pairs {
        ties[first].push((true, kind, then));
        ties[then].push((false, kind, first));
    }
    let tenants = tenants(cluster);
    let groups = cluster.nodes.iter().map(|node| node.group.as_deref());
    let tenants: Vec<Option<&str>> =
        groups.map(|group| group.filter(|group| tenants.contains(group))).collect();
    match step {
        Step::Nothing => alone,
        Step::Tenants => same_tenants(cluster, &ties, &tenants, alone),
        Step::Shape => {
            let folded = same_tenants(cluster, &ties, &tenants, alone);
            same_shape(cluster, &ties, folded)
        }
        Step::Kind => {
            let mut numbers = Numbers::default();
            let states = states(cluster);
            let of = |(node, tenant): (&Node, &Option<&str>)| match tenant {
                Some(tenant) => (true, NodeKind::Tenant, states[tenant]),
                None => (false, node.kind, node.state),
            };
            cluster.nodes.iter().zip(&tenants).map(|one| numbers.of(of(one))).collect()
        }
    }
}

/// The groups that are tenants' own.
pub(super) fn tenants(cluster: &Cluster) -> BTreeSet<&str> {
    let nodes = cluster.nodes.iter().filter(|node| node.kind == NodeKind::Tenant);
    nodes.filter_map(|node| node.group.as_deref()).collect()
}

/// For each group the state that its box would have.
fn states(cluster: &Cluster) -> HashMap<&str, State> {
    let mut members: HashMap<&str, Vec<State>> = HashMap::new();
    for node in &cluster.nodes {
        if let Some(group) = &node.group {
            members.entry(group).or_default().push(node.state);
        }
    }
    members.into_iter().map(|(group, all)| (group, super::state(all.into_iter()))).collect()
}

/// Tenants of which many are the same: in what they have, and in what of the rest they hang together with.
fn same_tenants<'a>(
    cluster: &'a Cluster,
    ties: &[Vec<Tie<usize>>],
    tenants: &[Option<&'a str>],
    mut sets: Vec<usize>,
) -> Vec<usize> {
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, tenant) in tenants.iter().enumerate() {
        if let Some(tenant) = tenant {
            members.entry(tenant).or_default().push(at);
        }
    }
    let looks = |own: &str, at: usize| {
        // Of what lies in the tenant only the kind counts; another tenant counts by its name.
        let tie = |&(then, kind, to): &Tie<usize>| match tenants[to] {
            Some(tenant) if tenant == own => (then, kind, (None, Some(cluster.nodes[to].kind), "")),
            Some(tenant) => (then, kind, (None, None, tenant)),
            None => (then, kind, (Some(to), None, "")),
        };
        let mut ties: Vec<_> = ties[at].iter().map(tie).collect();
        ties.sort_unstable();
        (cluster.nodes[at].kind, cluster.nodes[at].state, ties)
    };
    let mut shapes: HashMap<_, Vec<&Vec<usize>>> = HashMap::new();
    for (tenant, all) in &members {
        let mut shape: Vec<_> = all.iter().map(|&at| looks(tenant, at)).collect();
        shape.sort_unstable();
        shapes.entry(shape).or_default().push(all);
    }
    for same in shapes.values().filter(|same| same.len() >= MANY) {
        let all = || same.iter().flat_map(|all| all.iter().copied());
        let set = all().min().unwrap_or_default();
        all().for_each(|at| sets[at] = set);
    }
    sets
}

/// Nodes of which many are the same: in what they are, and in what they hang together with, near and far.
fn same_shape(cluster: &Cluster, ties: &[Vec<Tie<usize>>], sets: Vec<usize>) -> Vec<usize> {
    let mut sizes = vec![0; sets.len()];
    sets.iter().for_each(|&set| sizes[set] += 1);
    let mut numbers = Numbers::default();
    let nodes = cluster.nodes.iter().zip(&sets);
    // What is folded already stays as it is. Of groups of tenants only that they are one counts.
    let mut colours: Vec<usize> = nodes
        .map(|(node, &set)| {
            numbers.of((Some(set).filter(|&set| sizes[set] > 1), node.kind, node.state))
        })
        .collect();
    let mut found = numbers.len();
    for _ in 0..FAR {
        let mut numbers = Numbers::default();
        let next = (0..sets.len()).map(|at| {
            let mut seen: Vec<Tie<usize>> =
                ties[at].iter().map(|&(then, kind, to)| (then, kind, colours[to])).collect();
            seen.sort_unstable();
            // Of how many hang on it nothing is seen: a folded box has lines, not counts.
            seen.dedup();
            if sizes[sets[at]] > 1 {
                seen.clear();
            }
            numbers.of((colours[at], seen))
        });
        colours = next.collect();
        if std::mem::replace(&mut found, numbers.len()) == numbers.len() {
            break;
        }
    }
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, colour) in colours.iter().enumerate() {
        members.entry(*colour).or_default().push(at);
    }
    let mut sets = sets;
    for same in members.values().filter(|same| same.len() >= MANY) {
        let set = same.iter().map(|&at| sets[at]).min().unwrap_or_default();
        same.iter().for_each(|&at| sets[at] = set);
    }
    sets
}

/// Numbers in the order of what was met first.
struct Numbers<T>(HashMap<T, usize>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + std::hash::Hash> Numbers<T> {
    fn of(&mut self, what: T) -> usize {
        let next = self.0.len();
        *self.0.entry(what).or_insert(next)
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
