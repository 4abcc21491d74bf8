//! A layout that would not come to an end is stopped.

use serde_json::json;

use super::{Sample, faults};

fn stopped(files: &[(&str, &str)]) -> String {
    faults(&Sample::new().tenant("a", json!({ "list": [1, 2] })), "", files)
}

#[test]
fn nested_loops_without_output_are_stopped() {
    let files = [(
        "x.yaml.tera",
        "a: 1\n{% for i in range(end=9999) %}{% for j in range(end=9999) -%}\n{% endfor %}{% endfor %}",
    )];
    insta::assert_snapshot!(stopped(&files), @r"
    template-budget: this does not come to an end: more than 1000000 steps
      at .tenantry/layout/x.yaml.tera:2 `{% for j in range(end=9999) -%}`
    ");
}

#[test]
fn a_long_range_is_refused() {
    let files = [("x.yaml.tera", "a: {% for i in range(end=1000000000) %}{% endfor %}")];
    insta::assert_snapshot!(stopped(&files), @r"
    template-budget: this does not come to an end: a `range` of 1000000000 numbers; at most 10000 are possible
      at .tenantry/layout/x.yaml.tera:1 `range(end=1000000000)`
    ");
}

#[test]
fn output_without_end_is_stopped() {
    let line = "x".repeat(9000);
    let text = format!("{{% for i in range(end=9999) %}}{line}{{% endfor %}}");
    let files = [("x.txt.tera", text.as_str())];
    insta::assert_snapshot!(stopped(&files), @r"
    template-budget: the template writes more than 8 MiB
      at .tenantry/layout/x.txt.tera
    ");
}

#[test]
fn a_text_or_a_list_that_doubles_is_stopped() {
    let double = "{% set_global s = 'xy' %}{% for i in range(end=64) %}{% set_global s = s ~ s %}{% endfor %}";
    insta::assert_snapshot!(stopped(&[("x.txt.tera", double)]), @r"
    template-budget: this does not come to an end: a text of more than 1048576 bytes
      at .tenantry/layout/x.txt.tera:1 `{% set_global s = s ~ s %}`
    ");
    let double = "{% set_global l = [1] %}{% for i in range(end=64) %}{% set_global l = [...l, ...l] %}{% endfor %}";
    insta::assert_snapshot!(stopped(&[("x.txt.tera", double)]), @r"
    template-budget: this does not come to an end: a list of more than 100000 items
      at .tenantry/layout/x.txt.tera:1 `{% set_global l = [...l, ...l] %}`
    ");
    let double = "{% set_global s = 'xy' %}{% for i in range(end=64) %}{% set_global s %}{{ s }}{{ s }}{% endset %}{% endfor %}";
    insta::assert_snapshot!(stopped(&[("x.txt.tera", double)]), @r"
    template-budget: this does not come to an end: a text of more than 1048576 bytes
      at .tenantry/layout/x.txt.tera:1 `{% endset %}`
    ");
}

#[test]
fn includes_and_components_that_call_themselves_are_stopped() {
    let files = [
        ("x.yaml.tera", "{% include \"_a.tera\" %}"),
        ("_a.tera", "{% include \"_b.tera\" %}"),
        ("_b.tera", "{% include \"_a.tera\" %}"),
    ];
    insta::assert_snapshot!(stopped(&files), @r"
    template-budget: the template includes itself: _a.tera → _b.tera → _a.tera
      at .tenantry/layout/_a.tera
    ");
    let files = [
        ("x.yaml.tera", "{{<loop />}}"),
        ("_c.tera", "{% component loop() %}{{<loop />}}{{<loop />}}{% endcomponent loop %}"),
    ];
    insta::assert_snapshot!(stopped(&files), @r"
    template-budget: components call each other without end
      at .tenantry/layout/x.yaml.tera
    ");
}

#[test]
fn includes_that_multiply_are_stopped() {
    let names: Vec<String> = (0..32).map(|i| format!("_{i}.tera")).collect();
    let texts: Vec<String> =
        (1..32).map(|i| format!("{{% include \"_{i}.tera\" %}}").repeat(2)).collect();
    let mut files: Vec<(&str, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.push(("_31.tera", ""));
    files.push(("x.yaml.tera", "{% include \"_0.tera\" %}"));
    insta::assert_snapshot!(stopped(&files), @r"
    template-budget: this does not come to an end: more than 1000000 steps
      at .tenantry/layout/_31.tera:1 ``
    ");
}
