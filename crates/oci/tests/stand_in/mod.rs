//! Stand-ins for the services of keyless signing and for a registry, on loopback and in this process: what GitHub Actions, Fulcio, Rekor
//! and a registry answer by their specifications, with an authority and logs that are made when they start.

pub(crate) mod registry;
#[path = "../server/mod.rs"]
mod server;
pub(crate) mod sigstore;

use server::{Answer, Asked, Server};

/// An answer.
#[derive(Clone, Default)]
struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Response {
    fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status).header("content-type", "application/json").body(body.to_string())
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

/// Serves until the process ends; gives back `127.0.0.1:<port>`.
fn serve(answer: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> String {
    let answer = move |asked: &Asked, _| {
        let Response { status, headers, body } = answer(asked);
        Some(Answer::Is(status, headers, body))
    };
    Server::failing(answer).host
}
