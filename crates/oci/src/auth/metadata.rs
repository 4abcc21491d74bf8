//! What the clouds' services are asked, and what comes of it.

use serde::de::DeserializeOwned;

use super::{AuthError, Provider};
use crate::http::{Http, HttpError, Request, words};

/// A service of a cloud.
pub(super) struct Service<'a> {
    pub http: &'a Http,
    pub provider: Provider,
    /// Who it is, for messages.
    pub name: String,
}

impl Service<'_> {
    /// What it answers; nothing where it cannot be reached.
    pub(super) fn reach(&self, request: &Request<'_>) -> Result<Option<Vec<u8>>, AuthError> {
        match self.http.send(request) {
            Ok(mut response) if response.status == 200 => {
                response.bytes().map(Some).map_err(|error| self.failed(error.to_string(), true))
            }
            Ok(mut response) => {
                let said = words(&response.beginning());
                let status = response.status;
                let said = if said.is_empty() { String::new() } else { format!(": {said}") };
                Err(self.failed(format!("{status}{said}"), status >= 500 || status == 429))
            }
            Err(HttpError::Connect(_) | HttpError::NoHost | HttpError::Slow(_)) => Ok(None),
            Err(error) => {
                Err(self.failed(error.to_string(), !matches!(error, HttpError::Plain(_))))
            }
        }
    }

    /// What it answers; an error where it cannot be reached.
    pub(super) fn ask(&self, request: &Request<'_>) -> Result<Vec<u8>, AuthError> {
        match self.reach(request)? {
            Some(answer) => Ok(answer),
            None => Err(self.failed("it cannot be reached".to_owned(), true)),
        }
    }

    /// An answer as what it should be.
    pub(super) fn read<T: DeserializeOwned>(&self, answer: &[u8]) -> Result<T, AuthError> {
        // What serde says may quote a value, which may be a secret.
        serde_json::from_slice(answer).map_err(|_| {
            self.failed("its answer is not of the form that was expected".to_owned(), false)
        })
    }

    pub(super) fn failed(&self, reason: String, outside: bool) -> AuthError {
        AuthError::Cloud { provider: self.provider, service: self.name.clone(), reason, outside }
    }
}
