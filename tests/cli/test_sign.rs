//! `sign` and `verify`, with a registry on this machine that keeps things in memory. What cosign says of it is in tests/peers/cosign.sh.

use flux_oci::manifest::MANIFEST;
use flux_oci::reference::Digest;
use insta::assert_snapshot;

use crate::scratch::Test;
use crate::server::Server;

const MANIFEST_BYTES: &[u8] = br#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.flux.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[]}"#;

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/oci/tests/fixtures/cosign");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// A folder with key pairs, and no password.
fn keys() -> Test {
    ["cosign.key", "cosign.pub", "rsa.pub", "ed25519.key"]
        .into_iter()
        .fold(Test::empty(), |test, name| test.file(name, fixture(name)))
}

fn with_password() -> Test {
    keys().variable("COSIGN_PASSWORD", "throwaway")
}

fn registry() -> Server {
    let server = Server::new();
    for reference in ["v1", Digest::of(MANIFEST_BYTES).as_str()] {
        server.put("acme/fleet", reference, MANIFEST, MANIFEST_BYTES);
    }
    server
}

/// Runs a command in which `REGISTRY` is the server, and gives what it said; nothing secret is in it.
fn run(test: &Test, server: &Server, words: &str, code: i32) -> String {
    let run = test.run(&words.replace("REGISTRY", &server.host));
    assert_eq!(run.code, code, "{words}:\n{}{}", run.stdout, run.stderr);
    let text = run.stdout + &run.stderr;
    assert!(!text.contains("throwaway"), "{text}");
    text.replace(&server.host, "REGISTRY")
}

/// The same without what is wrapped by the length of the server's address.
fn lines(text: &str) -> String {
    text.replace("\n  | ", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

const SIGN: &str = "sign artifact oci://REGISTRY/acme/fleet:v1 --retries 0";
const VERIFY: &str = "verify artifact oci://REGISTRY/acme/fleet:v1 --retries 0";

#[test]
fn an_artifact_is_signed_once_and_verified() {
    let (test, server) = (with_password(), registry());
    let sign = format!("{SIGN} --key cosign.key -a env=production");
    assert_snapshot!(run(&test, &server, &sign, 0), @"");
    assert_snapshot!(run(&test, &server, &sign, 0), @"");
    assert_snapshot!(run(&test, &server, &format!("{VERIFY} --key cosign.pub -a env=production"), 0), @"");
    assert_snapshot!(run(&test, &server, &format!("{VERIFY} --key cosign.pub --format bundle -o json"), 0), @"");
    assert_eq!(
        run(&test, &server, &format!("{VERIFY} --key cosign.pub -o name"), 0),
        format!("REGISTRY/acme/fleet@{}\n", Digest::of(MANIFEST_BYTES))
    );
}

#[test]
fn what_does_not_verify_ends_with_three() {
    let (test, server) = (with_password(), registry());
    assert_snapshot!(lines(&run(&test, &server, &format!("{VERIFY} --key cosign.pub"), 3)), @"");
    run(&test, &server, &format!("{SIGN} --key cosign.key -a env=production"), 0);
    let other = run(&test, &server, &format!("{VERIFY} --key rsa.pub"), 3);
    assert_snapshot!(lines(&other), @"");
    let said =
        run(&test, &server, &format!("{VERIFY} --key cosign.pub -a env=staging -a team=a"), 3);
    assert_snapshot!(lines(&said), @"");
}

#[test]
fn a_registry_that_fails_ends_with_five() {
    let test = with_password();
    for words in [
        "sign artifact 127.0.0.1:1/a/b:v1 --key cosign.key",
        "verify artifact 127.0.0.1:1/a/b:v1 --key cosign.pub",
    ] {
        let run = test.run(&format!("{words} --retries 0"));
        assert_eq!(run.code, 5, "{}", run.stderr);
        assert!(run.stderr.starts_with("registry-failed"), "{}", run.stderr);
    }
    let run = test.run("sign artifact 127.0.0.1:1/a/b:v1 --retries 0 --key cosign.key --tlog --rekor-url https://127.0.0.1:1");
    assert_eq!(run.code, 5, "{}", run.stderr);
}

#[test]
fn who_signs_must_be_said() {
    let test = keys();
    assert_snapshot!(test.wrong_usage("sign artifact 127.0.0.1:1/a/b:v1"), @"");
    assert_snapshot!(test.wrong_usage("sign artifact 127.0.0.1:1/a/b:v1 --key cosign.key"), @"");
    assert_snapshot!(test.wrong_usage("sign artifact 127.0.0.1:1/a/b:v1 --key gcpkms://projects/acme"), @"");
}

#[test]
fn keys_that_do_not_sign_are_refused() {
    let test = with_password();
    let sign = |key: &str| test.refuses(&format!("sign artifact 127.0.0.1:1/a/b:v1 --key {key}"));
    assert_snapshot!(sign("cosign.pub"), @"");
    assert_snapshot!(sign("none.key"), @"");
    assert_snapshot!(sign("env://NONE"), @"");
    assert_snapshot!(sign("ed25519.key"), @"");
    let test = keys().variable("COSIGN_PASSWORD", "another");
    assert_snapshot!(test.refuses("sign artifact 127.0.0.1:1/a/b:v1 --key cosign.key"), @"");
}

#[test]
fn who_must_have_signed_must_be_said_and_right() {
    let test = keys().file("root.json", "{}");
    let wrong =
        |words: &str| test.wrong_usage(&format!("verify artifact 127.0.0.1:1/a/b:v1 {words}"));
    assert_snapshot!(wrong(""), @"");
    assert_snapshot!(wrong("--certificate-identity a@acme.example"), @"");
    assert_snapshot!(wrong("--certificate-oidc-issuer https://gitlab.com"), @"");
    assert_snapshot!(wrong("--certificate-identity a@acme.example --certificate-oidc-issuer https://gitlab.com"), @"");
    assert_snapshot!(wrong("--certificate-identity-regexp '(' --certificate-oidc-issuer https://gitlab.com"), @"");
    assert_snapshot!(wrong("--key cosign.pub -a env=a -a env=b"), @"");
    assert_snapshot!(test.refuses("verify artifact 127.0.0.1:1/a/b:v1 --key cosign.key"), @"");
    assert_snapshot!(test.refuses("verify artifact 127.0.0.1:1/a/b:v1 --trusted-root root.json --certificate-identity a --certificate-oidc-issuer b"), @"");
}

#[test]
fn tokens_go_to_https_alone() {
    let test = keys().variable("SIGSTORE_ID_TOKEN", "e30.e30.e30");
    let wrong =
        |words: &str| test.wrong_usage(&format!("sign artifact 127.0.0.1:1/a/b:v1 {words}"));
    assert_snapshot!(wrong("--fulcio-url http://fulcio.acme.example"), @"");
    assert_snapshot!(wrong("--rekor-url rekor.acme.example"), @"");
}
