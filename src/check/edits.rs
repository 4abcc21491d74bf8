//! Which generated files may not be edited by hand, and how the description says what they say.
//!
//! The layout names the files that carry rights; `edits.forbid` in `platform.yaml` names others in their place. Files that are not
//! generated, and those that are somebody else's from the start, are never forbidden. Whether a file was edited is `sync`'s to say.

use globset::{GlobSet, GlobSetBuilder};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::layout::{Layout, glob};
use crate::path::RepoPath;
use crate::spec::Platform;
use crate::tree::Tree;

/// The files that may not be edited by hand.
#[derive(Debug)]
pub struct Forbidden {
    said: Option<GlobSet>,
    /// What the layout guards, with what to say instead.
    guarded: Vec<(GlobSet, String)>,
}

impl Forbidden {
    /// As the description says, or else the layout.
    #[must_use]
    pub fn new(platform: &Platform, layout: &Layout) -> Self {
        let said = platform.settings.edits.as_ref().map(|edits| globs(&edits.forbid));
        let guarded = layout.manifest.files.guarded.iter();
        let guarded = guarded.map(|rule| (globs(&rule.paths), rule.say.clone())).collect();
        Self { said, guarded }
    }

    /// Whether a file may not be edited.
    #[must_use]
    pub fn holds(&self, path: &RepoPath) -> bool {
        match &self.said {
            Some(said) => said.is_match(path.as_str()),
            None => self.guarded.iter().any(|(set, _)| set.is_match(path.as_str())),
        }
    }

    /// The finding about an edited file; `what` is what happened to it, such as "was edited by hand".
    #[must_use]
    pub fn diagnostic(
        &self,
        platform: &Platform,
        tree: &Tree,
        path: &RepoPath,
        what: &str,
    ) -> Diagnostic {
        let say = self.guarded.iter().find(|(set, _)| set.is_match(path.as_str()));
        let entity = tree.get(path.as_str()).and_then(|file| file.entity.as_ref());
        let home = entity.and_then(|entity| platform.file_of(entity.kind, &entity.name));
        let say = match (say, home) {
            (Some((_, say)), Some(home)) => format!("say it by {say} (here `{home}`)"),
            (Some((_, say)), None) => format!("say it by {say}"),
            (None, Some(home)) => format!("say it in `{home}`"),
            (None, None) => "say it in the description".to_owned(),
        };
        Diagnostic::error(Code::ForbiddenEdit, format!("`{path}` {what}, which is forbidden here"))
            .at(Place { file: path.clone(), range: None })
            .help(format!(
                "{say}, and bring the file back with `tenantry generate --reset {path}`; \
                 `edits.forbid` in `platform.yaml` says which files this holds for"
            ))
    }
}

fn globs(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    // A pattern that is wrong was refused where it is said.
    for glob in patterns.iter().filter_map(|pattern| glob(pattern).ok()) {
        set.add(glob);
    }
    set.build().unwrap_or_default()
}
