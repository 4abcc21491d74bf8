//! Signing and verifying against a registry and against stand-ins for Fulcio, Rekor and GitHub Actions, all on loopback.

#![allow(clippy::unwrap_used)]

mod stand_in;

use std::sync::Arc;

use flux_oci::environment::{Environment, StoppedClock};
use flux_oci::manifest::Annotations;
use flux_oci::reference::Digest;
use flux_oci::registry::{Registry as Client, Settings};
use flux_oci::sign::{By, Outcome, Request, SignError, TokenSource, sign};
use flux_oci::signature::Format::{self, Bundle, Tag};
use flux_oci::signature::private_key::PrivateKey;
use flux_oci::verify::{
    CertificateError, Expectation, Fault, LogError, Policy, Report, Signer, Trust, TrustedRoot,
    VerifyError, verify,
};
use stand_in::registry::Registry;
use stand_in::sigstore::{self, IDENTITY, ISSUER, Sigstore};

const BOTH: &[Format] = &[Tag, Bundle];

fn client(variables: &[(&str, String)]) -> Client {
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Client::new(Settings {
        environment: Environment::of(&variables),
        clock: Arc::new(StoppedClock::at(1_790_000_000)),
        ..Settings::default()
    })
}

fn annotations(pairs: &[(&str, &str)]) -> Annotations {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn by_key() -> By {
    By::Key { key: PrivateKey::generate().unwrap(), rekor: None }
}

fn key_of(by: &By) -> Trust {
    match by {
        By::Key { key, .. } => Trust::Key { key: key.public().clone(), log: None },
        By::Identity { .. } => unreachable!(),
    }
}

fn signed(
    registry: &Registry,
    client: &Client,
    by: &By,
    formats: &[Format],
    said: &[(&str, &str)],
) -> Outcome {
    let (reference, annotations) = (registry.artifact(), annotations(said));
    let request = Request { reference: &reference, by, formats, annotations: &annotations };
    sign(client, &request).unwrap()
}

fn verified(
    registry: &Registry,
    trust: Trust,
    formats: &[Format],
    said: &[(&str, &str)],
) -> Result<Report, VerifyError> {
    let policy = Policy { trust, annotations: annotations(said) };
    verify(&client(&[]), &registry.artifact(), formats, &policy)
}

fn faults(error: VerifyError) -> Vec<Fault> {
    match error {
        VerifyError::NoneHolds { faults, .. } => {
            faults.into_iter().map(|(_, fault)| fault).collect()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_key_signs_in_both_formats_and_once() {
    for has_referrers in [true, false] {
        let (registry, client, by) = (Registry::start(has_referrers), client(&[]), by_key());
        let outcome = signed(&registry, &client, &by, BOTH, &[("env", "production")]);
        assert_eq!(outcome.digest, registry.digest());
        assert_eq!((outcome.added.as_slice(), outcome.there.as_slice()), (BOTH, &[][..]));
        for format in BOTH {
            let report =
                verified(&registry, key_of(&by), &[*format], &[("env", "production")]).unwrap();
            assert_eq!(report.verified.len(), 1);
            assert_eq!((report.verified[0].format, report.digest), (*format, registry.digest()));
        }
        registry.writes();
        let again = signed(&registry, &client, &by, BOTH, &[("env", "production")]);
        assert_eq!((again.added.as_slice(), again.there.as_slice()), (&[][..], BOTH));
        assert_eq!(registry.writes(), Vec::<String>::new());
        // What says something else is another signature, and so is one that says less.
        assert_eq!(signed(&registry, &client, &by, BOTH, &[]).added, BOTH);
        assert_eq!(signed(&registry, &client, &by, BOTH, &[("env", "staging")]).added, BOTH);
        assert_eq!(verified(&registry, key_of(&by), BOTH, &[]).unwrap().verified.len(), 6);
        assert_eq!(
            verified(&registry, key_of(&by), BOTH, &[("env", "staging")]).unwrap().verified.len(),
            2
        );
    }
}

#[test]
fn somebody_elses_signatures_stay() {
    let (registry, client, first, second) =
        (Registry::start(false), client(&[]), by_key(), by_key());
    signed(&registry, &client, &first, BOTH, &[]);
    signed(&registry, &client, &second, BOTH, &[]);
    for by in [&first, &second] {
        let report = verified(&registry, key_of(by), BOTH, &[]).unwrap();
        assert_eq!((report.verified.len(), report.faults.len()), (2, 2));
        assert!(report.faults.iter().all(|(_, fault)| matches!(fault, Fault::WrongKey(_))));
    }
}

#[test]
fn what_is_missing_changed_or_by_others_is_told_apart() {
    let (registry, client, by) = (Registry::start(false), client(&[]), by_key());
    let reference = registry.artifact();
    let error = verified(&registry, key_of(&by), BOTH, &[]).unwrap_err();
    assert!(matches!(&error, VerifyError::NoSignature { .. }), "{error}");
    assert!(!error.is_outside());

    signed(&registry, &client, &by, BOTH, &[("env", "production")]);
    let other = faults(verified(&registry, key_of(&by_key()), BOTH, &[]).unwrap_err());
    assert!(matches!(other.as_slice(), [Fault::WrongKey(_), Fault::WrongKey(_)]));
    let staging =
        faults(verified(&registry, key_of(&by), BOTH, &[("env", "staging")]).unwrap_err());
    assert!(matches!(staging.as_slice(), [Fault::Annotation { .. }, Fault::Annotation { .. }]));
    let identity = Trust::Identity {
        subject: Expectation::Exact(IDENTITY.to_owned()),
        issuer: Expectation::Exact(ISSUER.to_owned()),
        root: TrustedRoot::from_json(&Sigstore::start().trusted_root().to_string()).unwrap(),
    };
    let keyed = faults(verified(&registry, identity, BOTH, &[]).unwrap_err());
    assert!(matches!(keyed.as_slice(), [Fault::OtherKind { .. }, Fault::OtherKind { .. }]));

    // The signatures of one manifest moved to another.
    let digest = registry.digest();
    registry.put(
        "v2",
        flux_oci::manifest::MANIFEST,
        b"{\"schemaVersion\":2,\"config\":{},\"layers\":[]}",
    );
    let moved = {
        let mut content = registry.content.lock().unwrap();
        let to = Digest::of(&content.manifests["v2"].1);
        let tag = content.manifests[&format!("sha256-{}.sig", digest.hex())].clone();
        content.manifests.insert(format!("sha256-{}.sig", to.hex()), tag);
        let list = content.manifests[&format!("sha256-{}", digest.hex())].clone();
        content.manifests.insert(format!("sha256-{}", to.hex()), list);
        reference.with_digest(to)
    };
    let policy = Policy { trust: key_of(&by), annotations: Annotations::new() };
    let moved = faults(verify(&client, &moved, BOTH, &policy).unwrap_err());
    assert!(
        matches!(moved.as_slice(), [Fault::OtherDigest { .. }, Fault::OtherDigest { .. }]),
        "{moved:?}"
    );

    // The payload and the bundle replaced in the registry.
    {
        let mut content = registry.content.lock().unwrap();
        for blob in content
            .blobs
            .values_mut()
            .filter(|blob| blob.len() > 300 || blob.starts_with(b"{\"critical"))
        {
            let at = blob.iter().rposition(u8::is_ascii_alphanumeric).unwrap();
            blob[at] ^= 1;
        }
    }
    let changed = faults(verified(&registry, key_of(&by), BOTH, &[]).unwrap_err());
    assert!(changed.iter().all(|fault| fault.to_string().contains("was changed")), "{changed:?}");

    // The manifest itself.
    registry.content.lock().unwrap().manifests.get_mut(digest.as_str()).unwrap().1.push(b' ');
    let error = verify(&client, &reference.with_digest(digest), BOTH, &policy).unwrap_err();
    assert!(matches!(&error, VerifyError::Changed { .. }), "{error}");
    assert!(!error.is_outside());
}

#[test]
fn a_registry_that_is_down_is_no_missing_signature() {
    let by = by_key();
    let policy = Policy { trust: key_of(&by), annotations: Annotations::new() };
    let error = verify(&client(&[]), &"127.0.0.1:1/acme/fleet:v1".parse().unwrap(), BOTH, &policy)
        .unwrap_err();
    assert!(error.is_outside(), "{error}");
}

fn keyless(sigstore: &Sigstore) -> By {
    By::Identity {
        token: TokenSource::GitHubActions,
        fulcio: sigstore.url.clone(),
        rekor: sigstore.url.clone(),
    }
}

fn identity(sigstore: &Sigstore) -> Trust {
    Trust::Identity {
        subject: Expectation::Exact(IDENTITY.to_owned()),
        issuer: Expectation::Exact(ISSUER.to_owned()),
        root: TrustedRoot::from_json(&sigstore.trusted_root().to_string()).unwrap(),
    }
}

#[test]
fn an_identity_signs_in_both_formats() {
    let (registry, sigstore) = (Registry::start(true), Sigstore::start());
    let client = client(&sigstore.environment());
    let outcome = signed(&registry, &client, &keyless(&sigstore), BOTH, &[("env", "production")]);
    assert_eq!(outcome.added, BOTH);
    let report = verified(&registry, identity(&sigstore), BOTH, &[("env", "production")]).unwrap();
    assert_eq!(report.verified.len(), 2, "{:?}", report.faults);
    for (index, one) in report.verified.iter().enumerate() {
        assert_eq!(
            one.signer,
            Signer::Identity { subject: IDENTITY.to_owned(), issuer: ISSUER.to_owned() }
        );
        assert_eq!(one.logged.unwrap().index, 1000 + index as i64);
    }
    // By pattern, too, and by a token from the variable.
    let patterns = Trust::Identity {
        subject: Expectation::Pattern(r"^https://github\.com/acme/".parse().unwrap()),
        issuer: Expectation::Pattern("githubusercontent".parse().unwrap()),
        root: TrustedRoot::from_json(&sigstore.trusted_root().to_string()).unwrap(),
    };
    verified(&registry, patterns, BOTH, &[]).unwrap();
    let variable = self::client(&[("SIGSTORE_ID_TOKEN", Sigstore::token())]);
    let by = By::Identity {
        token: TokenSource::Variable,
        fulcio: sigstore.url.clone(),
        rekor: sigstore.url.clone(),
    };
    signed(&registry, &variable, &by, &[Bundle], &[]);
    assert_eq!(verified(&registry, identity(&sigstore), &[Bundle], &[]).unwrap().verified.len(), 2);
}

#[test]
fn another_identity_issuer_or_root_does_not_do() {
    let (registry, sigstore) = (Registry::start(true), Sigstore::start());
    signed(&registry, &client(&sigstore.environment()), &keyless(&sigstore), BOTH, &[]);
    let root = || TrustedRoot::from_json(&sigstore.trusted_root().to_string()).unwrap();
    let exact = |text: &str| Expectation::Exact(text.to_owned());
    for (subject, issuer) in [
        (exact("https://github.com/acme/other"), exact(ISSUER)),
        (exact(IDENTITY), exact("https://gitlab.com")),
        (Expectation::Pattern("^github$".parse().unwrap()), exact(ISSUER)),
    ] {
        let trust = Trust::Identity { subject, issuer, root: root() };
        let found = faults(verified(&registry, trust, BOTH, &[]).unwrap_err());
        assert!(
            found.iter().all(|fault| matches!(fault, Fault::OtherIdentity { .. })),
            "{found:?}"
        );
    }
    let found = faults(verified(&registry, identity(&Sigstore::start()), BOTH, &[]).unwrap_err());
    assert!(
        found.iter().all(|fault| matches!(fault, Fault::Log(LogError::UnknownLog(_)))),
        "{found:?}"
    );
    // The logs of one and the authority of another.
    let mut mixed = sigstore.trusted_root();
    mixed["certificateAuthorities"] =
        Sigstore::start().trusted_root()["certificateAuthorities"].clone();
    let trust = Trust::Identity {
        subject: exact(IDENTITY),
        issuer: exact(ISSUER),
        root: TrustedRoot::from_json(&mixed.to_string()).unwrap(),
    };
    let found = faults(verified(&registry, trust, BOTH, &[]).unwrap_err());
    let untrusted =
        |fault: &Fault| matches!(fault, Fault::Certificate(CertificateError::Untrusted(_)));
    assert!(found.iter().all(untrusted), "{found:?}");
    // A key does not do for a certificate.
    let found = faults(verified(&registry, key_of(&by_key()), BOTH, &[]).unwrap_err());
    assert!(found.iter().all(|fault| matches!(fault, Fault::OtherKind { .. })), "{found:?}");
}

#[test]
fn what_authorities_and_logs_do_wrong_is_found_when_verifying() {
    type Expected = fn(&Fault) -> bool;
    let cases: [(sigstore::Fault, Expected); 5] = [
        (sigstore::Fault::Expired, |fault| {
            matches!(fault, Fault::Certificate(CertificateError::Untrusted(_)))
        }),
        (sigstore::Fault::OtherUsage, |fault| {
            matches!(fault, Fault::Certificate(CertificateError::Untrusted(_)))
        }),
        (sigstore::Fault::NoTimestamp, |fault| {
            matches!(fault, Fault::Certificate(CertificateError::NotLogged))
        }),
        (sigstore::Fault::WrongPromise, |fault| {
            matches!(fault, Fault::Log(LogError::WrongPromise))
        }),
        (sigstore::Fault::WrongProof, |fault| matches!(fault, Fault::Log(LogError::WrongProof(_)))),
    ];
    for (fault, expected) in cases {
        let (registry, sigstore) = (Registry::start(true), Sigstore::start());
        sigstore.fault(fault);
        // The tag format keeps no proof.
        let formats = if fault == sigstore::Fault::WrongProof { &[Bundle][..] } else { BOTH };
        signed(&registry, &client(&sigstore.environment()), &keyless(&sigstore), formats, &[]);
        let found = faults(verified(&registry, identity(&sigstore), formats, &[]).unwrap_err());
        assert!(found.iter().all(expected), "{fault:?}: {found:?}");
    }
}

#[test]
fn what_services_do_wrong_ends_in_a_message_and_pushes_nothing() {
    for (fault, expected, outside) in [
        (
            sigstore::Fault::Refused,
            "Fulcio refuses (400: There was an error processing the identity token)",
            false,
        ),
        (
            sigstore::Fault::OtherKey,
            "the answer of Fulcio is not what its specification says: its certificate is for another key",
            false,
        ),
        (
            sigstore::Fault::OtherEntry,
            "the answer of Rekor is not what its specification says: the entry is of something else: its signature is another one",
            false,
        ),
        (sigstore::Fault::Down, "Rekor at URL fails: 500", true),
    ] {
        let (registry, sigstore) = (Registry::start(true), Sigstore::start());
        sigstore.fault(fault);
        let (reference, annotations, by) =
            (registry.artifact(), Annotations::new(), keyless(&sigstore));
        let request =
            Request { reference: &reference, by: &by, formats: BOTH, annotations: &annotations };
        let error = sign(&client(&sigstore.environment()), &request).unwrap_err();
        assert_eq!(error.to_string().replace(&sigstore.url, "URL"), expected);
        assert_eq!(error.is_outside(), outside);
        assert_eq!(registry.writes(), Vec::<String>::new());
    }
    // What passes is waited for, and an entry that is there already is taken.
    for fault in [sigstore::Fault::Once, sigstore::Fault::Conflict] {
        let (registry, sigstore) = (Registry::start(true), Sigstore::start());
        sigstore.fault(fault);
        signed(&registry, &client(&sigstore.environment()), &keyless(&sigstore), BOTH, &[]);
        verified(&registry, identity(&sigstore), BOTH, &[]).unwrap();
    }
    // A job without the right to a token, and a variable that is none.
    let (registry, sigstore) = (Registry::start(true), Sigstore::start());
    let mut variables = sigstore.environment();
    variables[1].1 = "another".to_owned();
    let (reference, annotations) = (registry.artifact(), Annotations::new());
    let by = keyless(&sigstore);
    let request =
        Request { reference: &reference, by: &by, formats: BOTH, annotations: &annotations };
    let error = sign(&client(&variables), &request).unwrap_err();
    assert_eq!(error.to_string(), "GitHub Actions' token service refuses (401)");
    let by = By::Identity {
        token: TokenSource::Variable,
        fulcio: sigstore.url.clone(),
        rekor: sigstore.url.clone(),
    };
    let request = Request { by: &by, ..request };
    let error = sign(&client(&[("SIGSTORE_ID_TOKEN", "secret".to_owned())]), &request).unwrap_err();
    assert!(matches!(error, SignError::NoToken));
}

#[test]
fn a_key_may_be_in_the_log_and_then_may_have_to_be() {
    let (registry, sigstore, client) = (Registry::start(true), Sigstore::start(), client(&[]));
    let root = TrustedRoot::from_json(&sigstore.trusted_root().to_string()).unwrap();
    let by = by_key();
    signed(&registry, &client, &by, BOTH, &[]);
    let By::Key { key, .. } = by else { unreachable!() };
    let trust = Trust::Key { key: key.public().clone(), log: Some(root) };
    let found = faults(verified(&registry, trust.clone(), BOTH, &[]).unwrap_err());
    assert!(found.iter().all(|fault| matches!(fault, Fault::Log(LogError::Missing))), "{found:?}");
    let by = By::Key { key, rekor: Some(sigstore.url) };
    assert_eq!(signed(&registry, &client, &by, BOTH, &[]).added, BOTH);
    assert_eq!(signed(&registry, &client, &by, BOTH, &[]).there, BOTH);
    let report = verified(&registry, trust, BOTH, &[]).unwrap();
    assert_eq!(report.verified.len(), 2, "{:?}", report.faults);
    assert!(report.verified.iter().all(|one| one.logged.is_some()));
}
