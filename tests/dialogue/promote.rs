//! What `promote` asks where nobody says it: what moves, and from where.

use super::place::{Place, was_interrupted};
use super::terminal::{CTRL_C, ENTER};

/// A platform with three environments, in which the tenant's source has moved on in the first.
fn place() -> Place {
    let place = Place::with_platform();
    for words in [
        &["set", "tenant", "shop", "environments.staging.sources.app.git.branch=next"][..],
        &["create", "cluster", "prod-canary", "--environment=production"],
        &["set", "cluster", "prod-eu", "wave=1"],
        &["set", "cluster", "prod-us", "wave=2"],
    ] {
        let ran = place.run("fleet", words);
        assert!(ran.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    place
}

#[test]
fn the_tenant_is_chosen_and_the_clusters_are_shown_before_the_question() {
    let place = place();
    let before = place.files();
    let mut terminal = place.speak(&["promote", "tenant"]);
    terminal.choose("Tenant", "shop", 0, "shop: staging → production");
    terminal.asks("Write this? (y/n) › yes");
    let shown = terminal.screen();
    for line in [
        "tenant shop, staging → production:",
        "  prod-canary (wave 0): app branch main → branch next",
        "  prod-eu (wave 1): app branch main, later branch next",
        "  ~ platform/tenants/shop.yaml",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert_eq!(place.files(), before, "written before the confirmation");
    terminal.press(ENTER);
    let ended = terminal.end();
    assert!(ended.screen.contains("tenantry promote tenant shop\n"), "{}", ended.screen);
    assert!(
        ended.screen.contains("Next is wave 1 (prod-eu), when it runs well on prod-canary:"),
        "{}",
        ended.screen
    );
    assert_eq!(ended.screen.matches("tenant shop, staging").count(), 1, "{}", ended.screen);
    place.is_repeated_by(&ended, &before);
    place.is_in_sync();
}

#[test]
fn ctrl_c_promotes_nothing_at_any_question() {
    let place = place();
    let before = place.files();
    let mut first = place.speak(&["promote", "tenant"]);
    first.asks("Tenant").press(CTRL_C);
    was_interrupted(&first.end());
    let mut last = place.speak(&["promote", "tenant", "shop"]);
    last.asks("Write this?").press(CTRL_C);
    was_interrupted(&last.end());
    assert_eq!(place.files(), before);
}

#[test]
fn the_step_is_asked_for_where_there_are_several() {
    let place = Place::with_platform();
    for words in [
        &["set", "platform", "environments[+]={ name: edge }"][..],
        &["create", "cluster", "edge-1", "--environment=edge"],
        &["set", "tenant", "shop", "environments.staging.sources.app.git.branch=next"],
        &["set", "tenant", "shop", "environments.edge.sources.app.git.branch=old"],
    ] {
        let ran = place.run("fleet", words);
        assert!(ran.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    let before = place.files();
    let mut terminal = place.speak(&["promote", "tenant", "shop"]);
    terminal.choose("From which environment", "staging: to production", 1, "production: to edge");
    terminal.asks("Write this?").press(ENTER);
    let ended = terminal.end();
    assert!(
        ended.screen.contains("tenantry promote tenant shop --from production"),
        "{}",
        ended.screen
    );
    place.is_repeated_by(&ended, &before);
}
