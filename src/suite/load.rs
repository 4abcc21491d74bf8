//! From files to tests: finds the files, reads them, and tells everything that is wrong with them at once.

use std::collections::{BTreeMap, BTreeSet};

use kustomize::yaml::{Node, SourceId};

use super::format::{Case, Expectation, Field, Selector, TestFile};
use super::snapshot;
use crate::diagnostic::{Code, Diagnostic, Place, Severity, Texts};
use crate::files::{Files, FilesError, Listing};
use crate::path::RepoPath;
use crate::spec::load::root_mapping;
use crate::spec::merge::{Shape, said};
use crate::spec::{Faults, Platform, typed};

/// Where tests lie.
pub const FOLDER: &str = "platform/tests";

/// What to do about a file with several documents, and about one with none.
const HELPS: [&str; 2] = [
    "write the tests of both into one list, or a file for each",
    "write `tests:` with a list of them, or delete the file",
];

/// All tests of a platform.
#[derive(Debug, Default)]
pub struct Suite {
    /// The tests, in the order of their files and in these as they are written.
    pub tests: Vec<Test>,
    /// The files, for the places of diagnostics.
    pub texts: Texts,
    roots: BTreeMap<RepoPath, Node>,
}

/// A test and where it is written.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its file.
    pub file: RepoPath,
    /// The JSON pointer to it in the file.
    pub pointer: String,
    /// What it says.
    pub case: Case,
}

impl Suite {
    /// Where something of a test is written, by a JSON pointer from the test on; the nearest that holds it where it is not written.
    #[must_use]
    pub fn place(&self, test: &Test, pointer: &str) -> Place {
        let whole = Place { file: test.file.clone(), range: None };
        let Some(root) = self.roots.get(&test.file) else { return whole };
        let mut pointer = format!("{}{pointer}", test.pointer);
        loop {
            if let Some(place) = root.pointer(&pointer).and_then(|node| self.texts.place(node.span))
            {
                return place;
            }
            match pointer.rfind('/') {
                Some(at) => pointer.truncate(at),
                None => return whole,
            }
        }
    }

    /// The value that is written at a pointer from a test on.
    pub(super) fn node(&self, test: &Test, pointer: &str) -> Option<&Node> {
        self.roots.get(&test.file)?.pointer(&format!("{}{pointer}", test.pointer))
    }

    /// Names in tests that neither the description has nor what they give.
    ///
    /// # Errors
    /// Each of them, with what was probably meant.
    pub fn check(&self, platform: &Platform) -> Result<(), Faults> {
        let diagnostics: Vec<Diagnostic> =
            self.tests.iter().flat_map(|test| self.unknown_names(test, platform)).collect();
        if diagnostics.is_empty() {
            return Ok(());
        }
        Err(Faults { diagnostics, texts: self.texts.clone() })
    }

    fn unknown_names(&self, test: &Test, platform: &Platform) -> Vec<Diagnostic> {
        let given = test.case.given.clone().unwrap_or_default();
        let mut clusters: BTreeSet<&str> =
            platform.clusters.keys().map(|name| name.as_str()).collect();
        clusters.extend(given.clusters.keys().map(|name| name.as_str()));
        let mut tenants: BTreeSet<&str> =
            platform.tenants.keys().map(|name| name.as_str()).collect();
        tenants.extend(given.tenants.keys().map(|name| name.as_str()));
        let mut environments: BTreeSet<&str> =
            platform.environments().map(|name| name.as_str()).collect();
        let staged = given.platform.as_ref().and_then(|given| given.0.get("environments"));
        let staged = staged.and_then(|staged| staged.as_array()).into_iter().flatten();
        environments.extend(staged.filter_map(|one| one.get("name")?.as_str()));
        let on = &test.case.on;
        let mut wrong = Vec::new();
        let mut look = |kind: &str, said: Vec<&str>, known: &BTreeSet<&str>| {
            for (at, name) in said.into_iter().enumerate().filter(|(_, name)| !known.contains(name))
            {
                let none = format!("there is no {kind} yet");
                let help = typed::suggestion(name, known.iter().copied(), &none);
                wrong.push(
                    Diagnostic::error(
                        Code::UnknownReference,
                        format!("there is no {kind} `{name}`"),
                    )
                    .at(self.place(test, &format!("/on/{kind}s/{at}")))
                    .label("nothing has this name")
                    .help(help),
                );
            }
        };
        look("cluster", on.clusters.iter().map(|name| name.as_str()).collect(), &clusters);
        look("environment", on.environments.iter().map(|it| it.as_str()).collect(), &environments);
        look("tenant", on.tenants.iter().map(|name| name.as_str()).collect(), &tenants);
        wrong
    }
}

