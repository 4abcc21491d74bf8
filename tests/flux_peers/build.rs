//! What a Flux Kustomization builds: over the fixtures, and over random ones.
//!
//! `FLUX_PEER_RECORD=1` with `FLUX_PEER` records what the driver says of the fixtures again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use kustomize::objects_to_yaml;
use kustomize::yaml::{Budget, Node, SourceId, parse};
use serde_json::{Map, Value as Json, json};
use tenantry::diagnostic::{Code, Severity};
use tenantry::files::Memory;
use tenantry::flux::artifact::Artifact;
use tenantry::flux::build::build_unowned;
use tenantry::flux::{Data, Kustomization, Variables, read_data};
use tenantry::path::RepoPath;

use self::format::{Entry, Fixture, Outcome};
use super::{Random, ask};

#[path = "../../crates/kustomize/tests/fixtures/format.rs"]
#[allow(dead_code, reason = "fixtures of the engine have links, these have none")]
mod format;
mod random;
mod words;

/// How many fixtures there are at least.
const LEAST: usize = 80;

/// What we refuse and Flux builds, on purpose: each of these is an error in what is applied, which Flux, or the API server behind
/// it, tells later or never. Where nothing else is wrong with a case, it is not compared.
const STRICTER: &[Code] = &[Code::SubstitutionChangesType, Code::DuplicateObject];

/// The file of a fixture that holds the Flux Kustomization. It is not in the artifact.
const KUSTOMIZATION: &str = "kustomization.flux.yaml";

/// The file of a fixture that holds the ConfigMaps and Secrets of the cluster. It is not in the artifact.
const CLUSTER: &str = "cluster.flux.yaml";

/// A Flux Kustomization with all that its build depends on.
struct Case {
    files: Vec<(String, Vec<u8>)>,
    kustomization: Node,
    data: Data,
    strict: bool,
    /// The codes for which we refuse what Flux builds.
    refused_by_us: Vec<String>,
    outcome: Option<Outcome>,
}

/// What we make of a case.
#[derive(Debug)]
enum Ours {
    Built(String),
    /// The codes of errors and what they tell.
    Refused(Vec<(String, String)>),
    Crashed,
}

impl Case {
    fn read(text: &str) -> Result<Self, String> {
        let Fixture { entries, arguments, outcome } = format::parse(text)?;
        let mut this = Self {
            files: Vec::new(),
            kustomization: Node::from_json(&Json::Null),
            data: Data::default(),
            strict: false,
            refused_by_us: Vec::new(),
            outcome,
        };
        for argument in arguments {
            match argument.as_str() {
                "--strict" => this.strict = true,
                argument => match argument.strip_prefix("--refused-by-us=") {
                    Some(code) => this.refused_by_us.push(code.to_owned()),
                    None => return Err(format!("`{argument}` is no argument of a fixture")),
                },
            }
        }
        for entry in entries {
            let Entry::File { path, bytes } = entry else {
                return Err("an artifact has neither links nor empty folders".to_owned());
            };
            match path.as_str() {
                KUSTOMIZATION => this.kustomization = one_document(&bytes)?,
                CLUSTER => this.data = read_data(&bytes).map_err(|(error, _)| error)?,
                _ => this.files.push((path, bytes)),
            }
        }
        if this.kustomization.is_null() {
            return Err(format!("has no `{KUSTOMIZATION}`"));
        }
        Ok(this)
    }

    fn ours(&self) -> Ours {
        catch_unwind(AssertUnwindSafe(|| self.build())).unwrap_or(Ours::Crashed)
    }

    fn build(&self) -> Ours {
        let path = |path: &str| RepoPath::new(path).unwrap();
        let files: Memory =
            self.files.iter().map(|(name, bytes)| (path(name), bytes.clone())).collect();
        let artifact = Artifact::new(String::new(), &files, None, None, &|_| true).unwrap();
        let kustomization = match Kustomization::read(&self.kustomization).unwrap() {
            Ok(kustomization) => kustomization,
            Err(error) => return Ours::Refused(vec![(String::new(), error.to_string())]),
        };
        let variables = Variables::of(&kustomization, &self.data, self.strict);
        let built = build_unowned(&artifact, &kustomization, &variables);
        if built.fails() {
            let errors = built.findings.iter().filter(|one| one.severity == Severity::Error);
            return Ours::Refused(
                errors.map(|one| (one.code.to_string(), one.message.clone())).collect(),
            );
        }
        Ours::Built(objects_to_yaml(built.objects.iter().map(|object| &object.node)))
    }

    /// What the driver is asked, and the folder that it finds the artifact in.
    fn question(&self, root: &Path) -> Json {
        std::fs::create_dir(root).unwrap();
        for (path, bytes) in &self.files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let objects = |secret: bool| -> Map<String, Json> {
            let objects = self.data.objects.iter().filter(|(name, _)| name.secret == secret);
            objects.map(|(name, values)| (name.name.to_string(), json!(values.values))).collect()
        };
        json!({
            "root": root,
            "kustomization": self.kustomization.to_json(),
            "configMaps": objects(false),
            "secrets": objects(true),
            "strict": self.strict,
        })
    }

