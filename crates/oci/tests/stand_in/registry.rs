//! A registry that keeps everything in memory, with a list of referrers or without, and lets tests look at and change what it keeps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flux_oci::manifest::{Descriptor, Index, MANIFEST, Manifest};
use flux_oci::reference::{Digest, Reference};
use serde_json::json;

use super::{Asked, Response, serve};

#[derive(Default)]
pub(crate) struct Content {
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
    /// By tag and by digest: the media type and the bytes.
    pub(crate) manifests: BTreeMap<String, (String, Vec<u8>)>,
    /// Requests that write, as method and path.
    pub(crate) writes: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Registry {
    pub(crate) address: String,
    pub(crate) content: Arc<Mutex<Content>>,
}

impl Registry {
    /// Starts one with an artifact under the tag `v1`.
    pub(crate) fn start(has_referrers: bool) -> Self {
        let content = Arc::new(Mutex::new(Content::default()));
        let shared = Arc::clone(&content);
        let address =
            serve(move |request| answer(request, &mut shared.lock().unwrap(), has_referrers));
        let registry = Self { address, content };
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": "application/vnd.cncf.flux.config.v1+json", "digest": Digest::of(b"{}"), "size": 2 },
            "layers": [],
        });
        registry.put("v1", MANIFEST, manifest.to_string().as_bytes());
        registry
    }

    /// The address of the artifact.
    pub(crate) fn artifact(&self) -> Reference {
        format!("{}/acme/fleet:v1", self.address).parse().unwrap()
    }

    pub(crate) fn put(&self, tag: &str, media_type: &str, bytes: &[u8]) {
        let mut content = self.content.lock().unwrap();
        let kept = (media_type.to_owned(), bytes.to_vec());
        content.manifests.insert(Digest::of(bytes).to_string(), kept.clone());
        content.manifests.insert(tag.to_owned(), kept);
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.content.lock().unwrap().manifests["v1"].1)
    }

    /// Requests that wrote since the last time.
    pub(crate) fn writes(&self) -> Vec<String> {
        std::mem::take(&mut self.content.lock().unwrap().writes)
    }
}

fn answer(request: &Asked, content: &mut Content, has_referrers: bool) -> Response {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if path == "/v2/" {
        return Response::json(200, &json!({}));
    }
    let Some(rest) = path.strip_prefix("/v2/acme/fleet/") else { return Response::new(404) };
    let (kind, name) = rest.split_once('/').unwrap_or((rest, ""));
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        content.writes.push(format!("{} {rest}", request.method));
    }
    match (request.method.as_str(), kind) {
        ("POST", "blobs") => {
            Response::new(202).header("location", "/v2/acme/fleet/blobs/uploads/1")
        }
        ("PUT", "blobs") => {
            let digest = Digest::of(&request.body).to_string();
            if !query.replace("%3A", ":").contains(&digest) {
                return Response::new(400);
            }
            content.blobs.insert(digest.clone(), request.body.clone());
            Response::new(201).header("docker-content-digest", digest)
        }
        (_, "blobs") => match content.blobs.get(name) {
            Some(blob) => Response::new(200)
                .header("content-length", blob.len().to_string())
                .body(blob.clone()),
            None => Response::new(404),
        },
        ("PUT", "manifests") => {
            let media_type = request.headers["content-type"].clone();
            let digest = Digest::of(&request.body).to_string();
            let kept = (media_type, request.body.clone());
            content.manifests.insert(name.to_owned(), kept.clone());
            content.manifests.insert(digest.clone(), kept);
            let response = Response::new(201).header("docker-content-digest", digest);
            let subject =
                serde_json::from_slice::<Manifest>(&request.body).ok().and_then(|it| it.subject);
            match subject.filter(|_| has_referrers) {
                Some(subject) => response.header("oci-subject", subject.digest.as_str()),
                None => response,
            }
        }
        (_, "manifests") => match content.manifests.get(name) {
            Some((media_type, bytes)) => {
                // What is asked for by its digest has it, whatever became of the bytes.
                let digest = if name.starts_with("sha256:") {
                    name.to_owned()
                } else {
                    Digest::of(bytes).to_string()
                };
                Response::new(200)
                    .header("content-type", media_type.as_str())
                    .header("content-length", bytes.len().to_string())
                    .header("docker-content-digest", digest)
                    .body(bytes.clone())
            }
            None => Response::new(404),
        },
        ("GET", "referrers") if has_referrers => {
            let refers = |(digest, (media_type, bytes)): (&String, &(String, Vec<u8>))| {
                let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
                let is = digest.starts_with("sha256:") && manifest.subject?.digest.as_str() == name;
                is.then(|| Descriptor {
                    artifact_type: manifest.artifact_type,
                    ..Descriptor::of_bytes(media_type, bytes)
                })
            };
            let index = Index {
                schema_version: 2,
                media_type: Some(flux_oci::manifest::INDEX.to_owned()),
                manifests: content.manifests.iter().filter_map(refers).collect(),
                annotations: None,
            };
            Response::new(200)
                .header("content-type", flux_oci::manifest::INDEX)
                .body(serde_json::to_vec(&index).unwrap())
        }
        _ => Response::new(404),
    }
}
