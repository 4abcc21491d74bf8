//! `tenantry init`, asked.

use std::fs;

use super::place::{Files, Place, was_interrupted};
use super::terminal::{CTRL_C, DOWN, ENTER, SPACE, Terminal};

const CLUSTERS: &str = "Clusters, as name=environment";
const COMPONENTS: &str = "Components (space marks, enter ends)";
const ENVIRONMENTS: &str = "Environments, in the order of promotion";
const OWNERS: &str = "Owners of the platform (@organisation/team; none: empty)";
const REPOSITORY: &str = "Its repository, as clusters reach it";
const SOURCES: &str = "Sources that tenants may use";

#[test]
fn every_question_is_answered_and_wrong_answers_are_explained() {
    let place = Place::new();
    let mut terminal = place.speak_outside(&["init"]);
    terminal.answer("Folder", "fleet");
    terminal.wrong("Platform", "My Fleet", "`My Fleet` is not a platform's name");
    terminal.default("Platform", "fleet");
    terminal.wrong(REPOSITORY, "nonsense", "`nonsense` is not a Git URL");
    terminal.default(REPOSITORY, "https://github.com/acme/fleet");
    terminal.wrong("Branch", "a b", "`a b` is not a branch or tag");
    terminal.default("Branch", "main");
    terminal.wrong(ENVIRONMENTS, "staging, staging", "`staging` stands twice");
    terminal.wrong(ENVIRONMENTS, "Prod", "`Prod` is not an environment's name");
    terminal.default(ENVIRONMENTS, "staging, production");
    terminal.wrong(CLUSTERS, "prod-eu", "`prod-eu` is not of the form KEY=VALUE");
    terminal.wrong(
        CLUSTERS,
        "a=stagin",
        "there is no environment `stagin`; did you mean `staging`?",
    );
    terminal.wrong(CLUSTERS, "a=moon", "there is no environment `moon`, only staging, production");
    terminal.wrong(CLUSTERS, "A=staging", "`A` is not a cluster's name");
    terminal.answer(CLUSTERS, "staging-1=staging, prod-eu=production");
    terminal.wrong("Version of Flux", "2.x", "`2.x` is not an exact version");
    terminal.asks("Version of Flux (2.").press(ENTER);
    terminal.choose("Who installs Flux", "components:", 1, "operator: flux-operator");
    let operator = "Version of flux-operator";
    terminal.wrong(operator, "latest", "`latest` is not an exact version");
    terminal.answer(operator, "0.55.0");
    terminal.choose("Policies", "admission:", 1, "kyverno: Kyverno");
    terminal.wrong(SOURCES, "github.com/acme/", "`github.com/acme/` is not a pattern over sources");
    terminal.default(SOURCES, "github.com/acme/**");
    terminal.choose("Pipeline", "github:", 1, "gitlab: GitLab CI");
    terminal.choose("Layout", "multi-tenancy:", 0, "multi-tenancy:");
    terminal.asks(COMPONENTS).press(DOWN).press(DOWN).press(SPACE).shows("✔ cert-manager: ");
    terminal.press(ENTER);
    terminal.wrong(OWNERS, "acme", "`acme` is not an owner");
    terminal.answer(OWNERS, "@acme/platform");
    terminal.confirm("Add a first tenant?", "no", "y");
    terminal.wrong("Tenant", "Team A", "`Team A` is not a tenant's name");
    terminal.wrong("Tenant", "", "an answer is needed");
    terminal.answer("Tenant", "shop");
    terminal.wrong("Owners of the tenant", "", "at least one is needed");
    terminal.wrong("Owners of the tenant", "shop", "`shop` is not an owner");
    terminal.answer("Owners of the tenant", "@acme/shop");
    terminal.wrong("Its Git repository", "shop", "`shop` is not a Git URL");
    terminal.answer("Its Git repository", "https://github.com/acme/shop");
    terminal.asks("Write it to");
    let plan = terminal.screen();
    assert!(plan.contains("  + platform.yaml\n  + platform/ 5 files\n"), "{plan}");
    assert!(plan.contains("fleet: 2 environments, 2 clusters, 2 components, 1 tenant: "), "{plan}");
    assert!(!place.fleet().exists(), "written before the confirmation");
    terminal.press(ENTER);
    let ended = terminal.end();
    assert!(ended.screen.contains(" on main: Describe the platform fleet\n"), "{}", ended.screen);
    place.is_repeated_by(&ended, &Files::new());
    place.is_in_sync();
    let platform = place.read("platform.yaml");
    for said in ["install: operator", "engine: kyverno", "ci: gitlab", "\"@acme/platform\""] {
        assert!(platform.contains(said), "{said}:\n{platform}");
    }
    assert!(place.has("platform/components/cert-manager.yaml"));
    assert!(place.has("tenants/base/shop/sync.yaml"));
}

