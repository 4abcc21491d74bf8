//! A graph made small enough to be looked at as a whole.
//!
//! What is alike becomes one box: first tenants that hang together with the rest in the same way, then nodes that do, then tenants and
//! nodes of one kind, then clusters that look the same, each only where the step before left too much. A line that says what a longer
//! way says already is left out, unless it is a dependency: those are all drawn.

mod alike;

use std::collections::{BTreeMap, BTreeSet};

use self::alike::Step;
use super::order::{Order, reached};
use super::text::{cut, one_line};
use super::{Cluster, EdgeKind, Graph, NodeKind, Pair, State, stuck};

/// How many boxes and lines of one cluster an eye takes in.
const ROOM: (usize, usize) = (60, 120);
/// How many boxes a whole picture has at most.
const BOXES: usize = 400;
/// How many lines a whole picture has at most. Mermaid draws no more than 500.
const LINES: usize = 480;
/// How many names are told of what was folded.
const NAMES: usize = 40;

/// A graph to be drawn as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) frames: Vec<Frame>,
    /// What was folded or left out, in sentences.
    pub(super) notes: Vec<String>,
}

/// A cluster, or several that look the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Frame {
    /// Its name and environment, on one line.
    pub(super) title: String,
    pub(super) boxes: Vec<Drawn>,
    pub(super) lines: Vec<Line>,
    /// How much was folded, if anything was.
    folded: Option<Step>,
}

/// A node, or several that are alike.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawn {
    pub(super) kind: NodeKind,
    pub(super) state: State,
    /// What is written on it; not empty, on one line, of any length.
    pub(super) label: String,
    /// What is written below that.
    pub(super) caption: String,
    /// What is told when asked, line by line.
    pub(super) more: Vec<String>,
    /// How many groups or nodes it stands for.
    pub(super) count: usize,
}

/// What comes first, what comes after it, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) first: usize,
    pub(super) then: usize,
    pub(super) kind: EdgeKind,
    /// It is part of a circle: nothing of it can ever start.
    pub(super) circle: bool,
}

impl Picture {
    /// The most that a picture can show of a graph so that it fits.
    pub(super) fn of(graph: &Graph, fits: impl Fn(&Self) -> bool) -> Self {
        let mut picture = Self::default();
        for least in Step::ALL {
            picture = Self::folded(graph, least);
            if picture.has_room() && fits(&picture) {
                return picture;
            }
            picture.join_same();
            if picture.has_room() && fits(&picture) {
                return picture;
            }
        }
        while !(picture.frames.is_empty() || picture.has_room() && fits(&picture)) {
            picture.leave_out_half();
        }
        picture
    }

    fn folded(graph: &Graph, least: Step) -> Self {
        let frames: Vec<Frame> =
            graph.clusters.iter().map(|cluster| Frame::of(cluster, least)).collect();
        let folded: BTreeSet<Step> = frames.iter().filter_map(|frame| frame.folded).collect();
        let what = match (folded.contains(&Step::Kind), folded.is_empty()) {
            (true, _) => Some("kind"),
            (false, false) => Some("shape"),
            (false, true) => None,
        };
        let note = |what| {
            format!(
                "A box with a number stands for so many of the same {what}; \
                 `tenantry graph --output html` shows each."
            )
        };
        let notes = what.map(note).into_iter().collect();
        Self { title: one_line(&graph.title), frames, notes }
    }

    fn has_room(&self) -> bool {
        let count = |of: fn(&Frame) -> usize| self.frames.iter().map(of).sum::<usize>();
        count(|frame| frame.boxes.len() + 1) <= BOXES && count(|frame| frame.lines.len()) <= LINES
    }

    /// Shows clusters that look the same once.
    fn join_same(&mut self) {
        let mut kept: Vec<(Frame, usize)> = Vec::new();
        for frame in std::mem::take(&mut self.frames) {
            match kept.iter_mut().find(|(one, _)| one.looks_like(&frame)) {
                Some((_, more)) => *more += 1,
                None => kept.push((frame, 0)),
            }
        }
        let joined = kept.into_iter().map(|(mut frame, more)| {
            if more > 0 {
                frame.title = format!("{} and {more} more that look the same", frame.title);
            }
            frame
        });
        self.frames = joined.collect();
    }

    /// Leaves out the second half of the clusters, and says so.
    fn leave_out_half(&mut self) {
        const LEFT_OUT: &str = "Not shown for lack of room: ";
        self.notes.retain(|note| !note.starts_with(LEFT_OUT));
        let all = self.frames.len();
        self.frames.truncate(all / 2);
        self.notes.push(format!("{LEFT_OUT}clusters after the first {}.", all / 2));
    }
}

impl Frame {
    /// A cluster, folded so far that an eye takes it in, and at least so far.
    fn of(cluster: &Cluster, least: Step) -> Self {
        let pairs = cluster.pairs();
        let mut steps = Step::ALL.into_iter().filter(|&step| step >= least).peekable();
        while let Some(step) = steps.next() {
            let sets = alike::sets(cluster, &pairs, step);
            let last = steps.peek().is_none();
            let boxes = sets.iter().collect::<BTreeSet<_>>().len();
            if last || boxes <= ROOM.0 {
                let frame = Self::folded(cluster, &pairs, &sets, step);
                if last || frame.lines.len() <= ROOM.1 {
                    return frame;
                }
            }
        }
        Self::default()
    }

