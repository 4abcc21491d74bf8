//! How the services of keyless signing are asked: again where that may help, and with an error that says which of them did not answer.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::SignError;
use crate::http::{HttpError, Request, Response};
use crate::registry::Registry;

/// A service, by its name and address.
pub(super) struct Service<'a> {
    name: &'static str,
    url: &'a str,
}

impl<'a> Service<'a> {
    pub(super) fn new(name: &'static str, url: &'a str) -> Self {
        Self { name, url }
    }

    /// Asks, and reads the answer's JSON if it has one of these statuses.
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        registry: &Registry,
        request: &Request<'_>,
        statuses: &[u16],
    ) -> Result<T, SignError> {
        let response = self.ask(registry, request)?;
        self.read(response, statuses)
    }

    /// Asks until there is an answer that asking again would not change.
    pub(super) fn ask(
        &self,
        registry: &Registry,
        request: &Request<'_>,
    ) -> Result<Response, SignError> {
        let mut wait = Duration::from_millis(500);
        for again in (0..=registry.settings().retries).rev() {
            match registry.http().send(request) {
                Ok(response) if again > 0 && matches!(response.status, 429 | 500..=599) => {}
                Ok(response) => return Ok(response),
                Err(error) if again == 0 || !passes(&error) => {
                    return Err(self.failed(error.to_string()));
                }
                Err(_) => {}
            }
            registry.settings().clock.sleep(wait);
            wait *= 2;
        }
        Err(self.failed("it does not answer".to_owned()))
    }

    /// Reads an answer's JSON if it has one of these statuses.
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        mut response: Response,
        statuses: &[u16],
    ) -> Result<T, SignError> {
        let body = response.bytes().map_err(|error| self.failed(error.to_string()))?;
        if !statuses.contains(&response.status) {
            let said = serde_json::from_slice::<serde_json::Value>(&body)
                .ok()
                .and_then(|said| Some(said.get("message")?.as_str()?.to_owned()));
            let reason = match said {
                Some(said) => format!("{}: {said}", response.status),
                None => response.status.to_string(),
            };
            return Err(match response.status {
                400..=499 if response.status != 429 => {
                    SignError::Refused { service: self.name, reason }
                }
                _ => self.failed(reason),
            });
        }
        serde_json::from_slice(&body).map_err(|error| self.odd(error.to_string()))
    }

    /// An answer that is not what the service says by its specification.
    pub(super) fn odd(&self, reason: String) -> SignError {
        SignError::OddAnswer { service: self.name, reason }
    }

    fn failed(&self, reason: String) -> SignError {
        SignError::Unreachable { service: self.name, url: self.url.to_owned(), reason }
    }
}

/// Whether an error may be gone a moment later.
fn passes(error: &HttpError) -> bool {
    matches!(error, HttpError::Connect(_) | HttpError::Slow(_) | HttpError::Cut(_))
}
