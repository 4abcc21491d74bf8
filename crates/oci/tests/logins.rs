//! How registries and clouds are shown who asks.
#![allow(clippy::unwrap_used)]

mod server;

use std::sync::Arc;

use flux_oci::auth::{Login, Provider, Secret};
use flux_oci::environment::{Environment, StoppedClock};
use flux_oci::manifest::MANIFEST;
use flux_oci::reference::Reference;
use flux_oci::registry::{Registry, RegistryError, Settings};
use server::{Answer, Asked, Server, status, with};

fn client(login: Login, variables: &[(&str, &str)]) -> Registry {
    Registry::new(Settings {
        login,
        environment: Environment::of(variables),
        clock: Arc::new(StoppedClock::at(1_440_938_160)),
        retries: 0,
        ..Settings::default()
    })
}

fn given() -> Login {
    Login::Given { username: "me".to_owned(), password: Secret::new("secret") }
}

/// A registry that wants a token of itself, for which `token` decides.
fn wanting(token: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
    let server = Server::failing(move |asked, _| {
        if asked.path.starts_with("/token") {
            return Some(token(asked));
        }
        if asked.header("authorization") == "Bearer granted" || !asked.path.starts_with("/v2/") {
            return None;
        }
        let host = asked.header("host");
        let challenge = format!("Bearer realm=\"http://{host}/token\",service=\"acme registry\"");
        Some(with(
            401,
            &[("www-authenticate", &challenge)],
            r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#,
        ))
    });
    server.put("acme/fleet", "v1", MANIFEST, b"{}");
    server
}

fn at(server: &Server) -> Reference {
    format!("{}/acme/fleet:v1", server.host).parse().unwrap()
}

