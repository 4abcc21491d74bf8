//! Bad input: what is refused is refused with its place, and nothing takes long, or much, or the process
//! down with it.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::time::{Duration, Instant};

use kustomize::{Failure, MemoryFiles, Options, build};

mod disk;
mod growth;

/// Far beyond what any of this takes, and far below what it takes if something is quadratic.
const LONG: Duration = Duration::from_secs(60);

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

fn config_map(name: &str, rest: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n{rest}")
}

/// Files by their paths below `/app`.
fn files<T: Into<Vec<u8>>>(texts: impl IntoIterator<Item = (&'static str, T)>) -> MemoryFiles {
    let mut files = MemoryFiles::new();
    for (path, text) in texts {
        files.insert(&format!("/app/{path}"), text);
    }
    files
}

/// One resource file, and what the kustomization says of it.
fn app(kustomization: &str, resource: impl Into<Vec<u8>>) -> MemoryFiles {
    let kustomization = format!("resources: [a.yaml]\n{kustomization}");
    files([("kustomization.yaml", kustomization.into_bytes()), ("a.yaml", resource.into())])
}

fn timed<T>(run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = run();
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    done
}

fn built(files: &MemoryFiles) -> String {
    let built = timed(|| build(files, "/app", &Options::default()));
    built.unwrap_or_else(|failure| panic!("{failure}")).to_yaml()
}

fn failure(files: &MemoryFiles) -> Box<Failure> {
    failure_of(files, &Options::default())
}

fn failure_of(files: &MemoryFiles, options: &Options) -> Box<Failure> {
    match timed(|| build(files, "/app", options)) {
        Ok(built) => panic!("was built: {}", built.to_yaml()),
        Err(failure) => failure,
    }
}

/// `file: message`, and what the place covers.
fn refused(files: &MemoryFiles) -> String {
    told(&failure(files), files)
}

fn told(failure: &Failure, files: &MemoryFiles) -> String {
    let message = failure.to_string();
    assert!(!message.is_empty());
    match failure.sources.place(failure.error.span, files) {
        Some(place) => format!("{}:{}: {message}", place.path, place.range.start),
        None => message,
    }
}

#[track_caller]
fn assert_refused(files: &MemoryFiles, place: &str, part: &str) {
    let refused = refused(files);
    assert!(refused.starts_with(place) && refused.contains(part), "{refused}");
}

#[test]
fn bytes_that_are_no_text_are_refused_where_they_stand() {
    let bad = |before: &str| [before.as_bytes(), b"\xFF\n"].concat();
    let kustomization = files([("kustomization.yaml", bad("namePrefix: "))]);
    assert_refused(&kustomization, "/app/kustomization.yaml:12: ", "UTF-8");
    assert_refused(&app("", bad("kind: ")), "/app/a.yaml:6: ", "UTF-8");
    for field in ["patches: [{path: p}]\n", "patchesStrategicMerge: [p]\n"] {
        let mut files = app(field, CONFIG_MAP);
        files.insert("/app/p", bad(CONFIG_MAP));
        assert_refused(&files, "/app/p:51: ", "UTF-8");
    }
    let mut files = app("configMapGenerator: [{name: g, envs: [e]}]\n", CONFIG_MAP);
    files.insert("/app/e", bad("a=b\nc="));
    assert_refused(&files, "/app/kustomization.yaml:", "line 2 of `e` is not UTF-8");
    for (character, code) in [("\0", "U+0000"), ("\u{7}", "U+0007"), ("\u{9F}", "U+009F")] {
        let files = app("", config_map("a", &format!("data: {{x: \"{character}\"}}\n")));
        assert_refused(&files, "/app/a.yaml:62: ", code);
    }
    let bom = app("", format!("\u{FEFF}{CONFIG_MAP}"));
    assert!(built(&bom).starts_with("apiVersion: v1\n"));
    let mut binary = app("configMapGenerator: [{name: g, files: [b]}]\n", CONFIG_MAP);
    binary.insert("/app/b", b"\xFF\0".to_vec());
    assert!(built(&binary).contains("binaryData:\n  b: /wA=\n"));
}

#[test]
fn paths_that_lead_nowhere_or_out_are_refused() {
    let long = "x/".repeat(5000);
    for (entry, part) in [
        ("b.yaml", "there is no `b.yaml`"),
        ("../a.yaml", "outside"),
        ("/other/a.yaml", "outside"),
        ("../../../../../../other/a.yaml", "outside"),
        ("/other/base", "is absolute"),
        ("\"\"", "the path is empty"),
        (".", "leads back"),
        ("a.yaml/b.yaml", "there is no"),
        ("\"a\\0b\"", "there is no"),
        ("out.yaml", "outside"),
        ("loop.yaml", "symbolic links"),
        ("empty", "no kustomization.yaml"),
        (long.as_str(), "there is no"),
        ("https://example.com/a.yaml", "elsewhere"),
    ] {
        let mut files = files([("kustomization.yaml", format!("resources: [{entry}]\n"))]);
        files.insert("/a.yaml", CONFIG_MAP);
        files.insert("/other/a.yaml", CONFIG_MAP);
        files.insert("/other/base/kustomization.yaml", "resources: [a.yaml]\n");
        files.insert("/other/base/a.yaml", CONFIG_MAP);
        files.insert("/app/a.yaml", CONFIG_MAP);
        files.insert_folder("/app/empty");
        files.link("/app/out.yaml", "../other/a.yaml");
        files.link("/app/loop.yaml", "loop.yaml");
        let refused = refused(&files);
        assert!(
            refused.starts_with("/app/kustomization.yaml:12: ") && refused.contains(part),
            "{entry:.20}: {refused}"
        );
    }
    for (field, part) in [
        ("patches: [{path: sub}]", "is a folder"),
        ("configMapGenerator: [{name: x, files: [sub]}]", "is a folder"),
        ("configurations: [sub]", "is a folder"),
        ("components: [a.yaml]", "is a file"),
        ("components: [sub]", "no kustomization.yaml"),
    ] {
        let mut files = app(&format!("{field}\n"), CONFIG_MAP);
        files.insert_folder("/app/sub");
        assert_refused(&files, "/app/kustomization.yaml:", part);
    }
}

#[test]
fn kustomizations_that_build_on_themselves_are_refused() {
    let mut files = files([("kustomization.yaml", "resources: [../a]\n")]);
    files.insert("/a/kustomization.yaml", "resources: [../b]\n");
    files.insert("/b/kustomization.yaml", "components: [../app]\n");
    assert_refused(&files, "/b/kustomization.yaml:13: ", "leads back to `/app`");
    let failure = failure(&files);
    let way: Vec<&str> = failure.error.way.iter().map(|frame| frame.folder.as_str()).collect();
    assert_eq!(way, ["/a", "/app"]);
    assert_eq!(failure.error.kind.code(), "kustomization-cycle");
}

#[test]
fn a_long_chain_is_built_and_a_longer_one_refused_on_any_stack() {
    let chain = |length: usize| {
        let mut files = files([("kustomization.yaml", "resources: [../0]\n".to_owned())]);
        for at in 0..length {
            // Enough of them that they are read by several threads.
            let others: String = (0..8).map(|file| format!(", {file}.yaml")).collect();
            let text = format!("resources: [../{}{others}]\nnamePrefix: x\n", at + 1);
            files.insert(&format!("/{at}/kustomization.yaml"), text);
            for file in 0..8 {
                let name = format!("c{at}-{file}");
                files.insert(&format!("/{at}/{file}.yaml"), config_map(&name, ""));
            }
        }
        files.insert(&format!("/{length}/kustomization.yaml"), "resources: [a.yaml]\n");
        files.insert(&format!("/{length}/a.yaml"), CONFIG_MAP);
        files
    };
    let names = "x".repeat(99);
    assert!(built(&chain(99)).contains(&format!("  name: {names}a\n")));
    assert_refused(&chain(2000), "/99/kustomization.yaml:12: ", "100 levels");
}

#[test]
fn nesting_is_built_up_to_the_budget_on_every_way_and_refused_beyond() {
    // The object, `spec` and the innermost scalar are levels too.
    let deep = |levels: usize| format!("{}x{}", "[".repeat(levels), "]".repeat(levels));
    let object = |levels: usize| config_map("a", &format!("spec: {}\n", deep(levels)));
    let most = 125;
    assert!(built(&app("namePrefix: p-\nnamespace: ns\n", object(most))).contains("- - - - x\n"));
    assert_refused(&app("", object(200)), "/app/a.yaml:", "128 levels");
    assert_refused(&app("", object(100_000)), "/app/a.yaml:", "128 levels");
    let keys = format!("{}x{}", "{a: ".repeat(most), "}".repeat(most));
    let merged = app("patches: [{path: p}]\n", config_map("a", &format!("spec: {keys}\n")));
    let with = |mut files: MemoryFiles, text: String| {
        files.insert("/app/p", text);
        files
    };
    assert!(
        built(&with(merged, config_map("a", &format!("spec: {}\n", keys.replace('x', "v")))))
            .contains("a: v\n")
    );
    let operation = |path: &str| format!("- {{op: add, path: {path}, value: {}}}\n", deep(120));
    let json = |text: String| with(app("patches: [{path: p, target: {}}]\n", CONFIG_MAP), text);
    assert!(built(&json(operation("/spec"))).contains("- - - - x\n"));
    let path = |levels: usize| format!("/spec{}", "/0".repeat(levels));
    let twice = operation("/spec") + &operation(&path(120));
    assert!(built(&json(twice.clone())).contains("- - - - x\n"));
    let thrice = twice + &operation(&path(240));
    assert_refused(&json(thrice), "/app/p:", "256 levels");
    let replacement = |field: &str| {
        format!(
            "replacements:\n- source: {{kind: ConfigMap, fieldPath: spec}}\n  targets:\n  - select: \
             {{kind: ConfigMap}}\n    fieldPaths: [{field}]\n    options: {{create: true}}\n"
        )
    };
    assert!(built(&app(&replacement("data.x.y"), object(most))).contains("- - - - x\n"));
    let far = format!("data{}", ".x".repeat(200));
    assert_refused(
        &app(&replacement(&far), object(most)),
        "/app/kustomization.yaml:",
        "256 levels",
    );
    let farther = format!("data{}", ".x".repeat(100_000));
    let refused = refused(&app(&replacement(&farther), object(1)));
    assert!(refused.starts_with("/app/kustomization.yaml:") && refused.len() < 1000, "{refused}");
    let labels = |levels: usize| {
        let path = "a/".repeat(levels);
        format!("labels:\n- pairs: {{x: v}}\n  fields: [{{path: {path}b, create: true}}]\n")
    };
    assert!(built(&app(&labels(200), CONFIG_MAP)).contains("a:\n"));
    let refused = self::refused(&app(&labels(100_000), CONFIG_MAP));
    assert!(refused.contains("256") && refused.len() < 1000, "{refused}");
    let patch = app("patches: [{path: p, target: {}}]\n", CONFIG_MAP);
    let refused = self::refused(&with(patch, "[".repeat(1_000_000)));
    assert!(refused.starts_with("/app/p:"), "{refused}");
}

#[test]
fn aliases_and_merge_keys_that_multiply_are_refused() {
    let mut bomb = config_map("a", "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n");
    let mut merges = config_map("a", "x0: &x0 {a: b}\n");
    for at in 1..40 {
        let before = vec![format!("*x{}", at - 1); 10].join(", ");
        writeln!(bomb, "x{at}: &x{at} [{before}]").unwrap();
        writeln!(merges, "x{at}: &x{at} {{<<: [{before}], k{at}: *x{}}}", at - 1).unwrap();
    }
    for text in [bomb, merges] {
        assert_refused(&app("", text.clone()), "/app/a.yaml:", "4000000 values");
        let mut files = app("patches: [{path: p}]\n", CONFIG_MAP);
        files.insert("/app/p", text);
        assert_refused(&files, "/app/p:", "4000000 values");
    }
    for (text, part) in [
        ("x: &x [*x]\n", "x"),
        ("x: &x {<<: *x}\n", "x"),
        ("x: &x {y: &y {<<: *x}}\n", "x"),
        ("x: *nowhere\n", "nowhere"),
        ("<<: text\n", "merge"),
    ] {
        assert_refused(&app("", config_map("a", text)), "/app/a.yaml:", part);
    }
}

#[test]
fn large_documents_are_refused_unread_and_smaller_ones_built() {
    let wide = |bytes: usize| config_map("a", &format!("data: {{x: \"{}\"}}\n", "y".repeat(bytes)));
    assert_refused(&app("", wide(100 << 20)), "/app/a.yaml:0: ", "67108864");
    assert_eq!(built(&app("", wide(60 << 20))).len(), (60 << 20) + 63);
    let many = config_map("a", &format!("x: [{}]\n", "a, ".repeat(4_000_001)));
    assert_refused(&app("", many), "/app/a.yaml:", "4000000 values");
}

#[test]
fn regular_expressions_that_were_made_to_be_slow_are_not() {
    let name = "a".repeat(250);
    let target = |pattern: &str| {
        format!(
            "patches:\n- target: {{name: '{pattern}'}}\n  patch: |-\n    - {{op: add, path: /data, \
             value: {{x: v}}}}\n"
        )
    };
    for (pattern, matches) in [
        ("(a+)+$", true),
        ("(a+)+b", false),
        ("(a|aa)+$", true),
        ("(a|a?)+b", false),
        ("(.*){1000}", true),
        ("(.*.*.*.*)x", false),
        ("a{250}", true),
    ] {
        let text = built(&app(&target(pattern), config_map(&name, "")));
        assert_eq!(text.contains("x: v"), matches, "{pattern}");
    }
    for pattern in ["((a{100}){100}){100}", "(a{1001})", "a(", "(?=a)", "[z-a]", "\\y"] {
        let files = app(&target(pattern), config_map(&name, ""));
        assert_refused(&files, "/app/kustomization.yaml:", "regular expression");
    }
    let nested = format!("{}a{}", "(".repeat(2000), ")".repeat(2000));
    let files = app(&target(&nested), config_map(&name, ""));
    assert_refused(&files, "/app/kustomization.yaml:", "levels deep");
    let image = "images: [{name: '(n+)+x', newTag: v}]\n";
    let pod =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: nnnnnnnn}]}\n";
    assert!(built(&app(image, pod)).contains("image: nnnnnnnn\n"));
}

