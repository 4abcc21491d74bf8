//! The platform's own artifacts by the names that its layout gives them, for commands that push, tag, list, sign or verify.

use std::path::PathBuf;

use flux_oci::reference::Reference;

use super::failure::Failure;
use super::fleet::FleetFolder;
use super::ui::Ui;
use crate::git::Unignored;
use crate::layout;
use crate::package::{Package, packages};
use crate::path::RepoPath;
use crate::spec;

/// The artifacts of the platform that the command runs in.
pub(crate) struct Packages {
    /// The platform's folder.
    pub root: PathBuf,
    /// Where that lies in a larger repository.
    pub folder: Option<String>,
    /// Its files, without those that git ignores.
    pub files: Unignored,
    /// In the order in which they are to be pushed.
    pub all: Vec<Package>,
}

impl Packages {
    /// Those of the platform here.
    ///
    /// # Errors
    /// There is no platform, it does not hold, or it is not shipped as artifacts.
    pub(crate) fn find(ui: &Ui) -> Result<Self, Failure> {
        let FleetFolder { root, files, folder, .. } =
            FleetFolder::find(ui, &super::fleet::Elsewhere::default())?;
        let platform = spec::load(&files)?;
        let layout = RepoPath::new(layout::FOLDER)
            .map_err(|error| Failure::Usage(error.to_string()))
            .map(|folder| layout::load(&files, &folder))?;
        let layout = layout
            .map_err(|diagnostics| spec::Faults { diagnostics, texts: platform.texts.clone() })?;
        let all = packages(&platform, &layout);
        if all.is_empty() {
            let name = layout.manifest.name;
            return Err(Failure::Usage(format!(
                "the layout `{name}` ships no artifacts: its clusters read the repository"
            )));
        }
        Ok(Self { root, folder, files, all })
    }

    /// One of them.
    ///
    /// # Errors
    /// There is none of this name.
    pub(crate) fn named(&self, name: &str) -> Result<&Package, Failure> {
        self.all.iter().find(|package| package.name == name).ok_or_else(|| Failure::Unknown {
            kind: "artifact",
            name: name.to_owned(),
            known: self.all.iter().map(|package| package.name.clone()).collect(),
        })
    }
}

impl Package {
    /// Where it lies, without a tag.
    ///
    /// # Errors
    /// The description's address, or the name that the layout makes of it, is none of a registry.
    pub(crate) fn reference(&self) -> Result<Reference, Failure> {
        self.url.parse().map_err(Failure::Address)
    }
}

/// What a person writes for an artifact: an address, or the name of one of the platform's own, with a tag or a digest or without.
pub(crate) fn address(ui: &Ui, text: &str) -> Result<Reference, Failure> {
    let name_end = text.find([':', '@']).unwrap_or(text.len());
    let (name, selector) = text.split_at(name_end);
    let first = name.split('/').next().unwrap_or_default();
    let is_host = first.contains('.') || first == "localhost" || text.contains("://");
    let has_port = selector.strip_prefix(':').is_some_and(|rest| rest.contains('/'));
    if is_host || has_port || name.is_empty() {
        return text.parse().map_err(Failure::Address);
    }
    let packages = match Packages::find(ui) {
        Ok(packages) => packages,
        // Then it can only be an address that is none.
        Err(Failure::NoPlatform(_)) => return text.parse().map_err(Failure::Address),
        Err(failure) => return Err(failure),
    };
    let url = &packages.named(name)?.url;
    format!("{url}{selector}").parse().map_err(Failure::Address)
}
