//! A registry on this machine that keeps what it is given in memory, and fails as a test says.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, missing_docs)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flux_oci::reference::Digest;

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// With its query.
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub fn is(&self, method: &str, part: &str) -> bool {
        self.method == method && self.path.contains(part)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Answer {
    Is(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Announces so many bytes more than it sends, and closes.
    Cut(u16, Vec<u8>, usize),
    /// Closes at once.
    Close,
    /// Says nothing for a while.
    Hang(Duration),
}

pub fn status(status: u16, body: &str) -> Answer {
    Answer::Is(status, Vec::new(), body.as_bytes().to_vec())
}

pub fn with(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Answer::Is(status, headers, body.as_bytes().to_vec())
}

#[derive(Default)]
struct Kept {
    blobs: BTreeMap<String, Vec<u8>>,
    /// By repository and tag or digest, with their kind.
    manifests: BTreeMap<(String, String), (String, Vec<u8>)>,
    asked: Vec<Asked>,
}

type Fault = dyn Fn(&Asked, usize) -> Option<Answer> + Send + Sync;

/// The registry; what it was asked is remembered.
pub struct Server {
    pub host: String,
    kept: Arc<Mutex<Kept>>,
}

impl Server {
    /// One that never fails.
    pub fn new() -> Self {
        Self::failing(|_, _| None)
    }

    /// One that answers in its own way where the test says so. The number is how many requests of the same method and path came before.
    pub fn failing(
        fault: impl Fn(&Asked, usize) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let (shared, fault): (_, Arc<Fault>) = (Arc::clone(&kept), Arc::new(fault));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, fault) = (Arc::clone(&shared), Arc::clone(&fault));
                std::thread::spawn(move || serve(&stream, &shared, &*fault));
            }
        });
        Self { host, kept }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.kept.lock().unwrap().asked.clone()
    }

    /// What it was asked, as `METHOD path`.
    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }

    pub fn forget(&self) {
        self.kept.lock().unwrap().asked.clear();
    }

    pub fn put(&self, repository: &str, reference: &str, kind: &str, bytes: &[u8]) {
        let key = (repository.to_owned(), reference.to_owned());
        self.kept.lock().unwrap().manifests.insert(key, (kind.to_owned(), bytes.to_vec()));
    }

    pub fn put_blob(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.kept.lock().unwrap().blobs.insert(digest.to_string(), bytes.to_vec());
        digest
    }

    /// Other bytes under the same digest.
    pub fn damage(&self, digest: &Digest, bytes: &[u8]) {
        self.kept.lock().unwrap().blobs.insert(digest.to_string(), bytes.to_vec());
    }
}

fn serve(stream: &TcpStream, kept: &Mutex<Kept>, fault: &Fault) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(asked) = read(&mut reader) {
        let before = {
            let mut kept = kept.lock().unwrap();
            let same = |it: &&Asked| it.method == asked.method && it.path == asked.path;
            let before = kept.asked.iter().filter(same).count();
            kept.asked.push(asked.clone());
            before
        };
        let answer =
            fault(&asked, before).unwrap_or_else(|| answer(&asked, &mut kept.lock().unwrap()));
        if !write(stream, &asked, answer) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, headers, body })
}

/// Whether the connection stays.
fn write(mut stream: &TcpStream, asked: &Asked, answer: Answer) -> bool {
    let (status, headers, body, missing) = match answer {
        Answer::Is(status, headers, body) => (status, headers, body, 0),
        Answer::Cut(status, body, missing) => (status, Vec::new(), body, missing),
        Answer::Close => return false,
        Answer::Hang(time) => {
            std::thread::sleep(time);
            return false;
        }
    };
    let mut head = format!("HTTP/1.1 {status} X\r\n");
    let said = headers.iter().any(|(name, _)| *name == "content-length");
    if !said {
        head.push_str(&format!("content-length: {}\r\n", body.len() + missing));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    if asked.method != "HEAD" {
        bytes.extend(body);
    }
    stream.write_all(&bytes).is_ok() && missing == 0
}

fn answer(asked: &Asked, kept: &mut Kept) -> Answer {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let unknown =
        || status(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#);
    let Some(path) = path.strip_prefix("/v2/") else { return unknown() };
    let digest = |bytes: &[u8]| Digest::of(bytes).to_string();
    if let Some((name, _)) = path.split_once("/blobs/uploads/") {
        return match asked.method.as_str() {
            "POST" => {
                with(202, &[("location", &format!("/v2/{name}/blobs/uploads/1?state=x"))], "")
            }
            _ => {
                let said = query.split('&').find_map(|it| it.strip_prefix("digest="));
                let digest = digest(&asked.body);
                if said != Some(&*digest) {
                    return status(400, r#"{"errors":[{"code":"DIGEST_INVALID"}]}"#);
                }
                kept.blobs.insert(digest, asked.body.clone());
                status(201, "")
            }
        };
    }
    if let Some((_, digest)) = path.split_once("/blobs/") {
        return match kept.blobs.get(digest) {
            Some(bytes) => Answer::Is(200, Vec::new(), bytes.clone()),
            None => status(404, ""),
        };
    }
    if let Some((name, reference)) = path.split_once("/manifests/") {
        if asked.method == "PUT" {
            let digest = digest(&asked.body);
            let kept_as = (asked.header("content-type").to_owned(), asked.body.clone());
            for reference in [reference, &digest] {
                kept.manifests.insert((name.to_owned(), reference.to_owned()), kept_as.clone());
            }
            return with(201, &[("docker-content-digest", &digest)], "");
        }
        return match kept.manifests.get(&(name.to_owned(), reference.to_owned())) {
            Some((kind, bytes)) => {
                let headers =
                    vec![("content-type", kind.clone()), ("docker-content-digest", digest(bytes))];
                Answer::Is(200, headers, bytes.clone())
            }
            None => unknown(),
        };
    }
    if let Some((name, _)) = path.split_once("/tags/list") {
        // Two a page, so that there are pages.
        let last = query.split('&').find_map(|it| it.strip_prefix("last=")).unwrap_or_default();
        let tags = kept.manifests.keys().filter(|(of, tag)| of == name && !tag.contains(':'));
        let rest: Vec<&String> =
            tags.map(|(_, tag)| tag).filter(|tag| tag.as_str() > last).collect();
        let page: Vec<&&String> = rest.iter().take(2).collect();
        let body = serde_json::json!({ "name": name, "tags": page }).to_string();
        return match rest.len() > 2 {
            true => {
                let next = format!("</v2/{name}/tags/list?n=2&last={}>; rel=\"next\"", page[1]);
                with(200, &[("link", &next)], &body)
            }
            false => status(200, &body),
        };
    }
    status(404, "404 page not found")
}
