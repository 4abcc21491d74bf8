//! Which tags are listed: by a range of versions, by a pattern, and without those of signatures.
//!
//! Ranges are those of Flux's own command line, which has them from [Masterminds](https://github.com/Masterminds/semver#checking-version-constraints):
//! a version alone means itself, a blank or a comma is "and", `||` is "or", and `1.0.0 - 2.0.0` has both ends.

use regex::Regex;
use semver::{Version, VersionReq};

/// Why a filter is none.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// The range is none.
    #[error("`{text}` is no range of versions: {reason}")]
    Range {
        /// The range.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The pattern is none.
    #[error("`{text}` is no regular expression: {reason}")]
    Pattern {
        /// The pattern.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Which tags are listed.
#[derive(Debug, Default)]
pub struct Filter {
    /// One of these must match; nothing lets all through.
    ranges: Option<Vec<VersionReq>>,
    pattern: Option<Regex>,
}

impl Filter {
    /// By a range of versions, and by a pattern.
    ///
    /// # Errors
    /// One of them is none.
    pub fn new(range: Option<&str>, pattern: Option<&str>) -> Result<Self, FilterError> {
        let ranges = range.map(ranges).transpose()?;
        let pattern = pattern.map(|text| {
            Regex::new(text).map_err(|error| FilterError::Pattern {
                text: text.to_owned(),
                reason: {
                    let text = error.to_string();
                    let last = text.lines().last().unwrap_or_default();
                    last.trim_start_matches("error: ").to_owned()
                },
            })
        });
        Ok(Self { ranges, pattern: pattern.transpose()? })
    }

    /// Whether a tag is listed. Tags of signatures and of lists of referrers never are.
    #[must_use]
    pub fn takes(&self, tag: &str) -> bool {
        !is_signature(tag)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(tag))
            && self.ranges.as_ref().is_none_or(|ranges| {
                version(tag).is_some_and(|it| ranges.iter().any(|range| range.matches(&it)))
            })
    }
}

/// A tag as a version, with a `v` before it or without.
#[must_use]
pub fn version(tag: &str) -> Option<Version> {
    Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok()
}

/// `sha256-<digest>`, alone or with cosign's endings.
fn is_signature(tag: &str) -> bool {
    let ending = [".sig", ".att", ".sbom"].iter().any(|end| tag.ends_with(end));
    let digits = tag.strip_prefix("sha256-").unwrap_or_default();
    ending || digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn ranges(text: &str) -> Result<Vec<VersionReq>, FilterError> {
    let wrong = |reason: String| FilterError::Range { text: text.to_owned(), reason };
    let one = |part: &str| {
        let part = part.trim();
        if part.is_empty() {
            return Err(wrong("a side of it is empty".to_owned()));
        }
        let comparators = match part.split_once(" - ") {
            Some((from, to)) => vec![format!(">={}", bare(from)), format!("<={}", bare(to))],
            None => comparators(part),
        };
        VersionReq::parse(&comparators.join(", ")).map_err(|error| wrong(error.to_string()))
    };
    text.split("||").map(one).collect()
}

/// What stands between commas or blanks, each with an operator; one that is apart from its version is put to it.
fn comparators(part: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in part.split([',', ' ']).filter(|word| !word.is_empty()) {
        let operator = word.find(|char: char| !"<>=^~!".contains(char)).unwrap_or(word.len());
        match found.last_mut() {
            Some(last) if last.bytes().all(|byte| b"<>=^~".contains(&byte)) => {
                last.push_str(bare(word));
            }
            _ if operator == 0 && matches!(word, "*" | "x" | "X") => found.push("*".to_owned()),
            _ if operator == 0 => found.push(format!("={}", bare(word))),
            _ => found.push(format!("{}{}", &word[..operator], bare(&word[operator..]))),
        }
    }
    found
}

fn bare(version: &str) -> &str {
    let version = version.trim();
    version.strip_prefix('v').unwrap_or(version)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn ranges_are_those_of_flux() {
        let tags = ["v1.0.0", "1.2.0", "v1.2.3", "2.0.0", "2.1.0-rc.1", "latest", "1.2"];
        for (range, expected) in [
            ("*", &["v1.0.0", "1.2.0", "v1.2.3", "2.0.0"][..]),
            ("1.2.0", &["1.2.0"]),
            ("v1.2.0", &["1.2.0"]),
            ("1.2", &["1.2.0", "v1.2.3"]),
            ("1.x", &["v1.0.0", "1.2.0", "v1.2.3"]),
            ("^1.2", &["1.2.0", "v1.2.3"]),
            ("~1.2.1", &["v1.2.3"]),
            (">= 1.2.0 <2.0.0", &["1.2.0", "v1.2.3"]),
            (">=1.2.0, <2.0.0", &["1.2.0", "v1.2.3"]),
            ("1.0.0 || >=2.0.0", &["v1.0.0", "2.0.0"]),
            ("1.0.0 - 1.2.0", &["v1.0.0", "1.2.0"]),
            (">=2.1.0-0", &["2.1.0-rc.1"]),
        ] {
            let filter = Filter::new(Some(range), None).unwrap();
            let taken: Vec<&str> = tags.into_iter().filter(|tag| filter.takes(tag)).collect();
            assert_eq!(taken, expected, "{range}");
        }
    }

    #[test]
    fn signatures_are_no_artifacts() {
        let filter = Filter::new(None, Some("^[s-v]")).unwrap();
        let digest = "a".repeat(64);
        assert!(filter.takes("v1") && filter.takes("sha256-short") && !filter.takes("a"));
        for tag in [format!("sha256-{digest}"), format!("sha256-{digest}.sig"), "s.att".to_owned()]
        {
            assert!(!filter.takes(&tag), "{tag}");
        }
    }

    #[test]
    fn what_is_no_filter_is_said() {
        for (range, pattern) in [(Some("one"), None), (Some("1 ||"), None), (None, Some("["))] {
            let error = Filter::new(range, pattern).unwrap_err().to_string();
            assert!(error.contains("is no r"), "{error}");
        }
    }
}
