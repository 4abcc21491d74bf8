//! Whatever a value holds, it comes out as that value.

use kustomize::yaml::{Budget, SourceId, parse};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Sample, faults, render, text};

const POSITIONS: &str = r#"# comment {{ platform.text }}
value: {{ platform.text }}
list:
  - {{ platform.text }}
  - {{ platform.text }} # and a comment
  - key: {{ platform.text }}
    {{ platform.text }}: below
flow: [{{ platform.text }}, a, {{ platform.text }}]
map: { a: {{ platform.text }}, b: 1 }
joined: {{ "a" ~ platform.text ~ "b" }}
{% set again = platform.text %}again: {{ again }}
block: |
  value: {{ platform.text }}
nested:
  {{ platform.nested | yaml(indent=2) }}
inline: {{ platform.nested | json }}
part: {% include "_part.tera" %}
component: {{<show text={platform.text} />}}
conditional: {% if true %}{{ platform.text }}{% else %}none{% endif %}
"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn any_text_comes_back_from_every_position(
        value in prop_oneof![any::<String>(), "[\\[\\]{}\"'#:\n -~a-z]{0,12}", "[ -~\n\t]{0,12}"]
    ) {
        let nested = json!({ "a": [value], "b": { "c": value } });
        let fleet = Sample::new().platform(json!({ "text": value, "nested": nested }));
        let tree = render(&fleet, "", &[
            ("x.yaml.tera", POSITIONS),
            ("_part.tera", "{{ platform.text }}"),
            ("_show.tera", "{% component show(text: string) %}{{ text }}{% endcomponent show %}"),
            ("x.json.tera", "{ \"a\": {{ platform.text }}, \"b\": {{ platform.nested | json }} }"),
            ("x.txt.tera", "a\n{{ platform.text }}\nb\n"),
        ]);
        let yaml = text(&tree, "x.yaml");
        let documents = parse(SourceId(0), yaml.as_bytes(), &Budget::default()).unwrap();
        prop_assert_eq!(documents.len(), 1);
        let root = documents[0].root.to_json();
        let expected = Json::from(value.as_str());
        for pointer in [
            "/value", "/list/0", "/list/1", "/list/2/key", "/flow/0", "/flow/2", "/map/a",
            "/again", "/nested/a/0", "/nested/b/c", "/inline/a/0", "/part", "/component",
            "/conditional",
        ] {
            prop_assert_eq!(root.pointer(pointer), Some(&expected), "{} in {}", pointer, yaml);
        }
        prop_assert_eq!(&root["list"][2][&value], "below");
        prop_assert_eq!(&root["joined"], &json!(format!("a{value}b")));
        let block = root["block"].as_str().unwrap();
        let inner = parse(SourceId(0), block.as_bytes(), &Budget::default()).unwrap();
        prop_assert_eq!(inner[0].root.to_json(), json!({ "value": value }));
        let root: Json = serde_json::from_str(&text(&tree, "x.json")).unwrap();
        prop_assert_eq!(root, json!({ "a": value, "b": nested }));
        prop_assert_eq!(text(&tree, "x.txt").lines().count(), 3);
    }
}

#[test]
fn a_list_is_not_printed_as_a_text() {
    let fleet = Sample::new().platform(json!({ "list": [1], "map": { "a": 1 }, "text": "[a]" }));
    let files = [("x.yaml.tera", "a: {{ platform.text }}\nb: {{ platform.list }}\n")];
    insta::assert_snapshot!(faults(&fleet, "", &files), @r"
    template-failed: a list cannot be printed as a scalar; print it with `| yaml(indent=N)` or `| json`
      at .tenantry/layout/x.yaml.tera:2 `{{ platform.list }}`
    ");
    let files = [("x.yaml.tera", "a: {{ platform.map }}\n")];
    insta::assert_snapshot!(faults(&fleet, "", &files), @r"
    template-failed: a mapping cannot be printed as a scalar; print it with `| yaml(indent=N)` or `| json`
      at .tenantry/layout/x.yaml.tera:1 `{{ platform.map }}`
    ");
}

#[test]
fn quoting_cannot_be_left_out() {
    let files = [("x.yaml.tera", "a: {{ platform.name | safe }}\n")];
    insta::assert_snapshot!(faults(&Sample::new(), "", &files), @r"
    template-failed: `safe` would let a text break the file; every text is quoted where it is printed
      at .tenantry/layout/x.yaml.tera:1 `safe`
    ");
}

#[test]
fn a_value_that_is_only_a_part_of_a_scalar_is_told_when_the_layout_is_loaded() {
    let files = [(
        "x.yaml.tera",
        "a: app-{{ platform.name }}\nb: \"{{ platform.name }}\"\nc: {{ platform.map | yaml }}\n\
         d:\n  {{ platform.map | yaml }}\n",
    )];
    insta::assert_snapshot!(faults(&Sample::new(), "", &files), @r#"
    invalid-template: a printed value is a whole scalar; other text cannot stand beside it
      at .tenantry/layout/x.yaml.tera:1 `{{ platform.name }}`
      help: join texts inside of the braces: `{{ "app-" ~ name }}`
    invalid-template: a printed value brings its own quotes
      at .tenantry/layout/x.yaml.tera:2 `{{ platform.name }}`
      help: leave the quotes out, and join texts inside of the braces
    invalid-template: what `yaml` prints may have several lines, and has to begin one
      at .tenantry/layout/x.yaml.tera:3 `{{ platform.map | yaml }}`
      help: print it on the line below its key, with `indent`; or use `json`, or `text` for a text
    invalid-template: the lines of this block would not stand below each other
      at .tenantry/layout/x.yaml.tera:5 `{{ platform.map | yaml }}`
      help: write `yaml(indent=2)`
    "#);
}
