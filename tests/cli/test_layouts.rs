//! Every layout that the binary carries, through the commands that a platform lives with. Those whose clusters pull artifacts want a
//! registry, and are tried elsewhere.

use crate::scratch::Test;

fn names() -> Vec<String> {
    let layouts = tenantry::layout::embedded().into_iter().map(|layout| layout.manifest);
    layouts.filter(|layout| layout.artifacts.is_empty()).map(|layout| layout.name).collect()
}

/// A platform of a layout with something of everything, and its first commit.
fn platform(layout: &str) -> Test {
    let test = Test::empty();
    test.does(&format!(
        "init --yes --layout {layout} --environment staging,production --cluster stage=staging \
         --cluster prod-eu=production --cluster prod-us=production --component cert-manager"
    ));
    test
}

#[test]
fn a_platform_grows_and_shrinks_in_every_layout() {
    for layout in names() {
        let test = platform(&layout);
        test.does("create component gateway-api");
        test.does("create cluster edge --environment production");
        test.does(
            "create tenant shop --owner @acme/shop --placement all \
             --git-url https://github.com/acme/shop",
        );
        test.does("generate --check");
        // What is in no layer comes after what is in one.
        let built = test.answers("build --cluster edge --quiet");
        assert!(built.contains("dependsOn:\n  - name: gateway-api\n"), "{layout}:\n{built}");
        let test = test.then_committed("Grow");

        test.does(
            "create patch warns --cluster edge \
             --target ValidatingAdmissionPolicyBinding/tenancy-services \
             --replace /spec/validationActions=[Warn]",
        );
        let diff = test.finds("diff HEAD");
        assert!(diff.contains("\"Deny\" -> \"Warn\""), "{layout}:\n{diff}");
        assert!(diff.contains("Nothing changes on 3 other clusters."), "{layout}:\n{diff}");
        let why = "why ValidatingAdmissionPolicyBinding/tenancy-services spec.validationActions";
        let told = test.answers(&format!("{why} --cluster edge"));
        assert!(told.contains("said in platform/patches/warns.yaml"), "{layout}:\n{told}");
        let told = test.answers(&format!("{why} --cluster prod-eu"));
        assert!(!told.contains("warns.yaml"), "{layout}:\n{told}");
        let graph = test.answers("graph --cluster edge");
        assert!(graph.contains("tenancy") && graph.contains("shop"), "{layout}:\n{graph}");

        test.does("set component cert-manager environments.staging.version=v1.99.0");
        let promoted = test.does("promote component cert-manager");
        assert!(promoted.contains("v1.99.0"), "{layout}:\n{promoted}");
        test.does("generate --check");

        test.does("delete patch warns --confirm warns");
        test.does("delete cluster edge --confirm edge");
        test.does("delete component gateway-api --confirm gateway-api");
        test.does("delete tenant shop --confirm shop");
        test.does("generate --check");
        let left = test.files(".");
        let of = |name: &str| left.iter().find(|file| file.contains(name)).cloned();
        assert_eq!(["/shop", "/edge", "/gateway-api"].map(of), [None, None, None], "{layout}");
    }
}

/// Nothing moves from one Flux Kustomization to another, so nothing has to be confirmed.
#[test]
fn a_repository_goes_from_one_layout_to_another_and_back() {
    let names = names();
    for (one, other) in names.iter().zip(names.iter().cycle().skip(1)) {
        let test = platform(one);
        test.does(
            "create tenant shop --owner @acme/shop --placement all \
             --git-url https://github.com/acme/shop",
        );
        let objects = |test: &Test| {
            let built = test.answers("build --cluster prod-eu --quiet");
            let mut names: Vec<String> = built
                .lines()
                .filter(|line| line.starts_with("kind: ") || line.starts_with("  name: "))
                .map(str::to_owned)
                .collect();
            names.sort();
            names
        };
        let (before, files) = (objects(&test), test.files("."));
        test.does(&format!("layout use {other}"));
        test.does("generate --check");
        assert_eq!(objects(&test), before, "{one} to {other}");
        test.does(&format!("layout use {one}"));
        test.does("generate --check");
        assert_eq!(test.files("."), files, "{one} to {other} and back");
    }
}
