//! HTTP as everything here speaks it: one request, one answer, whatever its status.
//!
//! Plain HTTP goes to this machine alone and, where a cloud's metadata service is asked, to its link-local address. Redirects are followed
//! for what only reads, and credentials do not go along to another host. Nothing here repeats a request: that is for those who know
//! whether it helps.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use ureq::http::{self, HeaderMap, Method, Uri, header};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, SendBody};

use crate::blob::Blob;
use crate::reference::is_loopback;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// And one to a metadata service, which is near.
const METADATA: Duration = Duration::from_secs(2);
/// A transfer that is slower than so many bytes a second is given up, however steadily it trickles.
const SLOWEST: u64 = 16 * 1024;
/// How often a request is led elsewhere.
const REDIRECTS: usize = 5;
/// An answer that is read as a whole has so many bytes at most.
pub(crate) const ANSWER: u64 = 4 << 20;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// Plain HTTP to another machine.
    #[error("`{0}` would be asked over plain HTTP")]
    Plain(String),
    /// No connection.
    #[error("{0}")]
    Connect(String),
    /// No such host.
    #[error("no host of this name is known")]
    NoHost,
    /// The certificate, or what else TLS wants.
    #[error("{0}")]
    Tls(String),
    /// Nothing came for so long.
    #[error("nothing came for {0:?}")]
    Slow(Duration),
    /// The connection ended before the answer did.
    #[error("the connection ended early: {0}")]
    Cut(String),
    /// What was sent could not be read here.
    #[error("{0}")]
    Local(io::Error),
    /// No HTTP, or an address that is none.
    #[error("{0}")]
    Protocol(String),
}

/// What is sent with a request.
#[derive(Clone, Copy)]
pub(crate) enum Payload<'a> {
    Nothing,
    Bytes(&'a [u8]),
    Blob(&'a Blob, &'a dyn Fn(u64)),
}

impl Payload<'_> {
    fn size(&self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Blob(blob, _) => blob.size(),
        }
    }
}

/// A request.
pub(crate) struct Request<'a> {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub payload: Payload<'a>,
    /// How many bytes the answer may have, if that is known.
    pub expects: u64,
    /// Whether the address is a metadata service's, which speaks plain HTTP.
    pub link_local: bool,
}

impl<'a> Request<'a> {
    pub(crate) fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            payload: Payload::Nothing,
            expects: 0,
            link_local: false,
        }
    }

    pub(crate) fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn payload(mut self, payload: Payload<'a>) -> Self {
        self.payload = payload;
        self
    }

    pub(crate) fn link_local(mut self) -> Self {
        self.link_local = true;
        self
    }
}

