//! A repository on the disk, what people do to it, and what `generate` must not do to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use tempfile::TempDir;
use tenantry::files::Disk;
use tenantry::generate::{self, beside};
use tenantry::layout::{Member, Shipped};
use tenantry::sync::{self, Change, Wishes};

use crate::layouts;
use crate::step::{Description, Layout, Step};

type Files = BTreeMap<String, Vec<u8>>;

const PLATFORM: &str = "apiVersion: tenantry.dev/v1
name: acme-fleet
repository: { url: https://github.com/acme/fleet }
environments:
  - name: staging
  - name: production
flux: { version: 2.9.4 }
edits: { forbid: [] }
";

/// A repository with a life.
pub(crate) struct Repository {
    scratch: TempDir,
    git: git2::Repository,
    /// The folder of a tenant, as the layout says it.
    tenants: String,
    /// How many words a person wrote.
    words: usize,
    /// Lines that a person took out of files, and that are not to come back.
    cut: BTreeSet<(String, String)>,
    story: Vec<String>,
}

impl Repository {
    /// A described platform in a layout, with nothing generated yet.
    pub(crate) fn new(layout: &str) -> Self {
        let scratch = TempDir::new().unwrap();
        let git = git2::Repository::init(scratch.path()).unwrap();
        let shipped = Shipped::embedded(layout).unwrap();
        let overlays = &shipped.manifest.overlays;
        let tenants = overlays.iter().find(|rule| rule.entity == Member::Tenant).unwrap();
        let tenants = tenants.base.clone();
        let (cut, story) = (BTreeSet::new(), vec![format!("  in the layout {layout}")]);
        let mut this = Self { scratch, git, tenants, words: 0, cut, story };
        for (path, bytes) in beside(layout).unwrap() {
            this.write(path.as_str(), bytes);
        }
        this.write("platform.yaml", layouts::settings(&layouts::load(layout), PLATFORM));
        this.write("platform/clusters/staging-eu.yaml", "environment: staging\n");
        this.write("platform/clusters/prod-eu.yaml", "environment: production\n");
        this.describe(&Description::Component { patch: 1 });
        for tenant in 0..2 {
            this.describe(&Description::Add { tenant });
        }
        this
    }

    /// Everything that was done.
    pub(crate) fn story(&self) -> String {
        self.story.join("\n")
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.story.push(format!("  {}", what.into()));
    }

    fn root(&self) -> &Path {
        self.scratch.path()
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read(self.root().join(path))
            .ok()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Every file outside of `.git`.
    fn files(&self) -> Files {
        fn walk(folder: &Path, root: &Path, files: &mut Files) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    if path.file_name().is_some_and(|name| name != ".git") {
                        walk(&path, root, files);
                    }
                } else {
                    let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                    files.insert(name, fs::read(&path).unwrap());
                }
            }
        }
        let mut files = Files::new();
        walk(self.root(), self.root(), &mut files);
        files
    }

    /// A generated file that a person may edit. CODEOWNERS says itself between which lines nobody writes.
    fn chosen(&self, file: usize) -> Option<String> {
        let names: Vec<String> = self
            .files()
            .into_keys()
            .filter(|name| {
                let hidden = ["gitlab-ci.yml", "github/workflows"];
                match name.strip_prefix('.') {
                    Some(name) => hidden.iter().any(|start| name.starts_with(start)),
                    None => name.contains('/') && !name.starts_with("platform/"),
                }
            })
            .collect();
        (!names.is_empty()).then(|| names[file % names.len()].clone())
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("word-{:04}", self.words)
    }

    fn change(&mut self, file: usize, what: &str, change: impl FnOnce(&mut Vec<String>, String)) {
        let Some(path) = self.chosen(file) else { return };
        let word = self.word();
        let text = self.read(&path).unwrap_or_default();
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        change(&mut lines, word.clone());
        self.write(&path, lines.concat());
        self.tell(format!("{what} {path}: {word}"));
    }

    pub(crate) fn insert(&mut self, file: usize, line: usize) {
        self.change(file, "insert into", |lines, word| {
            lines.insert(line % (lines.len() + 1), format!("# {word}\n"));
        });
    }

    pub(crate) fn append(&mut self, file: usize, line: usize) {
        self.change(file, "append to", |lines, word| {
            if lines.is_empty() {
                return;
            }
            let at = line % lines.len();
            let line = lines[at].trim_end_matches('\n').to_owned();
            lines[at] = format!("{line} # {word}\n");
        });
    }

    pub(crate) fn break_file(&mut self, file: usize, line: usize) {
        self.change(file, "break", |lines, word| {
            lines.insert(line % (lines.len() + 1), format!("]: {{ \"{word}\n"));
        });
    }

    pub(crate) fn cut(&mut self, file: usize, line: usize) {
        let Some(path) = self.chosen(file) else { return };
        let text = self.read(&path).unwrap_or_default();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        if lines.is_empty() {
            return;
        }
        let line = lines.remove(line % lines.len());
        let rest = lines.concat();
        // A line that stands there twice cannot be told from itself when it comes back.
        let bare = line.trim().to_owned();
        if bare.len() > 3 && !rest.lines().any(|other| other.trim() == bare) {
            self.cut.insert((path.clone(), bare.clone()));
        }
        self.write(&path, rest);
        self.tell(format!("cut from {path}: {bare}"));
    }

    pub(crate) fn delete(&mut self, file: usize) {
        let Some(path) = self.chosen(file) else { return };
        fs::remove_file(self.root().join(&path)).unwrap();
        self.tell(format!("delete {path}"));
    }

    pub(crate) fn format(&mut self, file: usize) {
        let Some(path) = self.chosen(file) else { return };
        let text = self.read(&path).unwrap_or_default();
        let quoted = Regex::new(r#"(?m): "([a-z][a-z0-9-]*)"$"#).unwrap();
        let text = quoted.replace_all(&text, ": '$1'").into_owned();
        self.write(&path, format!("{}\n\n", text.trim_end()));
        self.tell(format!("format {path}"));
    }

    pub(crate) fn in_the_way(&mut self, tenant: usize) {
        let folder = self.tenants.replace("{tenant}", &format!("team-{tenant}"));
        let path = format!("{folder}/limits.yaml");
        if self.root().join(&path).exists() {
            return;
        }
        let word = self.word();
        self.write(&path, format!("mine: {word}\n"));
        self.tell(format!("put in the way {path}: {word}"));
    }

    pub(crate) fn describe(&mut self, change: &Description) {
        let tenant_file = |tenant: &usize| format!("platform/tenants/team-{tenant}.yaml");
        let set = |this: &Self, path: &str, key: &str, line: String| {
            let Some(text) = this.read(path) else { return };
            let mut kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(key)).collect();
            kept.push(&line);
            this.write(path, kept.join("\n") + "\n");
        };
        self.tell(format!("describe {change:?}"));
        match change {
            Description::Add { tenant } => {
                if self.read(&tenant_file(tenant)).is_none() {
                    let text = format!(
                        "owner: [\"@acme/team-{tenant}\"]\nnamespaces: [team-{tenant}]\nplacement: all\n\
                         sources: {{ app: {{ git: {{ url: https://github.com/acme/team-{tenant}, branch: main }} }} }}\n\
                         quota: {{ cpu: \"2\", memory: 4Gi }}\n"
                    );
                    self.write(&tenant_file(tenant), text);
                }
            }
            Description::Remove { tenant } => {
                let _ = fs::remove_file(self.root().join(tenant_file(tenant)));
            }
            Description::Quota { tenant, cpu } => {
                let line = format!("quota: {{ cpu: \"{cpu}\", memory: 4Gi }}");
                set(self, &tenant_file(tenant), "quota:", line);
            }
            Description::Branch { tenant, name } => {
                let line = format!(
                    "sources: {{ app: {{ git: {{ url: https://github.com/acme/team-{tenant}, branch: b{name} }} }} }}"
                );
                set(self, &tenant_file(tenant), "sources:", line);
            }
            Description::Production { tenant, cpu } => {
                let line = format!("environments: {{ production: {{ quota: {{ cpu: \"{cpu}\" }} }} }}");
                set(self, &tenant_file(tenant), "environments:", line);
            }
            Description::Flux { patch } => {
                set(self, "platform.yaml", "flux:", format!("flux: {{ version: 2.9.{patch} }}"));
            }
            Description::Component { patch } => self.write(
                "platform/components/metrics-server.yaml",
                format!(
                    "helm: {{ repository: https://kubernetes-sigs.github.io/metrics-server, chart: metrics-server, \
                     version: 3.13.{patch} }}\nnamespace: metrics-server\n"
                ),
            ),
        }
    }

    pub(crate) fn change_layout(&mut self, template: usize, change: &Layout) {
        let templates: Vec<String> = self
            .files()
            .into_keys()
            .filter(|name| {
                name.starts_with(".tenantry/layout/")
                    && name.ends_with(".yaml.tera")
                    && (name.contains("{tenant}") || name.contains("{component}"))
                    && !name.ends_with("kustomization.yaml.tera")
            })
            .collect();
        if templates.is_empty() {
            return;
        }
        let path = &templates[template % templates.len()];
        let text = self.read(path).unwrap_or_default();
        match change {
            Layout::Top(number) => self.write(path, format!("# layout {number}\n{text}")),
            Layout::Bottom(number) => self.write(path, format!("{text}\n# layout {number}\n")),
            Layout::Remove => {
                // What kustomizations name has to be there.
                if text.contains("{%") {
                    return;
                }
                self.write(path, "");
            }
        }
        self.tell(format!("layout {change:?} of {path}"));
    }

    pub(crate) fn commit(&mut self, message: &str) {
        self.commit_with(message, None);
    }

    fn commit_with(&mut self, message: &str, second: Option<git2::Oid>) {
        {
            let git = &self.git;
            let mut index = git.index().unwrap();
            index.add_all(["*"], git2::IndexAddOption::FORCE, None).unwrap();
            index.update_all(["*"], None).unwrap();
            index.write().unwrap();
            let tree = git.find_tree(index.write_tree().unwrap()).unwrap();
            let time = git2::Time::new(0, 0);
            let author = git2::Signature::new("Ada", "ada@acme.example", &time).unwrap();
            let head = git.head().ok().map(|head| head.peel_to_commit().unwrap());
            let second = second.map(|id| git.find_commit(id).unwrap());
            let parents: Vec<_> = head.iter().chain(&second).collect();
            git.commit(Some("HEAD"), &author, &author, message, &tree, &parents).unwrap();
        }
        self.tell("commit");
    }

    pub(crate) fn squash(&mut self) {
        fs::remove_dir_all(self.root().join(".git")).unwrap();
        self.git = git2::Repository::init(self.root()).unwrap();
        self.commit("Squash");
        self.tell("squash");
    }

    pub(crate) fn merge(&mut self, one: &[Step], other: &[Step]) -> Result<(), String> {
        self.generate()?;
        self.commit("Before branches");
        let base = self.head();
        let story = |this: &mut Self, name: &str, steps: &[Step]| {
            this.tell(format!("on branch {name}:"));
            for step in steps {
                // A squash has no common past to merge over.
                if !matches!(step, Step::Squash) {
                    step.play(this)?;
                }
            }
            this.generate()?;
            this.commit(name);
            Ok::<_, String>(this.head())
        };
        let first = story(self, "one", one)?;
        self.checkout(base);
        let second = story(self, "other", other)?;
        self.tell("merge one into other");
        // What was cut on one branch may be back by the word of the other.
        self.cut.clear();
        let index = {
            let commit = |id| self.git.find_commit(id).unwrap();
            self.git.merge_commits(&commit(second), &commit(first), None).unwrap()
        };
        self.check_out_merged(index);
        self.generate()?;
        self.commit_with("Merge", Some(first));
        Ok(())
    }

    fn head(&self) -> git2::Oid {
        self.git.head().unwrap().peel_to_commit().unwrap().id()
    }

    fn checkout(&mut self, commit: git2::Oid) {
        let mut builder = git2::build::CheckoutBuilder::new();
        builder.force().remove_untracked(true);
        {
            let commit = self.git.find_object(commit, None).unwrap();
            self.git.reset(&commit, git2::ResetType::Hard, Some(&mut builder)).unwrap();
        }
        self.cut.clear();
    }

    /// The merge on the disk, with git's marks where it has conflicts.
    fn check_out_merged(&mut self, mut index: git2::Index) {
        let mut builder = git2::build::CheckoutBuilder::new();
        builder.force().allow_conflicts(true).conflict_style_merge(true);
        self.git.checkout_index(Some(&mut index), Some(&mut builder)).unwrap();
        // What the merge deleted is not in its index.
        let merged: BTreeSet<Vec<u8>> = index.iter().map(|entry| entry.path).collect();
        for path in self.files().into_keys() {
            if !merged.contains(path.as_bytes()) {
                let _ = fs::remove_file(self.root().join(path));
            }
        }
        // What is told twice by the two branches' descriptions is not what is tested: one side is as good as the other.
        let described: Vec<String> = self
            .files()
            .into_iter()
            .filter(|(path, bytes)| {
                (path.starts_with("platform") || path.starts_with(".tenantry/layout"))
                    && has_marks(bytes)
            })
            .map(|(path, _)| path)
            .collect();
        for path in described {
            let text = self.read(&path).unwrap();
            let mut ours = String::new();
            let mut theirs = false;
            for line in text.split_inclusive('\n') {
                match line.get(..7) {
                    Some("<<<<<<<") => theirs = false,
                    Some("=======") => theirs = true,
                    Some(">>>>>>>") => theirs = false,
                    _ if !theirs => ours.push_str(line),
                    _ => {}
                }
            }
            self.write(&path, ours);
        }
    }

    /// Generates, and holds it to what this test is about. Where it is refused because of marks or of what is in the way, a person
    /// does what they would do, and it is tried once more.
    pub(crate) fn generate(&mut self) -> Result<(), String> {
        for _ in 0..3 {
            if self.generate_once()? {
                return Ok(());
            }
            self.resolve();
        }
        Ok(())
    }

    /// At the end of a life everything can be brought in order.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        self.generate()?;
        self.generate()
    }

    /// Whether it went through without a refusal and without a conflict.
    fn generate_once(&mut self) -> Result<bool, String> {
        self.tell("generate");
        let before = self.files();
        let outcome = generate_here(self.root());
        let after = self.files();
        match outcome {
            Err(why) => {
                self.tell(format!("  refused: {}", why.join("; ")));
                if let Some(path) = differs(&before, &after) {
                    return Err(format!("it was refused ({why:?}), and `{path}` is another"));
                }
                Ok(false)
            }
            Ok(conflicts) => {
                for path in &conflicts {
                    self.tell(format!("  conflict: {path}"));
                }
                self.hold_words(&before, &after)?;
                self.hold_cuts(&after)?;
                if !conflicts.is_empty() {
                    return Ok(false);
                }
                match generate_here(self.root()) {
                    Ok(more) if more.is_empty() => {}
                    other => return Err(format!("the second time it says {other:?}")),
                }
                match differs(&after, &self.files()) {
                    Some(path) => Err(format!("the second time `{path}` becomes another")),
                    None => Ok(true),
                }
            }
        }
    }

    /// No word that stood in a file is gone from it.
    fn hold_words(&self, before: &Files, after: &Files) -> Result<(), String> {
        let words = Regex::new(r"word-\d{4}").unwrap();
        for (path, bytes) in before {
            if path.starts_with(".tenantry/base/") {
                continue;
            }
            let said = String::from_utf8_lossy(bytes);
            let says = after.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            for word in words.find_iter(&said) {
                if !says.as_deref().is_some_and(|text| text.contains(word.as_str())) {
                    return Err(format!("`{}` is lost from `{path}`", word.as_str()));
                }
            }
        }
        Ok(())
    }

    /// No line that a person took out is back.
    fn hold_cuts(&mut self, after: &Files) -> Result<(), String> {
        for (path, line) in &self.cut {
            let Some(bytes) = after.get(path) else { continue };
            let text = String::from_utf8_lossy(bytes);
            if !has_marks(bytes) && text.lines().any(|other| other.trim() == line) {
                return Err(format!("`{line}` is back in `{path}`"));
            }
        }
        Ok(())
    }

    /// What a person does about marks and about what is in the way: keeps every line, and moves files away.
    fn resolve(&mut self) {
        for (path, bytes) in self.files() {
            if path.ends_with(".tenantry-theirs") {
                fs::remove_file(self.root().join(&path)).unwrap();
                continue;
            }
            if has_marks(&bytes) && !path.starts_with(".tenantry/") {
                let text = String::from_utf8_lossy(&bytes);
                let (mut kept, mut base) = (String::new(), false);
                for line in text.split_inclusive('\n') {
                    match line.get(..7) {
                        Some("|||||||") => base = true,
                        Some("=======") => base = false,
                        Some("<<<<<<<" | ">>>>>>>") => {}
                        _ if !base => kept.push_str(line),
                        _ => {}
                    }
                }
                self.write(&path, kept);
                self.cut.retain(|(cut, _)| *cut != path);
                self.tell(format!("  resolve {path}"));
            }
            if String::from_utf8_lossy(&bytes).starts_with("mine: word-") {
                fs::remove_file(self.root().join(&path)).unwrap();
                self.tell(format!("  move away {path}"));
            }
        }
    }
}

fn has_marks(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes)
        .lines()
        .any(|line| ["<<<<<<<", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)))
}

fn differs(one: &Files, other: &Files) -> Option<String> {
    let changed = one.iter().find(|(path, bytes)| other.get(*path) != Some(bytes));
    let new = || other.keys().find(|path| !one.contains_key(*path));
    changed.map(|(path, _)| path.clone()).or_else(|| new().cloned())
}

/// `tenantry generate`: the files with conflicts, or why it is refused.
fn generate_here(root: &Path) -> Result<Vec<String>, Vec<String>> {
    let words = |faults: tenantry::spec::Faults| {
        faults.diagnostics.into_iter().map(|fault| fault.message).collect::<Vec<_>>()
    };
    let root: PathBuf = root.to_owned();
    let disk = Disk::new(&root);
    let mut generated = generate::generate(&disk).map_err(words)?;
    let plan = generate::plan(&mut generated, &disk, &root, &Wishes::default()).map_err(words)?;
    sync::apply(&plan, &generated.tree, &root).map_err(|error| vec![error.to_string()])?;
    let conflicts = plan.of(Change::Conflict).chain(plan.of(Change::Beside));
    Ok(conflicts.map(ToString::to_string).collect())
}