#[test]
fn one_id_twice_is_refused_wherever_it_is() {
    let twice = format!("{CONFIG_MAP}---\n{CONFIG_MAP}");
    assert_refused(&app("", twice), "/app/a.yaml:55: ", "v1 ConfigMap a is there twice");
    let mut across = app("", CONFIG_MAP);
    across.insert("/app/kustomization.yaml", "resources: [a.yaml, b.yaml]\n");
    across.insert("/app/b.yaml", CONFIG_MAP);
    assert_refused(&across, "/app/b.yaml:0: ", "twice");
    across.insert("/app/kustomization.yaml", "resources: [a.yaml, ../base]\n");
    across.insert("/base/kustomization.yaml", "resources: [b.yaml]\n");
    across.insert("/base/b.yaml", CONFIG_MAP);
    assert_refused(&across, "/base/b.yaml:0: ", "twice");
    let namespaces = "metadata: {name: a, namespace: ";
    let two = [CONFIG_MAP; 2].join("---\n");
    let two = two.replacen("metadata: {name: ", &format!("{namespaces}x, other: "), 1);
    let two = two.replace("name: a, namespace: x, other: a", "name: a, namespace: x");
    assert_refused(&app("namespace: ns\n", two), "/app/a.yaml:", "ns/a is there twice");
    let renamed = "patches:\n- target: {name: b}\n  options: {allowNameChange: true}\n  patch: |-\n    \
                   {kind: ConfigMap, metadata: {name: a}}\n";
    let two = format!("{CONFIG_MAP}---\n{}", config_map("b", ""));
    assert_refused(&app(renamed, two), "/app/a.yaml:", "a is there twice");
}

