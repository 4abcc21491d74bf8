//! The user's guide: each diagnostic has its page, each page is found from the index, and links lead somewhere.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tenantry::diagnostic::Code;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The Markdown files of a folder, by name.
fn pages_in(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect()
}

#[test]
fn the_reference_of_the_command_line_is_what_the_commands_say() {
    let page = fs::read_to_string(docs().join("cli.md")).unwrap_or_default();
    assert!(
        page == tenantry::cli::reference(),
        "docs/cli.md is stale: `cargo run -p xtask -- docs` writes it anew"
    );
}

#[test]
fn each_code_has_a_page_and_each_page_a_code() {
    let mut pages = pages_in(&docs().join("diagnostics"));
    assert!(pages.remove("README.md"), "the index is missing");
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    let lacking: Vec<_> = codes.difference(&pages).collect();
    let needless: Vec<_> = pages.difference(&codes).collect();
    assert!(
        lacking.is_empty() && needless.is_empty(),
        "no page: {lacking:?}; no code: {needless:?}"
    );
}

#[test]
fn a_page_begins_with_its_code_and_what_it_says() {
    for code in Code::ALL {
        let page = fs::read_to_string(docs().join(format!("diagnostics/{code}.md"))).unwrap();
        let head = format!("# `{code}`\n\n{}\n\n## Example\n", code.description());
        assert!(page.starts_with(&head), "{code}: the page has to begin with\n{head}");
        for section in ["\n## Why\n", "\n## What to do\n"] {
            assert_eq!(page.matches(section).count(), 1, "{code}: {section}");
        }
    }
}

#[test]
fn the_index_of_diagnostics_lists_each_code_once() {
    let index = fs::read_to_string(docs().join("diagnostics/README.md")).unwrap();
    let there: Vec<&str> = index.lines().filter(|line| line.starts_with("| [`")).collect();
    let meant: Vec<String> = Code::ALL
        .iter()
        .map(|code| format!("| [`{code}`]({code}.md) | {} |", code.description()))
        .collect();
    assert_eq!(there, meant);
}

#[test]
fn the_index_of_the_guide_lists_every_page() {
    let index = fs::read_to_string(docs().join("README.md")).unwrap();
    let mut pages = pages_in(&docs());
    pages.remove("README.md");
    pages.insert("diagnostics/README.md".to_owned());
    for page in pages {
        let line = index.lines().find(|line| line.contains(&format!("]({page})")));
        assert!(line.is_some(), "docs/README.md does not name {page}");
    }
}

#[test]
fn links_lead_to_pages_and_headings_that_there_are() {
    let mut wrong = Vec::new();
    for folder in [docs(), docs().join("diagnostics")] {
        for name in pages_in(&folder) {
            let text = fs::read_to_string(folder.join(&name)).unwrap();
            for link in links(&text).filter(|link| !link.contains("://")) {
                let (file, heading) = link.split_once('#').unwrap_or((link, ""));
                let target = folder.join(if file.is_empty() { &name } else { file });
                let Ok(target) = fs::read_to_string(&target) else {
                    wrong.push(format!("{name}: {link}"));
                    continue;
                };
                if !heading.is_empty() && !headings(&target).any(|there| there == heading) {
                    wrong.push(format!("{name}: {link}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What `[words](target)` names, outside of code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    let lines = text.lines().filter(move |line| {
        in_code ^= line.starts_with("```");
        !in_code
    });
    lines.flat_map(|line| {
        line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
    })
}

/// The names by which GitHub and GitLab link to headings.
fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| line.strip_prefix('#')).map(|line| {
        line.trim_start_matches('#')
            .trim()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() })
            .collect()
    })
}
