//! Google's Artifact Registry: the token of the service account that the metadata server knows.
//!
//! See <https://cloud.google.com/compute/docs/access/authenticate-workloads#applications> and
//! <https://cloud.google.com/artifact-registry/docs/docker/authentication#token>.

use super::metadata::Service;
use super::{AuthError, Credentials, Finder, Found, Provider, Secret};
use crate::http::Request;

#[derive(serde::Deserialize)]
struct Token {
    access_token: String,
}

pub(super) fn find(finder: &Finder<'_>) -> Result<Found, AuthError> {
    let host = finder
        .environment
        .var("GCE_METADATA_HOST")
        .unwrap_or_else(|| "metadata.google.internal".to_owned());
    let service = Service {
        http: finder.http,
        provider: Provider::Gcp,
        name: format!("Google's metadata server at {host}"),
    };
    let url = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token");
    let request = Request::get(url).header("metadata-flavor", "Google").link_local();
    let Some(answer) = service.reach(&request)? else {
        return Err(AuthError::NoIdentity {
            provider: Provider::Gcp,
            reason: format!("there is no metadata server at {host}"),
        });
    };
    let token: Token = service.read(&answer)?;
    Ok(Found {
        credentials: Credentials::Basic {
            username: "oauth2accesstoken".to_owned(),
            password: Secret::new(token.access_token),
        },
        origin: "Google's metadata server".to_owned(),
    })
}
