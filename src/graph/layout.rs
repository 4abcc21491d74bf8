//! Where boxes and lines of a frame lie: in columns from left to right, what comes first to the left of what comes after it.
//!
//! The column of a box is its longest way from the start; lines that pass a column get a place in it; within columns order follows the
//! neighbours' (the barycentre), and so do heights, as near as those above and below allow.

use super::order::Order;

/// How high a box is, and how much room is between two.
pub(super) const BOX: f32 = 42.0;
const GAP: f32 = 14.0;
/// How much room is for a line that passes a column.
const LANE: f32 = 12.0;
/// How much room is between columns.
const ALLEY: f32 = 68.0;
/// How often columns are put in order, there and back.
const SWEEPS: usize = 12;

/// A box to lay out or a line that passes, with its place once it has one.
#[derive(Clone, Debug)]
struct Spot {
    column: usize,
    /// The middle of it.
    y: f32,
    half: f32,
    before: Vec<usize>,
    after: Vec<usize>,
}

/// The places of boxes and the ways of lines.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// For each box its column's left edge, the middle of its height, and its width.
    pub(super) boxes: Vec<(f32, f32, f32)>,
    /// For each line the points that it goes through; two for each column that it touches. Empty for one that goes back.
    pub(super) ways: Vec<Vec<(f32, f32)>>,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// Lays out boxes of these widths with lines between them.
pub(super) fn layout(widths: &[f32], lines: &[(usize, usize)]) -> Layout {
    if widths.is_empty() {
        return Layout::default();
    }
    let columns = columns(widths.len(), lines);
    let spot = |column, half| Spot { column, y: 0.0, half, before: Vec::new(), after: Vec::new() };
    let mut spots: Vec<Spot> =
        columns.iter().map(|&column| spot(column, (BOX + GAP) / 2.0)).collect();
    let mut chains = Vec::with_capacity(lines.len());
    for &(first, then) in lines {
        let mut chain = vec![first];
        for column in columns[first] + 1..columns[then] {
            chain.push(spots.len());
            spots.push(spot(column, LANE / 2.0));
        }
        chain.push(then);
        if columns[first] < columns[then] {
            for pair in chain.windows(2) {
                spots[pair[0]].after.push(pair[1]);
                spots[pair[1]].before.push(pair[0]);
            }
        } else {
            chain.clear();
        }
        chains.push(chain);
    }
    let order = ordered(&spots, columns.iter().max().map_or(0, |last| last + 1));
    settle(&mut spots, &order);

    let wide = order.iter().map(|column| {
        column.iter().filter_map(|&at| widths.get(at)).fold(0.0_f32, |most, &one| most.max(one))
    });
    let wide: Vec<f32> = wide.collect();
    let lefts: Vec<f32> = wide
        .iter()
        .scan(0.0, |left, wide| {
            let own = *left;
            *left += wide + ALLEY;
            Some(own)
        })
        .collect();
    let top = spots.iter().map(|spot| spot.y - spot.half).fold(f32::INFINITY, f32::min);
    let bottom = spots.iter().map(|spot| spot.y + spot.half).fold(f32::NEG_INFINITY, f32::max);
    let place = |at: usize| {
        let spot = &spots[at];
        (lefts[spot.column], spot.y - top, wide[spot.column])
    };
    let way = |chain: &Vec<usize>| {
        let ends = |(step, &at): (usize, &usize)| {
            let (left, y, wide) = place(at);
            let right = left + widths.get(at).copied().unwrap_or(wide);
            let (enters, leaves) = (step > 0, step + 1 < chain.len());
            [enters.then_some((left, y)), leaves.then_some((right, y))].into_iter().flatten()
        };
        chain.iter().enumerate().flat_map(ends).collect()
    };
    Layout {
        boxes: (0..widths.len()).map(|at| (place(at).0, place(at).1, widths[at])).collect(),
        ways: chains.iter().map(way).collect(),
        width: lefts.last().zip(wide.last()).map_or(0.0, |(left, wide)| left + wide),
        height: bottom - top,
    }
}

/// The column of each box. What nothing comes before stands beside what comes after it.
fn columns(count: usize, lines: &[(usize, usize)]) -> Vec<usize> {
    let order = Order::new(count, lines.iter().copied());
    let mut columns = order.ranks();
    for at in 0..count {
        let next = order.after[at].iter().map(|&to| columns[to]).min();
        if let (true, Some(next)) = (order.before[at].is_empty(), next) {
            columns[at] = next.saturating_sub(1);
        }
    }
    columns
}

/// The spots of each column from top to bottom: of all orders tried the one with the fewest crossings.
fn ordered(spots: &[Spot], columns: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); columns];
    for (at, spot) in spots.iter().enumerate() {
        order[spot.column].push(at);
    }
    let mut best = (crossings(spots, &order), order.clone());
    for sweep in 0..SWEEPS {
        let there = sweep % 2 == 0;
        let mut rows = rows(&order, spots.len());
        for step in 0..columns {
            let column = if there { step } else { columns - 1 - step };
            let middle = |at: usize| {
                let near = if there { &spots[at].before } else { &spots[at].after };
                let sum: f32 = near.iter().map(|&to| rows[to]).sum();
                if near.is_empty() { rows[at] } else { sum / near.len() as f32 }
            };
            let mut by_middle: Vec<(f32, usize)> =
                order[column].iter().map(|&at| (middle(at), at)).collect();
            by_middle.sort_by(|one, two| one.0.total_cmp(&two.0));
            order[column] = by_middle.into_iter().map(|(_, at)| at).collect();
            // Rows are shares of the column, so that a long one does not pull a short one down.
            let tall = order[column].len() as f32;
            for (row, &at) in order[column].iter().enumerate() {
                rows[at] = (row as f32 + 0.5) / tall;
            }
        }
        let found = crossings(spots, &order);
        if found < best.0 {
            best = (found, order.clone());
        }
    }
    best.1
}