    fn folded(cluster: &Cluster, pairs: &[Pair], sets: &[usize], step: Step) -> Self {
        // Where each node went, in the order of the first that went there.
        let mut place = vec![0; cluster.nodes.len()];
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut known = BTreeMap::new();
        for (at, set) in sets.iter().enumerate() {
            place[at] = *known.entry(*set).or_insert(members.len());
            if place[at] == members.len() {
                members.push(Vec::new());
            }
            members[place[at]].push(at);
        }
        let tenants = alike::tenants(cluster);
        let boxes: Vec<Drawn> = members.iter().map(|all| drawn(cluster, all, &tenants)).collect();
        Self {
            title: title(cluster),
            folded: members.iter().any(|all| all.len() > 1).then_some(step),
            lines: lines(pairs, &place, boxes.len()),
            boxes,
        }
    }

    fn looks_like(&self, other: &Self) -> bool {
        let same = |(one, two): (&Drawn, &Drawn)| {
            (one.kind, one.state, one.count, &one.label)
                == (two.kind, two.state, two.count, &two.label)
        };
        self.lines == other.lines
            && self.boxes.len() == other.boxes.len()
            && self.boxes.iter().zip(&other.boxes).all(same)
    }
}

fn title(cluster: &Cluster) -> String {
    match &cluster.environment {
        Some(environment) => one_line(&format!("{} ({environment})", cluster.name)),
        None => one_line(&cluster.name),
    }
}

/// The box of some nodes.
fn drawn(cluster: &Cluster, members: &[usize], tenants: &BTreeSet<&str>) -> Drawn {
    let nodes = || members.iter().map(|&at| &cluster.nodes[at]);
    let groups: BTreeSet<&str> = nodes().filter_map(|node| node.group.as_deref()).collect();
    let kinds: BTreeSet<NodeKind> = nodes().map(|node| node.kind).collect();
    let state = state(nodes().map(|node| node.state));
    if let &[at] = members {
        let node = &cluster.nodes[at];
        let (id, label) = (one_line(&node.id), one_line(&node.label));
        // Whose it is says something of tenants alone: the rest is the platform's.
        let of_tenant = |group: &&str| tenants.contains(group);
        let group =
            node.group.as_deref().filter(of_tenant).map(one_line).filter(|group| *group != label);
        let mut more: Vec<String> = vec![label.clone(), id.clone()];
        more.dedup();
        more.extend(node.facts.iter().map(|(name, value)| one_line(&format!("{name}: {value}"))));
        let word = node.kind.word();
        return Drawn {
            kind: node.kind,
            state,
            label: if label.is_empty() { id } else { label },
            caption: group.map_or_else(|| word.to_owned(), |group| format!("{word} · {group}")),
            more,
            count: 1,
        };
    }
    // Whole groups are told by their own names, nodes by theirs.
    let of_groups = kinds.contains(&NodeKind::Tenant) && !groups.is_empty();
    let (count, names): (usize, Vec<&str>) = if of_groups {
        (groups.len(), groups.iter().copied().collect())
    } else {
        (members.len(), nodes().map(|node| node.label.as_str()).collect())
    };
    let kind = if kinds.contains(&NodeKind::Tenant) {
        NodeKind::Tenant
    } else {
        kinds.first().copied().unwrap_or(NodeKind::Kustomization)
    };
    let plural = if count == 1 { "" } else { "s" };
    let mut more: Vec<String> = names.iter().take(NAMES).map(|name| cut(name, 80)).collect();
    if names.len() > NAMES {
        more.push(format!("and {} more", names.len() - NAMES));
    }
    let mut first: Vec<String> = names.iter().take(3).map(|name| cut(name, 40)).collect();
    if names.len() > first.len() {
        first.push("…".to_owned());
    }
    Drawn {
        kind,
        state,
        label: format!("{count} {}{plural}", kind.word()),
        caption: first.join(", "),
        more,
        count,
    }
}

/// The state of several: what needs a look comes through.
fn state(of: impl Iterator<Item = State>) -> State {
    let all: BTreeSet<State> = of.collect();
    if all.len() == 1 && all.contains(&State::Elsewhere) {
        return State::Elsewhere;
    }
    let loud = [State::Broken, State::Suspended].into_iter().find(|state| all.contains(state));
    loud.unwrap_or_default()
}

/// The lines between boxes that stay, in order.
fn lines(pairs: &[Pair], place: &[usize], boxes: usize) -> Vec<Line> {
    let whole = Order::new(place.len(), pairs.iter().map(|&(first, then, _)| (first, then)));
    let stuck = stuck(&whole, pairs);
    let mut all: BTreeMap<(usize, usize, EdgeKind), bool> = BTreeMap::new();
    for &(first, then, kind) in pairs {
        if place[first] != place[then] {
            let circle = all.entry((place[first], place[then], kind)).or_default();
            *circle |= stuck[first].is_some() && stuck[first] == stuck[then];
        }
    }
    let order = Order::new(boxes, all.keys().map(|&(first, then, _)| (first, then)));
    let circles = order.circles();
    let below: Vec<Vec<usize>> = (0..boxes).map(|at| reached(&order.after, at)).collect();
    // A way that comes back to where it started, or goes round where it ends, says nothing more.
    let a_longer_way = |first: usize, then: usize| {
        order.after[first].iter().any(|&via| {
            circles[via] != circles[first]
                && circles[via] != circles[then]
                && below[via].binary_search(&then).is_ok()
        })
    };
    let stays = |first, then, kind| match kind {
        EdgeKind::DependsOn => true,
        _ if all.contains_key(&(first, then, EdgeKind::DependsOn)) => false,
        // Flux applies its own source.
        EdgeKind::Applies if all.contains_key(&(then, first, EdgeKind::Source)) => false,
        _ => !a_longer_way(first, then),
    };
    all.iter()
        .map(|(&(first, then, kind), &circle)| Line { first, then, kind, circle })
        .filter(|line| line.circle || stays(line.first, line.then, line.kind))
        .collect()
}
