//! Where the description says what a generated file says.
//!
//! In go a place in a file and the value that a field got there; out come places in the description: the file that a comment above
//! an entry names, and the line of what describes the file's entity that has the same value under the same name. A repository that
//! nobody described has none.

use kustomize::yaml::{Budget, Node, SourceId, Value, parse};

use super::field::{FieldPath, same};
use super::place::Spot;
use crate::files::Files;
use crate::generate::Generated;
use crate::path::RepoPath;
use crate::spec::EntityKind;
use crate::tree::TreeFile;

/// The files of a repository, and what they were generated from.
pub struct Said<'a> {
    files: &'a dyn Files,
    generated: Option<&'a Generated>,
}

/// Where a document says a value: under how many of the field's own names, and how much beside it fits.
struct Match {
    depth: usize,
    fits: usize,
    range: std::ops::Range<usize>,
}

impl<'a> Said<'a> {
    /// The files of a repository; with what its description means, if it has one.
    #[must_use]
    pub fn new(files: &'a dyn Files, generated: Option<&'a Generated>) -> Self {
        Self { files, generated }
    }

    /// The template that a generated file is rendered from.
    pub(super) fn template(&self, place: &Spot) -> Option<String> {
        self.file(place).map(|file| file.template.to_string())
    }

    /// The files that say what stands at a place, and the line of each where it says the value of the field.
    pub(super) fn of(&self, place: &Spot, field: &FieldPath, value: Option<&Node>) -> Vec<Spot> {
        if place.source.is_some() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let named = self.named_by_comment(place);
        let homes = if named.is_empty() { self.homes(place) } else { named };
        let names = field.names();
        let around = self.file(place).map(|file| loop_names(file)).unwrap_or_default();
        let mut best: Option<(Match, Spot)> = None;
        for home in &homes {
            let Some(bytes) = self.read(home) else { continue };
            let Some(one) = search(&bytes, &names, value, &around) else { continue };
            let is_better = best
                .as_ref()
                .is_none_or(|(best, _)| (one.depth, one.fits) > (best.depth, best.fits));
            if is_better {
                let line = line_of(&bytes, one.range.start);
                let spot =
                    Spot { file: home.clone(), source: None, range: one.range.clone(), line };
                best = Some((one, spot));
            }
        }
        match best {
            Some((_, spot)) => found.push(spot),
            None => found.extend(self.home(place)),
        }
        found
    }

    /// The file that describes what a generated file is about, or that a comment at a place names.
    pub(super) fn home(&self, place: &Spot) -> Vec<Spot> {
        if place.source.is_some() {
            return Vec::new();
        }
        let mut named = self.named_by_comment(place);
        if named.is_empty() {
            named = self.homes(place).into_iter().take(1).collect();
        }
        let whole = |file: String| Spot { file, source: None, range: 0..0, line: 0 };
        named.into_iter().map(whole).collect()
    }

    fn file(&self, place: &Spot) -> Option<&'a TreeFile> {
        self.generated.filter(|_| place.source.is_none())?.tree.get(&place.file)
    }

    fn read(&self, file: &str) -> Option<Vec<u8>> {
        self.files.read(&RepoPath::new(file).ok()?).ok().flatten()
    }

    /// The files that may say what a generated file says: that of its entity first, then those of what it is rendered for, what these
    /// name, and the platform's.
    fn homes(&self, place: &Spot) -> Vec<String> {
        let (Some(generated), Some(file)) = (self.generated, self.file(place)) else {
            return Vec::new();
        };
        let loops = &file.loops;
        let entity = file.entity.as_ref().map(|entity| (entity.kind, &*entity.name));
        let others = [
            (EntityKind::Tenant, &loops.tenant),
            (EntityKind::Component, &loops.component),
            (EntityKind::Cluster, &loops.cluster),
        ];
        let others = others.into_iter().filter_map(|(kind, name)| Some((kind, name.as_deref()?)));
        let platform = (EntityKind::Platform, "platform");
        let mut homes: Vec<String> = Vec::new();
        for (kind, name) in entity.into_iter().chain(others).chain([platform]) {
            let Some(home) = generated.platform.file_of(kind, name) else { continue };
            if homes.iter().any(|known| known == home.as_str()) {
                continue;
            }
            homes.push(home.to_string());
            // Values may lie in files of their own.
            let bytes = self.read(home.as_str()).unwrap_or_default();
            homes.extend(self.paths_in(&bytes));
        }
        homes
    }

    /// The files of the description that a document names.
    fn paths_in(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        fn look(node: &Node, found: &mut Vec<String>) {
            match &node.value {
                Value::String(text) if text.starts_with("platform/") => found.push(text.clone()),
                Value::Sequence(items) => items.iter().for_each(|item| look(item, found)),
                Value::Mapping(fields) => fields.iter().for_each(|(_, value)| look(value, found)),
                _ => {}
            }
        }
        for document in parse(SourceId(0), bytes, &Budget::default()).unwrap_or_default() {
            look(&document.root, &mut found);
        }
        found.retain(|file| self.read(file).is_some());
        found
    }

    /// The files that the comments name which stand above a line, or above the entries that it lies in.
    fn named_by_comment(&self, place: &Spot) -> Vec<String> {
        let Some(bytes) = self.read(&place.file) else { return Vec::new() };
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().take(place.line).collect();
        let indent = |line: &str| line.len() - line.trim_start().len();
        let Some(own) = lines.last() else { return Vec::new() };
        let mut inner = indent(own) + 1;
        for at in (0..lines.len()).rev() {
            let line = lines[at];
            if line.trim().is_empty() || line.trim_start().starts_with('#') || indent(line) >= inner
            {
                continue;
            }
            inner = indent(line);
            let above = lines[..at].iter().rev().map(|line| line.trim());
            let comments = above.take_while(|line| line.starts_with('#'));
            let words = comments.flat_map(|line| line.split_whitespace());
            let words = words.map(|word| word.trim_matches(|c| "#`:,.".contains(c)));
            let named: Vec<String> = words
                .filter(|word| word.contains('/') && self.read(word).is_some())
                .map(str::to_owned)
                .collect();
            if !named.is_empty() {
                return named;
            }
        }
        Vec::new()
    }
}

