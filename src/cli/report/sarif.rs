//! SARIF 2.1.0, for code scanning: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::position::Position;
use crate::diagnostic::{Code, Diagnostic, Place, Severity, Texts};

/// A log with one run and the diagnostics as its results.
pub(super) fn log(diagnostics: &[Diagnostic], texts: &Texts) -> Value {
    let codes: BTreeSet<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| json!({ "id": code.as_str(), "shortDescription": { "text": code.description() } }))
        .collect();
    let results: Vec<Value> =
        diagnostics.iter().map(|diagnostic| result(diagnostic, texts)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tenantry",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(diagnostic: &Diagnostic, texts: &Texts) -> Value {
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str(". ");
        message.push_str(help);
    }
    let mut result = json!({
        "ruleId": diagnostic.code.as_str(),
        "level": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": { "text": message },
    });
    if let Some(place) = &diagnostic.place {
        result["locations"] = json!([location(place, texts)]);
    }
    if !diagnostic.related.is_empty() {
        result["relatedLocations"] = diagnostic
            .related
            .iter()
            .map(|(place, words)| {
                let mut location = location(place, texts);
                location["message"] = json!({ "text": words });
                location
            })
            .collect();
    }
    result
}

fn location(place: &Place, texts: &Texts) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(place.file.as_str()) } });
    if let Some(at) = Position::of(place, texts) {
        physical["region"] = json!({
            "startLine": at.line,
            "startColumn": at.column,
            "endLine": at.end_line,
            "endColumn": at.end_column,
        });
    }
    json!({ "physicalLocation": physical })
}

/// A relative path as a URI reference: what RFC 3986 does not allow in a path is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
