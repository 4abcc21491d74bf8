//! Azure's Container Registry: a token of the workload's or the machine's identity, which the registry exchanges for one of its own.
//!
//! See <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>,
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow> and
//! <https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md>.

use super::metadata::Service;
use super::{AuthError, Credentials, Finder, Found, Provider, Secret};
use crate::http::{Payload, Request, encoded, form};
use crate::reference::is_loopback;
use ureq::http::Method;

#[derive(serde::Deserialize)]
struct Access {
    access_token: String,
}

#[derive(serde::Deserialize)]
struct Refresh {
    refresh_token: String,
}

pub(super) fn find(finder: &Finder<'_>, registry: &str) -> Result<Found, AuthError> {
    let (access, origin) = match federated(finder, registry)? {
        Some(access) => (access, "the workload's identity"),
        None => (managed(finder, registry)?, "the machine's managed identity"),
    };
    let scheme = if is_loopback(registry) { "http" } else { "https" };
    let service = Service {
        http: finder.http,
        provider: Provider::Azure,
        name: format!("{registry}'s token exchange"),
    };
    let body =
        form(&[("grant_type", "access_token"), ("service", registry), ("access_token", &access)]);
    let request = Request::new(Method::POST, format!("{scheme}://{registry}/oauth2/exchange"))
        .header("content-type", "application/x-www-form-urlencoded")
        .payload(Payload::Bytes(body.as_bytes()));
    let refresh: Refresh = service.read(&service.ask(&request)?)?;
    Ok(Found {
        credentials: Credentials::Identity(Secret::new(refresh.refresh_token)),
        origin: origin.to_owned(),
    })
}

/// The resource that tokens are for: Azure's own management, in the cloud that the registry is in.
fn resource(registry: &str) -> &'static str {
    match registry.split(':').next().and_then(|host| host.rsplit('.').next()) {
        Some("cn") => "https://management.chinacloudapi.cn/",
        Some("us") => "https://management.usgovcloudapi.net/",
        _ => "https://management.azure.com/",
    }
}

/// A token for the federated one of a workload; nothing without one.
fn federated(finder: &Finder<'_>, registry: &str) -> Result<Option<String>, AuthError> {
    let Some(path) = finder.environment.path("AZURE_FEDERATED_TOKEN_FILE") else { return Ok(None) };
    let needed = |name: &str| {
        finder.environment.var(name).ok_or_else(|| AuthError::NoIdentity {
            provider: Provider::Azure,
            reason: format!("AZURE_FEDERATED_TOKEN_FILE is set, and {name} is not"),
        })
    };
    let (client, tenant) = (needed("AZURE_CLIENT_ID")?, needed("AZURE_TENANT_ID")?);
    let authority = finder
        .environment
        .var("AZURE_AUTHORITY_HOST")
        .unwrap_or_else(|| "https://login.microsoftonline.com/".to_owned());
    let assertion = std::fs::read_to_string(&path)
        .map_err(|source| AuthError::Read { path: path.clone(), source })?;
    let scope = format!("{}.default", resource(registry));
    let body = form(&[
        ("client_id", &client),
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion.trim()),
        ("scope", &scope),
    ]);
    let authority = authority.trim_end_matches('/');
    let service =
        Service { http: finder.http, provider: Provider::Azure, name: authority.to_owned() };
    let url = format!("{authority}/{}/oauth2/v2.0/token", encoded(&tenant));
    let request = Request::new(Method::POST, url)
        .header("content-type", "application/x-www-form-urlencoded")
        .payload(Payload::Bytes(body.as_bytes()));
    let access: Access = service.read(&service.ask(&request)?)?;
    Ok(Some(access.access_token))
}

/// A token of the machine's managed identity.
fn managed(finder: &Finder<'_>, registry: &str) -> Result<String, AuthError> {
    let base = finder
        .environment
        .var("AZURE_POD_IDENTITY_AUTHORITY_HOST")
        .unwrap_or_else(|| "http://169.254.169.254".to_owned());
    let base = base.trim_end_matches('/');
    let client = match finder.environment.var("AZURE_CLIENT_ID") {
        Some(client) => format!("&client_id={}", encoded(&client)),
        None => String::new(),
    };
    let url = format!(
        "{base}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={}{client}",
        encoded(resource(registry))
    );
    let service = Service {
        http: finder.http,
        provider: Provider::Azure,
        name: format!("Azure's metadata service at {base}"),
    };
    let request = Request::get(url).header("metadata", "true").link_local();
    let Some(answer) = service.reach(&request)? else {
        return Err(AuthError::NoIdentity {
            provider: Provider::Azure,
            reason: format!(
                "AZURE_FEDERATED_TOKEN_FILE is not set, and there is no metadata service at {base}"
            ),
        });
    };
    Ok(service.read::<Access>(&answer)?.access_token)
}