    /// How our result differs from what Flux says.
    fn difference(&self, ours: &Ours, flux: &Outcome) -> Option<String> {
        match (ours, flux) {
            (Ours::Crashed, _) => Some("we crash\n".to_owned()),
            (Ours::Built(ours), Outcome::Expected(flux)) => {
                (ours != flux).then(|| format!("ours, and below what Flux builds:\n{ours}\n{flux}"))
            }
            (Ours::Built(ours), Outcome::Refused(told) | Outcome::RefusedByUs(told)) => {
                Some(format!("Flux refuses it: {told}, and ours is:\n{ours}"))
            }
            (Ours::Refused(errors), Outcome::Expected(flux)) => {
                let is_stricter = |(code, _): &(String, String)| {
                    STRICTER.iter().any(|stricter| stricter.as_str() == code)
                };
                (!errors.iter().all(is_stricter))
                    .then(|| format!("we refuse it: {errors:?}, and Flux builds:\n{flux}"))
            }
            (Ours::Refused(_), Outcome::Refused(_) | Outcome::RefusedByUs(_)) => None,
        }
    }
}

fn one_document(bytes: &[u8]) -> Result<Node, String> {
    let parsed = parse(SourceId(0), bytes, &Budget::default()).map_err(|it| it[0].to_string())?;
    let document = parsed.into_iter().next().ok_or("the Flux Kustomization says nothing")?;
    Ok(document.root)
}

/// What the driver says of cases.
fn flux<'c>(cases: impl Iterator<Item = &'c Case>) -> Vec<Outcome> {
    let folder = tempfile::tempdir().unwrap();
    let mut roots = Vec::new();
    let questions = cases.enumerate().map(|(index, case)| {
        let root = folder.path().join(index.to_string());
        let question = case.question(&root);
        roots.push(root);
        question
    });
    let answers = ask("build", questions.collect());
    let outcome = |(answer, root): (Json, PathBuf)| match answer["yaml"].as_str() {
        Some(yaml) => Outcome::Expected(yaml.to_owned()),
        None => {
            // The controller goes on where a reconciliation crashes, and applies nothing.
            let told = answer["error"].as_str().or(answer["panic"].as_str());
            let told = told.unwrap_or_else(|| panic!("{answer}"));
            let told = told.replace(root.to_str().unwrap(), "");
            Outcome::Refused(told.replace(folder.path().to_str().unwrap(), "/above") + "\n")
        }
    };
    answers.into_iter().zip(roots).map(outcome).collect()
}

/// The fixtures: their files and their texts.
fn fixtures() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flux/fixtures");
    let mut fixtures = Vec::new();
    for family in std::fs::read_dir(folder).unwrap() {
        let family = family.unwrap().path();
        if family.is_dir() {
            for file in std::fs::read_dir(family).unwrap() {
                let path = file.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                fixtures.push((path, text));
            }
        }
    }
    fixtures.sort();
    fixtures
}

fn read((path, text): &(PathBuf, String)) -> Case {
    Case::read(text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

#[test]
fn every_fixture_builds_to_what_flux_builds() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= LEAST, "{} fixtures are left", fixtures.len());
    let mut differences = String::new();
    for fixture in &fixtures {
        let case = read(fixture);
        let ours = case.ours();
        let outcome = case.outcome.as_ref().expect("it is recorded");
        let mut tell = |what: String| {
            differences += &format!("== {}\n{what}\n", fixture.0.display());
        };
        if let Some(difference) = case.difference(&ours, outcome) {
            tell(difference);
        }
        let is_built = matches!(outcome, Outcome::Expected(_));
        let refused: Vec<&str> = match &ours {
            Ours::Refused(errors) if is_built => errors.iter().map(|(code, _)| &**code).collect(),
            _ => Vec::new(),
        };
        if refused != case.refused_by_us {
            tell(format!("we alone refuse it for {refused:?}"));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
#[ignore = "needs Flux's code in Go: run tests/peers/flux.sh"]
fn flux_builds_every_fixture_as_it_is_recorded() {
    let fixtures = fixtures();
    let cases: Vec<Case> = fixtures.iter().map(read).collect();
    let is_recording = std::env::var_os("FLUX_PEER_RECORD").is_some();
    let mut differences = String::new();
    for ((path, text), outcome) in fixtures.iter().zip(flux(cases.iter())) {
        let again = format::with_outcome(text, &outcome);
        if is_recording {
            std::fs::write(path, again).unwrap();
        } else if again != *text {
            differences += &format!("== {}\n{again}\n", path.display());
        }
    }
    assert!(differences.is_empty(), "Flux says something else now:\n{differences}");
}

#[test]
#[ignore = "needs Flux's code in Go: run tests/peers/flux.sh"]
fn any_kustomization_builds_to_what_flux_builds() {
    let mut random = Random::new();
    let texts: Vec<String> = (0..Random::cases(2_000)).map(|_| random::case(&mut random)).collect();
    let cases: Vec<Case> = texts.iter().map(|text| Case::read(text).unwrap()).collect();
    let (mut built, mut stricter, mut differences) = (0, 0, Vec::new());
    for ((text, case), outcome) in texts.iter().zip(&cases).zip(flux(cases.iter())) {
        let ours = case.ours();
        if matches!(outcome, Outcome::Expected(_)) {
            built += 1;
            stricter += usize::from(matches!(ours, Ours::Refused(_)));
        }
        if let Some(difference) = case.difference(&ours, &outcome) {
            differences.push(format!("{text}== {difference}\n"));
        }
    }
    let (seed, all, count) = (random.seed, cases.len(), differences.len());
    differences.truncate(5);
    let summary =
        format!("seed {seed}: Flux builds {built} of {all}, {stricter} of them we refuse");
    assert!(count == 0, "{}\n{summary}, {count} differ", differences.join("\n"));
    // A generator whose cases are all broken would compare nothing.
    assert!(built * 5 > all * 2 && stricter * 3 < built, "{summary}");
}
