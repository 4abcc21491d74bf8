//! `tenantry create tenant`, asked.

use super::place::{Place, command_line, was_interrupted};
use super::terminal::{CTRL_C, DOWN, ENTER, SPACE, Terminal};

const OWNERS: &str = "Owners (@user, @organisation/team or e-mail)";
const PLACEMENT: &str = "On which clusters";
const EVERYWHERE: &str = "all: every cluster, those to come included";
const SOURCE: &str = "Where its manifests come from";
const FOLDER: &str = "Folder in it that is applied";
const AUTH: &str = "How clusters authenticate there";
const LIMITS: &str = "Rights, quota and network: change the defaults?";
const QUOTA: &str = "Quota of each namespace, such as cpu=20, memory=64Gi";
const GROUPS: &str = "Groups of people, such as edit=acme:team-a (none: empty)";

#[test]
fn every_question_is_answered_and_wrong_answers_are_explained() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["create", "tenant"]);
    terminal.wrong("Tenant", "", "an answer is needed");
    terminal.wrong("Tenant", "Team A", "`Team A` is not a tenant's name");
    terminal.wrong(
        "Tenant",
        "shop",
        "there is a tenant `shop` already, in platform/tenants/shop.yaml",
    );
    terminal.answer("Tenant", "team-a");
    terminal.wrong(OWNERS, "", "at least one is needed");
    terminal.wrong(OWNERS, "team-a", "`team-a` is not an owner");
    terminal.answer(OWNERS, "@acme/team-a, ada@acme.example");
    terminal.wrong("Namespaces", "Apps", "`Apps` is not a namespace's name");
    terminal.wrong("Namespaces", "shop", "the namespace `shop` is the tenant `shop`'s");
    terminal.answer("Namespaces", "team-a, team-a-jobs");
    terminal.choose(PLACEMENT, EVERYWHERE, 2, "clusters with certain labels");
    let labels = "Labels as key=value (there are: environment=production, environment=staging)";
    terminal.wrong(labels, "environment", "`environment` is not of the form KEY=VALUE");
    terminal.wrong(labels, "environment=moon", "no cluster has the label environment=moon");
    terminal.answer(labels, "environment=production");
    terminal.choose(SOURCE, "a Git repository", 0, "a Git repository");
    let url = "Its URL (ssh://git@… or https://…)";
    terminal.wrong(
        url,
        "git@github.com:acme/team-a",
        "`git@github.com:acme/team-a` is not a Git URL",
    );
    terminal.answer(url, "ssh://git@github.com/acme/team-a");
    terminal.wrong("Branch", "a b", "`a b` is not");
    terminal.default("Branch", "main");
    terminal.wrong(FOLDER, "/etc", "`/etc` is not a path in a source");
    terminal.default(FOLDER, "./");
    // Over SSH nobody is anonymous.
    terminal.choose(
        AUTH,
        "a Secret in the tenant's namespace",
        0,
        "a Secret in the tenant's namespace",
    );
    terminal.wrong("Name of the Secret", "Key", "`Key` is not");
    terminal.default("Name of the Secret", "team-a-git");
    terminal.confirm(LIMITS, "no", "y");
    terminal.wrong(QUOTA, "cpu", "`cpu` is not of the form KEY=VALUE");
    terminal.wrong(QUOTA, "cpu=1x", "`1x` is not a quantity");
    terminal.answer(QUOTA, "cpu=20, memory=64Gi");
    terminal.choose("Network", "isolate:", 1, "none: nothing is restricted");
    terminal.choose("Pod security", "restricted:", 1, "baseline: known escalations");
    terminal.wrong(GROUPS, "edit", "`edit` is not of the form KEY=VALUE");
    terminal.wrong(
        GROUPS,
        "king=acme:team-a",
        "the layout has no role `king` for groups of people, only ",
    );
    terminal.answer(GROUPS, "edit=acme:team-a");
    terminal.asks("Write this? (y/n) › yes");
    let plan = terminal.screen();
    assert!(plan.contains("  + platform/tenants/team-a.yaml\n"), "{plan}");
    assert!(plan.contains("  + clusters/prod-eu/tenants/team-a.yaml\n"), "{plan}");
    assert!(!plan.contains("clusters/staging-1/"), "{plan}");
    assert!(plan.contains(" to create, 1 to change, 0 to delete\n"), "{plan}");
    assert_eq!(place.files(), before, "written before the confirmation");
    terminal.press(ENTER);
    place.is_repeated_by(&terminal.end(), &before);
    place.is_in_sync();
    let tenant = place.read("platform/tenants/team-a.yaml");
    for said in
        ["team-a-jobs", "team-a-git", "environment: production", "64Gi", "acme:team-a", "baseline"]
    {
        assert!(tenant.contains(said), "{said}:\n{tenant}");
    }
}

