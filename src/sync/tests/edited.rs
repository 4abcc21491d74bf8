//! Edits of people: property over random edits and changes of what is generated, with bases that are remembered or not.

use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;

/// Remembers everything that it was ever told, as git does.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<BlobId, Vec<u8>>>);

impl Memory {
    fn learn(&self, text: &str) {
        self.0.lock().unwrap().insert(BlobId::of(text.as_bytes()), text.into());
    }
}

impl Bases for Memory {
    fn content(&self, id: BlobId) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(&id).cloned()
    }
}

/// What is done to one file, in turns.
#[derive(Clone, Debug)]
enum Turn {
    /// Something else is generated: its lines.
    Generates(Vec<u8>),
    /// Nothing is generated.
    GeneratesNothing,
    /// A person puts a line of their own, with the number of the turn, at a place.
    Writes(usize),
    /// A person deletes the file.
    Deletes,
    /// A person takes both sides of a conflict.
    Resolves,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        4 => prop::collection::vec(b'a'..b'h', 0..6).prop_map(Turn::Generates),
        1 => Just(Turn::GeneratesNothing),
        4 => (0..8_usize).prop_map(Turn::Writes),
        1 => Just(Turn::Deletes),
        2 => Just(Turn::Resolves),
    ]
}

fn generated(lines: &[u8]) -> String {
    lines.iter().map(|line| format!("- {}\n", char::from(*line))).collect()
}

fn play(name: &str, turns: &[Turn], bases: &dyn Bases, learn: &dyn Fn(&str)) {
    let platform = Platform::empty();
    let mut now = Some(generated(b"abc"));
    let mut mine: Vec<String> = Vec::new();
    for (number, turn) in turns.iter().enumerate() {
        match turn {
            Turn::Generates(lines) => now = Some(generated(lines)),
            Turn::GeneratesNothing => now = None,
            Turn::Writes(at) => {
                let Some(text) = platform.text(name) else { continue };
                let line = format!("- mine {number}");
                let mut lines: Vec<&str> = text.lines().collect();
                lines.insert((*at).min(lines.len()), &line);
                platform.write(name, &(lines.join("\n") + "\n"));
                mine.push(line);
            }
            Turn::Deletes => {
                if platform.text(name).is_some() {
                    platform.delete(name);
                    mine.clear();
                }
            }
            Turn::Resolves => {
                let Some(text) = platform.text(name) else { continue };
                let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
                let kept =
                    text.lines().filter(|line| !marks.iter().any(|mark| line.starts_with(mark)));
                let kept: Vec<&str> = kept.collect();
                platform.write(name, &(kept.join("\n") + "\n"));
            }
        }
        let files: Vec<(&str, &str)> = now.iter().map(|text| (name, text.as_str())).collect();
        let tree = tree(&files);
        let plan =
            |wishes| Plan::new(&tree, platform.folder.path(), &platform.lock(), bases, wishes);
        let before = platform.text(name);
        let wishes = Wishes::default();
        match plan(&wishes) {
            Err(_) => assert_eq!(platform.text(name), before, "a refusal writes nothing"),
            Ok(done) => {
                apply(&done, &tree, platform.folder.path()).unwrap();
                now.iter().for_each(|text| learn(text));
                if !done.has_conflicts() {
                    assert!(plan(&wishes).unwrap().is_empty(), "the second run has nothing to do");
                }
            }
        }
        let text = platform.text(name).unwrap_or_default();
        for line in &mine {
            assert!(
                text.lines().any(|one| one == line),
                "{line:?} is lost: {text:?} after {turns:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn no_line_that_a_person_wrote_is_lost(turns in prop::collection::vec(turn(), 1..12)) {
        for name in ["tenants/a/file.txt", "tenants/a/file.yaml"] {
            let memory = Memory::default();
            play(name, &turns, &memory, &|text| memory.learn(text));
            play(name, &turns, &NoBases, &|_| {});
        }
    }
}
