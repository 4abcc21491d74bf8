//! The envelope that all commands share.

use serde::Serialize;
use serde_json::Value;

use super::position::Position;
use crate::diagnostic::{Diagnostic, Place, Severity, Texts};

/// The version of the envelope.
const API_VERSION: &str = "tenantry.dev/cli/v1";

/// One envelope for all commands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope<'a> {
    api_version: &'static str,
    kind: String,
    ok: bool,
    data: Option<&'a Value>,
    diagnostics: Vec<Finding<'a>>,
}

/// A diagnostic as machines read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    code: &'static str,
    severity: Severity,
    message: &'a str,
    #[serde(flatten)]
    place: Option<Location<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Location<'a>,
}

impl<'a> Location<'a> {
    fn of(place: &'a Place, texts: &Texts) -> Self {
        let position = Position::of(place, texts);
        Self {
            file: place.file.as_str(),
            line: position.map(|at| at.line),
            column: position.map(|at| at.column),
            end_line: position.map(|at| at.end_line),
            end_column: position.map(|at| at.end_column),
        }
    }
}

/// Puts a command's data and diagnostics into the envelope. `command` is the path of the command, such as `create tenant`; the
/// kind is `CreateTenantResult` then.
pub(super) fn envelope<'a>(
    command: &str,
    ok: bool,
    data: Option<&'a Value>,
    diagnostics: &'a [Diagnostic],
    texts: &Texts,
) -> Envelope<'a> {
    let mut kind: String = command
        .split([' ', '-'])
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect();
    kind.push_str("Result");
    let diagnostics = diagnostics
        .iter()
        .map(|diagnostic| Finding {
            code: diagnostic.code.as_str(),
            severity: diagnostic.severity,
            message: &diagnostic.message,
            place: diagnostic.place.as_ref().map(|place| Location::of(place, texts)),
            label: diagnostic.label.as_deref(),
            help: diagnostic.help.as_deref(),
            related: diagnostic
                .related
                .iter()
                .map(|(place, message)| Related { message, place: Location::of(place, texts) })
                .collect(),
        })
        .collect();
    Envelope { api_version: API_VERSION, kind, ok, data, diagnostics }
}
