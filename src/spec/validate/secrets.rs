//! What a cluster says of its secrets: for whom they are encrypted, and who decrypts them.

use std::sync::OnceLock;

use regex::Regex;

use super::{contradiction, invalid};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::spec::cluster::Secrets;

/// What a key of each kind looks like, and the rule in words.
const KEYS: [(&str, &str, &str); 5] = [
    ("age", r"^age1[a-z0-9]{20,2000}$", "a public key of age, which begins with `age1`"),
    ("pgp", r"^[0-9A-Fa-f]{40}$", "a fingerprint: 40 hexadecimal digits"),
    ("awsKms", r"^arn:aws[a-z-]*:kms:[!-+\--~]+$", "the ARN of a key in AWS KMS"),
    ("gcpKms", r"^projects/[!-+\--~]+/cryptoKeys/[!-+\--~]+$", "`projects/…/cryptoKeys/…`"),
    ("azureKeyVault", r"^https://[!-+\--~]+/keys/[!-+\--~]+$", "`https://…/keys/…`"),
];

/// Words that only private keys have.
const PRIVATE: [&str; 2] = ["SECRET-KEY", "PRIVATE KEY"];

/// Checks a cluster's secrets; `place` finds what is below them.
pub(super) fn check(secrets: &Secrets, place: &dyn Fn(&str) -> Place, found: &mut Vec<Diagnostic>) {
    static RULES: OnceLock<Vec<Option<Regex>>> = OnceLock::new();
    let rules =
        RULES.get_or_init(|| KEYS.iter().map(|(_, rule, _)| Regex::new(rule).ok()).collect());
    let recipients = secrets.recipients();
    for ((field, keys), ((_, _, words), rule)) in recipients.iter().zip(KEYS.iter().zip(rules)) {
        for (index, key) in keys.iter().enumerate() {
            let pointer = format!("/{field}/{index}");
            if PRIVATE.iter().any(|word| key.to_ascii_uppercase().contains(word)) {
                // Neither the key nor its line is shown.
                let whole = Place { range: None, ..place(&pointer) };
                found.push(
                    invalid(format!("`secrets.{field}[{index}]` is a private key"), whole).help(
                        "write the public one, and replace this one: whoever can read the repository has it",
                    ),
                );
            } else if !rule.as_ref().is_some_and(|rule| rule.is_match(key)) {
                found.push(
                    invalid(format!("`secrets.{field}[{index}]` is no such key"), place(&pointer))
                        .help(format!("write {words}")),
                );
            }
        }
    }
    let any = |fields: &[&str]| {
        recipients.iter().any(|(field, keys)| fields.contains(field) && !keys.is_empty())
    };
    let (own, clouds) = (any(&["age", "pgp"]), any(&["awsKms", "gcpKms", "azureKeyVault"]));
    let missing = |message: &str, help: &str| {
        Diagnostic::error(Code::MissingField, message).at(place("")).help(help)
    };
    if !own && !clouds {
        found.push(missing(
            "secrets are encrypted for nobody",
            "add `age: [age1…]`, or another of `pgp`, `awsKms`, `gcpKms` and `azureKeyVault`",
        ));
    }
    match (&secrets.secret_ref, &secrets.service_account) {
        (None, None) => found.push(missing(
            "nobody can decrypt the secrets",
            "add `secretRef: …` (a Secret with the private key) or `serviceAccount: …` (a cloud's keys)",
        )),
        (Some(_), None) if !own && clouds => found.push(
            contradiction("a cloud's keys are in no Secret", place("/secretRef"))
                .help("write `serviceAccount: …`, whose identity at the cloud may use them"),
        ),
        (None, Some(_)) if own && !clouds => found.push(
            contradiction("an account cannot use keys of age or PGP", place("/serviceAccount"))
                .help("write `secretRef: …`, a Secret in `flux-system` with the private key"),
        ),
        _ => {}
    }
    if !secrets.annotations.is_empty() && secrets.service_account.is_none() {
        found.push(
            contradiction(
                "`annotations` are those of an account, and none is said",
                place("/annotations"),
            )
            .help("add `serviceAccount: …` beside them"),
        );
    }
    if let Some(account) = &secrets.service_account
        && (account.as_str() == "default" || account.as_str().ends_with("-controller"))
    {
        let message =
            format!("the account `{account}` has other uses, and must not reach decryption keys");
        found.push(
            invalid(message, place("/serviceAccount"))
                .help("take a name that nothing else has, such as `flux-decryption`"),
        );
    }
}
