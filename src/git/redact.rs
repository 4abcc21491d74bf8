//! Takes credentials out of what comes from git.
//!
//! An address may carry a password or a token, a configured header carries one, and git, its helpers and the remote's
//! hooks print them as they please. Everything of theirs goes through [`Redaction::apply`] before a person or a log sees it. It
//! knows how credentials look, and those that are configured here it knows by heart.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::settings::Settings;

/// What stands in a credential's place.
const MASK: &str = "***";

/// A secret shorter than this is not looked for by itself: it would mask ordinary words.
const SHORTEST: usize = 6;

/// Environment variables whose addresses may carry a password.
const PROXIES: [&str; 6] =
    ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// A shape that credentials have, and what is left of it.
struct Shape {
    pattern: LazyLock<Option<Regex>>,
    left: &'static str,
}

macro_rules! shape {
    ($pattern:literal, $left:literal) => {
        Shape { pattern: LazyLock::new(|| Regex::new($pattern).ok()), left: $left }
    };
}

static SHAPES: [Shape; 6] = [
    // A user of ssh is no secret, a password is.
    shape!(r"(?i)\b(ssh|git\+ssh|ssh\+git)://([^\s/@:]*):[^\s/@]*@", "$1://$2:***@"),
    // Elsewhere the user may be the token. A password may contain `@`: the last one before the path ends it.
    shape!(
        r"(?i)\b(https?|ftps?|socks[45][ah]?|git|[a-z][a-z0-9+.-]*::https?)://[^\s/'<>]*@",
        "$1://***@"
    ),
    shape!(
        r"(?i)([?&;](?:access_token|private_token|auth_token|oauth_token|api_key|apikey|token|password|passwd|secret|sig|signature|x-amz-[a-z-]+)=)[^\s&;#']+",
        "$1***"
    ),
    shape!(
        r"(?im)\b((?:proxy-)?authorization|cookie|(?:private|job|deploy|x-[a-z0-9-]*)-?(?:token|key|auth[a-z]*))(\s*[:=]\s*)[^\r\n]*",
        "$1$2***"
    ),
    // Tokens of GitHub, GitLab, Bitbucket, Slack, AWS; JSON web tokens.
    shape!(
        r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|gl(?:pat|ptt|dt|rt|cbt|oas|soat|ft|imt|agent)-[A-Za-z0-9_.-]{16,}|ATBB[A-Za-z0-9]{16,}|ATCTT[A-Za-z0-9_=-]{16,}|xox[a-z]-[A-Za-z0-9-]{10,}|A[KS]IA[A-Z0-9]{16}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*)",
        "***"
    ),
    // A helper that traces, or prints what it was asked.
    shape!(r"(?im)\b((?:password|passphrase|oauth_refresh_token)=)[^\s]+", "$1***"),
];

/// What is taken out of git's words.
#[derive(Clone, Debug, Default)]
pub(super) struct Redaction {
    /// Credentials that are configured here, the longest first.
    secrets: Vec<String>,
}

impl Redaction {
    /// With the credentials of git's configuration and of the proxies in the environment.
    pub(super) fn of(settings: &Settings) -> Self {
        let mut secrets = Vec::new();
        for (key, value) in settings.iter() {
            // In `url.<base>.insteadOf` it is the section's name that may carry a password.
            for text in [key, value] {
                secrets.extend(credentials(text));
            }
            if key.ends_with(".extraheader") {
                secrets.extend(value.split_once(':').into_iter().flat_map(|(_, header)| {
                    let header = header.trim();
                    [header, header.rsplit(' ').next().unwrap_or(header)].map(str::to_owned)
                }));
            }
        }
        let proxies = PROXIES.into_iter().filter_map(|name| std::env::var(name).ok());
        secrets.extend(proxies.flat_map(|proxy| credentials(&proxy)));
        let decoded: Vec<String> = secrets.iter().filter_map(|secret| decoded(secret)).collect();
        secrets.extend(decoded);
        secrets.retain(|secret| secret.len() >= SHORTEST);
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self { secrets }
    }

    /// The text without credentials, and without control characters that would play with a terminal.
    #[must_use]
    pub(super) fn apply(&self, text: &str) -> String {
        let mut text = plain(text);
        for secret in &self.secrets {
            if text.contains(secret) {
                text = text.replace(secret, MASK);
            }
        }
        for shape in &SHAPES {
            let Some(pattern) = &*shape.pattern else { continue };
            if let Cow::Owned(masked) = pattern.replace_all(&text, shape.left) {
                text = masked;
            }
        }
        text
    }
}

