//! How a registry is shown who asks: what it wants by its challenge, and the tokens that it gave.
//!
//! See [the token specification](https://distribution.github.io/distribution/spec/auth/token/) and
//! [OAuth 2](https://distribution.github.io/distribution/spec/auth/oauth/).

use base64::Engine as _;
use ureq::http::Method;

use super::error::RegistryError;
use crate::auth::{Credentials, Found, Secret};
use crate::http::{Http, Payload, Request, encoded, form, words};
use crate::reference::is_loopback;

/// What a registry asks for by `WWW-Authenticate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

impl Challenge {
    /// The first of the header's that is understood.
    pub(super) fn read(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let parameters = parameters(rest);
        let get = |name: &str| {
            let found = parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        Some(Self::Bearer { realm: get("realm")?, service: get("service"), scope: get("scope") })
    }
}

/// `a="b",c=d` as pairs.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start_matches([',', ' ']);
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => {
                let mut value = String::new();
                let mut chars = quoted.char_indices();
                let mut end = quoted.len();
                while let Some((at, char)) = chars.next() {
                    match char {
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        '\\' => value.extend(chars.next().map(|(_, char)| char)),
                        char => value.push(char),
                    }
                }
                (value, &quoted[end..])
            }
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        pairs.push((name.trim().to_owned(), value));
        rest = after.trim_start_matches([',', ' ']);
    }
    pairs
}

/// The `Authorization` of a user and a password.
pub(super) fn basic(username: &str, password: &Secret) -> Secret {
    let text = format!("{username}:{}", password.reveal());
    Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text)))
}

/// Who that is, for messages.
pub(super) fn who(found: &Found) -> String {
    match &found.credentials {
        Credentials::Anonymous => "requests without credentials".to_owned(),
        Credentials::Basic { username, .. } => {
            format!("the credentials of `{}` from {}", plain(username), found.origin)
        }
        Credentials::Identity(_) => format!("the token from {}", found.origin),
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(80).collect()
}

#[derive(serde::Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

/// The `Authorization` that answers a challenge, for a scope.
pub(super) fn answer(
    http: &Http,
    challenge: &Challenge,
    scope: &str,
    found: &Found,
    registry: &str,
) -> Result<Secret, RegistryError> {
    let unauthorized = |who: String, words: String, by: &str| RegistryError::Unauthorized {
        registry: by.to_owned(),
        who,
        anonymous: found.credentials == Credentials::Anonymous,
        words,
    };
    let (realm, service) = match challenge {
        Challenge::Basic => {
            return match &found.credentials {
                Credentials::Basic { username, password } => Ok(basic(username, password)),
                _ => Err(unauthorized(who(found), String::new(), registry)),
            };
        }
        Challenge::Bearer { realm, service, .. } => (realm, service),
    };
    let host = realm.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split(['/', '?']).next().unwrap_or_default();
    // A registry elsewhere must not have this machine's own services asked, nor be given credentials in the open.
    if is_loopback(host) && !is_loopback(registry) {
        return Err(RegistryError::Protocol {
            registry: registry.to_owned(),
            reason: format!("it wants a token of {host}, which is this machine"),
        });
    }
    let service = service.clone().unwrap_or_default();
    let body;
    let request = match &found.credentials {
        Credentials::Identity(token) => {
            body = form(&[
                ("grant_type", "refresh_token"),
                ("service", &service),
                ("client_id", "tenantry"),
                ("scope", scope),
                ("refresh_token", token.reveal()),
            ]);
            Request::new(Method::POST, realm)
                .header("content-type", "application/x-www-form-urlencoded")
                .payload(Payload::Bytes(body.as_bytes()))
        }
        other => {
            let mut url = format!("{realm}{}", if realm.contains('?') { '&' } else { '?' });
            if !service.is_empty() {
                url.push_str(&format!("service={}&", encoded(&service)));
            }
            let scopes: Vec<String> =
                scope.split(' ').map(|scope| format!("scope={}", encoded(scope))).collect();
            url.push_str(&scopes.join("&"));
            let request = Request::get(url);
            match other {
                Credentials::Basic { username, password } => {
                    request.header("authorization", basic(username, password).reveal())
                }
                _ => request,
            }
        }
    };
    let doing = format!("asking {host} for a token");
    let failed = |error| RegistryError::of(error, host, &doing);
    let mut response = http.send(&request).map_err(failed)?;
    match response.status {
        200 => {}
        400 | 401 | 403 | 404 => {
            return Err(unauthorized(who(found), words(&response.beginning()), host));
        }
        _ => return Err(super::refused(&mut response, host, &doing, found, "a token", false)),
    }
    let protocol = |reason: &str| RegistryError::Protocol {
        registry: host.to_owned(),
        reason: reason.to_owned(),
    };
    let bytes = response.bytes().map_err(failed)?;
    let token: Token = serde_json::from_slice(&bytes)
        .map_err(|_| protocol("a token was expected, and its answer is no JSON with one"))?;
    let token = if token.token.is_empty() { token.access_token } else { token.token };
    if token.is_empty() || token.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Err(protocol("a token was expected, and its answer has none"));
    }
    Ok(Secret::new(format!("Bearer {token}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let bearer = |realm: &str, service: Option<&str>, scope: Option<&str>| Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
            scope: scope.map(str::to_owned),
        };
        for (header, expected) in [
            ("Basic realm=\"x\"", Some(Challenge::Basic)),
            ("basic", Some(Challenge::Basic)),
            (
                "Bearer realm=\"https://a/token\",service=\"a.io\",scope=\"repository:x:pull,push\"",
                Some(bearer("https://a/token", Some("a.io"), Some("repository:x:pull,push"))),
            ),
            (
                "bearer service=b, realm=\"https://a\\\"b\"",
                Some(bearer("https://a\"b", Some("b"), None)),
            ),
            ("Bearer service=\"b\"", None),
            ("Negotiate", None),
            ("", None),
        ] {
            assert_eq!(Challenge::read(header), expected, "{header}");
        }
    }
}
