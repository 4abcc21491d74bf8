//! What can go wrong with a registry, what is said of it, and what passes by itself.
#![allow(clippy::unwrap_used)]

mod server;

use std::sync::Arc;
use std::time::Duration;

use flux_oci::environment::{Environment, StoppedClock};
use flux_oci::manifest::{
    Annotations, Artifact, Descriptor, FLUX_CONTENT, INDEX, MANIFEST, Manifest,
};
use flux_oci::pack::Packer;
use flux_oci::reference::{Digest, Reference};
use flux_oci::registry::{Registry, RegistryError, Sent, Settings, referrers_tag};
use server::{Answer, Asked, Server, status, with};

fn artifact() -> Artifact {
    let mut packer = Packer::default();
    packer.folder(".").unwrap();
    packer.file("a.yaml", false, 5, &b"a: 1\n"[..]).unwrap();
    let layer = packer.finish().unwrap();
    Artifact::new(layer.blob, &layer.archive, "2026-01-01T00:00:00Z", Annotations::new())
}

fn client(clock: &Arc<StoppedClock>) -> Registry {
    Registry::new(Settings {
        environment: Environment::of(&[]),
        clock: Arc::clone(clock) as _,
        timeout: Duration::from_millis(500),
        ..Settings::default()
    })
}

fn at(server: &Server) -> Reference {
    format!("{}/acme/fleet:v1", server.host).parse().unwrap()
}

/// Pushes, and gives back what was said, and how long it would have been waited.
fn pushed(
    fault: impl Fn(&Asked, usize) -> Option<Answer> + Send + Sync + 'static,
) -> (Result<(), String>, Vec<u64>) {
    let server = Server::failing(fault);
    let clock = Arc::new(StoppedClock::default());
    let result = client(&clock).push(&at(&server), &artifact(), &|_| ());
    let said = result.map(drop).map_err(|error| {
        assert!(error.help().is_some(), "{error}");
        error.to_string().replace(&server.host, "REGISTRY")
    });
    (said, clock.slept().iter().map(|time| u64::try_from(time.as_millis()).unwrap()).collect())
}

#[test]
fn what_passes_is_tried_again_after_twice_the_wait() {
    for failing in [status(500, ""), status(503, ""), status(408, ""), Answer::Close] {
        let (said, slept) = pushed(move |asked, before| {
            (asked.is("POST", "/uploads/") && before < 3).then(|| failing.clone())
        });
        assert_eq!((said, slept), (Ok(()), vec![500, 1000, 2000]));
    }
}

