//! A description in a few lines, and its diagnostics as text.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use super::{Faults, Platform, load};
use crate::diagnostic::{Diagnostic, Place, Severity, Texts};
use crate::files::Memory;
use crate::path::RepoPath;

/// A small platform: two environments, a cluster in each.
pub(super) const PLATFORM: &str = "\
apiVersion: tenantry.dev/v1
name: acme
repository: { url: ssh://git@github.com/acme/fleet }
environments: [{ name: staging }, { name: production }]
flux: { version: 2.9.4 }
";

/// A tenant that says the least.
pub(super) const TENANT: &str = "owner: ['@acme/a']\nnamespaces: [apps]\nplacement: all\n";

pub(super) struct Description {
    files: Memory,
}

impl Description {
    pub(super) fn new() -> Self {
        Self { files: Memory::new() }
            .with("platform.yaml", PLATFORM)
            .with("platform/clusters/stage.yaml", "environment: staging\n")
            .with("platform/clusters/prod.yaml", "environment: production\n")
    }

    pub(super) fn with(mut self, file: &str, text: impl Into<Vec<u8>>) -> Self {
        self.files.insert(RepoPath::new(file).unwrap(), text);
        self
    }

    /// The platform with more at its end.
    pub(super) fn platform(self, more: &str) -> Self {
        self.with("platform.yaml", format!("{PLATFORM}{more}"))
    }

    /// A tenant with more at its end.
    pub(super) fn tenant(self, name: &str, more: &str) -> Self {
        self.with(&format!("platform/tenants/{name}.yaml"), format!("{TENANT}{more}"))
    }

    pub(super) fn component(self, name: &str, text: &str) -> Self {
        self.with(&format!("platform/components/{name}.yaml"), text)
    }

    pub(super) fn load(&self) -> Result<Platform, Faults> {
        load(&self.files)
    }

    pub(super) fn good(&self) -> Platform {
        match self.load() {
            Ok(platform) => platform,
            Err(faults) => panic!("{}", report(&faults.diagnostics, &faults.texts)),
        }
    }

    /// What is wrong with it, warnings included.
    pub(super) fn faults(&self) -> String {
        match self.load() {
            Ok(platform) => report(&platform.warnings, &platform.texts),
            Err(faults) => report(&faults.diagnostics, &faults.texts),
        }
    }
}

fn at(place: &Place, texts: &Texts) -> String {
    let Some(range) = &place.range else { return place.file.to_string() };
    let bytes = texts.get(&place.file).unwrap();
    let before = String::from_utf8_lossy(&bytes[..range.start]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let text = String::from_utf8_lossy(&bytes[range.clone()]);
    let text = text.lines().next().unwrap_or_default();
    format!("{}:{line}:{column} `{text}`", place.file)
}

pub(super) fn report(diagnostics: &[Diagnostic], texts: &Texts) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        writeln!(out, "{severity}[{}]: {}", diagnostic.code, diagnostic.message).unwrap();
        if let Some(place) = &diagnostic.place {
            write!(out, "  {}", at(place, texts)).unwrap();
            match &diagnostic.label {
                Some(label) => writeln!(out, ": {label}").unwrap(),
                None => writeln!(out).unwrap(),
            }
        }
        for (place, words) in &diagnostic.related {
            writeln!(out, "  {}: {words}", at(place, texts)).unwrap();
        }
        if let Some(help) = &diagnostic.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}
