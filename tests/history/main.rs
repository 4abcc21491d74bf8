//! What must hold whatever people do to a repository for years: a platform is described, generated, edited by hand, formatted, branched,
//! merged, squashed and cloned at random, and generated again and again.
//!
//! - No word that a person wrote into a file is gone after `generate`, unless the whole of it was refused.
//! - A line that a person took out stays out, unless the file carries the marks of a conflict.
//! - Generating twice changes nothing.
//! - What is refused leaves the disk as it was.
#![allow(clippy::unwrap_used)]

#[path = "../layouts/mod.rs"]
mod layouts;
mod repository;
mod step;

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};

use repository::Repository;
use step::{Step, steps};

/// Fails with everything that was done, so that a case can be read without being run again.
fn play(layout: &str, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut repository = Repository::new(layout);
    repository.generate().map_err(TestCaseError::fail)?;
    repository.commit("Generate");
    for step in steps {
        step.play(&mut repository).map_err(|fault| {
            TestCaseError::fail(format!("{fault}\n\nafter:\n{}", repository.story()))
        })?;
    }
    repository
        .settle()
        .map_err(|fault| TestCaseError::fail(format!("{fault}\n\nafter:\n{}", repository.story())))
}

proptest! {
    #![proptest_config(Config {
        cases: std::env::var("HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(12),
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        max_shrink_iters: 40,
        ..Config::default()
    })]

    #[test]
    fn no_word_of_a_persons_is_lost(
        layout in prop::sample::select(layouts::names()),
        steps in steps(),
    ) {
        play(&layout, &steps)?;
    }
}