#[test]
fn what_does_not_pass_is_given_up_and_said() {
    for (answer, expected) in [
        (
            status(
                500,
                r#"{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":"boom"}]}"#,
            ),
            "REGISTRY failed while pushing blob DIGEST (117 B) to acme/fleet (500): UNKNOWN: unknown error (boom); it was tried 5 times",
        ),
        (
            status(429, r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}"#),
            "REGISTRY wants fewer requests: TOOMANYREQUESTS: slow down; it was tried 5 times",
        ),
        (
            with(429, &[("retry-after", "3600")], ""),
            "REGISTRY wants fewer requests, and none for 3600s",
        ),
        (
            status(403, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#),
            "REGISTRY forbids pushing blob DIGEST (117 B) to acme/fleet with no credentials: DENIED: no",
        ),
        (status(404, "<html>no</html>"), "REGISTRY has no blob DIGEST (117 B)"),
        (status(405, ""), "REGISTRY refuses pushing blob DIGEST (117 B) to acme/fleet (405)"),
        (status(413, ""), "REGISTRY takes nothing so large as blob DIGEST (117 B)"),
        (status(507, ""), "REGISTRY has no room for blob DIGEST (117 B) (507)"),
        (
            status(
                500,
                r#"{"errors":[{"code":"UNKNOWN","detail":"write /var/x: no space left on device"}]}"#,
            ),
            "REGISTRY has no room for blob DIGEST (117 B) (500): UNKNOWN (write /var/x: no space left on device)",
        ),
        (
            status(401, ""),
            "REGISTRY does not speak as a registry does: it answers 401 and says not which credentials it takes",
        ),
        (
            status(302, ""),
            "REGISTRY does not speak as a registry does: it leads elsewhere (302) while pushing blob DIGEST (117 B) to acme/fleet",
        ),
        (
            Answer::Close,
            "REGISTRY closed the connection while pushing blob DIGEST (117 B) to acme/fleet: peer disconnected; it was tried 5 times",
        ),
        (
            Answer::Hang(Duration::from_secs(2)),
            "REGISTRY is too slow: nothing came for 500ms while pushing blob DIGEST (117 B) to acme/fleet; it was tried 5 times",
        ),
    ] {
        let (said, slept) =
            pushed(move |asked, _| asked.is("PUT", "/uploads/").then(|| answer.clone()));
        let said = said
            .unwrap_err()
            .replace(&format!("{}…", &artifact().layer_digest().hex()[..12]), "DIGEST");
        assert_eq!(said, expected);
        let waits: &[u64] = if said.ends_with("times") { &[500, 1000, 2000, 4000] } else { &[] };
        assert_eq!(slept, waits, "{said}");
    }
}

#[test]
fn a_registry_says_when_to_come_again() {
    let (said, slept) = pushed(|asked, before| {
        (asked.is("PUT", "/manifests/") && before == 0)
            .then(|| with(429, &[("retry-after", "7")], ""))
    });
    assert_eq!((said, slept), (Ok(()), vec![7000]));
}

#[test]
fn one_that_is_down_is_said() {
    let clock = Arc::new(StoppedClock::default());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let reference: Reference = format!("{nobody}/acme/fleet:v1").parse().unwrap();
    let error = client(&clock).push(&reference, &artifact(), &|_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{nobody} cannot be reached: connection refused; it was tried 5 times")
    );
    assert!(error.is_outside() && clock.slept().len() == 4);
}

#[test]
fn what_is_there_is_not_sent_again() {
    let server = Server::new();
    let clock = Arc::new(StoppedClock::default());
    let first = client(&clock).push(&at(&server), &artifact(), &|_| ()).unwrap();
    assert!(!first.there && first.sent > 0);
    server.forget();
    let again = client(&clock).push(&at(&server), &artifact(), &|_| ()).unwrap();
    assert!(again.there && again.sent == 0);
    assert_eq!(server.lines(), ["HEAD /v2/acme/fleet/manifests/v1"]);
    server.forget();
    let other = at(&server).with_tag("v2".parse().unwrap());
    let other = client(&clock).push(&other, &artifact(), &|_| ()).unwrap();
    assert!(!other.there && other.sent == 0);
    assert!(!server.asked().iter().any(|asked| asked.is("PUT", "/blobs/")));
}

#[test]
fn a_run_after_one_that_was_cut_off_sends_what_is_missing() {
    let server = Server::failing(|asked, before| {
        (asked.is("PUT", "/manifests/") && before == 0).then(|| status(403, ""))
    });
    let clock = Arc::new(StoppedClock::default());
    client(&clock).push(&at(&server), &artifact(), &|_| ()).unwrap_err();
    server.forget();
    // Forgetting makes the first attempt the first again.
    client(&clock).push(&at(&server), &artifact(), &|_| ()).unwrap_err();
    client(&clock).push(&at(&server), &artifact(), &|_| ()).unwrap();
    assert!(!server.asked().iter().any(|asked| asked.is("PUT", "/blobs/")), "{:?}", server.lines());
}

#[test]
fn what_comes_is_proven() {
    let clock = Arc::new(StoppedClock::default());
    let server = Server::new();
    let bytes = b"the right bytes";
    let digest = server.put_blob(bytes);
    let wanted = Descriptor::of_bytes(FLUX_CONTENT, bytes);
    let blob = client(&clock).pull_blob(&at(&server), &wanted, &|_| ()).unwrap();
    assert_eq!(blob.digest(), &digest);
    for other in [&b"the wrong bytes"[..], b"fewer", b"many more bytes than there should be"] {
        server.damage(&digest, other);
        let error = client(&clock).pull_blob(&at(&server), &wanted, &|_| ()).unwrap_err();
        assert!(matches!(error.last(), RegistryError::WrongDigest { .. }), "{error}");
    }
    // A manifest, too.
    let reference = at(&server).with_digest(Digest::of(b"{}"));
    server.put("acme/fleet", reference.digest().unwrap().as_str(), MANIFEST, b"[]");
    let error = client(&clock).manifest(&reference).unwrap_err();
    assert!(matches!(error.last(), RegistryError::WrongDigest { found: Some(_), .. }), "{error}");
}

#[test]
fn a_blob_that_is_cut_is_got_again() {
    let bytes = vec![7; 100_000];
    let cut = bytes.clone();
    let server = Server::failing(move |asked, before| {
        (asked.is("GET", "/blobs/") && before < 2)
            .then(|| Answer::Cut(200, cut[..40_000].to_vec(), 60_000))
    });
    server.put_blob(&bytes);
    let clock = Arc::new(StoppedClock::default());
    let wanted = Descriptor::of_bytes(FLUX_CONTENT, &bytes);
    client(&clock).pull_blob(&at(&server), &wanted, &|_| ()).unwrap();
    assert_eq!(clock.slept().len(), 2);
    let server = Server::failing(move |asked, _| {
        asked.is("GET", "/blobs/").then(|| Answer::Cut(200, vec![7; 40_000], 60_000))
    });
    let error = client(&clock).pull_blob(&at(&server), &wanted, &|_| ()).unwrap_err();
    assert!(matches!(error.last(), RegistryError::Cut { .. }), "{error}");
    assert!(error.to_string().contains("after 40000 of 100000 bytes"), "{error}");
}

#[test]
fn tags_come_page_by_page() {
    let server = Server::new();
    for tag in ["a", "b", "c", "d", "e"] {
        server.put("acme/fleet", tag, MANIFEST, b"{}");
    }
    let clock = Arc::new(StoppedClock::default());
    let tags = client(&clock).tags(&at(&server)).unwrap();
    assert_eq!(tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
}

#[test]
fn a_blob_is_taken_from_a_repository_beside() {
    let server =
        Server::failing(|asked, _| asked.is("POST", "?mount=sha256:").then(|| status(201, "")));
    let clock = Arc::new(StoppedClock::default());
    let artifact = artifact();
    let sent = client(&clock).push_blob(&at(&server), &artifact.layer, Some("acme/base"), &|_| ());
    assert_eq!(sent.unwrap(), Sent::Mounted);
    assert!(server.lines().last().unwrap().ends_with("&from=acme%2Fbase"), "{:?}", server.lines());
    // One that does not take it is sent the blob.
    let server = Server::new();
    let sent = client(&clock).push_blob(&at(&server), &artifact.layer, Some("acme/base"), &|_| ());
    assert_eq!(sent.unwrap(), Sent::Sent);
}

#[test]
fn referrers_are_found_with_and_without_the_list() {
    let subject = Descriptor::of_bytes(MANIFEST, b"{}");
    let signature = Manifest {
        schema_version: 2,
        media_type: Some(MANIFEST.to_owned()),
        artifact_type: Some("application/x.signature".to_owned()),
        config: Descriptor::of_bytes("application/vnd.oci.empty.v1+json", b"{}"),
        layers: Vec::new(),
        subject: Some(subject.clone()),
        annotations: None,
    };
    let clock = Arc::new(StoppedClock::default());
    let server = Server::new();
    let client = client(&clock);
    let pushed = client.push_referrer(&at(&server), &signature).unwrap();
    client.push_referrer(&at(&server), &signature).unwrap();
    let tag = at(&server).with_tag(referrers_tag(&subject.digest).unwrap());
    assert_eq!(client.resolve(&tag).unwrap().media_type, INDEX);
    let found = client.referrers(&at(&server), &subject.digest, None).unwrap();
    assert_eq!(found, std::slice::from_ref(&pushed));
    let none = client.referrers(&at(&server), &subject.digest, Some("application/other")).unwrap();
    assert!(none.is_empty());
    // A registry with the list.
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": [pushed] }).to_string();
    let server = Server::failing(move |asked, _| {
        if asked.is("GET", "/referrers/sha256:") {
            return Some(status(200, &index));
        }
        asked.is("PUT", "/manifests/").then(|| with(201, &[("oci-subject", "x")], ""))
    });
    client.push_referrer(&at(&server), &signature).unwrap();
    assert_eq!(client.referrers(&at(&server), &subject.digest, None).unwrap(), [pushed]);
    assert!(!server.lines().iter().any(|line| line.contains("sha256-")), "{:?}", server.lines());
}

#[test]
fn redirects_are_followed_without_credentials() {
    let bytes = b"stored elsewhere";
    let store = Server::failing(|asked, _| {
        assert_eq!(asked.header("authorization"), "");
        Some(status(200, "stored elsewhere"))
    });
    let there = format!("http://{}/signed?x=y", store.host);
    let server = Server::failing(move |asked, _| {
        if asked.header("authorization").is_empty() {
            return Some(with(401, &[("www-authenticate", "Basic realm=x")], ""));
        }
        asked.is("GET", "/blobs/").then(|| with(307, &[("location", &there)], ""))
    });
    let registry = Registry::new(Settings {
        login: flux_oci::auth::Login::Given {
            username: "me".to_owned(),
            password: flux_oci::auth::Secret::new("secret"),
        },
        ..Settings::default()
    });
    let wanted = Descriptor::of_bytes(FLUX_CONTENT, bytes);
    registry.pull_blob(&at(&server), &wanted, &|_| ()).unwrap();
    assert_eq!(store.asked().len(), 1);
    // Nor are they followed to another machine in the open.
    let server = Server::failing(|asked, _| {
        asked.is("GET", "/blobs/").then(|| with(307, &[("location", "http://192.0.2.1/")], ""))
    });
    let error = registry.pull_blob(&at(&server), &wanted, &|_| ()).unwrap_err();
    assert!(matches!(error, RegistryError::PlainHttp { .. }), "{error}");
}