/// The text without credentials, where no configuration is at hand.
#[must_use]
pub fn redact(text: &str) -> String {
    Redaction::default().apply(text)
}

/// An address without a password, and without a user where that may be a token.
#[must_use]
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((user_info, host)) = authority.rsplit_once('@') else { return url.to_owned() };
    match user_info.split(':').next() {
        Some(user) if scheme.to_ascii_lowercase().ends_with("ssh") => {
            format!("{scheme}://{user}@{host}{path}")
        }
        _ => format!("{scheme}://{host}{path}"),
    }
}

/// Without escape sequences, and with what a carriage return would have overwritten gone.
fn plain(text: &str) -> String {
    let text = console::strip_ansi_codes(text);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let line = line.trim_end_matches('\r');
        let last = line.rsplit('\r').next().unwrap_or(line);
        out.extend(last.chars().filter(|c| !c.is_control() || *c == '\t'));
        out.push_str(end);
    }
    out
}

/// The password of an address, and its user where that may be a token.
fn credentials(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        rest = after;
        let end = after.find(['/', ' ', '\n', '\t']).unwrap_or(after.len());
        let Some((user_info, _)) = after[..end].rsplit_once('@') else { continue };
        let ssh = before.to_ascii_lowercase().ends_with("ssh");
        match user_info.split_once(':') {
            Some((user, password)) => {
                found.push(password.to_owned());
                // `x-access-token:TOKEN`, `TOKEN:x-oauth-basic`: a name with a dash or a short one is a name.
                if !ssh && user.len() >= 20 {
                    found.push(user.to_owned());
                }
            }
            None if !ssh && user_info.len() >= 20 => found.push(user_info.to_owned()),
            None => {}
        }
    }
    found
}

/// A percent-encoded secret as a helper or a server may print it.
fn decoded(secret: &str) -> Option<String> {
    if !secret.contains('%') {
        return None;
    }
    let bytes = secret.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_out_wherever_they_stand() {
        for (text, left) in [
            (
                "fatal: unable to access 'https://ada:pa55word@git.acme.example/fleet/': The requested URL returned error: 403",
                "fatal: unable to access 'https://***@git.acme.example/fleet/': The requested URL returned error: 403",
            ),
            (
                "To https://ghp_abcdefghijklmnop1234@github.com/acme/fleet",
                "To https://***@github.com/acme/fleet",
            ),
            ("https://ada:p@ss/word@host/x", "https://***@ss/word@host/x"),
            (
                "ssh://git:pa55word@host/x and ssh://git@host/x",
                "ssh://git:***@host/x and ssh://git@host/x",
            ),
            ("git@github.com:acme/fleet.git", "git@github.com:acme/fleet.git"),
            (
                "https://host/x?private_token=abc123&ref=main",
                "https://host/x?private_token=***&ref=main",
            ),
            ("> Authorization: Basic YWRhOnBhNTV3b3Jk", "> Authorization: ***"),
            ("http.extraheader=AUTHORIZATION: bearer abc", "http.extraheader=AUTHORIZATION: ***"),
            ("PRIVATE-TOKEN: abc", "PRIVATE-TOKEN: ***"),
            ("the token glpat-abcdefghijklmnop1234 is void", "the token *** is void"),
            ("password=hunter22", "password=***"),
            (
                "remote: Create a pull request: https://github.com/acme/fleet/pull/new/a",
                "remote: Create a pull request: https://github.com/acme/fleet/pull/new/a",
            ),
            ("write to ada@acme.example", "write to ada@acme.example"),
            ("\u{1b}[31mred\u{1b}[0m\u{7}", "red"),
            ("10%\r100%\r\nnext", "100%\nnext"),
        ] {
            assert_eq!(redact(text), left);
        }
    }

    #[test]
    fn a_password_with_a_slash_is_known_from_the_configuration() {
        let settings = Settings::of(&[
            ("remote.origin.url", "https://ada:wonder%40land@host/x"),
            ("http.https://host/.extraheader", "Authorization: Basic QURBOldPTkRFUg=="),
            ("url.https://x-access-token:s3cr3tt0k3n@host/.insteadof", "https://host/"),
        ]);
        let redaction = Redaction::of(&settings);
        for secret in ["wonder%40land", "wonder@land", "QURBOldPTkRFUg==", "s3cr3tt0k3n"] {
            let text = redaction.apply(&format!("remote: who are you, {secret}?"));
            assert_eq!(text, "remote: who are you, ***?");
        }
    }

    #[test]
    fn every_shape_is_a_regular_expression() {
        assert!(SHAPES.iter().all(|shape| shape.pattern.is_some()));
    }
}