/// An answer.
pub(crate) struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    body: Body,
    idle: Duration,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All of it, up to [`ANSWER`].
    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, HttpError> {
        let mut bytes = Vec::new();
        self.read(ANSWER, |part| {
            bytes.extend_from_slice(part);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Its beginning, whatever happens after it.
    pub(crate) fn beginning(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = self.read(64 * 1024, |part| {
            bytes.extend_from_slice(part);
            Ok(())
        });
        bytes
    }

    /// Hands it on as it comes; gives back its size, which is more than `limit` where it was not read to its end.
    pub(crate) fn read(
        &mut self,
        limit: u64,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<u64, HttpError> {
        let idle = self.idle;
        let mut reader = self.body.with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 64 * 1024];
        let mut size = 0;
        while size <= limit {
            let read = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(told(ureq::Error::from(error), idle)),
            };
            take(&buffer[..read]).map_err(HttpError::Local)?;
            size += read as u64;
        }
        Ok(size)
    }
}

/// What sends requests.
#[derive(Clone)]
pub(crate) struct Http {
    agent: Agent,
    idle: Duration,
}

impl Http {
    /// `idle` is how long nothing may come before a request is given up.
    pub(crate) fn new(idle: Duration, user_agent: &str) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(
                rustls::crypto::aws_lc_rs::default_provider(),
            ))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls)
            .timeout_connect(Some(CONNECT.min(idle)))
            .timeout_recv_response(Some(idle))
            .timeout_per_read(Some(idle))
            .timeout_per_write(Some(idle))
            .output_buffer_size(256 * 1024)
            .user_agent(user_agent)
            .build();
        Self { agent: config.into(), idle }
    }

    /// Sends a request, and follows redirects of what only reads.
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<Response, HttpError> {
        let mut url = uri(&request.url)?;
        let first = url.clone();
        for _ in 0..=REDIRECTS {
            let response = self.once(request, &url, same_origin(&first, &url))?;
            let reads = request.method == Method::GET || request.method == Method::HEAD;
            let moved = matches!(response.status, 301 | 302 | 303 | 307 | 308);
            let Some(location) = response.header("location").filter(|_| moved && reads) else {
                return Ok(response);
            };
            url = uri(&join(&url, location)?)?;
        }
        Err(HttpError::Protocol(format!("it is led elsewhere more than {REDIRECTS} times")))
    }

    fn once(&self, request: &Request<'_>, url: &Uri, at_home: bool) -> Result<Response, HttpError> {
        let host = url.host().unwrap_or_default();
        let plain = url.scheme_str() == Some("http");
        if plain && !(is_loopback(host) || request.link_local && is_link_local(host)) {
            return Err(HttpError::Plain(host.to_owned()));
        }
        let mut builder = http::Request::builder().method(&request.method).uri(url);
        for (name, value) in &request.headers {
            if at_home || *name != "authorization" {
                builder = builder.header(*name, value);
            }
        }
        let protocol = |error: http::Error| HttpError::Protocol(error.to_string());
        let sent = match request.payload {
            Payload::Nothing
                if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) =>
            {
                let http = builder.body(&[][..]).map_err(protocol)?;
                self.run(http, request)
            }
            Payload::Nothing => self.run(builder.body(()).map_err(protocol)?, request),
            Payload::Bytes(bytes) => self.run(builder.body(bytes).map_err(protocol)?, request),
            Payload::Blob(blob, told) => {
                let reader = blob.reader().map_err(HttpError::Local)?;
                let mut counted = Counted { reader, sent: 0, told };
                let body = SendBody::from_reader(&mut counted);
                let builder = builder.header(header::CONTENT_LENGTH, blob.size());
                self.run(builder.body(body).map_err(protocol)?, request)
            }
        };
        let (parts, body) = sent.map_err(|error| told(error, self.idle))?.into_parts();
        Ok(Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            idle: self.idle,
        })
    }

    fn run(
        &self,
        http: http::Request<impl ureq::AsSendBody>,
        request: &Request<'_>,
    ) -> Result<http::Response<Body>, ureq::Error> {
        let bytes = request.payload.size() + request.expects;
        let whole = 2 * self.idle + CONNECT + Duration::from_secs(bytes / SLOWEST);
        let config = self.agent.configure_request(http).timeout_per_call(Some(whole));
        // No proxy stands between a machine and itself, or its metadata.
        let request = match request.link_local {
            // On another machine than a cloud's, nobody answers there.
            true => config.proxy(None).timeout_connect(Some(METADATA.min(self.idle))).build(),
            false if is_loopback_url(&request.url) => config.proxy(None).build(),
            false => config.build(),
        };
        self.agent.run(request)
    }
}

/// Tells how far a body is.
struct Counted<'a> {
    reader: Box<dyn Read + 'a>,
    sent: u64,
    told: &'a dyn Fn(u64),
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.sent += read as u64;
        (self.told)(self.sent);
        Ok(read)
    }
}