#[test]
fn enter_takes_every_default() {
    let place = Place::new();
    fs::create_dir(place.fleet()).unwrap();
    let mut terminal = place.speak(&["init"]);
    terminal.default("Folder", ".").default("Platform", "fleet");
    terminal.default(REPOSITORY, "https://github.com/acme/fleet").default("Branch", "main");
    terminal.default(ENVIRONMENTS, "staging, production");
    terminal.default(CLUSTERS, "staging-1=staging, production-1=production");
    terminal.asks("Version of Flux (2.").press(ENTER);
    terminal.choose("Who installs Flux", "components:", 0, "components:");
    terminal.choose("Policies", "admission:", 0, "admission:");
    terminal.default(SOURCES, "github.com/acme/**");
    terminal.choose("Pipeline", "github:", 0, "github:");
    terminal.choose("Layout", "multi-tenancy:", 0, "multi-tenancy:");
    for question in [COMPONENTS, OWNERS, "Add a first tenant? (y/n) › no", "Write it to"] {
        terminal.asks(question).press(ENTER);
    }
    let ended = terminal.end();
    assert_eq!(ended.code, 0, "{}", ended.screen);
    place.is_in_sync();
    // The same as without any question.
    let other = Place::new();
    let ran = other.run("", &["init", "fleet", "--yes"]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(place.files(), other.files());
}

#[test]
fn what_a_flag_says_is_not_asked() {
    let place = Place::new();
    let mut terminal = place.speak_outside(&[
        "init",
        "fleet",
        "--name=fleet",
        "--environment=production",
        "--policy-engine=none",
        "--component=metrics-server",
    ]);
    terminal.default(REPOSITORY, "https://github.com/acme/fleet").default("Branch", "main");
    terminal.default(CLUSTERS, "production-1=production");
    terminal.asks("Version of Flux (2.").press(ENTER);
    terminal.choose("Who installs Flux", "components:", 2, "external: somebody else");
    // Without policies nobody asks which sources they allow.
    terminal.choose("Pipeline", "github:", 2, "none: no pipeline");
    terminal.choose("Layout", "multi-tenancy:", 1, "reference-arch:");
    // Only where clusters pull artifacts somebody asks from where.
    let artifacts = "Where its OCI artifacts lie (oci://HOST/PATH)";
    terminal.wrong(artifacts, "ghcr.io/acme", "`ghcr.io/acme` is not an OCI URL");
    terminal.default(artifacts, "oci://ghcr.io/acme/fleet");
    terminal.asks(OWNERS).press(ENTER);
    terminal.confirm("Add a first tenant?", "no", "n");
    terminal.asks("Write it to").press("y");
    let ended = terminal.end();
    place.is_repeated_by(&ended, &Files::new());
    place.is_in_sync();
}

#[test]
fn no_to_the_plan_writes_nothing() {
    let place = Place::new();
    let mut terminal = up_to_the_confirmation(&place);
    terminal.press("n");
    let ended = terminal.end();
    assert_eq!(ended.code, 1, "{}", ended.screen);
    assert!(ended.screen.contains("nothing was written"), "{}", ended.screen);
    assert!(!place.fleet().exists());
}

#[test]
fn ctrl_c_leaves_nothing_behind_at_any_question() {
    let place = Place::new();
    let mut first = place.speak_outside(&["init"]);
    first.asks("Folder").press(CTRL_C);
    was_interrupted(&first.end());

    let mut middle = place.speak_outside(&["init", "fleet", "--name=fleet", "--branch=main"]);
    middle.asks(REPOSITORY).press(ENTER).asks(ENVIRONMENTS).press(ENTER);
    middle.asks(CLUSTERS).press(ENTER).asks("Version of Flux").press(ENTER);
    middle.asks("Who installs Flux").press(CTRL_C);
    was_interrupted(&middle.end());

    let mut last = up_to_the_confirmation(&place);
    last.press(CTRL_C);
    was_interrupted(&last.end());

    assert!(fs::read_dir(place.work()).unwrap().next().is_none());
}

fn up_to_the_confirmation(place: &Place) -> Terminal {
    let mut terminal = place.speak_outside(&[
        "init",
        "fleet",
        "--name=fleet",
        "--repository=https://github.com/acme/fleet",
        "--branch=main",
        "--environment=production",
        "--cluster=prod=production",
        "--flux-version=2.9.4",
        "--flux-install=components",
        "--policy-engine=none",
        "--ci=none",
        "--layout=multi-tenancy",
        "--component=metrics-server",
        "--owner=@acme/platform",
    ]);
    terminal.confirm("Add a first tenant?", "no", "n").asks("Write it to");
    terminal
}