#[test]
fn deleted_objects_have_no_id_that_could_be_there_twice() {
    let delete = |name: &str| {
        format!(
            "- patch: |-\n    {{$patch: delete, kind: ConfigMap, apiVersion: v1, metadata: {{name: {name}}}}}\n"
        )
    };
    let kustomization = format!("namespace: ns\npatches:\n{}{}", delete("a"), delete("b"));
    let three = [config_map("a", ""), config_map("b", ""), config_map("c", "")].join("---\n");
    assert!(built(&app(&kustomization, three)).contains("name: c\n"));
}

#[test]
fn what_is_odd_and_right_is_built() {
    let crlf = app("", CONFIG_MAP.replace('\n', "\r\n"));
    assert!(built(&crlf).starts_with("apiVersion: v1\n"));
    let mut linked = app("", CONFIG_MAP);
    linked.insert("/app/k", "resources: [a.yaml]\n");
    linked.link("/linked/kustomization.yaml", "../app/k");
    let mut options = Options::default();
    options.load_restrictor = kustomize::LoadRestrictor::None;
    assert!(build(&linked, "/linked", &options).is_err_and(|f| f.to_string().contains("a.yaml")));
    let anchored = config_map("a", "data: &d {x: &x v, z: *x}\nbinaryData: *d\n");
    assert!(built(&app("", anchored)).contains("binaryData:\n  x: v\n  z: v\n"));
    let empty = files([("kustomization.yaml", "")]);
    assert_refused(&empty, "/app/kustomization.yaml:0: ", "empty");
    assert_refused(&files([("kustomization.yaml", "[]\n")]), "/app/kustomization.yaml:0: ", "");
    assert_refused(&files([("Kustomization.yaml", "")]), "", "no kustomization.yaml in `/app`");
}

/// The place of an inline text whose first lines are blank, and of one that ends before its fault.
#[test]
fn places_in_inline_patches_are_within_the_file() {
    for (patch, part) in [
        ("|-\n\n\n    - {op: no, path: /x}", "no"),
        ("|\n    - {op: no, path: /x}\n\n\n", "no"),
        ("\"- {op: no, path: /x}\"", "\""),
        (">-\n    - {op: no, path: /x}", ""),
        ("|-\n    - {op: add, path: /data, value: [}", ""),
        ("|-\n    é: [", ""),
    ] {
        let kustomization = format!("patches:\n- target: {{}}\n  patch: {patch}\n");
        let files = app(&kustomization, CONFIG_MAP);
        let failure = failure(&files);
        let place = failure.sources.place(failure.error.span, &files).unwrap();
        let text = format!("resources: [a.yaml]\n{kustomization}");
        let shown = text.get(place.range.clone()).unwrap_or_else(|| panic!("{place:?}: {text}"));
        assert!(shown.starts_with(part), "{patch:?}: {shown:?}");
    }
}
