//! What is confirmed where something is there already: `set`, `suspend` and `delete`.

use super::place::{Place, was_interrupted};
use super::terminal::{CTRL_C, ENTER};

const TYPE: &str = "Type `shop` to confirm it";

#[test]
fn a_set_field_is_written_after_a_yes() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["set", "tenant", "shop", "quota.cpu=\"4\""]);
    terminal.asks("Write this? (y/n) › yes");
    let plan = terminal.screen();
    assert!(plan.contains("  ~ platform/tenants/shop.yaml\n"), "{plan}");
    assert!(plan.contains("  + tenants/base/shop/"), "{plan}");
    assert_eq!(place.files(), before, "written before the confirmation");
    terminal.press(ENTER);
    let ended = terminal.end();
    assert_eq!(ended.code, 0, "{}", ended.screen);
    assert!(ended.screen.contains("Written."), "{}", ended.screen);
    assert!(place.read("platform/tenants/shop.yaml").contains("quota"));
    place.is_in_sync();
}

#[test]
fn what_is_set_already_is_not_asked_about() {
    let place = Place::with_platform();
    let ended = place.speak(&["set", "tenant", "shop", "placement=all"]).end();
    assert_eq!(ended.code, 0, "{}", ended.screen);
    assert!(ended.screen.contains("Nothing to do: it is so already."), "{}", ended.screen);
}

#[test]
fn what_somebody_wrote_at_a_long_question_is_not_written_over() {
    const SHOP: &str = "platform/tenants/shop.yaml";
    let component = "platform/components/cert-manager.yaml";
    for (words, changed) in [
        (&["set", "tenant", "shop", "quota.cpu=\"4\""][..], SHOP),
        (&["delete", "tenant", "shop", "--confirm", "shop"], SHOP),
        (&["rename", "tenant", "shop", "store"], SHOP),
        (&["create", "component", "cert-manager"], component),
    ] {
        let place = Place::with_platform();
        let mut terminal = place.speak(words);
        terminal.asks("Write this?");
        let path = place.fleet().join(changed);
        let mine = std::fs::read_to_string(&path).unwrap_or_default() + "# mine\n";
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, mine).unwrap();
        let before = place.files();
        terminal.press("y");
        let ended = terminal.end();
        assert_eq!(ended.code, 1, "{words:?}: {}", ended.screen);
        let told = ended.screen.contains("changed-meanwhile")
            && ended.screen.contains(&format!("changed since it was read: {changed}"))
            && ended.screen.contains("nothing was written");
        assert!(told, "{words:?}: {}", ended.screen);
        assert_eq!(place.files(), before, "{words:?}");
    }
}

#[test]
fn no_or_ctrl_c_sets_nothing() {
    let place = Place::with_platform();
    let before = place.files();
    for command in [&["set", "platform", "flux.version=2.9.3"][..], &["suspend", "tenant", "shop"]]
    {
        let mut no = place.speak(command);
        no.asks("Write this?").press("n");
        let ended = no.end();
        assert_eq!(ended.code, 1, "{}", ended.screen);
        assert!(ended.screen.contains("nothing was written"), "{}", ended.screen);
        let mut interrupted = place.speak(command);
        interrupted.asks("Write this?").press(CTRL_C);
        was_interrupted(&interrupted.end());
    }
    assert_eq!(place.files(), before);
}

#[test]
fn a_deletion_wants_the_name_and_a_yes() {
    let place = Place::with_platform();
    let before = place.files();
    let mut terminal = place.speak(&["delete", "tenant", "shop"]);
    terminal.asks(TYPE);
    let objects = terminal.screen();
    let first = "On prod-eu, prod-us and staging-1:\n  - Kustomization.kustomize.toolkit.fluxcd.io flux-system/shop goes";
    assert!(objects.contains(first), "{objects}");
    terminal.wrong(TYPE, "shap", "it is not `shop`").answer(TYPE, "shop");
    terminal.asks("Write this? (y/n) › yes");
    let plan = terminal.screen();
    assert!(plan.contains("  - platform/tenants/shop.yaml\n"), "{plan}");
    assert!(plan.contains("0 to create, "), "{plan}");
    assert_eq!(place.files(), before, "written before the confirmation");
    terminal.press("y");
    let ended = terminal.end();
    assert!(
        ended.screen.contains("tenantry delete tenant shop --confirm shop"),
        "{}",
        ended.screen
    );
    assert_eq!(
        ended.screen.matches("On prod-eu, prod-us and staging-1:").count(),
        1,
        "{}",
        ended.screen
    );
    place.is_repeated_by(&ended, &before);
    place.is_in_sync();
    assert!(!place.has("tenants/base/shop"));
}

#[test]
fn ctrl_c_deletes_nothing_at_any_question() {
    let place = Place::with_platform();
    let before = place.files();
    let mut first = place.speak(&["delete", "cluster", "prod-us"]);
    first.asks("Type `prod-us` to confirm it").press(CTRL_C);
    was_interrupted(&first.end());

    let mut last = place.speak(&["delete", "tenant", "shop", "--confirm=shop"]);
    last.asks("Write this?").press(CTRL_C);
    was_interrupted(&last.end());
    assert_eq!(place.files(), before);
}
