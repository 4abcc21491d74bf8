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
    assert_snapshot!(run(&test, &server, &sign, 0), @r#"
    `v1` is sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582
    REGISTRY/acme/fleet@sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582: signed by the key sha256:b591386370f0c6310a2920202fd2b3dec40856425bab51798c86a027b5e0fd09 (tag, bundle)
    "#);
    assert_snapshot!(run(&test, &server, &sign, 0), @r#"
    `v1` is sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582
    REGISTRY/acme/fleet@sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582: signed already by the key sha256:b591386370f0c6310a2920202fd2b3dec40856425bab51798c86a027b5e0fd09 (tag, bundle)
    "#);
    assert_snapshot!(run(&test, &server, &format!("{VERIFY} --key cosign.pub -a env=production"), 0), @r#"
    REGISTRY/acme/fleet@sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582: verified
      tag: by the key sha256:b591386370f0c6310a2920202fd2b3dec40856425bab51798c86a027b5e0fd09, env=production
      bundle: by the key sha256:b591386370f0c6310a2920202fd2b3dec40856425bab51798c86a027b5e0fd09, env=production
    "#);
    assert_snapshot!(run(&test, &server, &format!("{VERIFY} --key cosign.pub --format bundle -o json"), 0), @r#"
    {
      "apiVersion": "tenantry.dev/cli/v1",
      "kind": "VerifyArtifactResult",
      "ok": true,
      "data": {
        "verified": true,
        "url": "oci://REGISTRY/acme/fleet@sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582",
        "digest": "sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582",
        "signatures": [
          {
            "format": "bundle",
            "signer": {
              "key": "sha256:b591386370f0c6310a2920202fd2b3dec40856425bab51798c86a027b5e0fd09"
            },
            "annotations": {
              "env": "production"
            },
            "log": null
          }
        ],
        "faults": []
      },
      "diagnostics": []
    }
    "#);
    assert_eq!(
        run(&test, &server, &format!("{VERIFY} --key cosign.pub -o name"), 0),
        format!("REGISTRY/acme/fleet@{}\n", Digest::of(MANIFEST_BYTES))
    );
}

#[test]
fn what_does_not_verify_ends_with_three() {
    let (test, server) = (with_password(), registry());
    assert_snapshot!(lines(&run(&test, &server, &format!("{VERIFY} --key cosign.pub"), 3)), @r#"not-verified x REGISTRY/acme/fleet@sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582 has no signature help: `tenantry sign artifact` signs it, if it is what you mean to trust"#);
    run(&test, &server, &format!("{SIGN} --key cosign.key -a env=production"), 0);
    let other = run(&test, &server, &format!("{VERIFY} --key rsa.pub"), 3);
    assert_snapshot!(lines(&other), @r#"not-verified x no signature of REGISTRY/acme/fleet@sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582 holds: tag: it is not made by the key sha256:55906c381ea5bb6f8a1ab54c26b0ba07e24a2d3d9f6decf177d471f9a740de9c, or what it signs was changed bundle: it is not made by the key sha256:55906c381ea5bb6f8a1ab54c26b0ba07e24a2d3d9f6decf177d471f9a740de9c, or what it signs was changed"#);
    let said =
        run(&test, &server, &format!("{VERIFY} --key cosign.pub -a env=staging -a team=a"), 3);
    assert_snapshot!(lines(&said), @r#"not-verified x no signature of REGISTRY/acme/fleet@sha256:6913876c60b82519e92cc0b4fc3106bee65edc259550da60f8e8699cd4108582 holds: tag: it says env=production, not env=staging bundle: it says env=production, not env=staging"#);
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
    assert_snapshot!(test.wrong_usage("sign artifact 127.0.0.1:1/a/b:v1"), @r#"
    wrong-usage

      x nothing says who signs: name a private key with `--key FILE`, or run where the environment has
      | a token of the job's identity (SIGSTORE_ID_TOKEN, or GitHub Actions with `permissions:
      | id-token: write`)
    "#);
    assert_snapshot!(test.wrong_usage("sign artifact 127.0.0.1:1/a/b:v1 --key cosign.key"), @r#"
    wrong-usage

      x `cosign.key` wants its password, and there is no terminal to ask on: put it into the variable
      | COSIGN_PASSWORD
    "#);
    assert_snapshot!(test.wrong_usage("sign artifact 127.0.0.1:1/a/b:v1 --key gcpkms://projects/acme"), @r#"
    error: invalid value 'gcpkms://projects/acme' for '--key <FILE|env://NAME>': keys in `gcpkms://` cannot be used; name a file, or a variable as `env://NAME`

    For more information, try '--help'.
    "#);
}

#[test]
fn keys_that_do_not_sign_are_refused() {
    let test = with_password();
    let sign = |key: &str| test.refuses(&format!("sign artifact 127.0.0.1:1/a/b:v1 --key {key}"));
    assert_snapshot!(sign("cosign.pub"), @r#"
    unusable-key

      x `cosign.pub` cannot sign: it is a public key, which cannot sign
      help: `--key` takes the private half, `cosign.key`; the public one is for `tenantry verify
            artifact`
    "#);
    assert_snapshot!(sign("none.key"), @r#"
    unusable-key

      x `none.key` cannot be read: No such file or directory (os error 2)
    "#);
    assert_snapshot!(sign("env://NONE"), @r#"
    unusable-key

      x the variable `NONE` is not set, or empty
      help: put the key in PEM into `NONE`, or name its file
    "#);
    assert_snapshot!(sign("ed25519.key"), @r#"
    unusable-key

      x `ed25519.key` cannot sign: keys of its kind do not sign; ECDSA P-256, as `cosign
      | generate-key-pair` makes it, and RSA do
      help: `cosign generate-key-pair` makes a key pair
    "#);
    let test = keys().variable("COSIGN_PASSWORD", "another");
    assert_snapshot!(test.refuses("sign artifact 127.0.0.1:1/a/b:v1 --key cosign.key"), @r#"
    unusable-key

      x `cosign.key` cannot sign: the password does not open it
      help: the password comes from the variable COSIGN_PASSWORD, or is asked for on a terminal
    "#);
}

#[test]
fn who_must_have_signed_must_be_said_and_right() {
    let test = keys().file("root.json", "{}");
    let wrong =
        |words: &str| test.wrong_usage(&format!("verify artifact 127.0.0.1:1/a/b:v1 {words}"));
    assert_snapshot!(wrong(""), @r#"
    wrong-usage

      x nothing says who must have signed: name a public key with `--key FILE`, or an identity with
      | `--certificate-identity` and `--certificate-oidc-issuer`
    "#);
    assert_snapshot!(wrong("--certificate-identity a@acme.example"), @r#"
    wrong-usage

      x `--certificate-identity` needs `--certificate-oidc-issuer`: any issuer could vouch for a name
    "#);
    assert_snapshot!(wrong("--certificate-oidc-issuer https://gitlab.com"), @r#"
    wrong-usage

      x `--certificate-oidc-issuer` needs `--certificate-identity`: an issuer vouches for everybody it
      | knows
    "#);
    assert_snapshot!(wrong("--certificate-identity a@acme.example --certificate-oidc-issuer https://gitlab.com"), @r#"
    wrong-usage

      x an identity needs `--trusted-root FILE`, which says whose certificates and logs are believed
    "#);
    assert_snapshot!(wrong("--certificate-identity-regexp '(' --certificate-oidc-issuer https://gitlab.com"), @r#"
    wrong-usage

      x --certificate-identity-regexp: `(` is no regular expression: unclosed group
    "#);
    assert_snapshot!(wrong("--key cosign.pub -a env=a -a env=b"), @r#"
    wrong-usage

      x --annotation: `env` is said twice
    "#);
    assert_snapshot!(test.refuses("verify artifact 127.0.0.1:1/a/b:v1 --key cosign.key"), @r#"
    unusable-key

      x `cosign.key` cannot verify: it is a private key, which is not for verifying
      help: `--key` takes the public half here, `cosign.pub`; `cosign public-key --key FILE` prints it
    "#);
    assert_snapshot!(test.refuses("verify artifact 127.0.0.1:1/a/b:v1 --trusted-root root.json --certificate-identity a --certificate-oidc-issuer b"), @r#"
    unusable-key

      x `root.json` cannot be trusted: it is no trusted root of Sigstore: missing field `mediaType` at
      | line 1 column 2
      help: `cosign trusted-root create` makes one of your own services; Sigstore's is at
            https://github.com/sigstore/root-signing
    "#);
}

#[test]
fn tokens_go_to_https_alone() {
    let test = keys().variable("SIGSTORE_ID_TOKEN", "e30.e30.e30");
    let wrong =
        |words: &str| test.wrong_usage(&format!("sign artifact 127.0.0.1:1/a/b:v1 {words}"));
    assert_snapshot!(wrong("--fulcio-url http://fulcio.acme.example"), @r#"
    wrong-usage

      x --fulcio-url: `http://fulcio.acme.example` is no address with `https://`; `http://` is for
      | this machine alone
    "#);
    assert_snapshot!(wrong("--rekor-url rekor.acme.example"), @r#"
    wrong-usage

      x --rekor-url: `rekor.acme.example` is no address with `https://`; `http://` is for this machine
      | alone
    "#);
}
