//! Amazon's Elastic Container Registry: `GetAuthorizationToken`, signed by the identity that the process has.
//!
//! The identity is looked for as AWS's own libraries do, in their order: the environment, a web identity (IRSA), a container's credentials
//! (EKS Pod Identity, ECS), and the instance's role by the metadata service's second version. See
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html> and
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html>.

use std::time::UNIX_EPOCH;

use base64::Engine as _;
use ureq::http::Method;

use super::metadata::Service;
use super::sigv4::{Key, sign};
use super::{AuthError, Credentials, Finder, Found, Provider, Secret};
use crate::http::{HttpError, Payload, Request, form, is_link_local};
use crate::reference::is_loopback;

/// Whether a host is a registry of AWS's.
pub(super) fn is_registry(host: &str) -> bool {
    host == "public.ecr.aws" || region_of(host).is_some()
}

/// The region of `ACCOUNT.dkr.ecr[-fips].REGION.amazonaws.com[.cn]`, and of the newer `ACCOUNT.dkr-ecr.REGION.on.aws`.
fn region_of(host: &str) -> Option<&str> {
    let (account, rest) = host.split_once('.')?;
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let region = match rest.strip_prefix("dkr-ecr.") {
        Some(rest) => {
            rest.strip_suffix(".on.aws").or(rest.strip_suffix(".on.amazonwebservices.com.cn"))
        }
        None => {
            let rest = rest.strip_prefix("dkr.ecr.").or(rest.strip_prefix("dkr.ecr-fips."))?;
            rest.strip_suffix(".amazonaws.com").or(rest.strip_suffix(".amazonaws.com.cn"))
        }
    };
    region.filter(|region| !region.is_empty() && !region.contains('.'))
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authorization {
    authorization_token: String,
}

/// Private registries answer a list, the public one a single thing.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    authorization_data: OneOrMany,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Authorization),
    Many(Vec<Authorization>),
}

pub(super) fn find(finder: &Finder<'_>, registry: &str) -> Result<Found, AuthError> {
    let host = registry.split(':').next().unwrap_or_default();
    let public = host == "public.ecr.aws";
    let set = finder.environment.var("AWS_REGION");
    let set = set.or_else(|| finder.environment.var("AWS_DEFAULT_REGION"));
    // The public registry's service is in one region alone.
    let region = match region_of(host) {
        _ if public => "us-east-1".to_owned(),
        Some(region) => region.to_owned(),
        None => set.clone().ok_or_else(|| AuthError::NoIdentity {
            provider: Provider::Aws,
            reason: format!("{registry} says no region, and AWS_REGION is not set"),
        })?,
    };
    let (key, origin) = identity(finder, set.as_deref().unwrap_or(&region))?;
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let (variable, name, target) = match public {
        true => (
            "AWS_ENDPOINT_URL_ECR_PUBLIC",
            "ecr-public",
            "SpencerFrontendService.GetAuthorizationToken",
        ),
        false => (
            "AWS_ENDPOINT_URL_ECR",
            "ecr",
            "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
        ),
    };
    let endpoint = endpoint(finder, variable).unwrap_or_else(|| match public {
        true => format!("https://api.ecr-public.{region}.{domain}"),
        false => format!("https://api.ecr.{region}.{domain}"),
    });
    let headers = [
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("host", authority(&endpoint).to_owned()),
        ("x-amz-target", target.to_owned()),
    ];
    let now = finder.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or_default();
    let mut request =
        Request::new(Method::POST, format!("{endpoint}/")).payload(Payload::Bytes(b"{}"));
    request.headers = sign(&key, (&region, name), now, &headers, b"{}");
    let service = Service {
        http: finder.http,
        provider: Provider::Aws,
        name: format!("Amazon's registry service at {}", authority(&endpoint)),
    };
    let answer: Answer = service.read(&service.ask(&request)?)?;
    let token = match answer.authorization_data {
        OneOrMany::One(one) => Some(one.authorization_token),
        OneOrMany::Many(many) => many.into_iter().next().map(|one| one.authorization_token),
    };
    let token = token
        .and_then(|token| base64::engine::general_purpose::STANDARD.decode(token).ok())
        .and_then(|token| String::from_utf8(token).ok());
    let Some((username, password)) = token.as_deref().and_then(|token| token.split_once(':'))
    else {
        return Err(service.failed("its answer has no token".to_owned(), false));
    };
    Ok(Found {
        credentials: Credentials::Basic {
            username: username.to_owned(),
            password: Secret::new(password),
        },
        origin: origin.to_owned(),
    })
}