#[test]
fn clusters_are_marked_and_an_artifact_is_anonymous() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = named(&place);
    terminal.choose(PLACEMENT, EVERYWHERE, 1, "clusters that you choose");
    let clusters = "Clusters (space marks, enter ends)";
    terminal.asks(clusters).press(ENTER).shows("at least one must be marked");
    terminal.asks(clusters).press(SPACE).shows("✔ prod-eu: production").press(DOWN).press(DOWN);
    terminal.press(SPACE).shows("✔ staging-1: staging").press(ENTER);
    terminal.choose(SOURCE, "a Git repository", 1, "an OCI artifact");
    let url = "Its URL (oci://…, without a tag)";
    terminal.wrong(url, "ghcr.io/acme/team-a", "`ghcr.io/acme/team-a` is not");
    terminal.answer(url, "oci://github.com/acme/team-a");
    terminal.wrong("Tag", "a b", "`a b` is not");
    terminal.default("Tag", "latest").default(FOLDER, "./");
    terminal.choose(AUTH, "none: it is public", 0, "none: it is public");
    terminal.confirm(LIMITS, "no", ENTER);
    terminal.confirm("Write this?", "yes", "y");
    let ended = terminal.end();
    place.is_repeated_by(&ended, &before);
    place.is_in_sync();
    let line = command_line(&ended);
    assert!(line.contains("--cluster prod-eu --cluster staging-1 "), "{line}");
}

#[test]
fn a_bucket_is_asked_for_its_server() {
    let place = Place::with_platform();
    let ran = place.run(
        "fleet",
        &["set", "platform", "policies.sources=[github.com/acme/**, s3.acme.example/**]"],
    );
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let before = place.files();
    let mut terminal = named(&place);
    terminal.asks(PLACEMENT).press(ENTER);
    terminal.choose(SOURCE, "a Git repository", 2, "a bucket");
    terminal.wrong("The bucket's name", "My Bucket", "`My Bucket` is not");
    terminal.answer("The bucket's name", "team-a");
    terminal.wrong(
        "Its server, without a scheme",
        "https://s3.acme.example",
        "`https://s3.acme.example` is not",
    );
    terminal.answer("Its server, without a scheme", "s3.acme.example").default(FOLDER, "./");
    terminal.choose(AUTH, "none:", 1, "a Secret in the tenant's namespace");
    terminal.default("Name of the Secret", "team-a-source");
    terminal.confirm(LIMITS, "no", "n").confirm("Write this?", "yes", "y");
    place.is_repeated_by(&terminal.end(), &before);
    place.is_in_sync();
}

#[test]
fn every_way_to_authenticate_can_be_chosen() {
    let ssh = "ssh://git@github.com/acme/team-a";
    let https = "https://github.com/acme/team-a";
    let ways = [
        (ssh, 1, "deploy-key: ", None),
        (https, 1, "a Secret in", Some("secret=team-a-git")),
        (https, 2, "a GitHub App", Some("github-app=team-a-git")),
        (https, 4, "workload-identity=azure: ", None),
    ];
    for (url, below, way, said) in ways {
        let place = Place::with_platform();
        let before = place.files();
        let mut terminal = named(&place);
        terminal.asks(PLACEMENT).press(ENTER).asks(SOURCE).press(ENTER);
        terminal.answer("Its URL", url).asks("Branch").press(ENTER).asks(FOLDER).press(ENTER);
        terminal.choose(AUTH, "", below, way);
        if said.is_some() {
            terminal.default("Name of the Secret", "team-a-git");
        }
        terminal.confirm(LIMITS, "no", ENTER).confirm("Write this?", "yes", ENTER);
        let ended = terminal.end();
        place.is_repeated_by(&ended, &before);
        let line = command_line(&ended);
        let said = said.unwrap_or(way.trim_end_matches(": "));
        assert!(
            line.contains(&format!("--auth {said}")) || line.contains(&format!("--auth '{said}'")),
            "{line}"
        );
    }
}

