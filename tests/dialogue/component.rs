//! `tenantry create component`, asked.

use std::fs;

use super::place::{Place, was_interrupted};
use super::terminal::{CTRL_C, ENTER};

const OWN: &str = "one that is not in the catalogue";
const ORIGIN: &str = "Where it comes from";

#[test]
fn a_component_of_the_catalogue_is_found_by_typing() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["create", "component"]);
    terminal.asks("Component").shows(&format!("❯ {OWN}"));
    terminal.press("istiod").shows("❯ istiod: ").press(ENTER);
    terminal.confirm("It depends on istio-base: add these, too?", "yes", "y");
    terminal.asks("Write this? (y/n) › yes");
    let plan = terminal.screen();
    assert!(plan.contains("  + platform/components/istio-base.yaml\n"), "{plan}");
    assert!(plan.contains("  + platform/components/istiod.yaml\n"), "{plan}");
    assert_eq!(place.files(), before, "written before the confirmation");
    terminal.press("y");
    let ended = terminal.end();
    place.is_repeated_by(&ended, &before);
    place.is_in_sync();
    assert!(
        ended.screen.contains("tenantry create component istiod --with-dependencies\n"),
        "{}",
        ended.screen
    );
}

#[test]
fn without_what_it_depends_on_a_component_is_not_added() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["create", "component", "istiod"]);
    terminal.confirm("It depends on istio-base: add these, too?", "yes", "n");
    let ended = terminal.end();
    assert_eq!(ended.code, 2, "{}", ended.screen);
    assert!(ended.screen.contains("`istiod` depends on istio-base"), "{}", ended.screen);
    assert_eq!(place.files(), before);
}

#[test]
fn a_chart_is_asked_for_piece_by_piece() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["create", "component"]);
    terminal.asks("Component").shows(&format!("❯ {OWN}")).press(ENTER);
    terminal.wrong("Component's name", "Pod Info", "`Pod Info` is not a component's name");
    terminal.answer("Component's name", "podinfo");
    terminal.choose(ORIGIN, "a Helm chart", 0, "a Helm chart");
    terminal.wrong("Helm repository", "ftp://charts", "`ftp://charts` is not");
    terminal.answer("Helm repository", "oci://ghcr.io/stefanprodan/charts");
    terminal.wrong("Chart", "pod info", "`pod info` is not");
    terminal.default("Chart", "podinfo");
    terminal.wrong("Exact version of the chart", "6.x", "`6.x` is not an exact version");
    terminal.answer("Exact version of the chart", "6.9.2");
    terminal.wrong("Namespace", "Pods", "`Pods` is not a namespace's name");
    terminal.default("Namespace", "podinfo");
    terminal.confirm("Write this?", "yes", "y");
    place.is_repeated_by(&terminal.end(), &before);
    place.is_in_sync();
    let component = place.read("platform/components/podinfo.yaml");
    assert!(component.contains("version: 6.9.2"), "{component}");
}

#[test]
fn manifests_of_the_repository_are_a_folder() {
    let place = Place::with_platform();
    let folder = place.fleet().join("manifests/extra");
    fs::create_dir_all(&folder).unwrap();
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\n  namespace: extra\n";
    fs::write(folder.join("extra.yaml"), text).unwrap();
    let before = place.files();
    let mut terminal = place.speak(&["create", "component"]);
    terminal.asks("Component").press(ENTER).answer("Component's name", "extra");
    terminal.choose(ORIGIN, "a Helm chart", 1, "manifests in this repository");
    terminal.wrong("Folder", "../extra", "the path `../extra` leaves the repository");
    terminal.answer("Folder", "manifests/extra").default("Namespace", "extra");
    terminal.confirm("Write this?", "yes", "y");
    place.is_repeated_by(&terminal.end(), &before);
    place.is_in_sync();
}

#[test]
fn a_git_repository_is_asked_for_its_tag() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["create", "component"]);
    terminal.asks("Component").press(ENTER).answer("Component's name", "extra");
    terminal.choose(ORIGIN, "a Helm chart", 2, "a Git repository");
    terminal.wrong("Its URL", "github.com/acme/extra", "`github.com/acme/extra` is not a Git URL");
    terminal.answer("Its URL", "https://github.com/acme/extra");
    terminal.wrong("Tag", "v 1", "`v 1` is not a branch or tag");
    terminal.answer("Tag", "v1.2.0").default("Namespace", "extra");
    terminal.confirm("Write this?", "yes", "y");
    place.is_repeated_by(&terminal.end(), &before);
    place.is_in_sync();
}

#[test]
fn an_oci_artifact_is_asked_for_its_tag() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["create", "component"]);
    terminal.asks("Component").press(ENTER).answer("Component's name", "extra");
    terminal.choose(ORIGIN, "a Helm chart", 3, "an OCI artifact");
    terminal.wrong(
        "Its URL (oci://…)",
        "https://ghcr.io/acme/extra",
        "`https://ghcr.io/acme/extra` is not",
    );
    terminal.answer("Its URL (oci://…)", "oci://ghcr.io/acme/extra");
    terminal.wrong("Tag", "v 1", "`v 1` is not");
    terminal.answer("Tag", "v1.2.0").default("Namespace", "extra");
    terminal.confirm("Write this?", "yes", "y");
    place.is_repeated_by(&terminal.end(), &before);
    place.is_in_sync();
}

#[test]
fn ctrl_c_changes_nothing_at_any_question() {
    let place = Place::with_platform();
    let before = place.files();
    let mut first = place.speak(&["create", "component"]);
    first.asks("Component").press(CTRL_C);
    was_interrupted(&first.end());

    let mut middle = place.speak(&["create", "component", "extra"]);
    middle.choose(ORIGIN, "a Helm chart", 2, "a Git repository").asks("Its URL").press(CTRL_C);
    was_interrupted(&middle.end());

    let mut last = place.speak(&["create", "component", "metrics-server"]);
    last.asks("Write this?").press(CTRL_C);
    was_interrupted(&last.end());
    assert_eq!(place.files(), before);
}
