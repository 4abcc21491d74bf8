//! Docker's configuration, podman's, and the helpers that they name.
//!
//! See `docker login`'s [reference](https://docs.docker.com/reference/cli/docker/login/#credential-stores) and
//! [containers-auth.json](https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md).

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{AuthError, Credentials, Found, Secret};
use crate::environment::Environment;
use crate::reference::Reference;

/// Where Docker Hub is kept in configurations.
const HUB: &str = "https://index.docker.io/v1/";

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

/// The credentials of the first configuration that has some for a repository; nobody's if none has.
pub(super) fn find(environment: &Environment, reference: &Reference) -> Result<Found, AuthError> {
    for path in files(environment) {
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(AuthError::Read { path, source }),
        };
        if text.is_empty() {
            continue;
        }
        let wrong = |reason: String| AuthError::Config { path: path.clone(), reason };
        let config: Config =
            serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if let Some(found) = config.find(&path, environment, reference)? {
            return Ok(found);
        }
    }
    Ok(Found { credentials: Credentials::Anonymous, origin: String::new() })
}

/// The files that may have credentials, in the order in which they are asked.
fn files(environment: &Environment) -> Vec<PathBuf> {
    let home = environment.path("HOME");
    let below = |base: &Option<PathBuf>, rest: &str| base.as_ref().map(|base| base.join(rest));
    let docker = environment.path("DOCKER_CONFIG").map(|folder| folder.join("config.json"));
    let files = [
        environment.path("REGISTRY_AUTH_FILE"),
        docker.or_else(|| below(&home, ".docker/config.json")),
        below(&environment.path("XDG_RUNTIME_DIR"), "containers/auth.json"),
        below(&environment.path("XDG_CONFIG_HOME"), "containers/auth.json")
            .or_else(|| below(&home, ".config/containers/auth.json")),
    ];
    files.into_iter().flatten().collect()
}

impl Config {
    fn find(
        &self,
        path: &Path,
        environment: &Environment,
        reference: &Reference,
    ) -> Result<Option<Found>, AuthError> {
        let registry = reference.registry();
        let hub = is_hub(registry);
        let server = if hub { HUB } else { registry };
        let origin = format!("`{}`", path.display());
        let helper = self.cred_helpers.get(registry).filter(|helper| !helper.is_empty());
        if let Some(helper) = helper {
            return ask(path, helper, environment, server);
        }
        if let Some((name, entry)) = self.entry(reference) {
            let credentials = entry.credentials().map_err(|reason| AuthError::Config {
                path: path.to_owned(),
                reason: format!("`auths.{name}` {reason}"),
            })?;
            if let Some(credentials) = credentials {
                return Ok(Some(Found { credentials, origin }));
            }
        }
        match self.creds_store.as_str() {
            "" => Ok(None),
            store => ask(path, store, environment, server),
        }
    }

    /// The entry that says most of the repository: its own, then those of the folders it is in, then the registry's.
    fn entry(&self, reference: &Reference) -> Option<(&str, &Entry)> {
        let mut name = reference.name();
        loop {
            if let Some((name, entry)) = self.auths.get_key_value(&name) {
                return Some((name, entry));
            }
            match name.rfind('/') {
                Some(at) => name.truncate(at),
                None => break,
            }
        }
        let wanted = |name: &str| match is_hub(reference.registry()) {
            true => is_hub(host(name)),
            false => host(name) == reference.registry() && name != reference.registry(),
        };
        let mut others = self.auths.iter().filter(|(name, _)| name.contains("://") || is_hub(name));
        others.find(|(name, _)| wanted(name)).map(|(name, entry)| (name.as_str(), entry))
    }
}

