//! `tenantry create patch`, asked: where, which object, where in it, to what, and what each cluster would see.

use std::fs;

use super::place::{Place, was_interrupted};
use super::terminal::{CTRL_C, ENTER, SPACE, Terminal};

const WHERE: &str = "Where does it hold";
const OBJECT: &str = "Which object (type to search)";
const IN_IT: &str = "Where in it";
const NAME: &str = "Name of the patch";
const WRITE: &str = "Write this? (y/n) › yes";
const CNI: &str = "❯ HelmRelease flux-system/istio-cni";

/// A platform with a chart and a policy of somebody else's.
fn place() -> Place {
    let place = Place::with_platform();
    for (path, text) in [
        (
            "platform/components/istio-cni.yaml",
            "helm: { repository: https://istio-release.storage.googleapis.com/charts, chart: cni, version: 1.23.2 }
namespace: istio-system
values: { profile: ambient }
",
        ),
        ("platform/components/scale.yaml", "manifests: { path: manifests/scale }\nnamespace: kyverno\n"),
        (
            "manifests/scale/policy.yaml",
            "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: scale-zero }
spec: { rules: [{ name: zero, match: { any: [{ resources: { namespaces: [one, two] } }] } }] }
",
        ),
        (
            "manifests/scale/secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: { name: token, namespace: kyverno }\nstringData: { token: hunter1 }\n",
        ),
    ] {
        let path = place.fleet().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let ran = place.run("fleet", &["generate"]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    place
}

/// Chooses what is found by typing, in a list that is long.
fn find(terminal: &mut Terminal, question: &str, typed: &str, marked: &str) {
    terminal.asks(question).press(typed).shows(&format!("❯ {marked}")).press(ENTER);
}

/// Walks through an object: at each place what is typed, and the line that it finds.
fn walk(terminal: &mut Terminal, steps: &[(&str, &str, &str)]) {
    for (at, typed, found) in steps {
        let question = match *at {
            "" => format!("{IN_IT} (type to search)"),
            at => format!("{IN_IT} ({at})"),
        };
        find(terminal, &question, typed, found);
    }
}

#[test]
fn a_field_is_found_by_walking_and_gets_another_value() {
    let place = place();
    let before = place.files();
    let mut terminal = place.speak(&["create", "patch"]);
    terminal.choose(WHERE, "on every cluster", 2, "on some clusters");
    terminal.asks("Clusters").press(SPACE).shows("✔ prod-eu: production").press(ENTER);
    terminal.asks(OBJECT).press("HelmRelease istio-cni").shows(CNI).press(ENTER);
    walk(
        &mut terminal,
        &[
            ("", "spec", "spec: {"),
            ("/spec", "values:", "values: {profile}   <Object>"),
            ("/spec/values", "profile", "profile: ambient"),
        ],
    );
    terminal.choose("/spec/values/profile is ambient", "another value", 0, "another value");
    terminal.answer("Value of /spec/values/profile (YAML)", "default");
    terminal.confirm("Another change of this object?", "no", "n");
    terminal.default(NAME, "istio-cni");
    terminal.asks(WRITE);
    let plan = terminal.screen();
    assert!(plan.contains(r#"spec.values.profile: "ambient" -> "default""#), "{plan}");
    assert!(plan.contains("Cluster prod-eu") && !plan.contains("Cluster prod-us"), "{plan}");
    assert!(plan.contains("  + platform/patches/istio-cni.yaml"), "{plan}");
    assert_eq!(place.files(), before, "written before the confirmation");
    terminal.press("y");
    let ended = terminal.end();
    assert!(
        ended.screen.contains(
            "tenantry create patch istio-cni --cluster prod-eu --target HelmRelease/istio-cni --replace '/spec/values/profile=default'"
        ),
        "{}",
        ended.screen
    );
    place.is_repeated_by(&ended, &before);
    place.is_in_sync();
}

#[test]
fn a_field_that_is_not_there_is_added_and_an_item_appended() {
    let place = place();
    let before = place.files();
    let mut terminal = place.speak(&["create", "patch", "scale"]);
    terminal.choose(WHERE, "on every cluster", 0, "on every cluster");
    find(&mut terminal, OBJECT, "ClusterPolicy", "ClusterPolicy scale-zero");
    walk(
        &mut terminal,
        &[
            ("", "metadata", "metadata: {name}"),
            ("/metadata", "annotations", "+ annotations   <map[string]string>"),
        ],
    );
    terminal.answer("Value of /metadata/annotations (YAML)", "{ acme.example/why: \"1\" }");
    terminal.confirm("Another change of this object?", "no", "y");
    walk(
        &mut terminal,
        &[
            ("", "spec", "spec: {rules}"),
            ("/spec", "rules:", "rules: [{"),
            ("/spec/rules", "0: {", "0: {"),
            ("/spec/rules/0", "match: {any}", "match: {any}"),
            ("/spec/rules/0/match", "any: [{", "any: [{"),
            ("/spec/rules/0/match/any", "0: {", "0: {"),
            ("/spec/rules/0/match/any/0", "resources: {", "resources: {"),
            ("/spec/rules/0/match/any/0/resources", "namespaces: [", "namespaces: ["),
            ("/spec/rules/0/match/any/0/resources/namespaces", "further", "(a further item)"),
        ],
    );
    terminal.answer("Value of the item (YAML)", "three");
    terminal.confirm("Another change of this object?", "no", "n");
    terminal.asks(WRITE).press("y");
    let ended = terminal.end();
    place.is_repeated_by(&ended, &before);
    let said = place.read("platform/patches/scale.yaml");
    assert!(
        said.contains(r#"path: /metadata/annotations, value: { acme.example/why: "1" }"#),
        "{said}"
    );
    assert!(said.contains("namespaces/-, value: three"), "{said}");
}

#[test]
fn missing_parents_are_offered() {
    let place = place();
    let before = place.files();
    let words = [
        "create",
        "patch",
        "cni",
        "--cluster=prod-eu",
        "--target=HelmRelease/istio-cni",
        "--add=/spec/values/defaults/cni/cniBinDir=/opt/cni/bin",
    ];
    let offer =
        "The object has no /spec/values/defaults, without which the patch would fail. Add it?";
    let mut terminal = place.speak(&words);
    terminal.confirm(offer, "yes", "y");
    terminal.asks(WRITE).press("y");
    let ended = terminal.end();
    assert!(ended.screen.contains("--add-parents"), "{}", ended.screen);
    place.is_repeated_by(&ended, &before);
    let other = self::place();
    let mut terminal = other.speak(&words);
    terminal.confirm(offer, "yes", "n");
    let ended = terminal.end();
    assert_eq!(ended.code, 1, "{}", ended.screen);
    assert!(ended.screen.contains("add what is missing first"), "{}", ended.screen);
    assert!(!other.has("platform/patches/cni.yaml"));
}

#[test]
fn a_list_that_is_there_is_replaced_or_added_to() {
    for (below, said) in [(0, "op: replace"), (1, "namespaces/-")] {
        let place = place();
        let before = place.files();
        let mut terminal = place.speak(&[
            "create",
            "patch",
            "scale",
            "--cluster=prod-eu",
            "--target=ClusterPolicy/scale-zero",
            "--add=/spec/rules/0/match/any/0/resources/namespaces=[three]",
        ]);
        let question = "/spec/rules/0/match/any/0/resources/namespaces is a list of 2 items";
        let choices = ["replace it by [\"three\"]", "append to it"];
        terminal.asks(question).shows(&format!("❯ {}", choices[0]));
        if below == 1 {
            terminal.press(super::terminal::DOWN).shows(&format!("❯ {}", choices[1]));
        }
        terminal.press(ENTER);
        terminal.asks(WRITE).press("y");
        let ended = terminal.end();
        let written = place.read("platform/patches/scale.yaml");
        assert!(written.contains(said), "{written}\n{}", ended.screen);
        place.is_repeated_by(&ended, &before);
        assert!(!ended.screen.contains(" --add "), "{}", ended.screen);
    }
}

#[test]
fn labels_of_whoever_applies_an_object_are_not_its_own() {
    let place = place();
    let ran = place.run(
        "fleet",
        &[
            "create",
            "patch",
            "label",
            "--cluster=prod-eu",
            "--target=HelmRelease/istio-cni",
            "--add=/metadata/labels/team=edge",
            "--add-parents",
        ],
    );
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said = place.read("platform/patches/label.yaml");
    assert!(said.contains("path: /metadata/labels, value: {}"), "{said}");
    place.is_in_sync();
}

#[test]
fn values_of_a_secret_are_not_shown() {
    let place = place();
    let mut terminal = place.speak(&["create", "patch", "token"]);
    terminal.choose(WHERE, "on every cluster", 0, "on every cluster");
    find(&mut terminal, OBJECT, "Secret", "Secret kyverno/token");
    walk(
        &mut terminal,
        &[("", "stringData", "stringData: {token}"), ("/stringData", "token", "token: ***")],
    );
    terminal.asks("/stringData/token is ***");
    assert!(!terminal.screen().contains("hunter1"), "{}", terminal.screen());
    terminal.press(ENTER).asks("Value of /stringData/token");
    assert!(!terminal.screen().contains("hunter1"), "{}", terminal.screen());
    terminal.press(CTRL_C);
    was_interrupted(&terminal.end());
}

#[test]
fn ctrl_c_writes_nothing_at_any_question() {
    let place = place();
    let before = place.files();
    let words = [
        "create",
        "patch",
        "--cluster=prod-eu",
        "--target=HelmRelease/istio-cni",
        "--replace=/spec/timeout=9m",
    ];
    for (words, question) in
        [(&words[..2], WHERE), (&words[..3], OBJECT), (&words[..4], IN_IT), (&words[..], NAME)]
    {
        let mut terminal = place.speak(words);
        terminal.asks(question).press(CTRL_C);
        was_interrupted(&terminal.end());
    }
    let mut terminal = place.speak(&words);
    terminal.default(NAME, "istio-cni");
    terminal.asks("Write this?").press(CTRL_C);
    was_interrupted(&terminal.end());
    assert_eq!(place.files(), before);
}