/// An endpoint that the environment names in another's place.
fn endpoint(finder: &Finder<'_>, variable: &str) -> Option<String> {
    let named = finder.environment.var(variable);
    let named = named.or_else(|| finder.environment.var("AWS_ENDPOINT_URL"))?;
    Some(named.trim_end_matches('/').to_owned())
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// The identity of the process, and where it is from.
fn identity(finder: &Finder<'_>, region: &str) -> Result<(Key, &'static str), AuthError> {
    let environment = finder.environment;
    if let (Some(id), Some(secret)) =
        (environment.var("AWS_ACCESS_KEY_ID"), environment.var("AWS_SECRET_ACCESS_KEY"))
    {
        let session = environment.var("AWS_SESSION_TOKEN").map(Secret::new);
        return Ok((Key { id, secret: Secret::new(secret), session }, "AWS_ACCESS_KEY_ID"));
    }
    if let Some(key) = web_identity(finder, region)? {
        return Ok((key, "the web identity of AWS_WEB_IDENTITY_TOKEN_FILE"));
    }
    if let Some(key) = container(finder)? {
        return Ok((key, "the container's role"));
    }
    Ok((instance(finder)?, "the instance's role"))
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    #[serde(alias = "SessionToken")]
    token: Option<String>,
}

impl From<Keys> for Key {
    fn from(keys: Keys) -> Self {
        Self {
            id: keys.access_key_id,
            secret: Secret::new(keys.secret_access_key),
            session: keys.token.map(Secret::new),
        }
    }
}

/// The role that a token of the cluster stands for (IRSA); nothing without one.
fn web_identity(finder: &Finder<'_>, region: &str) -> Result<Option<Key>, AuthError> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Envelope {
        assume_role_with_web_identity_response: Inner,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inner {
        assume_role_with_web_identity_result: Assumed,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Assumed {
        credentials: Keys,
    }
    let environment = finder.environment;
    let Some(path) = environment.path("AWS_WEB_IDENTITY_TOKEN_FILE") else { return Ok(None) };
    let role = environment.var("AWS_ROLE_ARN").ok_or_else(|| AuthError::NoIdentity {
        provider: Provider::Aws,
        reason: "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not".to_owned(),
    })?;
    let token = std::fs::read_to_string(&path)
        .map_err(|source| AuthError::Read { path: path.clone(), source })?;
    let session = environment.var("AWS_ROLE_SESSION_NAME");
    let body = form(&[
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", &role),
        ("RoleSessionName", session.as_deref().unwrap_or("tenantry")),
        ("WebIdentityToken", token.trim()),
    ]);
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let endpoint = endpoint(finder, "AWS_ENDPOINT_URL_STS")
        .unwrap_or_else(|| format!("https://sts.{region}.{domain}"));
    let service = Service {
        http: finder.http,
        provider: Provider::Aws,
        name: format!("Amazon's token service at {}", authority(&endpoint)),
    };
    let request = Request::new(Method::POST, format!("{endpoint}/"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .payload(Payload::Bytes(body.as_bytes()));
    let answer: Envelope = service.read(&service.ask(&request)?)?;
    let assumed =
        answer.assume_role_with_web_identity_response.assume_role_with_web_identity_result;
    Ok(Some(assumed.credentials.into()))
}

/// The role that an agent beside the container gives (EKS Pod Identity, ECS); nothing without one.
fn container(finder: &Finder<'_>) -> Result<Option<Key>, AuthError> {
    let environment = finder.environment;
    let url = match environment.var("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some(path) => format!("http://169.254.170.2{path}"),
        None => match environment.var("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            Some(url) => url,
            None => return Ok(None),
        },
    };
    let host = authority(&url);
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let service = Service {
        http: finder.http,
        provider: Provider::Aws,
        name: format!("the container's credentials service at {host}"),
    };
    if url.starts_with("http://") && !is_loopback(host) && !is_link_local(name) {
        return Err(service.failed(HttpError::Plain(host.to_owned()).to_string(), false));
    }
    let token = match environment.path("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => Some(
            std::fs::read_to_string(&path).map_err(|source| AuthError::Read { path, source })?,
        ),
        None => environment.var("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    };
    let mut request = Request::get(&url).link_local();
    if let Some(token) = token {
        request = request.header("authorization", token.trim());
    }
    let keys: Keys = service.read(&service.ask(&request)?)?;
    Ok(Some(keys.into()))
}

/// The role of the instance.
fn instance(finder: &Finder<'_>) -> Result<Key, AuthError> {
    let none = |reason: &str| AuthError::NoIdentity {
        provider: Provider::Aws,
        reason: format!("no variable names one, and {reason}"),
    };
    if finder.environment.var("AWS_EC2_METADATA_DISABLED").is_some_and(|it| it == "true") {
        return Err(none("AWS_EC2_METADATA_DISABLED is `true`"));
    }
    let base = finder
        .environment
        .var("AWS_EC2_METADATA_SERVICE_ENDPOINT")
        .unwrap_or_else(|| "http://169.254.169.254".to_owned());
    let base = base.trim_end_matches('/');
    let service = Service {
        http: finder.http,
        provider: Provider::Aws,
        name: format!("the instance's metadata service at {base}"),
    };
    let request = Request::new(Method::PUT, format!("{base}/latest/api/token"))
        .header("x-aws-ec2-metadata-token-ttl-seconds", "300")
        .link_local();
    let Some(token) = service.reach(&request)? else {
        return Err(none(&format!("there is no metadata service at {base}")));
    };
    let token = String::from_utf8_lossy(&token).into_owned();
    let ask = |path: &str| {
        let url = format!("{base}/latest/meta-data/iam/security-credentials/{path}");
        let request = Request::get(url).header("x-aws-ec2-metadata-token", token.clone());
        service.ask(&request.link_local())
    };
    let roles = ask("")?;
    let roles = String::from_utf8_lossy(&roles).into_owned();
    let role = roles.lines().next().map(str::trim).filter(|role| !role.is_empty());
    let keys: Keys = service.read(&ask(role.ok_or_else(|| none("the instance has no role"))?)?)?;
    Ok(keys.into())
}
