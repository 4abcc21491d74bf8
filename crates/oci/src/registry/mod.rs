//! What is asked of a registry, again where it helps, and what it answers.
//!
//! The requests are those of the [distribution
//! specification](https://github.com/opencontainers/distribution-spec/blob/main/spec.md). What fails in passing (no connection, a slow or a
//! cut one, 408, 429, 5xx) is tried again, each time after twice the wait and after what `Retry-After` says; what will not pass is not. All
//! bytes that come are proven against their digest before anybody gets them.

mod error;
mod referrers;
mod session;

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::http::Method;

use self::error::Again;
pub use self::error::RegistryError;
use self::session::Challenge;
use crate::auth::{Credentials, Finder, Found, Login, Secret};
use crate::blob::{Blob, BlobWriter};
use crate::environment::{Clock, Environment, SystemClock};
use crate::http::{Http, HttpError, Payload, Request, Response, join, words};
use crate::manifest::{
    Artifact, DOCKER_LIST, DOCKER_MANIFEST, Descriptor, FLUX_CONFIG, INDEX, MANIFEST, Manifest,
};
use crate::reference::{Digest, Reference, ReferenceError, Tag, is_loopback};

/// The longest that is waited because a registry says so.
const LONGEST: Duration = Duration::from_secs(60);
/// Pages of tags that are read: each has up to a thousand.
const PAGES: usize = 1000;

/// How a registry is dealt with.
#[derive(Clone)]
pub struct Settings {
    /// Where credentials come from.
    pub login: Login,
    /// How often what failed in passing is tried again.
    pub retries: u32,
    /// How long nothing may come before a request is given up.
    pub timeout: Duration,
    /// The variables.
    pub environment: Environment,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// What the program calls itself.
    pub user_agent: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            login: Login::Configured,
            retries: 4,
            timeout: Duration::from_secs(30),
            environment: Environment::default(),
            clock: Arc::new(SystemClock),
            user_agent: "tenantry".to_owned(),
        }
    }
}

/// Asks registries; one for all addresses of a run, so that tokens are asked for once.
pub struct Registry {
    http: Http,
    settings: Settings,
    /// What each registry wants, by its host.
    challenges: Mutex<HashMap<String, Challenge>>,
    /// What was found for each repository.
    found: Mutex<HashMap<String, Found>>,
    /// The `Authorization` for each host and scope.
    granted: Mutex<HashMap<(String, String), Secret>>,
}

/// A manifest as it came: the digest is of the bytes.
#[derive(Clone, Debug)]
pub struct RawManifest {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What kind of manifest the registry says it is.
    pub media_type: String,
    /// Their digest.
    pub digest: Digest,
}

impl RawManifest {
    /// As a descriptor, such as for what refers to it.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::of_bytes(&self.media_type, &self.bytes)
    }
}

/// What became of a blob that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was there.
    There,
    /// The registry took it from another repository of its own.
    Mounted,
    /// It was sent.
    Sent,
}

/// What became of an artifact that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The digest of its manifest.
    pub digest: Digest,
    /// Whether the manifest was under the tag already, so that nothing was sent at all.
    pub there: bool,
    /// Bytes of blobs that were sent.
    pub sent: u64,
}

/// What a request is for.
struct Asked<'a> {
    reference: &'a Reference,
    /// What is done, for messages: "pushing x".
    doing: &'a str,
    /// What may be missing, for messages: "manifest `v1` of `acme/fleet`".
    what: &'a str,
    push: bool,
    /// Another repository that must be read, too.
    from: Option<&'a str>,
}

