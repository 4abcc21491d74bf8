//! A scratch platform on the disk, and the binary run in it.
//!
//! A [`Test`] is built like a sentence (`Test::fleet().file("platform/tenants/web.yaml", "...")`), and then asked: it
//! [`does`](Test::does), [`answers`](Test::answers), [`finds`](Test::finds), [`refuses`](Test::refuses) a command or calls it
//! [`wrong`](Test::wrong_usage). Each of these asserts the exit code, and all but the first that not a byte of the disk changed.
//! What they give back is what a person reads, without what differs from run to run. `HOME` lies in the scratch folder, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use regex::Regex;
use tempfile::TempDir;

/// A platform of two clusters in two environments, one component and one tenant.
const FLEET: [(&str, &str); 5] = [
    (
        "platform.yaml",
        "apiVersion: tenantry.dev/v1
name: acme-fleet
repository: { url: https://github.com/acme/fleet }
environments: # in the order of promotion
  - name: staging
  - name: production
flux: { version: 2.9.4 }
",
    ),
    ("platform/clusters/staging-eu.yaml", "environment: staging\nlabels: { region: eu }\n"),
    ("platform/clusters/prod-eu.yaml", "environment: production\nlabels: { region: eu }\n"),
    (
        "platform/components/metrics-server.yaml",
        "helm:
  repository: https://kubernetes-sigs.github.io/metrics-server
  chart: metrics-server
  version: 3.13.1
namespace: metrics-server
",
    ),
    (
        "platform/tenants/shop.yaml",
        "# Asks for a review before it goes to production.
owner: [\"@acme/shop\"]
namespaces: [shop, shop-jobs]
placement: all
sources:
  app:
    git: { url: https://github.com/acme/shop, branch: main }
quota: { cpu: \"8\", memory: 32Gi } # of each namespace
",
    ),
];

/// A Flux repository of one cluster, as `flux bootstrap` leaves it, with a Kustomization that applies one object.
const FLUX: [(&str, &str); 4] = [
    ("platform.yaml", "name: acme-fleet\n"),
    (
        "clusters/prod/flux-system/gotk-sync.yaml",
        "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: flux-system, namespace: flux-system }
spec: { url: https://github.com/acme/fleet, ref: { branch: main } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: flux-system, namespace: flux-system }
spec:
  path: ./clusters/prod
  prune: true
  sourceRef: { kind: GitRepository, name: flux-system }
",
    ),
    (
        "clusters/prod/apps.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps, namespace: flux-system }
spec:
  path: ./apps
  prune: true
  sourceRef: { kind: GitRepository, name: flux-system }
",
    ),
    (
        "apps/web.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata: { name: web, namespace: web }
data:
  host: web.acme.example
",
    ),
];

/// A scratch folder with a home and a platform in it.
pub(crate) struct Test {
    scratch: TempDir,
    path: String,
    variables: Vec<(String, String)>,
}

/// What a command said.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Both streams, as a person sees them.
    fn both(self) -> String {
        self.stdout + &self.stderr
    }
}

impl Test {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let scratch = TempDir::new().unwrap();
        fs::create_dir(scratch.path().join("fleet")).unwrap();
        fs::create_dir(scratch.path().join("home")).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        Self { scratch, path, variables: Vec::new() }.file(
            "../home/.gitconfig",
            "[user]\n\tname = Ada\n\temail = ada@acme.example\n[init]\n\tdefaultBranch = main\n",
        )
    }

    /// A described platform with its layout; nothing is generated yet.
    pub(crate) fn fleet() -> Self {
        let layout = tenantry::layout::files_of("multi-tenancy").unwrap();
        let test = FLEET.iter().fold(Self::empty(), |test, (path, text)| test.file(path, text));
        layout
            .into_iter()
            .fold(test, |test, (path, bytes)| test.file(&format!(".tenantry/layout/{path}"), bytes))
    }

    /// A Flux repository that nobody described: a cluster `prod` that applies what is in `apps`.
    pub(crate) fn flux() -> Self {
        FLUX.iter().fold(Self::empty(), |test, (path, text)| test.file(path, text))
    }

    /// A described platform, generated.
    pub(crate) fn generated() -> Self {
        Self::fleet().then_generated()
    }

    /// The same, generated.
    pub(crate) fn then_generated(self) -> Self {
        self.does("generate");
        self
    }

    /// The same with a file; `..` leads out of the platform.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// The same with another line at the end of a file.
    pub(crate) fn line(self, path: &str, line: &str) -> Self {
        let text = self.read(path) + line + "\n";
        self.file(path, text)
    }

    /// The same with another line at the beginning of a file.
    pub(crate) fn first_line(self, path: &str, line: &str) -> Self {
        let text = format!("{line}\n{}", self.read(path));
        self.file(path, text)
    }

    /// The same with one text of a file replaced by another.
    pub(crate) fn edit(self, path: &str, from: &str, to: &str) -> Self {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in {path}:\n{text}");
        self.file(path, text.replace(from, to))
    }

    /// The same without a file.
    pub(crate) fn without(self, path: &str) -> Self {
        fs::remove_file(self.at(path)).unwrap();
        self
    }

    /// The same with a folder.
    pub(crate) fn folder(self, path: &str) -> Self {
        fs::create_dir_all(self.at(path)).unwrap();
        self
    }

    /// The same with a symbolic link.
    pub(crate) fn link(self, path: &str, target: &str) -> Self {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    /// The same without any program on the `PATH`.
    pub(crate) fn without_programs(mut self) -> Self {
        self.path = String::new();
        self
    }

    /// The same with a variable in the environment of commands.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What the person's own `git` says in a folder of the platform.
    pub(crate) fn git(&self, folder: &str, words: &str) -> String {
        let output = std::process::Command::new("git")
            .args(shlex::split(words).unwrap())
            .current_dir(self.at(folder))
            .env("HOME", self.scratch.path().join("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_ALLOW_PROTOCOL", "file")
            .output()
            .unwrap();
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
        self.masked(&output.stdout)
    }

    /// The same as a Git repository in which everything is committed.
    pub(crate) fn committed(self) -> Self {
        let git = git2::Repository::init(self.root()).unwrap();
        let mut index = git.index().unwrap();
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
        index.write().unwrap();
        let tree = git.find_tree(index.write_tree().unwrap()).unwrap();
        let ada = git2::Signature::now("Ada", "ada@acme.example").unwrap();
        git.set_head("refs/heads/main").unwrap();
        git.commit(Some("HEAD"), &ada, &ada, "Begin", &tree, &[]).unwrap();
        drop(tree);
        self
    }

    /// The same with everything in another commit.
    pub(crate) fn then_committed(self, subject: &str) -> Self {
        self.git("", "add --all");
        self.git("", &format!("commit --quiet --message '{subject}'"));
        self
    }

    /// The subject of the last commit, and the paths that it changed.
    pub(crate) fn last_commit(&self) -> (String, Vec<String>) {
        let git = git2::Repository::open(self.root()).unwrap();
        let commit = git.head().unwrap().peel_to_commit().unwrap();
        let before = commit.parents().next().map(|parent| parent.tree().unwrap());
        let after = commit.tree().unwrap();
        let diff = git.diff_tree_to_tree(before.as_ref(), Some(&after), None).unwrap();
        let path = |delta: git2::DiffDelta<'_>| {
            let file = delta.new_file().path().or(delta.old_file().path());
            file.unwrap().to_str().unwrap().to_owned()
        };
        (commit.summary().unwrap().unwrap().to_owned(), diff.deltas().map(path).collect())
    }

    /// Puts a file as it is into the index.
    pub(crate) fn stage(&self, path: &str) {
        let git = git2::Repository::open(self.root()).unwrap();
        let mut index = git.index().unwrap();
        index.add_path(Path::new(path)).unwrap();
        index.write().unwrap();
    }

    /// What differs from the last commit: `staged PATH`, `changed PATH`, `new PATH`.
    pub(crate) fn status(&self) -> Vec<String> {
        let git = git2::Repository::open(self.root()).unwrap();
        let mut options = git2::StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true);
        let statuses = git.statuses(Some(&mut options)).unwrap();
        let staged =
            git2::Status::INDEX_NEW | git2::Status::INDEX_MODIFIED | git2::Status::INDEX_DELETED;
        let word = |status: git2::Status| match () {
            () if status.intersects(staged) => "staged",
            () if status.contains(git2::Status::WT_NEW) => "new",
            () => "changed",
        };
        let line = |entry: git2::StatusEntry<'_>| {
            format!("{} {}", word(entry.status()), entry.path().unwrap())
        };
        statuses.iter().map(line).collect()
    }

    /// The platform's folder.
    pub(crate) fn root(&self) -> PathBuf {
        self.scratch.path().join("fleet")
    }

    /// A path of the platform on the disk.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// The names in a folder, sorted; none if it is not there.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.at(folder)) else { return Vec::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// What a file says.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The binary with these words and this standard input, in the platform's folder.
    pub(crate) fn run_with(&self, words: &str, input: &str) -> Run {
        self.run_in("", words, input)
    }

    /// The binary with these words, in the platform's folder.
    pub(crate) fn run(&self, words: &str) -> Run {
        self.run_with(words, "")
    }

    /// The binary with these words, started in a folder of the platform.
    pub(crate) fn run_in(&self, folder: &str, words: &str, input: &str) -> Run {
        let home = self.scratch.path().join("home");
        let output = Command::new(env!("CARGO_BIN_EXE_tenantry"))
            .args(shlex::split(words).unwrap())
            .current_dir(self.at(folder))
            .env_clear()
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("PATH", &self.path)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .write_stdin(input)
            .output()
            .unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: self.masked(&output.stdout),
            stderr: self.masked(&output.stderr),
        }
    }

    /// Runs a command that succeeds, and gives what it said.
    pub(crate) fn does(&self, words: &str) -> String {
        let run = self.run(words);
        assert_eq!(run.code, 0, "`{words}` failed:\n{}{}", run.stdout, run.stderr);
        run.both()
    }

    /// Runs a command that succeeds and writes nothing, and gives its standard output.
    pub(crate) fn answers(&self, words: &str) -> String {
        let run = self.unchanged(words, 0);
        assert_eq!(run.stderr, "", "`{words}` says something besides its answer");
        run.stdout
    }

    /// Runs a command that fails and writes nothing, and gives what it said.
    pub(crate) fn refuses(&self, words: &str) -> String {
        let run = self.unchanged(words, 1);
        assert_eq!(run.stdout, "", "a failure is told on standard error");
        run.stderr
    }

    /// Runs a command line that cannot be meant, and gives what was said.
    pub(crate) fn wrong_usage(&self, words: &str) -> String {
        let run = self.unchanged(words, 2);
        assert_eq!(run.stdout, "", "a failure is told on standard error");
        run.stderr
    }

    /// Runs a check that finds something, and gives what it said.
    pub(crate) fn finds(&self, words: &str) -> String {
        self.unchanged(words, 3).both()
    }

    /// Runs a command that writes nothing and ends with an exit code.
    pub(crate) fn unchanged(&self, words: &str, code: i32) -> Run {
        let before = self.disk();
        let run = self.run(words);
        assert_eq!(run.code, code, "`{words}`:\n{}{}", run.stdout, run.stderr);
        assert_same(words, &before, &self.disk());
        run
    }

    /// Everything below the scratch folder, so outside of the platform, too.
    pub(crate) fn disk(&self) -> BTreeMap<PathBuf, Entry> {
        let mut entries = BTreeMap::new();
        gather(self.scratch.path(), &mut entries);
        entries
    }

    fn masked(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let scratch = self.scratch.path().to_str().unwrap();
        // A message with a path is broken where the path's length wants it: it is put on one line again.
        let breaks = Regex::new(r"\n +\| ").unwrap();
        let text =
            if text.contains(scratch) { breaks.replace_all(&text, " ") } else { text.into() };
        let text = text.replace(scratch, "[scratch]");
        let commit = Regex::new("Committed [0-9a-f]{10}").unwrap();
        commit.replace_all(&text, "Committed [commit]").into_owned()
    }
}

/// What lies at a path. Of a huge file the size is enough.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Folder,
    Link(PathBuf),
    File(Vec<u8>),
    Huge(u64),
}

fn gather(folder: &Path, entries: &mut BTreeMap<PathBuf, Entry>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let entry = if metadata.is_symlink() {
            Entry::Link(fs::read_link(&path).unwrap())
        } else if metadata.is_dir() {
            gather(&path, entries);
            Entry::Folder
        } else if metadata.len() > 10_000_000 {
            Entry::Huge(metadata.len())
        } else {
            Entry::File(fs::read(&path).unwrap())
        };
        entries.insert(path, entry);
    }
}

fn assert_same(words: &str, before: &BTreeMap<PathBuf, Entry>, after: &BTreeMap<PathBuf, Entry>) {
    let all = before.keys().chain(after.keys());
    let different: Vec<_> = all.filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(different.is_empty(), "`{words}` changed the disk: {different:#?}");
}
