//! What the address of a repository tells of where it lies: what clusters call it, whose it is, and on a forge that everybody knows
//! where artifacts go and by whose identity pipelines sign. Nothing here asks anybody.

use crate::path::RepoPath;
use crate::spec::platform::Ci;
use crate::spec::text::{GitUrl, OciUrl, PlatformName, SourcePattern};

/// A remote's address as Flux takes it: `git@host:path` becomes `ssh://git@host/path`.
pub(super) fn address(url: &str) -> Option<GitUrl> {
    let url = url.strip_suffix(".git").unwrap_or(url);
    // What stands before the host in an HTTP address may be a token.
    if let Some((scheme, rest)) =
        url.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"))
    {
        let (host, path) = rest.split_once('/')?;
        let host = host.rsplit('@').next().unwrap_or_default();
        return GitUrl::new(format!("{scheme}://{host}/{path}")).ok();
    }
    GitUrl::new(url).ok().or_else(|| {
        let (host, path) = url.split_once(':')?;
        GitUrl::new(format!("ssh://{host}/{path}")).ok()
    })
}

pub(super) fn placeholder(name: Option<&PlatformName>) -> Option<GitUrl> {
    GitUrl::new(format!("https://github.com/acme/{}", name?)).ok()
}

pub(super) fn host(url: &GitUrl) -> String {
    let rest = url.as_str().split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default().to_owned()
}

/// Everything of the repository's organisation.
pub(super) fn organisation(url: &GitUrl) -> Option<SourcePattern> {
    let rest = url.as_str().split_once("://")?.1;
    let (_, path) = rest.split_once('/')?;
    let host = host(url);
    let host = host.split(':').next()?;
    SourcePattern::new(format!("{host}/{}/**", path.split_once('/')?.0)).ok()
}

/// A forge that everybody knows: where it keeps artifacts, and by whose identity its pipelines sign.
pub(super) struct Forge {
    pub(super) ci: Ci,
    path: String,
}

impl Forge {
    pub(super) fn of(repository: &GitUrl) -> Option<Self> {
        let ci = match host(repository).as_str() {
            "github.com" => Ci::Github,
            "gitlab.com" => Ci::Gitlab,
            _ => return None,
        };
        let (_, path) = repository.as_str().split_once("://")?.1.split_once('/')?;
        Some(Self { ci, path: path.trim_end_matches(".git").to_owned() })
    }

    pub(super) fn registry(&self) -> Option<OciUrl> {
        let host = if self.ci == Ci::Github { "ghcr.io" } else { "registry.gitlab.com" };
        OciUrl::new(format!("oci://{host}/{}", self.path.to_lowercase())).ok()
    }

    /// What the pipeline of the layouts signs as at a reference.
    pub(super) fn identity(&self, inside: Option<&RepoPath>, reference: &str) -> serde_json::Value {
        let (issuer, file) = match self.ci {
            // The workflow has to lie at the repository's root, whatever folder the platform has.
            Ci::Github => (
                "https://token.actions.githubusercontent.com",
                format!("https://github.com/{}/.github/workflows/artifacts.yaml", self.path),
            ),
            _ => {
                let folder = inside.map(|folder| format!("{folder}/")).unwrap_or_default();
                let file = if folder.is_empty() { ".gitlab-ci.yml" } else { "**" };
                ("https://gitlab.com", format!("https://gitlab.com/{}//{file}", self.path))
            }
        };
        serde_json::json!({ "issuer": issuer, "subject": format!("{file}@{reference}") })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_remote_is_taken_as_flux_wants_it() {
        assert_eq!(
            address("git@github.com:acme/fleet.git").unwrap().as_str(),
            "ssh://git@github.com/acme/fleet"
        );
        assert_eq!(
            address("https://github.com/acme/fleet").unwrap().as_str(),
            "https://github.com/acme/fleet"
        );
        assert_eq!(
            address("https://me:token@github.com/acme/fleet").unwrap().as_str(),
            "https://github.com/acme/fleet"
        );
        assert_eq!(address("/srv/git/fleet"), None);
    }

    #[test]
    fn the_organisation_is_allowed() {
        let of = |url| organisation(&GitUrl::new(url).unwrap()).map(|pattern| pattern.to_string());
        assert_eq!(of("ssh://git@github.com/acme/fleet").unwrap(), "github.com/acme/**");
        assert_eq!(
            of("ssh://git@git.acme.example:2222/acme/fleet").unwrap(),
            "git.acme.example/acme/**"
        );
        assert_eq!(of("https://github.com/fleet"), None);
    }
}
