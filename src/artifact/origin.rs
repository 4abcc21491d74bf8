//! Where content comes from: the repository, its commit, and when that was made.

use std::collections::BTreeSet;
use std::path::Path;

use super::{ArtifactError, Content};
use crate::git::{Repository, without_credentials};
use crate::path::RepoPath;

/// What is said of content by annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The repository's address, without credentials.
    pub source: String,
    /// `BRANCH@sha1:COMMIT`, or with a tag in the branch's place, or `sha1:COMMIT` where there is neither.
    pub revision: String,
    /// RFC 3339: the commit's time.
    pub created: String,
    /// What of the content is in no commit, by paths from the content's folder.
    pub dirty: Vec<String>,
}

/// What a person says of an origin.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// The source.
    pub source: Option<String>,
    /// The revision.
    pub revision: Option<String>,
    /// Whether a tag of the commit names the revision where there is one.
    pub by_tag: bool,
    /// Whether content may be in no commit.
    pub allow_dirty: bool,
    /// `SOURCE_DATE_EPOCH`.
    pub epoch: Option<String>,
}

impl Origin {
    /// Where content comes from, by what is said and by the repository that it lies in.
    ///
    /// # Errors
    /// Something is neither said nor known, or the content is in no commit.
    pub fn of(content: &Content, said: &Said) -> Result<Self, ArtifactError> {
        Self::of_files(&content.folder, &content.files, said)
    }

    /// The same of files of a folder, by their paths from it.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn of_files(folder: &Path, files: &[RepoPath], said: &Said) -> Result<Self, ArtifactError> {
        let epoch = said
            .epoch
            .as_ref()
            .map(|text| text.trim().parse::<i64>().map_err(|_| ArtifactError::Epoch(text.clone())));
        let epoch = epoch.transpose()?;
        let source = said.source.as_deref().map(without_credentials);
        let repository = Repository::discover(folder)?;
        let unknown = |reason, unknown, flag| ArtifactError::Unknown { reason, unknown, flag };
        let (where_from, which) =
            ("where the content comes from", "which state of its source it is");
        let Some(repository) = repository else {
            let reason = "the content lies in no git repository";
            return Ok(Self {
                source: source.ok_or_else(|| unknown(reason, where_from, "--source URL"))?,
                revision: said
                    .revision
                    .clone()
                    .ok_or_else(|| unknown(reason, which, "--revision BRANCH@sha1:COMMIT"))?,
                // One that does not depend on when it is made.
                created: flux_oci::time::rfc3339(epoch.unwrap_or_default()),
                dirty: Vec::new(),
            });
        };
        let source = match source {
            Some(source) => source,
            None => repository.home().ok_or_else(|| {
                unknown("the repository has no remote", where_from, "--source URL")
            })?,
        };
        let tip = repository.tip()?;
        let dirty = match &tip {
            Some(_) => dirty(&repository, files)?,
            None => files.iter().map(ToString::to_string).collect(),
        };
        if !dirty.is_empty() && !said.allow_dirty {
            return Err(ArtifactError::Uncommitted { path: folder.to_owned(), dirty });
        }
        let revision = match (&said.revision, &tip) {
            (Some(revision), _) => revision.clone(),
            (None, None) => {
                let reason = "the repository has no commit yet";
                return Err(unknown(reason, which, "--revision BRANCH@sha1:COMMIT"));
            }
            (None, Some(tip)) => {
                let branch = repository.branch();
                let name = match (branch, &tip.tag) {
                    (None, Some(tag)) => Some(tag.clone()),
                    (_, Some(tag)) if said.by_tag => Some(tag.clone()),
                    (branch, _) => branch,
                };
                let algorithm = if tip.id.len() == 64 { "sha256" } else { "sha1" };
                let mark = if dirty.is_empty() { "" } else { "-dirty" };
                let name = name.map(|name| format!("{name}@")).unwrap_or_default();
                format!("{name}{algorithm}:{}{mark}", tip.id)
            }
        };
        let time = epoch.or(tip.map(|tip| tip.time)).unwrap_or_default();
        Ok(Self { source, revision, created: flux_oci::time::rfc3339(time), dirty })
    }
}

/// What of the content no commit has: changed, new, or passed over by git.
fn dirty(repository: &Repository, files: &[RepoPath]) -> Result<Vec<String>, ArtifactError> {
    let changed: BTreeSet<RepoPath> = repository.uncommitted()?.into_iter().collect();
    let mut head = repository.last_commit();
    let dirty = files.iter().filter(|path| changed.contains(*path) || !head.holds(path));
    Ok(dirty.map(ToString::to_string).collect())
}