/// Reads all tests; none where there is no such folder.
///
/// # Errors
/// Everything that is wrong with the files.
pub fn load(files: &dyn Files) -> Result<Suite, Faults> {
    let mut suite = Suite::default();
    let folder = RepoPath::new(FOLDER).ok();
    let Listing { files: paths, faults } = files.survey(folder.as_ref());
    let mut diagnostics: Vec<Diagnostic> = faults.iter().map(FilesError::diagnostic).collect();
    let below = format!("{}/", snapshot::FOLDER);
    for file in paths.into_iter().filter(|path| !path.as_str().starts_with(&below)) {
        match file.file_name().rsplit_once('.') {
            Some((_, "yaml")) => {}
            Some((stem, end)) if stem.is_empty() || end.eq_ignore_ascii_case("md") => continue,
            _ => {
                let message = format!("`{file}` is no file of tests");
                diagnostics.push(
                    Diagnostic::error(Code::UnexpectedFile, message)
                        .at(Place { file, range: None })
                        .help("tests are in files that end in `.yaml`; move anything else away"),
                );
                continue;
            }
        }
        let bytes = match files.read(&file) {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(error) => {
                diagnostics.push(error.diagnostic());
                continue;
            }
        };
        let source = suite.texts.add(file.clone(), bytes);
        if let Err(faults) = suite.read(file, source) {
            diagnostics.extend(faults);
        }
    }
    diagnostics.extend(suite.same_names());
    for test in &suite.tests {
        diagnostics.extend(suite.contradictions(test));
    }
    match diagnostics.iter().any(|one| one.severity == Severity::Error) {
        true => Err(Faults { diagnostics, texts: suite.texts }),
        false => Ok(suite),
    }
}

impl Suite {
    fn read(&mut self, file: RepoPath, source: SourceId) -> Result<(), Vec<Diagnostic>> {
        let root = root_mapping(&file, source, HELPS, &self.texts)?;
        let read: TestFile =
            typed::read(&said(&root, Shape::TESTS), "a file of tests", &self.texts)?;
        let tests = read.tests.into_iter().enumerate();
        self.tests.extend(tests.map(|(at, case)| Test {
            file: file.clone(),
            pointer: format!("/tests/{at}"),
            case,
        }));
        self.roots.insert(file, root);
        Ok(())
    }

    /// Tests of a file that cannot be told apart, or whose snapshots would be one file.
    fn same_names(&self) -> Vec<Diagnostic> {
        let mut first: BTreeMap<RepoPath, &Test> = BTreeMap::new();
        let mut wrong = Vec::new();
        for test in &self.tests {
            let path = snapshot::path(test);
            let Some(earlier) = path.clone().and_then(|path| first.get(&path).copied()) else {
                first.extend(path.map(|path| (path, test)));
                continue;
            };
            let (name, other) = (&test.case.name, &earlier.case.name);
            let message = match name == other {
                true => format!("two tests of the file are named `{name}`"),
                false => format!("`{name}` and `{other}` differ in signs and capitals alone"),
            };
            wrong.push(
                Diagnostic::error(Code::DuplicateTest, message)
                    .at(self.place(test, "/name"))
                    .label("again here")
                    .related(self.place(earlier, "/name"), "the other one")
                    .help("give one of them another name"),
            );
        }
        wrong
    }

