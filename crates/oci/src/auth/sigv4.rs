//! AWS's signature of requests, version 4.
//!
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>. Only what is needed here: a POST to
//! the root, without a query.

use aws_lc_rs::{digest, hmac};

use super::Secret;
use crate::reference::hex;

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
    now: u64,
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

/// `YYYYMMDDTHHMMSSZ`.
fn stamp(seconds: u64) -> String {
    let (year, month, day) = civil(seconds / 86_400);
    let time = seconds % 86_400;
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", time / 3600, time / 60 % 60, time % 60)
}

/// The date of a day since 1970, in the Gregorian calendar: an era is 400 years, and a year begins in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_those_of_the_calendar() {
        assert_eq!(stamp(0), "19700101T000000Z");
        assert_eq!(stamp(951_782_399), "20000228T235959Z");
        assert_eq!(stamp(951_782_400), "20000229T000000Z");
        assert_eq!(stamp(1_440_938_160), "20150830T123600Z");
        assert_eq!(stamp(4_107_542_400), "21000301T000000Z");
    }

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
        assert!(signature(&[host.clone()], b"").ends_with(
            "SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        ));
        let kind = ("content-type", "application/x-www-form-urlencoded".to_owned());
        assert!(signature(&[host, kind], b"Param1=value1").ends_with(
            "SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        ));
    }
}