fn rows(order: &[Vec<usize>], count: usize) -> Vec<f32> {
    let mut rows = vec![0.0; count];
    for column in order {
        for (row, &at) in column.iter().enumerate() {
            rows[at] = (row as f32 + 0.5) / column.len() as f32;
        }
    }
    rows
}

/// How often lines cross between neighbouring columns.
fn crossings(spots: &[Spot], order: &[Vec<usize>]) -> usize {
    let rows = rows(order, spots.len());
    let between = |column: &Vec<usize>| {
        let lines: Vec<(f32, f32)> = column
            .iter()
            .flat_map(|&at| spots[at].after.iter().map(move |&to| (at, to)))
            .map(|(at, to)| (rows[at], rows[to]))
            .collect();
        let cross = |one: &(f32, f32), two: &(f32, f32)| {
            (one.0 < two.0) == (one.1 > two.1) && one.0 != two.0 && one.1 != two.1
        };
        let after = |(at, one)| lines[at + 1..].iter().filter(|two| cross(one, two)).count();
        lines.iter().enumerate().map(after).sum::<usize>()
    };
    order.iter().map(between).sum()
}

/// Moves spots up and down towards their neighbours, without changing their order.
fn settle(spots: &mut [Spot], order: &[Vec<usize>]) {
    for column in order {
        let mut y = 0.0;
        for &at in column {
            y += spots[at].half;
            spots[at].y = y;
            y += spots[at].half;
        }
    }
    for sweep in 0..SWEEPS {
        let there = sweep % 2 == 0;
        for step in 0..order.len() {
            let column = &order[if there { step } else { order.len() - 1 - step }];
            let wish = |&at: &usize| {
                let near = spots[at].before.iter().chain(&spots[at].after);
                let (sum, count) =
                    near.fold((0.0, 0.0), |(sum, count), &to| (sum + spots[to].y, count + 1.0));
                if count == 0.0 { spots[at].y } else { sum / count }
            };
            let wishes: Vec<f32> = column.iter().map(wish).collect();
            let halves: Vec<f32> = column.iter().map(|&at| spots[at].half).collect();
            for (&at, y) in column.iter().zip(nearest(&wishes, &halves)) {
                spots[at].y = y;
            }
        }
    }
}

/// The heights nearest to those wished for at which nothing overlaps, from top to bottom: what would is moved together, to the mean of
/// what its members wish.
fn nearest(wishes: &[f32], halves: &[f32]) -> Vec<f32> {
    // How far below the first of its block each would lie, then blocks as the sum of wishes for their first, and members.
    let mut offsets = Vec::with_capacity(wishes.len());
    let mut blocks: Vec<(f32, usize)> = Vec::new();
    let mut offset = 0.0;
    for (at, wish) in wishes.iter().enumerate() {
        if at > 0 {
            offset += halves[at - 1] + halves[at];
        }
        offsets.push(offset);
        blocks.push((wish - offset, 1));
        while let [.., one, two] = blocks[..]
            && one.0 / one.1 as f32 >= two.0 / two.1 as f32
        {
            blocks.pop();
            blocks.pop();
            blocks.push((one.0 + two.0, one.1 + two.1));
        }
    }
    let starts = blocks
        .iter()
        .flat_map(|&(sum, members)| std::iter::repeat_n(sum / members as f32, members));
    starts.zip(offsets).map(|(start, offset)| start + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_first_is_left_of_what_comes_after_it() {
        let layout = layout(&[100.0, 100.0, 100.0], &[(0, 1), (1, 2), (0, 2)]);
        assert!(layout.boxes.windows(2).all(|pair| pair[0].0 + pair[0].2 < pair[1].0));
        assert_eq!(layout.ways[2].len(), 4, "the long way passes a column");
    }

    #[test]
    fn boxes_never_overlap() {
        let lines: Vec<(usize, usize)> =
            (0..80).map(|at| (at * 7 % 40, at * 13 % 40)).filter(|(one, two)| one < two).collect();
        let layout = layout(&[120.0; 40], &lines);
        for (at, one) in layout.boxes.iter().enumerate() {
            assert!(one.1 - BOX / 2.0 >= 0.0 && one.1 + BOX / 2.0 <= layout.height);
            for two in &layout.boxes[at + 1..] {
                assert!(one.0 != two.0 || (one.1 - two.1).abs() >= BOX, "{one:?} {two:?}");
            }
        }
    }

    #[test]
    fn a_circle_is_laid_out() {
        let layout = layout(&[100.0, 100.0], &[(0, 1), (1, 0)]);
        assert_eq!(layout.ways.iter().filter(|way| way.is_empty()).count(), 1);
    }
}
