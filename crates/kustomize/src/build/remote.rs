//! Which paths kustomize takes for addresses of something elsewhere (`git.NewRepoSpecFromURL`).

/// Whether a path is taken for the address of a file to be fetched.
pub(crate) fn is_remote_file(path: &str) -> bool {
    let scheme = path.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| ["http", "https"].iter().any(|s| scheme.eq_ignore_ascii_case(s)))
}

/// Whether a path is taken for the address of a git repository.
pub(crate) fn is_repository(path: &str) -> bool {
    if path.starts_with('/') {
        return false;
    }
    let path = path.split('?').next().unwrap_or_default();
    let Some((rest, takes_all)) = after_host(path) else {
        return false;
    };
    let (repository, folder) = split(rest, takes_all);
    let Some(folder) = folder else {
        return false;
    };
    !repository.is_empty() && !leads_out(folder)
}

/// What follows the host of an address, and whether all of it is the repository's path; `None` if
/// there is no host.
fn after_host(path: &str) -> Option<(&str, bool)> {
    let path = strip_ignoring_case(path, "git::").unwrap_or(path);
    let schemes = ["ssh://", "https://", "http://", "file://"];
    let scheme = schemes
        .into_iter()
        .find_map(|scheme| strip_ignoring_case(path, scheme).map(|rest| (scheme, rest)));
    let (scheme, rest) = scheme.unwrap_or(("", path));
    let user = rest.find('@').map(|at| &rest[..at]).filter(|user| {
        user.starts_with(|c: char| c.is_ascii_alphabetic())
            && user.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    if scheme == "file://" {
        return Some((rest, true));
    }
    let rest = user.map_or(rest, |user| &rest[user.len() + 1..]);
    let github = ["github.com/", "github.com:"];
    let github = github.iter().any(|host| strip_ignoring_case(rest, host).is_some());
    let scp = scheme.is_empty() && (user.is_some() || github);
    if scheme.is_empty() && !scp {
        return None;
    }
    let slash = rest.find('/');
    let end = match rest.find(':').filter(|_| scp) {
        Some(colon) if slash.is_none_or(|slash| colon > 0 && colon < slash) => Some(colon),
        _ => slash,
    };
    match end {
        Some(0) if !github && scheme.is_empty() && user.is_none() => None,
        Some(end) => Some((&rest[end + 1..], false)),
        None if rest.is_empty() && !github => None,
        None => Some(("", false)),
    }
}

/// The path of the repository and the folder in it; no folder if there are too few names.
fn split(rest: &str, takes_all: bool) -> (&str, Option<&str>) {
    if let Some(at) = rest.find("_git/") {
        let name = at + "_git/".len();
        let end = rest[name..].find('/').map_or(rest.len(), |slash| name + slash);
        return (&rest[..end], Some(rest[end..].strip_prefix('/').unwrap_or_default()));
    }
    if let Some(at) = rest.find("//") {
        return (&rest[..at], Some(&rest[at + 2..]));
    }
    if let Some(at) = rest.find(".git") {
        return (&rest[..at + 4], Some(&rest[at + 4..]));
    }
    if takes_all {
        return (rest, Some(""));
    }
    let mut slashes = rest.match_indices('/').map(|(at, _)| at);
    match (slashes.next(), slashes.next()) {
        (None, _) => (rest, None),
        (Some(_), None) => (rest, Some("")),
        (Some(_), Some(second)) => (&rest[..second], Some(&rest[second + 1..])),
    }
}

fn leads_out(folder: &str) -> bool {
    let mut depth = 0_i32;
    for name in folder.split('/') {
        match name {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

fn strip_ignoring_case<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let start = path.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &path[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        for address in [
            "https://github.com/acme/fleet//base?ref=v1",
            "github.com/acme/fleet",
            "git@github.com:acme/fleet.git",
            "ssh://git@host/acme/fleet/base",
            "git::https://host/acme/fleet",
            "file:///srv/fleet",
            "https://host/a/_git/fleet/base",
            "user@host:acme/fleet",
        ] {
            assert!(is_repository(address), "{address}");
        }
        for path in [
            "../base",
            "github.com",
            "github.com/acme",
            "/github.com/acme/fleet",
            "host/acme/fleet",
            "https://host/acme",
            "https://github.com/acme/fleet//../up",
            "a@b/c",
            "base.git/x",
        ] {
            assert!(!is_repository(path), "{path}");
        }
        assert!(is_remote_file("HTTPS://host/a.yaml") && !is_remote_file("a.yaml"));
    }
}
