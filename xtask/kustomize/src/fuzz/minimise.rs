//! Makes a tree on which the two differ as small as it can be: files, documents, entries and fields go, one
//! after another, as long as the two still differ in the same way.

use std::io;

use kustomize::yaml::{Budget, Node, SourceId, Style, Value, emit, parse};

use super::blocks::{blocks, without};
use super::peer::Peer;
use super::tree::Case;

/// The smallest tree that was found.
pub(super) fn minimise(peer: &Peer, case: &Case) -> io::Result<Case> {
    let kind = peer.compare(case)?.kind();
    let mut search = Search { peer, kind, smallest: case.clone() };
    search.move_up()?;
    search.drop_files()?;
    // Once: a text that is written a little longer each time would keep the search going for ever.
    search.plain_layout()?;
    loop {
        let before = search.size();
        search.drop_files()?;
        search.drop_blocks()?;
        search.move_up()?;
        if search.size() == before {
            return Ok(search.smallest);
        }
    }
}

struct Search<'p> {
    peer: &'p Peer,
    kind: String,
    smallest: Case,
}

impl Search<'_> {
    /// Takes a candidate if the two still differ on it in the same way.
    fn attempt(&mut self, candidate: Case) -> io::Result<bool> {
        let compared = self.peer.compare(&candidate)?;
        let same = compared.differs() && compared.kind() == self.kind;
        if same {
            self.smallest = candidate;
        }
        Ok(same)
    }

    fn attempt_text(&mut self, path: &str, text: String) -> io::Result<bool> {
        let mut candidate = self.smallest.clone();
        candidate.files.insert(path.to_owned(), text.into_bytes());
        self.attempt(candidate)
    }

    /// Bytes of all files.
    fn size(&self) -> usize {
        self.smallest.files.values().map(Vec::len).sum()
    }

    fn paths(&self) -> Vec<String> {
        self.smallest.files.keys().cloned().collect()
    }

    fn drop_files(&mut self) -> io::Result<()> {
        for path in self.paths() {
            let mut candidate = self.smallest.clone();
            candidate.files.remove(&path);
            self.attempt(candidate)?;
        }
        Ok(())
    }

    /// Writes files anew in block style, so that their lines can go one by one.
    fn plain_layout(&mut self) -> io::Result<()> {
        for path in self.paths() {
            let Ok(documents) = parse(SourceId(0), &self.smallest.files[&path], &Budget::default())
            else {
                continue;
            };
            let written: Vec<String> = documents
                .into_iter()
                .map(|document| {
                    let mut root = document.root;
                    unfold(&mut root, 0);
                    emit::to_string(&root)
                })
                .collect();
            let text = written.join("---\n");
            if text.as_bytes() != self.smallest.files[&path] {
                self.attempt_text(&path, text)?;
            }
        }
        Ok(())
    }

    fn drop_blocks(&mut self) -> io::Result<()> {
        for path in self.paths() {
            let Ok(text) = String::from_utf8(self.smallest.files[&path].clone()) else { continue };
            let mut text = text;
            self.drop_documents(&path, &mut text)?;
            // From the end, so that what is removed moves nothing that is still to be tried; big ones first, since
            // a block that goes takes those within it along.
            let mut at = 0;
            loop {
                let lines: Vec<&str> = text.split_inclusive('\n').collect();
                let blocks = blocks(&lines);
                let Some(block) = blocks.iter().find(|block| block.start >= at) else { break };
                let shorter = without(&lines, block);
                if self.attempt_text(&path, shorter.clone())? {
                    at = block.start;
                    text = shorter;
                } else {
                    at = block.start + 1;
                }
            }
        }
        Ok(())
    }

    fn drop_documents(&mut self, path: &str, text: &mut String) -> io::Result<()> {
        let mut at = 0;
        loop {
            let documents: Vec<&str> = text.split("\n---\n").collect();
            if documents.len() < 2 || at >= documents.len() {
                return Ok(());
            }
            let mut fewer = documents.clone();
            fewer.remove(at);
            let fewer = fewer.join("\n---\n");
            if self.attempt_text(path, fewer.clone())? {
                *text = fewer;
            } else {
                at += 1;
            }
        }
    }

    /// Builds a folder below instead.
    fn move_up(&mut self) -> io::Result<()> {
        let folders: Vec<String> = self
            .paths()
            .iter()
            .filter_map(|path| path.rsplit_once('/'))
            .filter(|(_, file)| file.to_lowercase().starts_with("kustomization"))
            .map(|(folder, _)| folder.to_owned())
            .filter(|folder| *folder != self.smallest.folder)
            .collect();
        for folder in folders {
            let candidate = Case { folder, ..self.smallest.clone() };
            if self.attempt(candidate)? {
                break;
            }
        }
        Ok(())
    }
}

/// Turns flow into blocks, in strings that are YAML themselves, too.
fn unfold(node: &mut Node, depth: usize) {
    if node.style == Style::Flow {
        node.style = Style::Plain;
    }
    match &mut node.value {
        Value::Mapping(map) => map.iter_mut().for_each(|(_, value)| unfold(value, depth)),
        Value::Sequence(items) => items.iter_mut().for_each(|item| unfold(item, depth)),
        Value::String(text) if depth == 0 && text.trim_start().starts_with(['{', '[']) => {
            if let Ok(documents) = parse(SourceId(0), text.as_bytes(), &Budget::default())
                && let [document] = &*documents
            {
                let mut root = document.root.clone();
                unfold(&mut root, 1);
                *text = emit::to_string(&root);
                node.style = Style::Literal;
            }
        }
        _ => {}
    }
}
