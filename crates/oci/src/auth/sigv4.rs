//! AWS's signature of requests, version 4.
//!
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>. Only what is needed here: a POST to
//! the root, without a query.

use aws_lc_rs::{digest, hmac};

use super::Secret;
use crate::reference::hex;
use crate::time::stamp;

/// A key of an identity, for a while or for good.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub id: String,
    pub secret: Secret,
    pub session: Option<Secret>,
}

/// The headers of a signed request, `authorization` among them. `now` is in seconds since 1970.
pub(super) fn sign(
    key: &Key,
    (region, service): (&str, &str),
    now: i64,
    headers: &[(&'static str, String)],
    body: &[u8],
) -> Vec<(&'static str, String)> {
    let time = stamp(now);
    let date = &time[..8];
    let mut headers: Vec<(&'static str, String)> = headers.to_vec();
    headers.push(("x-amz-date", time.clone()));
    if let Some(session) = &key.session {
        headers.push(("x-amz-security-token", session.reveal().to_owned()));
    }
    headers.sort();
    let lines: String =
        headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hashed(body));
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hashed(canonical.as_bytes()));
    let mut signing = format!("AWS4{}", key.secret.reveal()).into_bytes();
    for part in [date, region, service, "aws4_request"] {
        signing = mac(&signing, part.as_bytes());
    }
    let signature = hex(&mac(&signing, text.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        key.id
    );
    headers.retain(|(name, _)| *name != "host");
    headers.push(("authorization", authorization));
    headers
}

fn mac(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref().to_vec()
}

fn hashed(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `post-vanilla` and `post-x-www-form-urlencoded` of AWS's test suite of signatures.
    #[test]
    fn signatures_are_those_of_the_test_suite() {
        let key = Key {
            id: "AKIDEXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session: None,
        };
        let host = ("host", "example.amazonaws.com".to_owned());
        let place = ("us-east-1", "service");
        let signature = |headers: &[(&'static str, String)], body: &[u8]| {
            let signed = sign(&key, place, 1_440_938_160, headers, body);
            signed.last().map(|(_, value)| value.clone()).unwrap_or_default()
        };
        assert!(signature(std::slice::from_ref(&host), b"").ends_with(
            "SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        ));
        let kind = ("content-type", "application/x-www-form-urlencoded".to_owned());
        assert!(signature(&[host, kind], b"Param1=value1").ends_with(
            "SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        ));
    }
}