fn granted() -> Answer {
    status(200, r#"{"token":"granted"}"#)
}

/// `me:secret`.
const BASIC: &str = "Basic bWU6c2VjcmV0";

#[test]
fn a_token_is_asked_for_once() {
    let server = wanting(|asked| {
        assert_eq!(asked.header("authorization"), BASIC);
        granted()
    });
    let client = client(given(), &[]);
    client.manifest(&at(&server)).unwrap();
    client.manifest(&at(&server)).unwrap();
    assert_eq!(
        server.lines(),
        [
            "GET /v2/acme/fleet/manifests/v1",
            "GET /token?service=acme%20registry&scope=repository%3Aacme%2Ffleet%3Apull",
            "GET /v2/acme/fleet/manifests/v1",
            "GET /v2/acme/fleet/manifests/v1",
        ]
    );
    // Who pushes wants more of it, and asks for that at once.
    client.has_blob(&at(&server), &flux_oci::reference::Digest::of(b"")).unwrap();
    let asked = server.lines();
    assert!(asked[4].ends_with("%3Apull%2Cpush") && asked[5].starts_with("HEAD /v2/"), "{asked:?}");
}

#[test]
fn nobody_is_given_a_token_too() {
    let server = wanting(|asked| {
        assert_eq!(asked.header("authorization"), "");
        status(200, r#"{"access_token":"granted"}"#)
    });
    client(Login::Configured, &[]).manifest(&at(&server)).unwrap();
}

#[test]
fn an_identity_is_exchanged() {
    let server = wanting(|asked| {
        assert_eq!(asked.method, "POST");
        assert_eq!(
            asked.text(),
            "grant_type=refresh_token&service=acme%20registry&client_id=tenantry&scope=repository%3Aacme%2Ffleet%3Apull&refresh_token=it"
        );
        granted()
    });
    let folder = tempfile::tempdir().unwrap();
    let config = format!(r#"{{"auths":{{"{}":{{"auth":"","identitytoken":"it"}}}}}}"#, server.host);
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    let variables = [("DOCKER_CONFIG", folder.path().to_str().unwrap())];
    client(Login::Configured, &variables).manifest(&at(&server)).unwrap();
}

#[test]
fn who_is_not_let_in_is_told_so() {
    let host = |error: &RegistryError, server: &Server| {
        error.to_string().replace(&server.host, "REGISTRY")
    };
    let server = wanting(|_| status(401, r#"{"details":"incorrect username or password"}"#));
    let error = client(given(), &[]).manifest(&at(&server)).unwrap_err();
    assert_eq!(
        host(&error, &server),
        "REGISTRY does not accept the credentials of `me` from the command line: incorrect username or password"
    );
    assert!(error.help().unwrap().contains("docker login"));
    let server = wanting(|_| status(200, r#"{"token":"another"}"#));
    let error = client(Login::Configured, &[]).manifest(&at(&server)).unwrap_err();
    assert_eq!(
        host(&error, &server),
        "REGISTRY does not accept requests without credentials: UNAUTHORIZED: authentication required"
    );
    for answer in ["<html>", "{}", r#"{"token":"a\nb"}"#] {
        let server = wanting(move |_| status(200, answer));
        let error = client(given(), &[]).manifest(&at(&server)).unwrap_err();
        assert!(matches!(error, RegistryError::Protocol { .. }), "{error}");
    }
    // Basic, and nothing to show.
    let server =
        Server::failing(|_, _| Some(with(401, &[("www-authenticate", "Basic realm=x")], "")));
    let error = client(Login::Configured, &[]).manifest(&at(&server)).unwrap_err();
    assert_eq!(host(&error, &server), "REGISTRY does not accept requests without credentials");
}

#[test]
fn no_token_is_asked_for_in_the_open() {
    let server = Server::failing(|_, _| {
        let challenge = "Bearer realm=\"http://auth.acme.example/token\"";
        Some(with(401, &[("www-authenticate", challenge)], ""))
    });
    let error = client(given(), &[]).manifest(&at(&server)).unwrap_err();
    assert!(matches!(error, RegistryError::PlainHttp { .. }), "{error}");
}

#[test]
fn google_gives_the_machines_token() {
    let metadata = Server::failing(|asked, _| {
        assert_eq!(asked.header("metadata-flavor"), "Google");
        assert_eq!(asked.path, "/computeMetadata/v1/instance/service-accounts/default/token");
        Some(status(200, r#"{"access_token":"secret","expires_in":3599,"token_type":"Bearer"}"#))
    });
    let server = wanting(|asked| {
        // oauth2accesstoken:secret
        assert_eq!(asked.header("authorization"), "Basic b2F1dGgyYWNjZXNzdG9rZW46c2VjcmV0");
        granted()
    });
    let client = client(Login::Provider(Provider::Gcp), &[("GCE_METADATA_HOST", &metadata.host)]);
    client.manifest(&at(&server)).unwrap();
}

#[test]
fn azure_exchanges_the_identity_of_the_workload_and_of_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "assertion\n").unwrap();
    let azure = Server::failing(|asked, _| {
        if asked.is("POST", "/tenant/oauth2/v2.0/token") {
            let body = asked.text();
            assert!(
                body.contains(
                    "client_assertion=assertion&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"
                ),
                "{body}"
            );
        } else {
            assert_eq!(asked.header("metadata"), "true");
            assert_eq!(
                asked.path,
                "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F&client_id=client"
            );
        }
        Some(status(200, r#"{"access_token":"access"}"#))
    });
    let authority = format!("http://{}/", azure.host);
    for federated in [true, false] {
        let server = Server::failing(move |asked, _| {
            let host = asked.header("host");
            if asked.is("POST", "/oauth2/exchange") {
                assert_eq!(
                    asked.text(),
                    format!(
                        "grant_type=access_token&service={}&access_token=access",
                        host.replace(':', "%3A")
                    )
                );
                return Some(status(200, r#"{"refresh_token":"refresh"}"#));
            }
            if asked.is("POST", "/oauth2/token") {
                assert!(asked.text().ends_with("&refresh_token=refresh"));
                return Some(status(200, r#"{"access_token":"granted"}"#));
            }
            let challenge =
                format!("Bearer realm=\"http://{host}/oauth2/token\",service=\"{host}\"");
            (asked.header("authorization") != "Bearer granted")
                .then(|| with(401, &[("www-authenticate", &challenge)], ""))
        });
        server.put("acme/fleet", "v1", MANIFEST, b"{}");
        let mut variables =
            vec![("AZURE_CLIENT_ID", "client"), ("AZURE_POD_IDENTITY_AUTHORITY_HOST", &authority)];
        if federated {
            variables.extend([
                ("AZURE_FEDERATED_TOKEN_FILE", token.to_str().unwrap()),
                ("AZURE_TENANT_ID", "tenant"),
                ("AZURE_AUTHORITY_HOST", &authority),
            ]);
        }
        client(Login::Provider(Provider::Azure), &variables).manifest(&at(&server)).unwrap();
    }
    assert_eq!(azure.asked().len(), 2);
}

/// Amazon's services, all in one, and a registry that lets their token in.
fn amazon() -> (Server, Server) {
    let services = Server::failing(|asked, _| {
        let keys = r#"{"AccessKeyId":"AKIDROLE","SecretAccessKey":"k","Token":"session"}"#;
        Some(match (asked.method.as_str(), asked.path.as_str()) {
            ("PUT", "/latest/api/token") => status(200, "v2"),
            ("GET", "/latest/meta-data/iam/security-credentials/") => {
                assert_eq!(asked.header("x-aws-ec2-metadata-token"), "v2");
                status(200, "role\n")
            }
            ("GET", "/latest/meta-data/iam/security-credentials/role") => status(200, keys),
            ("GET", "/v1/credentials") => {
                assert_eq!(asked.header("authorization"), "agent");
                status(200, keys)
            }
            ("POST", "/") if asked.text().starts_with("Action=AssumeRoleWithWebIdentity&") => {
                assert!(asked.text().ends_with("&WebIdentityToken=assertion"));
                assert_eq!(asked.header("authorization"), "");
                status(
                    200,
                    r#"{"AssumeRoleWithWebIdentityResponse":{"AssumeRoleWithWebIdentityResult":{"Credentials":{"AccessKeyId":"AKIDROLE","SecretAccessKey":"k","SessionToken":"session","Expiration":1.7E9}}}}"#,
                )
            }
            ("POST", "/") => {
                let said = asked.header("authorization");
                assert!(said.contains("/20150830/eu-west-1/ecr/aws4_request"), "{said}");
                assert!(asked.header("x-amz-target").ends_with(".GetAuthorizationToken"));
                if said.contains("AKIDROLE") {
                    assert_eq!(asked.header("x-amz-security-token"), "session");
                    assert!(said.contains(";x-amz-security-token;x-amz-target,"), "{said}");
                }
                // AWS:secret
                status(
                    200,
                    r#"{"authorizationData":[{"authorizationToken":"QVdTOnNlY3JldA==","expiresAt":1.7E9}]}"#,
                )
            }
            _ => status(404, ""),
        })
    });
    let registry = Server::failing(|asked, _| {
        (asked.header("authorization") != "Basic QVdTOnNlY3JldA==").then(|| {
            with(401, &[("www-authenticate", "Basic realm=\"https://aws\",service=\"ecr\"")], "")
        })
    });
    registry.put("acme/fleet", "v1", MANIFEST, b"{}");
    (services, registry)
}

#[test]
fn amazon_knows_every_kind_of_identity() {
    let (services, registry) = amazon();
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "assertion\n").unwrap();
    let url = format!("http://{}", services.host);
    let container = format!("{url}/v1/credentials");
    let base = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL_ECR", &url),
        ("AWS_ENDPOINT_URL_STS", &url),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
    ];
    for (identity, requests) in [
        (&[("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "k")][..], 1),
        (
            &[
                ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
                ("AWS_ROLE_ARN", "arn:aws:iam::012345678901:role/push"),
            ],
            2,
        ),
        (
            &[
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "agent"),
            ],
            2,
        ),
        (&[], 4),
    ] {
        services.forget();
        let variables: Vec<(&str, &str)> = base.iter().chain(identity).copied().collect();
        client(Login::Provider(Provider::Aws), &variables).manifest(&at(&registry)).unwrap();
        assert_eq!(services.asked().len(), requests, "{:?}", services.lines());
    }
}

#[test]
fn where_a_cloud_has_no_identity_that_is_said() {
    let nobody =
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let url = format!("http://{nobody}");
    let server = wanting(|_| granted());
    for (provider, variables, expected) in [
        (Provider::Gcp, vec![("GCE_METADATA_HOST", &*nobody)], "there is no metadata server at"),
        (
            Provider::Azure,
            vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", &*url)],
            "AZURE_FEDERATED_TOKEN_FILE is not set, and there is no metadata service at",
        ),
        (
            Provider::Aws,
            vec![("AWS_REGION", "eu-west-1"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*url)],
            "no variable names one, and there is no metadata service at",
        ),
        (Provider::Aws, vec![], "says no region, and AWS_REGION is not set"),
        (
            Provider::Aws,
            vec![
                ("AWS_REGION", "eu-west-1"),
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x"),
            ],
            "would be asked over plain HTTP",
        ),
    ] {
        let error =
            client(Login::Provider(provider), &variables).manifest(&at(&server)).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.help().is_some());
    }
}