/// What a file is rendered for, whose names stand in a description above what differs for them.
fn loop_names(file: &TreeFile) -> Vec<&str> {
    let loops = &file.loops;
    [&loops.cluster, &loops.environment].into_iter().filter_map(|name| name.as_deref()).collect()
}

/// Where a document says a value under the last names of a field: the most of them, and below the names that are around.
fn search(bytes: &[u8], names: &[String], value: Option<&Node>, around: &[&str]) -> Option<Match> {
    struct Search<'s> {
        names: &'s [String],
        value: Option<&'s Node>,
        around: &'s [&'s str],
        best: Option<Match>,
    }
    impl Search<'_> {
        /// An operation says the field by its path.
        fn look_at_operation(&mut self, node: &Node, range: &std::ops::Range<usize>) {
            let path = node.get("path").and_then(Node::as_str).unwrap_or_default();
            let parts = path.split('/').skip(1);
            let parts = parts.map(|part| part.replace("~1", "/").replace("~0", "~"));
            // The last item of a list is `-` where it is added.
            if !path.is_empty()
                && node.get("op").is_some()
                && parts.clone().count() == self.names.len()
                && parts.zip(self.names).all(|(part, name)| part == *name || part == "-")
            {
                self.best =
                    Some(Match { depth: self.names.len() + 1, fits: 0, range: range.clone() });
            }
        }

        fn look(&mut self, node: &Node, range: std::ops::Range<usize>, way: &mut Vec<String>) {
            let is_said = self.value.is_none_or(|value| {
                same(node, value)
                    || node.text().zip(value.text()).is_some_and(|(said, is)| said == is)
            });
            self.look_at_operation(node, &range);
            if is_said && !way.is_empty() {
                let pairs = way.iter().rev().zip(self.names.iter().rev());
                let depth = pairs.take_while(|(said, name)| said == name).count();
                let before = &way[..way.len() - depth];
                let differs =
                    before.iter().any(|name| matches!(name.as_str(), "clusters" | "environments"));
                let fits = match differs {
                    false => usize::from(self.around.is_empty()),
                    true => {
                        before.iter().filter(|name| self.around.contains(&name.as_str())).count()
                    }
                };
                let best = self.best.as_ref();
                if depth > 0 && best.is_none_or(|best| (depth, fits) > (best.depth, best.fits)) {
                    self.best = Some(Match { depth, fits, range });
                }
            }
            match &node.value {
                Value::Mapping(fields) => {
                    for (key, value) in fields.iter() {
                        way.push(key.key_text().into_owned());
                        self.look(value, key.span.to(value.span).range(), way);
                        way.pop();
                    }
                }
                Value::Sequence(items) => {
                    for (at, item) in items.iter().enumerate() {
                        way.push(at.to_string());
                        self.look(item, item.span.range(), way);
                        way.pop();
                    }
                }
                _ => {}
            }
        }
    }
    let mut search = Search { names, value, around, best: None };
    for document in parse(SourceId(0), bytes, &Budget::default()).ok()? {
        search.look(&document.root, document.root.span.range(), &mut Vec::new());
    }
    search.best
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at.min(bytes.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}