    /// What cannot be meant, although each word of it is right.
    fn contradictions(&self, test: &Test) -> Vec<Diagnostic> {
        let case = &test.case;
        let mut wrong = Vec::new();
        let mut say = |code, pointer: &str, message: &str, help: &str| {
            wrong.push(Diagnostic::error(code, message).at(self.place(test, pointer)).help(help));
        };
        if case.expect.is_empty() && case.refused.is_none() && case.snapshot.is_none() {
            let message = format!("the test `{}` expects nothing", case.name);
            let help = "say `expect`, `refused` or `snapshot`";
            say(Code::MissingField, "/name", &message, help);
        }
        if case.refused.is_some() && case.given.is_none() {
            let help = "say what is refused, such as `given: { tenants: { new: { ... } } }`";
            say(Code::MissingField, "/refused", "nothing is given that could be refused", help);
        }
        if case.refused.is_some() && (!case.expect.is_empty() || case.snapshot.is_some()) {
            let message = "no cluster applies anything of a change that is refused";
            let help = "make another test of what is expected without the change";
            say(Code::Contradiction, "/refused", message, help);
        }
        if let Some(snapshot) = &case.snapshot {
            nothing_said(snapshot, "/snapshot", &mut say);
        }
        for (at, expectation) in case.expect.iter().enumerate() {
            contradictions(expectation, &format!("/expect/{at}"), &mut say);
        }
        wrong
    }
}

type Say<'s> = dyn FnMut(Code, &str, &str, &str) + 's;

fn nothing_said(selector: &Selector, pointer: &str, say: &mut Say<'_>) {
    let Selector { api_version, kind, namespace, name, labels } = selector;
    let patterns = [kind, namespace, name];
    if api_version.is_none() && labels.is_empty() && patterns.iter().all(|one| one.is_none()) {
        let help = "say `kind`, `name`, `namespace`, `apiVersion` or `labels`";
        say(Code::MissingField, pointer, "nothing is said of which objects are meant", help);
    }
}

fn contradictions(expectation: &Expectation, at: &str, say: &mut Say<'_>) {
    let Expectation { object, present, absent, count, contains, fields } = expectation;
    nothing_said(object, &format!("{at}/object"), say);
    let ways = [present.is_some(), absent.is_some(), count.is_some()];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        let message = "`present`, `absent` and `count` say the same thing in three ways";
        say(Code::Contradiction, at, message, "keep one of them");
    }
    if expectation.is_absent() && (contains.is_some() || !fields.is_empty()) {
        let message = "what is absent contains nothing";
        let help = "take `absent` away, or `contains` and `fields`; `labels` of `object` say which objects are meant";
        say(Code::Contradiction, at, message, help);
    }
    for (pointer, field) in fields {
        let place = format!("{at}/fields/{}", typed::escape(pointer));
        if !pointer.starts_with('/') {
            let message = format!("`{pointer}` is no JSON pointer");
            let help = format!("write `/{}`", pointer.replace(['.', '['], "/").replace(']', ""));
            say(Code::InvalidValue, &place, &message, &help);
        }
        let Field { equals, matches, present, absent } = field;
        let said = [equals.is_some(), matches.is_some(), present.is_some(), absent.is_some()];
        match said.into_iter().filter(|said| *said).count() {
            0 => say(
                Code::MissingField,
                &place,
                "nothing is said of the field",
                "say `equals`, `matches`, `present: true` or `absent: true`",
            ),
            1 => {}
            _ => say(
                Code::Contradiction,
                &place,
                "a field is judged in one way",
                "keep one of `equals`, `matches`, `present` and `absent`",
            ),
        }
    }
}

impl Expectation {
    /// Whether there is to be no such object.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.absent == Some(true) || self.present == Some(false)
    }
}