#[test]
fn a_tenant_may_have_no_source_yet() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = named(&place);
    terminal.choose(PLACEMENT, EVERYWHERE, 0, EVERYWHERE);
    terminal.choose(SOURCE, "a Git repository", 3, "nowhere yet");
    terminal.confirm(LIMITS, "no", ENTER).confirm("Write this?", "yes", ENTER);
    let ended = terminal.end();
    assert!(ended.screen.contains("The tenant has no source yet"), "{}", ended.screen);
    place.is_repeated_by(&ended, &before);
    place.is_in_sync();
}

#[test]
fn a_limited_quota_must_be_said() {
    let place = Place::with_platform();
    let limited = place.run("fleet", &["set", "tenant", "shop", "quota.cpu=\"4\""]);
    assert!(limited.status.success(), "{}", String::from_utf8_lossy(&limited.stderr));
    let limited = place.run("fleet", &["set", "platform", "limits.quota.cpu=\"8\""]);
    assert!(limited.status.success(), "{}", String::from_utf8_lossy(&limited.stderr));
    let before = place.files();
    let mut terminal = named(&place);
    terminal.asks(PLACEMENT).press(ENTER);
    terminal.choose(SOURCE, "a Git repository", 3, "nowhere yet");
    terminal.confirm(LIMITS, "no", "n");
    terminal.wrong(QUOTA, "", "at least one is needed").answer(QUOTA, "cpu=2");
    terminal.asks("Network").press(ENTER).asks("Pod security").press(ENTER);
    terminal.asks(GROUPS).press(ENTER);
    terminal.confirm("Write this?", "yes", "y");
    place.is_repeated_by(&terminal.end(), &before);
    place.is_in_sync();
}

#[test]
fn answers_that_are_wrong_together_are_kept_as_a_command_line() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = named(&place);
    terminal.asks(PLACEMENT).press(ENTER).asks(SOURCE).press(ENTER);
    terminal.answer("Its URL", "https://github.com/elsewhere/team-a");
    terminal.asks("Branch").press(ENTER).asks(FOLDER).press(ENTER).asks(AUTH).press(ENTER);
    terminal.confirm(LIMITS, "no", ENTER);
    let ended = terminal.end();
    assert_eq!(ended.code, 1, "{}", ended.screen);
    assert!(ended.screen.contains("the platform does not allow the source"), "{}", ended.screen);
    assert!(
        ended.screen.contains("Nothing was written. Your answers, to correct:"),
        "{}",
        ended.screen
    );
    assert!(
        ended.screen.contains("tenantry create tenant team-a --owner @acme/team-a "),
        "{}",
        ended.screen
    );
    assert_eq!(place.files(), before);
}

#[test]
fn a_long_explanation_leaves_no_rest_behind() {
    let place = Place::with_platform();
    let mut terminal = place.speak_narrowly(60, &["create", "tenant"]);
    terminal.wrong("Tenant", "Team A", "`Team A` is not a tenant's name");
    terminal.shows("\n  ").answer("Tenant", "team-a").asks("Owners");
    let screen = terminal.screen();
    assert!(screen.starts_with("✔ Tenant · team-a\n"), "{screen}");
    terminal.press(CTRL_C);
    was_interrupted(&terminal.end());
}

#[test]
fn ctrl_c_changes_nothing_at_any_question() {
    let place = Place::with_platform();
    let before = place.files();
    let mut first = place.speak(&["create", "tenant"]);
    first.asks("Tenant").press(CTRL_C);
    was_interrupted(&first.end());

    let mut middle = named(&place);
    middle.asks(PLACEMENT).press(CTRL_C);
    was_interrupted(&middle.end());

    let mut last = place.speak(&[
        "create",
        "tenant",
        "team-a",
        "--owner=@acme/team-a",
        "--namespace=team-a",
        "--placement=all",
    ]);
    last.choose(SOURCE, "a Git repository", 3, "nowhere yet").confirm(LIMITS, "no", "n");
    last.asks("Write this?").press(CTRL_C);
    was_interrupted(&last.end());
    assert_eq!(place.files(), before);
}

/// The tenant `team-a`, asked up to where it is placed.
fn named(place: &Place) -> Terminal {
    let mut terminal = place.speak(&["create", "tenant"]);
    terminal.answer("Tenant", "team-a").answer(OWNERS, "@acme/team-a");
    terminal.default("Namespaces", "team-a");
    terminal
}
