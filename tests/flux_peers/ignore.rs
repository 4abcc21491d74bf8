//! What `.sourceignore` leaves out.

use std::fmt::Write as _;

use serde_json::json;
use tenantry::flux::ignore::Ignore;

use super::{Random, ask};

struct Source {
    files: Vec<(String, String)>,
    spec_ignore: Option<String>,
    paths: Vec<(String, bool)>,
}

fn compare(sources: &[Source], seed: Option<u64>) {
    let folder = tempfile::tempdir().unwrap();
    let questions = sources.iter().enumerate().map(|(index, source)| {
        let root = folder.path().join(index.to_string());
        std::fs::create_dir(&root).unwrap();
        for (folder, text) in &source.files {
            let folder = root.join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(".sourceignore"), text).unwrap();
        }
        json!({"root": root, "specIgnore": source.spec_ignore, "paths": source.paths})
    });
    let answers = ask("ignore", questions.collect());
    let mut differences = String::new();
    let (mut out, mut all) = (0, 0);
    for (source, answer) in sources.iter().zip(&answers) {
        let ignore = Ignore::new(&source.files, source.spec_ignore.as_deref());
        let peer = answer["ignored"].as_array().unwrap_or_else(|| panic!("{answer}"));
        for ((path, is_folder), peer) in source.paths.iter().zip(peer) {
            let ours = ignore.leaves_out(path, *is_folder);
            out += usize::from(ours);
            all += 1;
            if *peer != ours {
                let Source { files, spec_ignore, .. } = source;
                writeln!(differences, "{path} ({is_folder}) ours {ours} {files:?} {spec_ignore:?}")
                    .unwrap();
            }
        }
    }
    assert!(differences.is_empty(), "seed {seed:?}\n{differences}");
    assert!(out * 20 > all && out * 20 < all * 19, "{out} of {all} are left out: too few or many");
}

fn paths() -> Vec<(String, bool)> {
    let names = [
        "a",
        "b",
        "a/b",
        "a/b/c",
        "b/a",
        "b/c/a",
        "a/a/a",
        "a/x/b",
        "a/x/y/b",
        "c/a/b",
        "x.yaml",
        "a/x.yaml",
        "a/b/x.yaml",
        "foo",
        "foo/a",
        "a/foo",
        "a/foo/b",
        "image.png",
        "a/image.png",
        "image.png/a",
        "a.tar.gz",
        "a/b.zip",
        ".git",
        ".git/a",
        "a/.git/config",
        ".gitignore",
        "a/.gitmodules",
        ".gitattributes",
        ".github",
        ".github/a",
        "a/.github/a",
        ".sops.yaml",
        "a/.sops.yaml",
        "a/.sops.yaml/b",
        ".flux.yaml",
        "cloudbuild.yaml",
        "a/.travis.yml",
        "é",
        "a/é",
        "a b",
        "a ",
        "#a",
        "!a",
        "[",
        "a]",
        "\\",
        "a\\",
        "*",
        ".sourceignore",
        "a/.sourceignore",
        "ab",
        "aab",
        "a/ab",
        "-",
        "^",
    ];
    names.iter().flat_map(|name| [false, true].map(|folder| ((*name).to_owned(), folder))).collect()
}

