//! The token of an identity, as the place where a job runs hands it out.
//!
//! GitHub Actions gives one on request ([OpenID Connect](https://docs.github.com/en/actions/reference/security/oidc)) to a job with
//! `permissions: id-token: write`; GitLab and others put it into `SIGSTORE_ID_TOKEN`. Its audience is `sigstore`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::SignError;
use super::service::Service;
use crate::environment::Environment;
use crate::http::Request;
use crate::registry::Registry;

const AUDIENCE: &str = "sigstore";

/// A token. It is never shown.
pub struct Token {
    text: Zeroizing<String>,
    claims: Claims,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a token of {}", self.claims.iss)
    }
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    iss: String,
    #[serde(default)]
    sub: String,
    #[serde(default)]
    email: String,
    /// A truth value, and with some issuers its name.
    #[serde(default)]
    email_verified: serde_json::Value,
}

/// Where a token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// `SIGSTORE_ID_TOKEN`.
    Variable,
    /// `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    GitHubActions,
}

impl TokenSource {
    /// Which the environment offers.
    pub fn of(environment: &Environment) -> Option<Self> {
        if environment.var("SIGSTORE_ID_TOKEN").is_some() {
            return Some(Self::Variable);
        }
        let github = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
        github.iter().all(|name| environment.var(name).is_some()).then_some(Self::GitHubActions)
    }

    /// Takes the token.
    pub(super) fn token(self, registry: &Registry) -> Result<Token, SignError> {
        let environment = &registry.settings().environment;
        match self {
            Self::Variable => {
                Token::read(&environment.var("SIGSTORE_ID_TOKEN").unwrap_or_default())
            }
            Self::GitHubActions => {
                #[derive(Deserialize)]
                struct Answer {
                    value: String,
                }
                let url = environment.var("ACTIONS_ID_TOKEN_REQUEST_URL").unwrap_or_default();
                let password =
                    environment.var("ACTIONS_ID_TOKEN_REQUEST_TOKEN").unwrap_or_default();
                let separator = if url.contains('?') { '&' } else { '?' };
                let request = Request::get(format!("{url}{separator}audience={AUDIENCE}"))
                    .header("authorization", format!("bearer {password}"))
                    .header("accept", "application/json");
                let service = Service::new("GitHub Actions' token service", &url);
                let answer: Answer = service.json(registry, &request, &[200])?;
                Token::read(&answer.value)
            }
        }
    }
}

impl Token {
    /// Reads a token. It is not verified: that is for those who trust it.
    fn read(text: &str) -> Result<Self, SignError> {
        let text = Zeroizing::new(text.trim().to_owned());
        let claims = text
            .split('.')
            .nth(1)
            .and_then(|claims| BASE64_URL.decode(claims.trim_end_matches('=')).ok())
            .and_then(|claims| serde_json::from_slice(&claims).ok())
            .ok_or(SignError::NoToken)?;
        Ok(Self { text, claims })
    }

    pub(super) fn secret(&self) -> &str {
        &self.text
    }

    /// What a certificate is asked for by: the mail address that the issuer verified, or the subject.
    pub(super) fn subject(&self) -> Result<&str, SignError> {
        let Claims { sub, email, email_verified, .. } = &self.claims;
        let verified =
            email_verified.as_bool() == Some(true) || email_verified.as_str() == Some("true");
        match (email.is_empty(), verified) {
            (false, true) => Ok(email),
            (false, false) => Err(SignError::MailNotVerified(email.clone())),
            (true, _) if sub.is_empty() => Err(SignError::NoToken),
            (true, _) => Ok(sub),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn token(claims: &str) -> Result<Token, SignError> {
        Token::read(&format!("e30.{}.c2ln\n", BASE64_URL.encode(claims)))
    }

    #[test]
    fn the_subject_is_a_verified_mail_address_or_the_subject() {
        for (claims, subject) in [
            (
                r#"{"sub":"repo:acme/fleet:ref:refs/heads/main"}"#,
                "repo:acme/fleet:ref:refs/heads/main",
            ),
            (r#"{"sub":"1","email":"a@acme.example","email_verified":true}"#, "a@acme.example"),
            (r#"{"sub":"1","email":"a@acme.example","email_verified":"true"}"#, "a@acme.example"),
        ] {
            assert_eq!(token(claims).unwrap().subject().unwrap(), subject);
        }
        let unverified =
            token(r#"{"sub":"1","email":"a@acme.example","email_verified":false}"#).unwrap();
        assert!(matches!(unverified.subject(), Err(SignError::MailNotVerified(_))));
        assert!(matches!(token("{}").unwrap().subject(), Err(SignError::NoToken)));
    }

    #[test]
    fn what_is_no_token_is_said_and_not_shown() {
        for text in ["", "secret", "a.secret.c", "a..c"] {
            let error = Token::read(text).unwrap_err();
            assert!(!error.to_string().contains("secret"));
        }
        let token = token(r#"{"iss":"https://token.example","sub":"secret"}"#).unwrap();
        assert_eq!(format!("{token:?}"), "a token of https://token.example");
    }

    #[test]
    fn the_environment_offers_a_token_or_none() {
        let of = |variables: &[(&str, &str)]| TokenSource::of(&Environment::of(variables));
        let url = ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/?api-version=2.0");
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[url]), None);
        assert_eq!(
            of(&[url, ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")]),
            Some(TokenSource::GitHubActions)
        );
        assert_eq!(of(&[("SIGSTORE_ID_TOKEN", "t"), url]), Some(TokenSource::Variable));
    }
}
