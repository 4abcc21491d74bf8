//! Substitution, `.sourceignore` and whole builds against Flux's own code, by the driver of `tests/peers/flux`.
//!
//! `tests/peers/flux.sh` builds the driver and runs this. `FLUX_PEER_CASES` makes the random
//! comparisons longer, `FLUX_PEER_SEED` makes them others. What the driver says of the fixtures in
//! `tests/flux/fixtures` is recorded there, and compared without it.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

mod build;
mod ignore;
mod substitute;

/// The driver's answers, one for each question.
fn ask(mode: &str, questions: Vec<Json>) -> Vec<Json> {
    let peer = std::env::var_os("FLUX_PEER").expect("FLUX_PEER is the driver of tests/peers/flux");
    // What kustomize calls deprecated is no news here.
    let complaints = tempfile::NamedTempFile::new().unwrap();
    let mut driver = Command::new(peer)
        .arg(mode)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(complaints.reopen().unwrap())
        .spawn()
        .expect("the driver starts");
    let mut input = BufWriter::new(driver.stdin.take().unwrap());
    let count = questions.len();
    // The driver answers while it is still being asked.
    let asking = std::thread::spawn(move || {
        for question in questions {
            writeln!(input, "{question}").unwrap();
        }
    });
    let answers = BufReader::new(driver.stdout.take().unwrap()).lines();
    let answers: Vec<Json> =
        answers.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    asking.join().unwrap();
    let ended = driver.wait().unwrap();
    let told = || std::fs::read_to_string(complaints.path()).unwrap();
    assert!(ended.success() && answers.len() == count, "{ended}\n{}", told());
    answers
}

/// xorshift64*.
struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    fn new() -> Self {
        let seed =
            std::env::var("FLUX_PEER_SEED").map_or(0x7E4A_1121, |seed| seed.parse().unwrap());
        Self { seed, state: seed | 1 }
    }

    fn cases(default: usize) -> usize {
        std::env::var("FLUX_PEER_CASES").map_or(default, |cases| cases.parse().unwrap())
    }

    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Some of the choices, one after another.
    fn text(&mut self, choices: &[&str], at_most: usize) -> String {
        (0..self.below(at_most + 1)).map(|_| self.of(choices)).collect()
    }
}