/// The host of a key, which may be an address.
fn host(name: &str) -> &str {
    let rest = name.split_once("://").map_or(name, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

fn is_hub(registry: &str) -> bool {
    matches!(registry, "docker.io" | "index.docker.io" | "registry-1.docker.io")
}

impl Entry {
    fn credentials(&self) -> Result<Option<Credentials>, &'static str> {
        if !self.identitytoken.is_empty() {
            return Ok(Some(Credentials::Identity(Secret::new(&self.identitytoken))));
        }
        let basic = |username: &str, password: &str| {
            Ok(Some(Credentials::Basic {
                username: username.to_owned(),
                password: Secret::new(password),
            }))
        };
        if self.auth.is_empty() {
            return match self.username.is_empty() {
                true => Ok(None),
                false => basic(&self.username, &self.password),
            };
        }
        let config =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
        let decoded =
            engine.decode(self.auth.trim()).ok().and_then(|it| String::from_utf8(it).ok());
        let decoded = decoded.ok_or("has an `auth` that is no base64")?;
        let (username, password) =
            decoded.split_once(':').ok_or("has an `auth` that is no `USER:PASSWORD` in base64")?;
        match username {
            "<token>" => Ok(Some(Credentials::Identity(Secret::new(password)))),
            // Docker fills what it leaves empty with zeros.
            _ => basic(username, password.trim_end_matches('\0')),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Runs a helper; nothing where it has nothing for the server.
fn ask(
    config: &Path,
    helper: &str,
    environment: &Environment,
    server: &str,
) -> Result<Option<Found>, AuthError> {
    let program = format!("docker-credential-{helper}");
    let missing = |source| AuthError::HelperMissing {
        path: config.to_owned(),
        helper: helper.to_owned(),
        registry: server.to_owned(),
        source,
    };
    let failed = |words: String| AuthError::Helper {
        helper: helper.to_owned(),
        registry: server.to_owned(),
        words,
    };
    let mut command = match environment {
        Environment::Process => Command::new(&program),
        Environment::Given(variables) => {
            let folders = variables.get("PATH").map(String::as_str).unwrap_or_default();
            let found = std::env::split_paths(folders).map(|folder| folder.join(&program));
            let program = found.into_iter().find(|path| path.is_file());
            let mut command =
                Command::new(program.ok_or_else(|| missing(io::ErrorKind::NotFound.into()))?);
            command.env_clear().envs(variables);
            command
        }
    };
    let piped = command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = piped.stderr(Stdio::piped()).spawn().map_err(missing)?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read what it is asked says so by its answer.
        let _ = input.write_all(server.as_bytes());
    }
    let output = child.wait_with_output().map_err(missing)?;
    let said = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    if !output.status.success() {
        // Helpers say why on standard output, by Docker's protocol.
        let words = format!("{} {}", said(&output.stdout), said(&output.stderr));
        let words = words.trim();
        if words.contains("credentials not found") {
            return Ok(None);
        }
        return Err(failed(if words.is_empty() {
            output.status.to_string()
        } else {
            words.to_owned()
        }));
    }
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("its answer is not JSON with `Username` and `Secret`".to_owned()))?;
    let secret = Secret::new(answer.secret);
    let credentials = match answer.username.as_str() {
        "<token>" => Credentials::Identity(secret),
        _ => Credentials::Basic { username: answer.username, password: secret },
    };
    Ok(Some(Found { credentials, origin: format!("`{program}`") }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn configured(config: &str, address: &str) -> Result<Found, AuthError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        let environment = Environment::of(&[("DOCKER_CONFIG", folder.path().to_str().unwrap())]);
        find(&environment, &address.parse().unwrap())
    }

    fn basic(username: &str, password: &str) -> Credentials {
        Credentials::Basic { username: username.to_owned(), password: Secret::new(password) }
    }

    #[test]
    fn the_entry_that_says_most_counts() {
        // me:one, me:two, me:three, hub:four
        let config = r#"{"auths": {
            "ghcr.io": {"auth": "bWU6b25l"},
            "ghcr.io/acme": {"auth": "bWU6dHdv"},
            "https://quay.io/v1/": {"auth": "bWU6dGhyZWU"},
            "https://index.docker.io/v1/": {"auth": "aHViOmZvdXI="},
            "id.example.com": {"auth": "eDo=", "identitytoken": "it"},
            "plain.example.com": {"username": "a", "password": "b"}
        }}"#;
        for (address, expected) in [
            ("ghcr.io/other/x", basic("me", "one")),
            ("ghcr.io/acme/x/y", basic("me", "two")),
            ("quay.io/x", basic("me", "three")),
            ("docker.io/acme/x", basic("hub", "four")),
            ("id.example.com/x", Credentials::Identity(Secret::new("it"))),
            ("plain.example.com/x", basic("a", "b")),
            ("other.example.com/x", Credentials::Anonymous),
        ] {
            assert_eq!(configured(config, address).unwrap().credentials, expected, "{address}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_configuration_is_said_without_its_secrets() {
        for (config, expected) in [
            ("{", "is no configuration of Docker's: EOF"),
            (
                r#"{"auths": {"ghcr.io": {"auth": "%secret%"}}}"#,
                "`auths.ghcr.io` has an `auth` that is no base64",
            ),
            (r#"{"auths": {"ghcr.io": {"auth": "c2VjcmV0"}}}"#, "that is no `USER:PASSWORD`"),
            (
                r#"{"credHelpers": {"ghcr.io": "none-such"}}"#,
                "`docker-credential-none-such` has the credentials of ghcr.io",
            ),
        ] {
            let error = configured(config, "ghcr.io/x").unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn helpers_are_asked() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let helper = |name: &str, script: &str| {
            let path = folder.path().join(format!("docker-credential-{name}"));
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        };
        helper(
            "ok",
            "read server; echo \"{\\\"Username\\\":\\\"$server\\\",\\\"Secret\\\":\\\"s\\\"}\"",
        );
        helper("token", "echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'");
        helper("none", "echo 'credentials not found in native keychain'; exit 1");
        helper("bad", "echo locked >&2; exit 1");
        helper("odd", "echo hello");
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        let asked = |config: &str, address: &str| {
            std::fs::write(folder.path().join("config.json"), config).unwrap();
            let folder = folder.path().to_str().unwrap();
            let environment = Environment::of(&[("DOCKER_CONFIG", folder), ("PATH", &path)]);
            find(&environment, &address.parse().unwrap())
        };
        let found =
            asked(r#"{"credHelpers": {"ghcr.io": "ok"}, "credsStore": "bad"}"#, "ghcr.io/x");
        assert_eq!(found.unwrap().credentials, basic("ghcr.io", "s"));
        let found = asked(r#"{"credsStore": "ok"}"#, "docker.io/acme/x");
        assert_eq!(found.unwrap().credentials, basic(HUB, "s"));
        let found = asked(r#"{"credsStore": "token"}"#, "ghcr.io/x").unwrap();
        assert_eq!(found.credentials, Credentials::Identity(Secret::new("t")));
        assert_eq!(found.origin, "`docker-credential-token`");
        let found = asked(r#"{"credsStore": "none"}"#, "ghcr.io/x").unwrap();
        assert_eq!(found.credentials, Credentials::Anonymous);
        for (name, words) in [("bad", "locked"), ("odd", "its answer is not JSON")] {
            let error = asked(&format!(r#"{{"credsStore": "{name}"}}"#), "ghcr.io/x").unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