impl Registry {
    /// With settings. Nothing is asked yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            http: Http::new(settings.timeout, &settings.user_agent),
            settings,
            challenges: Mutex::default(),
            found: Mutex::default(),
            granted: Mutex::default(),
        }
    }

    /// The digest, size and kind of the manifest that an address means.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn resolve(&self, reference: &Reference) -> Result<Descriptor, RegistryError> {
        let what = of_manifest(reference);
        let doing = format!("looking for {what}");
        let asked = Asked { reference, doing: &doing, what: &what, push: false, from: None };
        let found = self.retrying(|| {
            let request = manifest_request(Method::HEAD, reference);
            let response = self.ask(&asked, &request, &[200])?;
            let digest = response.header("docker-content-digest").and_then(|it| it.parse().ok());
            let size = response.header("content-length").and_then(|it| it.parse().ok());
            let kind = response.header("content-type").map(str::to_owned);
            Ok(digest.zip(size).zip(kind))
        })?;
        match found {
            Some(((digest, size), media_type))
                if reference.digest().is_none_or(|it| *it == digest) =>
            {
                Ok(Descriptor { media_type, digest, size, artifact_type: None, annotations: None })
            }
            // A registry need not say it.
            _ => Ok(self.manifest(reference)?.descriptor()),
        }
    }

    /// The manifest that an address means.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn manifest(&self, reference: &Reference) -> Result<RawManifest, RegistryError> {
        let what = of_manifest(reference);
        let doing = format!("getting {what}");
        let asked = Asked { reference, doing: &doing, what: &what, push: false, from: None };
        self.retrying(|| {
            let mut response =
                self.ask(&asked, &manifest_request(Method::GET, reference), &[200])?;
            let said: Option<Digest> =
                response.header("docker-content-digest").and_then(|it| it.parse().ok());
            let media_type = response.header("content-type").unwrap_or(MANIFEST).to_owned();
            let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
            let bytes = response.bytes().map_err(|error| self.failed(error, reference, &doing))?;
            let digest = Digest::of(&bytes);
            let expected = reference.digest().or(said.as_ref());
            if expected.is_some_and(|expected| *expected != digest) {
                return Err(RegistryError::WrongDigest {
                    registry: reference.registry().to_owned(),
                    what: what.clone(),
                    found: Some(digest),
                });
            }
            Ok(RawManifest { bytes, media_type, digest })
        })
    }

    /// The manifest of an artifact, read; and as it came.
    ///
    /// # Errors
    /// See [`RegistryError`]; one that is a list of others, or none at all, is no artifact's.
    pub fn artifact(
        &self,
        reference: &Reference,
    ) -> Result<(Manifest, RawManifest), RegistryError> {
        let raw = self.manifest(reference)?;
        let no = |reason: String| RegistryError::NoArtifact { what: reference.to_string(), reason };
        if raw.media_type == INDEX || raw.media_type == DOCKER_LIST {
            return Err(no("it is a list of manifests".to_owned()));
        }
        let manifest = serde_json::from_slice(&raw.bytes)
            .map_err(|error| no(format!("its manifest cannot be read: {error}")))?;
        Ok((manifest, raw))
    }

    /// The digest of the layer under an address: what says whether files changed. Nothing where nothing is there.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn layer_digest(&self, reference: &Reference) -> Result<Option<Digest>, RegistryError> {
        match self.artifact(reference) {
            Ok((manifest, _)) => Ok(manifest.content().map(|layer| layer.digest.clone())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Pushes a manifest under the address's tag, or under its digest alone.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn put_manifest(
        &self,
        reference: &Reference,
        bytes: &[u8],
        media_type: &str,
    ) -> Result<Digest, RegistryError> {
        self.put(reference, bytes, media_type).map(|(digest, _)| digest)
    }

    /// The same, and whether the registry minds what the manifest refers to.
    fn put(
        &self,
        reference: &Reference,
        bytes: &[u8],
        media_type: &str,
    ) -> Result<(Digest, bool), RegistryError> {
        let digest = Digest::of(bytes);
        let target = match reference.digest() {
            Some(_) => reference.with_digest(digest.clone()),
            None => reference.clone(),
        };
        let what = of_manifest(&target);
        let doing = format!("pushing {what}");
        let asked =
            Asked { reference: &target, doing: &doing, what: &what, push: true, from: None };
        let url = manifest_url(&target);
        self.retrying(|| {
            let request = Request::new(Method::PUT, &url)
                .header("content-type", media_type)
                .payload(Payload::Bytes(bytes));
            let response = self.ask(&asked, &request, &[201, 200, 202])?;
            let said = response.header("docker-content-digest").and_then(|it| it.parse().ok());
            if said.as_ref().is_some_and(|said| *said != digest) {
                return Err(RegistryError::WrongDigest {
                    registry: reference.registry().to_owned(),
                    what: what.clone(),
                    found: said,
                });
            }
            Ok((digest.clone(), response.header("oci-subject").is_some()))
        })
    }

    /// Whether a repository has a blob.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn has_blob(&self, reference: &Reference, digest: &Digest) -> Result<bool, RegistryError> {
        let what = format!("blob {digest}");
        let doing = format!("looking for {what}");
        let asked = Asked { reference, doing: &doing, what: &what, push: true, from: None };
        self.retrying(|| {
            let url = format!("{}/blobs/{digest}", base(reference));
            match self.ask(&asked, &Request::new(Method::HEAD, url), &[200]) {
                Ok(_) => Ok(true),
                Err(error) if error.is_not_found() => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// Pushes a blob unless it is there. With another repository of the registry that has it, the registry is asked to take it from there.
    /// `told` hears how many bytes are sent.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn push_blob(
        &self,
        reference: &Reference,
        blob: &Blob,
        mount_from: Option<&str>,
        told: &dyn Fn(u64),
    ) -> Result<Sent, RegistryError> {
        let digest = blob.digest();
        if self.has_blob(reference, digest)? {
            return Ok(Sent::There);
        }
        let what = of_blob(digest, blob.size());
        let doing = format!("pushing {what} to {}", reference.repository());
        let asked = Asked { reference, doing: &doing, what: &what, push: true, from: mount_from };
        self.retrying(|| {
            let mut url = format!("{}/blobs/uploads/", base(reference));
            if let Some(from) = mount_from {
                url.push_str(&format!("?mount={digest}&from={}", crate::http::encoded(from)));
            }
            let start = Request::new(Method::POST, &url);
            let response = self.ask(&asked, &start, &[202, 201])?;
            if response.status == 201 {
                return Ok(Sent::Mounted);
            }
            let protocol = |reason: String| RegistryError::Protocol {
                registry: reference.registry().to_owned(),
                reason,
            };
            let location = response
                .header("location")
                .ok_or_else(|| protocol("it says not where to upload to".to_owned()))?;
            let from = url.parse().map_err(|_| protocol(format!("`{url}` is no address")))?;
            let location =
                join(&from, location).map_err(|error| self.failed(error, reference, &doing))?;
            let mark = if location.contains('?') { '&' } else { '?' };
            let put = Request::new(Method::PUT, format!("{location}{mark}digest={digest}"))
                .header("content-type", "application/octet-stream")
                .payload(Payload::Blob(blob, told));
            self.ask(&asked, &put, &[201, 200, 202])?;
            Ok(Sent::Sent)
        })
    }

    /// Pulls a blob and proves that it is what its descriptor says. `told` hears how many bytes came.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn pull_blob(
        &self,
        reference: &Reference,
        descriptor: &Descriptor,
        told: &dyn Fn(u64),
    ) -> Result<Blob, RegistryError> {
        let digest = &descriptor.digest;
        let what = of_blob(digest, descriptor.size);
        let doing = format!("getting {what}");
        let asked = Asked { reference, doing: &doing, what: &what, push: false, from: None };
        self.retrying(|| {
            let mut request = Request::get(format!("{}/blobs/{digest}", base(reference)));
            request.expects = descriptor.size;
            let mut response = self.ask(&asked, &request, &[200])?;
            let mut writer = BlobWriter::default();
            let read = response.read(descriptor.size, |part| {
                writer.write_all(part)?;
                told(writer.size());
                Ok(())
            });
            let read = read.map_err(|error| match self.failed(error, reference, &doing) {
                RegistryError::Cut { registry, doing, reason } => RegistryError::Cut {
                    registry,
                    doing,
                    reason: format!(
                        "{reason} after {} of {} bytes",
                        writer.size(),
                        descriptor.size
                    ),
                },
                error => error,
            })?;
            let blob = writer.finish();
            let wrong = |found| RegistryError::WrongDigest {
                registry: reference.registry().to_owned(),
                what: what.clone(),
                found,
            };
            if read != descriptor.size {
                return Err(wrong(None));
            }
            if blob.digest() != digest {
                return Err(wrong(Some(blob.digest().clone())));
            }
            Ok(blob)
        })
    }

    /// All tags of a repository, in the registry's order.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn tags(&self, reference: &Reference) -> Result<Vec<Tag>, RegistryError> {
        #[derive(serde::Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let what = format!("repository `{}`", reference.repository());
        let doing = format!("listing the tags of {}", reference.repository());
        let asked = Asked { reference, doing: &doing, what: &what, push: false, from: None };
        let mut tags = Vec::new();
        let mut next = Some(format!("{}/tags/list?n=1000", base(reference)));
        for _ in 0..PAGES {
            let Some(url) = next else { break };
            let (page, following) = self.page::<Page>(&asked, &url)?;
            // What is no tag by the specification cannot be asked for.
            tags.extend(page.tags.unwrap_or_default().iter().filter_map(|tag| tag.parse().ok()));
            next = following;
        }
        Ok(tags)
    }

    /// A page of a list, and where the next one is.
    fn page<T: serde::de::DeserializeOwned>(
        &self,
        asked: &Asked<'_>,
        url: &str,
    ) -> Result<(T, Option<String>), RegistryError> {
        self.retrying(|| {
            let mut response = self.ask(asked, &Request::get(url), &[200])?;
            let next = response.header("link").and_then(next_page);
            let next = next.and_then(|link| join(&url.parse().ok()?, link).ok());
            // Credentials go along, so that the list goes on where it is.
            let next = next.filter(|next| next.starts_with(&origin(asked.reference)));
            let bytes = response
                .bytes()
                .map_err(|error| self.failed(error, asked.reference, asked.doing))?;
            let page = serde_json::from_slice(&bytes).map_err(|error| RegistryError::Protocol {
                registry: asked.reference.registry().to_owned(),
                reason: format!("while {}: {error}", asked.doing),
            })?;
            Ok((page, next))
        })
    }

    /// Pushes an artifact: first what its manifest names and the repository has not, then the manifest under the address's tag. Where the
    /// same manifest is there already, nothing is sent.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn push(
        &self,
        reference: &Reference,
        artifact: &Artifact,
        told: &dyn Fn(u64),
    ) -> Result<Pushed, RegistryError> {
        let digest = artifact.digest();
        match self.resolve(reference) {
            Ok(there) if there.digest == digest => {
                return Ok(Pushed { digest, there: true, sent: 0 });
            }
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            // Who may push and not pull is told by the push.
            Err(error) if matches!(error.last(), RegistryError::Forbidden { .. }) => {}
            Err(error) => return Err(error),
        }
        let config = Blob::of(artifact.config.clone());
        let mut sent = 0;
        for blob in [&artifact.layer, &config] {
            if self.push_blob(reference, blob, None, told)? == Sent::Sent {
                sent += blob.size();
            }
        }
        self.put_manifest(reference, &artifact.manifest.to_bytes(), MANIFEST)?;
        Ok(Pushed { digest, there: false, sent })
    }

    /// Pulls the layer of an artifact that Flux would take.
    ///
    /// # Errors
    /// See [`RegistryError`]; an artifact without a layer, too.
    pub fn pull_content(
        &self,
        reference: &Reference,
        manifest: &Manifest,
        told: &dyn Fn(u64),
    ) -> Result<Blob, RegistryError> {
        let Some(layer) = manifest.content() else {
            return Err(RegistryError::NoArtifact {
                what: reference.to_string(),
                reason: "its manifest has no layer".to_owned(),
            });
        };
        if !layer.media_type.ends_with("tar+gzip") && !layer.media_type.ends_with("tar.gzip") {
            let flux = manifest.config.media_type == FLUX_CONFIG;
            return Err(RegistryError::NoArtifact {
                what: reference.to_string(),
                reason: format!(
                    "its {}layer is `{}`, no gzipped tar archive",
                    if flux { "" } else { "first " },
                    layer.media_type
                ),
            });
        }
        self.pull_blob(reference, layer, told)
    }

    /// Puts what an address means under another tag of the same repository; nothing is sent but the manifest, and not even that where the
    /// tag has it already. Gives back the digest, and whether the tag is new or other than before.
    ///
    /// # Errors
    /// See [`RegistryError`].
    pub fn tag(&self, reference: &Reference, tag: &Tag) -> Result<(Digest, bool), RegistryError> {
        let manifest = self.manifest(reference)?;
        let target = reference.with_tag(tag.clone());
        match self.resolve(&target) {
            Ok(there) if there.digest == manifest.digest => return Ok((manifest.digest, false)),
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
        self.put_manifest(&target, &manifest.bytes, &manifest.media_type)?;
        Ok((manifest.digest, true))
    }

    /// Does something until it is done, will not pass, or was tried often enough.
    fn retrying<T>(
        &self,
        attempt: impl Fn() -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        let mut wait = Duration::from_millis(500);
        for tried in 1.. {
            let error = match attempt() {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let time = match error.again() {
                Again::Never => return Err(error),
                // Longer than anybody waits: better said than waited.
                Again::After(time) if time > LONGEST => return Err(error),
                Again::After(time) => time.max(wait),
                Again::Soon => wait,
            };
            if tried > self.settings.retries {
                return Err(match tried {
                    1 => error,
                    attempts => RegistryError::GaveUp { attempts, last: Box::new(error) },
                });
            }
            self.settings.clock.sleep(time);
            wait = (2 * wait).min(LONGEST);
        }
        unreachable!("attempts are bounded")
    }

    /// Asks once, and once more with credentials where they are wanted.
    fn ask(
        &self,
        asked: &Asked<'_>,
        request: &Request<'_>,
        fine: &[u16],
    ) -> Result<Response, RegistryError> {
        let reference = asked.reference;
        let registry = reference.registry();
        if let Login::Provider(provider) = self.settings.login {
            provider.check(registry)?;
        }
        let mut scope = format!(
            "repository:{}:{}",
            path(reference),
            if asked.push { "pull,push" } else { "pull" }
        );
        if let Some(from) = asked.from {
            scope.push_str(&format!(" repository:{from}:pull"));
        }
        let key = (registry.to_owned(), scope.clone());
        let known = lock(&self.granted).get(&key).cloned();
        let known = match known {
            Some(known) => Some(known),
            // Another scope of a registry that wants tokens: they are asked for at once.
            None => {
                let challenge = lock(&self.challenges).get(registry).cloned();
                challenge.map(|it| self.login(reference, &it, &scope)).transpose()?
            }
        };
        let mut response = self.send(asked, request, known.as_ref())?;
        if response.status == 401 {
            let challenges = response.headers.get_all("www-authenticate");
            let challenge = challenges
                .iter()
                .find_map(|header| Challenge::read(header.to_str().ok()?))
                .ok_or_else(|| RegistryError::Protocol {
                    registry: registry.to_owned(),
                    reason: "it answers 401 and says not which credentials it takes".to_owned(),
                })?;
            let said = words(&response.beginning());
            // A token that was taken before may have expired.
            let granted = self.login(reference, &challenge, &scope)?;
            if known.as_ref() != Some(&granted) {
                response = self.send(asked, request, Some(&granted))?;
            }
            if response.status == 401 {
                lock(&self.granted).remove(&key);
                let found = self.credentials(reference)?;
                let again = words(&response.beginning());
                return Err(RegistryError::Unauthorized {
                    registry: registry.to_owned(),
                    who: session::who(&found),
                    anonymous: found.credentials == Credentials::Anonymous,
                    words: if again.is_empty() { said } else { again },
                });
            }
        }
        if fine.contains(&response.status) {
            return Ok(response);
        }
        let found = lock(&self.found).get(&reference.name()).cloned();
        let found =
            found.unwrap_or(Found { credentials: Credentials::Anonymous, origin: String::new() });
        Err(refused(&mut response, registry, asked.doing, &found, asked.what, asked.push))
    }

    fn send(
        &self,
        asked: &Asked<'_>,
        request: &Request<'_>,
        authorization: Option<&Secret>,
    ) -> Result<Response, RegistryError> {
        let mut request = Request {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            ..*request
        };
        // An upload may go to another host, by an address that is a permission in itself.
        let at_home = request.url.starts_with(&origin(asked.reference));
        if let Some(authorization) = authorization.filter(|_| at_home) {
            request = request.header("authorization", authorization.reveal());
        }
        let response = self.http.send(&request);
        response.map_err(|error| self.failed(error, asked.reference, asked.doing))
    }

    /// The `Authorization` that answers a challenge.
    fn login(
        &self,
        reference: &Reference,
        challenge: &Challenge,
        scope: &str,
    ) -> Result<Secret, RegistryError> {
        let registry = reference.registry();
        let found = self.credentials(reference)?;
        let granted = session::answer(&self.http, challenge, scope, &found, registry)?;
        lock(&self.challenges).insert(registry.to_owned(), challenge.clone());
        lock(&self.granted).insert((registry.to_owned(), scope.to_owned()), granted.clone());
        Ok(granted)
    }

    fn credentials(&self, reference: &Reference) -> Result<Found, RegistryError> {
        let name = reference.name();
        if let Some(found) = lock(&self.found).get(&name) {
            return Ok(found.clone());
        }
        let finder = Finder {
            environment: &self.settings.environment,
            clock: &*self.settings.clock,
            http: &self.http,
        };
        let found = finder.find(&self.settings.login, reference)?;
        lock(&self.found).insert(name, found.clone());
        Ok(found)
    }

    fn failed(&self, error: HttpError, reference: &Reference, doing: &str) -> RegistryError {
        RegistryError::of(error, reference.registry(), doing)
    }
}

impl Registry {
    /// How it is dealt with; the services of signing are dealt with alike.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What sends requests.
    pub(crate) fn http(&self) -> &Http {
        &self.http
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error of an answer that is none that was hoped for.
fn refused(
    response: &mut Response,
    registry: &str,
    doing: &str,
    found: &Found,
    what: &str,
    push: bool,
) -> RegistryError {
    let status = response.status;
    let after = response.header("retry-after").and_then(|it| it.trim().parse().ok());
    let after = after.map(Duration::from_secs);
    let words = words(&response.beginning());
    let (registry, doing) = (registry.to_owned(), doing.to_owned());
    let (who, what) = (session::who(found), what.to_owned());
    let anonymous = found.credentials == Credentials::Anonymous;
    let lower = words.to_ascii_lowercase();
    let full = ["no space left", "insufficient storage", "quota", "disk full", "storage limit"];
    let is_full = full.iter().any(|text| lower.contains(text));
    match status {
        401 => RegistryError::Unauthorized { registry, who, anonymous, words },
        507 => RegistryError::Full { registry, what, status, words },
        403 | 500 if is_full => RegistryError::Full { registry, what, status, words },
        403 if anonymous => {
            let who = "no credentials".to_owned();
            RegistryError::Forbidden { registry, doing, who, anonymous, words }
        }
        403 => RegistryError::Forbidden { registry, doing, who, anonymous, words },
        404 => RegistryError::NotFound { registry, what, push, words },
        413 => RegistryError::TooLarge { registry, what, words },
        429 => RegistryError::TooMany { registry, after, words },
        408 | 500.. => RegistryError::Failed { registry, doing, status, words, after },
        300..=399 => RegistryError::Protocol {
            registry,
            reason: format!("it leads elsewhere ({status}) while {doing}"),
        },
        ..=399 => RegistryError::Protocol {
            registry,
            reason: format!("it answers {status} while {doing}"),
        },
        _ => RegistryError::Refused { registry, doing, status, words },
    }
}

/// The path of a repository: on Docker Hub, a name without a folder is in `library`.
fn path(reference: &Reference) -> String {
    let repository = reference.repository();
    match is_hub(reference.registry()) && !repository.contains('/') {
        true => format!("library/{repository}"),
        false => repository.to_owned(),
    }
}

fn is_hub(registry: &str) -> bool {
    matches!(registry, "docker.io" | "index.docker.io")
}

/// The scheme, host and `/` at the end.
fn origin(reference: &Reference) -> String {
    let registry = reference.registry();
    let scheme = if is_loopback(registry) { "http" } else { "https" };
    let host = if is_hub(registry) { "registry-1.docker.io" } else { registry };
    format!("{scheme}://{host}/")
}

fn base(reference: &Reference) -> String {
    format!("{}v2/{}", origin(reference), path(reference))
}

fn manifest_url(reference: &Reference) -> String {
    format!("{}/manifests/{}", base(reference), reference.selector())
}

fn manifest_request(method: Method, reference: &Reference) -> Request<'static> {
    let kinds = [MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_LIST];
    Request::new(method, manifest_url(reference)).header("accept", kinds.join(", "))
}

fn of_manifest(reference: &Reference) -> String {
    format!("manifest `{}` in `{}`", reference.selector(), reference.repository())
}

/// Enough of a digest to find it in a registry's log, and no more.
fn of_blob(digest: &Digest, bytes: u64) -> String {
    format!("blob {}… ({})", &digest.hex()[..12], size(bytes))
}

/// A size for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

/// The address of the next page in a `Link`.
fn next_page(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        rest.split(';')
            .any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"))
            .then_some(address)
    })
}

/// A tag that stands for the referrers of a digest where a registry has no list of them.
///
/// # Errors
/// Never for a SHA-256 digest.
pub fn referrers_tag(digest: &Digest) -> Result<Tag, ReferenceError> {
    format!("sha256-{}", digest.hex()).parse()
}
