//! What a platform team expects of its own clusters: the tests in `platform/tests/`.
//!
//! In go the files of tests ([`load()`]), and for each description that they are about, as it is or with a change of their own
//! ([`State`]), the clusters that follow from it; out comes what does not hold ([`judge()`]), at the lines of the tests. The tests are no part
//! of the description: nothing is generated from them. Which clusters are built and how, who is told, and what is written, is for the
//! command to know.

mod compare;
mod format;
mod judge;
mod load;
mod objects;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;
mod told;

pub use compare::{Gap, GapKind, gaps};
pub use format::{
    Case, Count, Expectation, Field, Given, On, Pattern, RefusedBy, Selector, TestFile,
};
pub use judge::{judge, not_accepted, refused};
pub use load::{FOLDER, Suite, Test, load};
pub use snapshot::{FOLDER as SNAPSHOTS, Snapshot, snapshot, stale};
pub use state::{Change, State};
