//! What `init` makes of the folder that it is started for.

use crate::scratch::Test;

#[test]
fn the_demo_knows_the_folder_of_a_larger_repository() {
    let test = Test::empty();
    git2::Repository::init(test.root()).unwrap();
    test.does("init teams/demo --demo");
    assert!(test.read("teams/demo/platform.yaml").contains("\n  path: teams/demo\n"));
    let policies = test.read("teams/demo/clusters/staging/policies.yaml");
    assert!(policies.contains("path: ./teams/demo/infrastructure/policies/staging"), "{policies}");

    test.does("init --demo ../alone");
    assert!(!test.read("../alone/platform.yaml").contains("  path: "));
}
