//! What a component says of itself.

use super::fetch::{self, Fetched};
use super::{At, Names, contradiction};
use crate::diagnostic::{Code, Diagnostic};
use crate::spec::component::Component;
use crate::spec::entity::{Entity, EntityKind};
use crate::spec::text::ComponentName;

pub(super) fn check(
    names: &Names<'_>,
    name: &ComponentName,
    component: &Entity<Component>,
    found: &mut Vec<Diagnostic>,
) {
    for (scope, it) in component.variants() {
        let at = At::new(names.platform, EntityKind::Component, component, scope);
        let said: Vec<&str> = [
            ("helm", it.helm.is_some()),
            ("manifests", it.manifests.is_some()),
            ("git", it.git.is_some()),
            ("oci", it.oci.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, said)| said.then_some(name))
        .collect();
        match &*said {
            [] => found.push(
                Diagnostic::error(
                    Code::MissingField,
                    format!("`{name}` does not say where it comes from"),
                )
                .at(at.key(""))
                .help("add one of `helm`, `manifests`, `git` or `oci`"),
            ),
            [first, more @ ..] => {
                fetch::at_most_one(&at, "", first, more, found);
                if more.is_empty() {
                    version(&at, it, found);
                    fetched(&at, it, found);
                }
            }
        }
        if it.helm.is_none() && !said.is_empty() {
            let only_helm = [
                ("values", it.values.is_empty()),
                ("valuesFiles", it.values_files.is_empty()),
                ("crds", it.crds.is_none()),
            ];
            for (field, unsaid) in only_helm {
                if !unsaid {
                    found.push(
                        contradiction(
                            format!("`{field}` is for Helm charts, and `{name}` is none"),
                            at.key(&format!("/{field}")),
                        )
                        .help(format!("take `{field}` out, or say `helm`")),
                    );
                }
            }
        }
    }
}

/// Which version, said exactly once.
fn version(at: &At<'_>, it: &Component, found: &mut Vec<Diagnostic>) {
    let missing = |pointer: &str, help: &str| {
        Diagnostic::error(Code::MissingField, "the version is not said")
            .at(at.key(pointer))
            .help(help.to_owned())
    };
    let version = it.version.is_some();
    if it.manifests.is_some() && version {
        found.push(
            contradiction("manifests of this repository have no version", at.key("/version"))
                .help("take `version` out: they are as the repository has them"),
        );
    }
    if let Some(helm) = &it.helm
        && helm.version.is_none()
        && !version
    {
        found.push(missing("/helm", "add `version: …` to `helm`, an exact one"));
    }
    if let Some(git) = &it.git {
        match (git.tag.is_some(), git.branch.is_some(), version) {
            (true, true, _) => fetch::at_most_one(at, "/git", "tag", &["branch"], found),
            (false, true, true) => found.push(
                contradiction(
                    "`version` is a tag, and `git.branch` follows a branch",
                    at.key("/git/branch"),
                )
                .related(at.key("/version"), "`version` is said here")
                .help("keep one of the two"),
            ),
            (false, false, false) => {
                found.push(missing("/git", "add `tag: …` to `git`, or `version: …`"));
            }
            _ => {}
        }
    }
    if let Some(oci) = &it.oci {
        match (oci.tag.is_some(), oci.digest.is_some(), version) {
            (true, true, _) => fetch::at_most_one(at, "/oci", "tag", &["digest"], found),
            (false, true, true) => found.push(
                contradiction(
                    "`version` is a tag, and `oci.digest` pins one artifact",
                    at.key("/oci/digest"),
                )
                .related(at.key("/version"), "`version` is said here")
                .help("keep one of the two"),
            ),
            (false, false, false) => {
                found.push(missing("/oci", "add `tag: …` to `oci`, or `version: …`"));
            }
            _ => {}
        }
    }
}

fn fetched(at: &At<'_>, it: &Component, found: &mut Vec<Diagnostic>) {
    let (pointer, fetched, auth, verify) = if let Some(helm) = &it.helm {
        let oci = helm.repository.as_str().starts_with("oci://");
        let fetched = if oci { Fetched::Oci } else { Fetched::HelmIndex };
        ("/helm", fetched, &helm.auth, &helm.verify)
    } else if let Some(git) = &it.git {
        ("/git", Fetched::Git(git.url.as_str()), &git.auth, &git.verify)
    } else if let Some(oci) = &it.oci {
        ("/oci", Fetched::Oci, &oci.auth, &oci.verify)
    } else {
        return;
    };
    if let Some(auth) = auth {
        fetch::auth(at, &format!("{pointer}/auth"), auth, fetched, found);
    }
    if let Some(verify) = verify {
        fetch::verify(at, &format!("{pointer}/verify"), verify, fetched, found);
    }
}
