//! A real description is a fleet.

use super::{MANIFEST, path, paths, text, told};
use crate::files::Memory;
use crate::tree::Tree;
use crate::{layout, render, spec};

const PLATFORM: &str = "\
apiVersion: tenantry.dev/v1
name: acme
repository: { url: ssh://git@github.com/acme/fleet }
environments: [{ name: staging }, { name: production }]
flux: { version: 2.9.4 }
";

const TEMPLATES: &[(&str, &str)] = &[
    ("README.md.tera", "# {{ platform.name }} is {{ variables.colour }}\n"),
    ("clusters/{cluster}/{tenant}.yaml.tera", "name: {{ tenant.name }}\nat: {{ cluster.name }}\n"),
    ("env/{environment}.yaml.tera", "name: {{ environment.name }}\n"),
    ("infrastructure/{component}.yaml.tera", "name: {{ component.name }}\n"),
];

fn rendered(more: &str) -> Result<Tree, String> {
    let mut files = Memory::new();
    let mut add = |name: &str, text: &str| files.insert(path(name), text);
    add("platform.yaml", &format!("{PLATFORM}{more}"));
    add("platform/clusters/stage.yaml", "environment: staging\n");
    add("platform/clusters/prod.yaml", "environment: production\n");
    add("platform/tenants/a.yaml", "owner: ['@acme/a']\nnamespaces: [apps]\nplacement: [prod]\n");
    add(
        "platform/components/x.yaml",
        "helm: { repository: https://charts.acme.example, chart: x, version: 1.0.0 }\n",
    );
    let variables = "variables: { colour: { type: string, default: green }, many: { type: list, default: [] } }\n";
    add(".tenantry/layout/layout.yaml", &format!("{MANIFEST}{variables}"));
    for (name, text) in TEMPLATES {
        add(&format!(".tenantry/layout/{name}"), text);
    }
    let platform = spec::load(&files).unwrap();
    let layout = layout::load(&files, &path(layout::FOLDER)).unwrap();
    render::render(&platform, &layout, &files)
        .map(|rendered| rendered.tree)
        .map_err(|faults| told(&faults, &[]))
}

#[test]
fn a_description_is_rendered() {
    let tree = rendered("layout: { variables: { colour: '#0f0' } }\n").unwrap();
    assert_eq!(
        paths(&tree),
        [
            "README.md",
            "clusters/prod/a.yaml",
            "env/production.yaml",
            "env/staging.yaml",
            "infrastructure/x.yaml"
        ]
    );
    assert_eq!(text(&tree, "clusters/prod/a.yaml"), "name: a\nat: prod\n");
    assert_eq!(text(&tree, "README.md"), "# acme is #0f0\n");
}

#[test]
fn variables_are_checked_against_what_the_layout_declares() {
    let faults = rendered("layout: { variables: { color: red, many: 1 } }\n").unwrap_err();
    insta::assert_snapshot!(faults, @r"
    unknown-field: the layout `small` has no variable `color`
      at platform.yaml
      help: did you mean `colour`?
    wrong-type: the layout's variable `many` takes a list
      at platform.yaml
    ");
}
