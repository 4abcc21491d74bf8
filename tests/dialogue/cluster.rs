//! `tenantry create cluster`, asked.

use super::place::{Place, was_interrupted};
use super::terminal::{CTRL_C, ENTER};

const LABELS: &str = "Labels as key=value (none: empty)";
const KUBERNETES: &str = "Kubernetes version, such as 1.36 (unknown: empty)";

#[test]
fn every_question_is_answered_and_wrong_answers_are_explained() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["create", "cluster"]);
    terminal.wrong("Cluster", "", "an answer is needed");
    terminal.wrong("Cluster", "Prod", "`Prod` is not a cluster's name");
    terminal.wrong(
        "Cluster",
        "prod-eu",
        "there is a cluster `prod-eu` already, in platform/clusters/prod-eu.yaml",
    );
    terminal.answer("Cluster", "prod-ap");
    terminal.choose("Like which other cluster", "no other", 0, "no other");
    terminal.choose("Environment", "staging", 1, "production");
    terminal.wrong(LABELS, "region", "`region` is not of the form KEY=VALUE");
    terminal.wrong(LABELS, "re gion=eu", "`re` is not of the form KEY=VALUE");
    terminal.wrong(LABELS, "-a=eu", "`-a` is not a label's key");
    terminal.answer(LABELS, "region=ap-1, tier=gold");
    terminal.wrong(KUBERNETES, "new", "`new` is not a Kubernetes version");
    terminal.answer(KUBERNETES, "1.36");
    terminal.asks("Write this? (y/n) › yes");
    let plan = terminal.screen();
    assert!(plan.contains("  + platform/clusters/prod-ap.yaml\n"), "{plan}");
    assert!(plan.contains("  + clusters/prod-ap/tenants/shop.yaml\n"), "{plan}");
    assert!(plan.contains(" to create, 1 to change, 0 to delete\n"), "{plan}");
    assert_eq!(place.files(), before, "written before the confirmation");
    terminal.press(ENTER);
    place.is_repeated_by(&terminal.end(), &before);
    place.is_in_sync();
    let cluster = place.read("platform/clusters/prod-ap.yaml");
    assert!(cluster.contains("environment: production"), "{cluster}");
    assert!(cluster.contains("region: ap-1") && cluster.contains("tier: gold"), "{cluster}");
}

#[test]
fn empty_answers_say_nothing() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["create", "cluster", "staging-2"]);
    terminal.asks("Like which other cluster").press(ENTER).asks("Environment").press(ENTER);
    terminal.asks(LABELS).press(ENTER).asks(KUBERNETES).press(ENTER);
    terminal.confirm("Write this?", "yes", "y");
    place.is_repeated_by(&terminal.end(), &before);
    place.is_in_sync();
    let cluster = place.read("platform/clusters/staging-2.yaml");
    assert!(!cluster.contains("labels") && !cluster.contains("kubernetes"), "{cluster}");
}

#[test]
fn a_cluster_like_another_is_asked_no_more() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["create", "cluster"]);
    terminal.answer("Cluster", "prod-ap");
    terminal.choose("Like which other cluster", "no other", 2, "prod-us: production");
    terminal.confirm("Write this?", "yes", ENTER);
    let ended = terminal.end();
    assert!(
        ended.screen.contains("tenantry create cluster prod-ap --like prod-us"),
        "{}",
        ended.screen
    );
    place.is_repeated_by(&ended, &before);
    place.is_in_sync();
}

#[test]
fn ctrl_c_changes_nothing_at_any_question() {
    let place = Place::with_platform();
    let before = place.files();
    let mut first = place.speak(&["create", "cluster"]);
    first.asks("Cluster").press(CTRL_C);
    was_interrupted(&first.end());

    let mut middle = place.speak(&["create", "cluster", "prod-ap"]);
    middle.asks("Like which other cluster").press(ENTER).asks("Environment").press(CTRL_C);
    was_interrupted(&middle.end());

    let mut last = place.speak(&["create", "cluster", "prod-ap", "--like=prod-eu"]);
    last.asks("Write this?").press(CTRL_C);
    was_interrupted(&last.end());
    assert_eq!(place.files(), before);
}
