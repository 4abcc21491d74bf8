//! `completion`, `man`, and the help that both are made of.

use crate::scratch::Test;

#[test]
fn every_shell_has_a_completion_that_knows_the_commands() {
    let test = Test::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = test.answers(&format!("completion {shell}"));
        for word in ["generate", "suspend", "--placement"] {
            let word = if shell == "fish" { word.trim_start_matches('-') } else { word };
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
    }
}

#[test]
fn the_manual_page_is_printed() {
    let page = Test::empty().answers("man");
    assert!(page.contains(".TH tenantry 1"), "{page}");
    assert!(page.contains("Exit codes"), "{page}");
}

#[test]
fn a_manual_page_is_written_for_each_command() {
    let test = Test::empty();
    test.does("man pages");
    for page in ["tenantry.1", "tenantry-init.1", "tenantry-create-tenant.1"] {
        assert!(test.read(&format!("pages/{page}")).starts_with(".ie"), "{page}");
    }
}

#[test]
fn help_and_version_are_answers() {
    let test = Test::empty();
    assert_eq!(test.answers("--version"), format!("tenantry {}\n", env!("CARGO_PKG_VERSION")));
    assert!(test.answers("create tenant --help").contains("Usage: tenantry create tenant"));
}
