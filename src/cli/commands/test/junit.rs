//! Results as JUnit XML, in the form that GitLab, Jenkins and the actions of GitHub read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::run::{Verdict, line};
use crate::graph::xml as escape;
use crate::suite::Suite;

/// One `testsuite` a file, one `testcase` a test. No times: the same repository gives the same report.
pub(super) fn xml(suite: &Suite, verdicts: &[Verdict<'_>]) -> String {
    let mut files: BTreeMap<&str, Vec<&Verdict<'_>>> = BTreeMap::new();
    for verdict in verdicts {
        files.entry(verdict.test.file.as_str()).or_default().push(verdict);
    }
    let failed = |verdicts: &[&Verdict<'_>]| verdicts.iter().filter(|it| !it.passes()).count();
    let all: Vec<&Verdict<'_>> = verdicts.iter().collect();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tenantry test\" tests=\"{}\" failures=\"{}\">\n",
        all.len(),
        failed(&all)
    );
    for (file, verdicts) in files {
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">",
            escape(file),
            verdicts.len(),
            failed(&verdicts)
        );
        for verdict in verdicts {
            case(suite, verdict, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(suite: &Suite, verdict: &Verdict<'_>, out: &mut String) {
    let file = escape(verdict.test.file.as_str());
    let _ = write!(
        out,
        "    <testcase classname=\"{file}\" name=\"{}\" file=\"{file}\" line=\"{}\"",
        escape(&verdict.test.case.name),
        line(suite, verdict.test).unwrap_or(1)
    );
    if verdict.passes() {
        out.push_str("/>\n");
        return;
    }
    // Readers take one failure a case.
    let first = verdict.failures().next().map(|one| one.message.as_str()).unwrap_or_default();
    let kind = verdict.failures().next().map(|one| one.code.as_str()).unwrap_or_default();
    let told: Vec<String> = verdict
        .failures()
        .map(|one| match &one.help {
            Some(help) => format!("{}\n{help}\n", one.message),
            None => format!("{}\n", one.message),
        })
        .collect();
    let _ = writeln!(
        out,
        ">\n      <failure message=\"{}\" type=\"{kind}\">{}</failure>\n    </testcase>",
        escape(first),
        escape(&told.join("\n"))
    );
}