fn told(error: ureq::Error, idle: Duration) -> HttpError {
    match error {
        ureq::Error::Timeout(ureq::Timeout::Connect) => {
            HttpError::Connect(format!("no connection within {:?}", CONNECT.min(idle)))
        }
        ureq::Error::Timeout(_) => HttpError::Slow(idle),
        ureq::Error::HostNotFound => HttpError::NoHost,
        ureq::Error::ConnectionFailed => HttpError::Connect("no connection".to_owned()),
        ureq::Error::ConnectProxyFailed(words) => {
            HttpError::Connect(format!("the proxy makes no connection: {words}"))
        }
        ureq::Error::Rustls(error) => HttpError::Tls(error.to_string()),
        ureq::Error::Tls(words) => HttpError::Tls(words.to_owned()),
        ureq::Error::Protocol(error) => {
            HttpError::Protocol(format!("its answer is no HTTP: {error}"))
        }
        ureq::Error::Io(error) => io_told(&error, idle),
        other => HttpError::Protocol(other.to_string()),
    }
}

fn io_told(error: &io::Error, idle: Duration) -> HttpError {
    use io::ErrorKind as Kind;
    let text = plainly(error);
    if let Some(reason) = text.strip_prefix("failed to lookup address information: ") {
        return match reason.contains("Temporary") {
            true => HttpError::Connect(format!("its name cannot be looked up: {reason}")),
            false => HttpError::NoHost,
        };
    }
    match error.kind() {
        Kind::TimedOut | Kind::WouldBlock => HttpError::Slow(idle),
        Kind::ConnectionRefused | Kind::HostUnreachable | Kind::NetworkUnreachable => {
            HttpError::Connect(plainly(error))
        }
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::BrokenPipe
        | Kind::UnexpectedEof => HttpError::Cut(plainly(error)),
        Kind::InvalidData => HttpError::Tls(error.to_string()),
        _ => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(error) => HttpError::Tls(error.to_string()),
            None => HttpError::Cut(plainly(error)),
        },
    }
}