const PATTERNS: &[&str] = &[
    "",
    " ",
    "#a",
    "\\#a",
    " #a",
    "!a",
    "\\!a",
    "!!a",
    "!",
    "a",
    "a/",
    "/a",
    "/a/",
    "//a",
    "a//",
    "//",
    "/",
    "a/b",
    "a//b",
    "a/b/",
    "a/**",
    "a/**/",
    "**",
    "**/",
    "/**",
    "**/**",
    "a/**/**",
    "**/a",
    "**/a/",
    "**/a/b",
    "a/**/b",
    "a/**/b/",
    "a/***/b",
    "a/**b",
    "a**b",
    "**a",
    "**/**/a",
    "**/a/**",
    "*",
    "*/",
    "/*",
    "*/b",
    "a/*",
    "a/*/b",
    "*.yaml",
    "*.yaml/",
    "/*.yaml",
    "**/*.yaml",
    "*.png",
    "!*.png",
    "!image.png",
    "x.*",
    "?",
    "??",
    "[ab]",
    "[^a]",
    "[a-c]",
    "[",
    "[a",
    "a[",
    "*[",
    "a*[",
    "*]",
    "\\",
    "a\\",
    "\\a",
    "\\[",
    "\\*",
    "\\\\",
    "a\\ ",
    "a ",
    "a  ",
    " a",
    "a\t",
    "a\r",
    "é",
    "?b",
    "*b",
    "*b/",
    "*é",
    "foo",
    "foo/",
    "!foo",
    "!foo/",
    "!foo/a",
    "/foo",
    ".git",
    "!.git",
    "!.git/",
    "!.gitignore",
    ".github/",
    "!.github",
    "!**/.sops.yaml",
    "**/.sops.yaml",
    "a/b/c",
    "!a/b/c",
    "!/**",
    "!**",
    "*a*b*",
    "a?b",
    "[^^]",
    "[-]",
    "[a-",
    "[]a]",
    "**/[",
    "**/a[/b",
    "a/[/b",
];

#[test]
#[ignore = "needs Flux's code in Go: run tests/peers/flux.sh"]
fn every_pattern_leaves_out_what_flux_leaves_out() {
    let root = |text: &str| vec![(String::new(), text.to_owned())];
    let source = |files, spec_ignore: Option<&str>| Source {
        files,
        spec_ignore: spec_ignore.map(str::to_owned),
        paths: paths(),
    };
    let mut sources = vec![
        source(vec![], None),
        source(vec![], Some("")),
        source(root("# nothing\n\n"), Some("# nothing")),
        source(vec![("a/.git".to_owned(), "a".to_owned())], None),
        source(vec![("a".to_owned(), "b".to_owned())], None),
        source(
            vec![("a".to_owned(), "b".to_owned()), (String::new(), "!b\n".to_owned())],
            Some("!c"),
        ),
        source(root("*\r\n!a\r\n"), None),
        source(root("*\n!a\r"), None),
    ];
    // Where Flux stops reading.
    for length in [65_534, 65_535, 65_536, 65_537] {
        for end in ["", "\n", "\r\n", "\nb\n"] {
            sources.push(source(vec![], Some(&format!("a\n{}{end}", "x".repeat(length)))));
            sources.push(source(vec![], Some(&format!("{}{end}", "*".repeat(length)))));
        }
    }
    for pattern in PATTERNS {
        sources.push(source(root(pattern), None));
        sources.push(source(vec![], Some(pattern)));
        sources.push(source(root("*"), Some(&format!("!{pattern}"))));
        sources.push(source(vec![("a".to_owned(), (*pattern).to_owned())], None));
    }
    compare(&sources, None);
}

#[test]
#[ignore = "needs Flux's code in Go: run tests/peers/flux.sh"]
fn any_patterns_leave_out_what_flux_leaves_out() {
    const PIECES: &[&str] = &[
        "a", "b", "*", "**", "/", "/", "?", "[ab]", "!", "\\", " ", ".yaml", "x", "foo", "[", "]",
        "é",
    ];
    let mut random = Random::new();
    let text = |random: &mut Random| -> String {
        (0..random.below(5))
            .map(|_| match random.below(3) {
                0 => random.text(PIECES, 6) + "\n",
                1 => format!("!{}\n", random.of(PATTERNS)),
                _ => random.of(PATTERNS).to_owned() + "\n",
            })
            .collect()
    };
    let sources: Vec<Source> = (0..Random::cases(500))
        .map(|_| {
            let mut files = Vec::new();
            for folder in ["a/b", "a", "b", "", "foo"] {
                if random.one_in(3) {
                    files.push((folder.to_owned(), text(&mut random)));
                }
            }
            let spec_ignore = random.one_in(3).then(|| text(&mut random));
            Source { files, spec_ignore, paths: paths() }
        })
        .collect();
    compare(&sources, Some(random.seed));
}