/// An error of the operating system without its number.
fn plainly(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn uri(text: &str) -> Result<Uri, HttpError> {
    let url: Uri =
        text.parse().map_err(|_| HttpError::Protocol(format!("`{text}` is no address")))?;
    match url.scheme_str() {
        Some("http" | "https") if url.host().is_some() => Ok(url),
        _ => Err(HttpError::Protocol(format!("`{text}` is no address of HTTP"))),
    }
}

/// Where a `Location` leads from an address.
pub(crate) fn join(from: &Uri, location: &str) -> Result<String, HttpError> {
    if location.starts_with("http://") || location.starts_with("https://") {
        return Ok(location.to_owned());
    }
    let scheme = from.scheme_str().unwrap_or("https");
    let authority = from.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    if let Some(rest) = location.strip_prefix("//") {
        return Ok(format!("{scheme}://{rest}"));
    }
    match location.strip_prefix('/') {
        Some(path) => Ok(format!("{scheme}://{authority}/{path}")),
        None if location.starts_with('?') => {
            Ok(format!("{scheme}://{authority}{}{location}", from.path()))
        }
        None => {
            let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            Ok(format!("{scheme}://{authority}{folder}/{location}"))
        }
    }
}

fn same_origin(one: &Uri, other: &Uri) -> bool {
    one.scheme() == other.scheme() && one.authority() == other.authority()
}

fn is_loopback_url(url: &str) -> bool {
    uri(url).is_ok_and(|url| url.host().is_some_and(is_loopback))
}

/// The addresses of the clouds' metadata services: 169.254.0.0/16, and AWS's of IPv6.
pub(crate) fn is_link_local(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse() {
        Ok(std::net::IpAddr::V4(address)) => address.is_link_local(),
        Ok(std::net::IpAddr::V6(address)) => {
            let parts = address.segments();
            parts[0] == 0xfd00 && parts[1] == 0x0ec2
        }
        // Google's own name for its address.
        Err(_) => host == "metadata.google.internal",
    }
}

/// A text as part of an address's query.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

/// Pairs as a form.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// What a failed request said, in one short line that plays no tricks with a terminal: the errors of the distribution specification, or a
/// text, or nothing of a page for browsers.
pub(crate) fn words(bytes: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Said {
        #[serde(default)]
        errors: Vec<One>,
        #[serde(alias = "error_description", alias = "Message")]
        message: Option<String>,
        details: Option<serde_json::Value>,
        error: Option<serde_json::Value>,
    }
    #[derive(serde::Deserialize)]
    struct One {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
        #[serde(default)]
        detail: serde_json::Value,
    }
    let text = match serde_json::from_slice::<Said>(bytes) {
        Ok(said) => {
            let errors = said.errors.iter().map(|one| {
                let detail = match &one.detail {
                    serde_json::Value::String(detail) if !detail.is_empty() => {
                        format!(" ({detail})")
                    }
                    _ => String::new(),
                };
                match (one.code.is_empty(), one.message.is_empty()) {
                    (_, true) => format!("{}{detail}", one.code),
                    (true, _) => format!("{}{detail}", one.message),
                    _ => format!("{}: {}{detail}", one.code, one.message),
                }
            });
            let errors = errors.collect::<Vec<_>>().join("; ");
            let value = |value: Option<serde_json::Value>| match value {
                Some(serde_json::Value::String(text)) => Some(text),
                Some(serde_json::Value::Object(map)) => {
                    map.get("message").and_then(|text| text.as_str()).map(str::to_owned)
                }
                _ => None,
            };
            match errors.is_empty() {
                false => errors,
                true => {
                    said.message.or(value(said.error)).or(value(said.details)).unwrap_or_default()
                }
            }
        }
        Err(_) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.trim_start().starts_with('<') => text.to_owned(),
            _ => String::new(),
        },
    };
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut line: String = line.chars().filter(|char| !char.is_control()).collect();
    if let Some((at, _)) = line.char_indices().nth(300) {
        line.truncate(at);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn locations_lead_from_where_they_were_said() {
        let from: Uri = "https://a.example:1/v2/x/uploads/".parse().unwrap();
        for (location, expected) in [
            ("https://b.example/c?d=e", "https://b.example/c?d=e"),
            ("/v2/y?z=1", "https://a.example:1/v2/y?z=1"),
            ("z", "https://a.example:1/v2/x/uploads/z"),
            ("?n=2", "https://a.example:1/v2/x/uploads/?n=2"),
            ("//b.example/c", "https://b.example/c"),
        ] {
            assert_eq!(join(&from, location).unwrap(), expected);
        }
    }

    #[test]
    fn plain_http_goes_nowhere_but_here() {
        let http = Http::new(Duration::from_secs(1), "test");
        for url in ["http://192.0.2.1/", "http://169.254.169.254/"] {
            assert!(matches!(http.send(&Request::get(url)), Err(HttpError::Plain(_))), "{url}");
        }
        let metadata = Request::get("http://192.0.2.1/").link_local();
        assert!(matches!(http.send(&metadata), Err(HttpError::Plain(_))));
    }

    #[test]
    fn what_a_registry_says_is_one_line() {
        for (bytes, expected) in [
            (
                &br#"{"errors":[{"code":"DENIED","message":"no\n way","detail":"x"}]}"#[..],
                "DENIED: no way (x)",
            ),
            (br#"{"errors":[{"code":"DENIED"},{"message":"b"}]}"#, "DENIED; b"),
            (br#"{"error":"invalid_grant","error_description":"expired"}"#, "expired"),
            (br#"{"details":"incorrect username or password"}"#, "incorrect username or password"),
            (b"<html>a page</html>", ""),
            (b"full \x1b[31mdisk\n", "full [31mdisk"),
            (b"\xff", ""),
        ] {
            assert_eq!(words(bytes), expected);
        }
        assert_eq!(words("x".repeat(1000).as_bytes()).chars().count(), 301);
    }
}
