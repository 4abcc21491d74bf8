//! What a template rendered has to be what its file's name claims: YAML without duplicate keys, JSON.

use kustomize::yaml::{self, Budget, SourceId};

use crate::layout::OutputKind;

/// What is wrong with a rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputFault {
    /// The parser's words.
    pub(crate) message: String,
    /// Counted from one.
    pub(crate) line: usize,
    /// The line as it was rendered.
    pub(crate) text: String,
}

/// Checks a rendered file.
pub(crate) fn check(kind: OutputKind, bytes: &[u8]) -> Result<(), OutputFault> {
    match kind {
        OutputKind::Plain => Ok(()),
        OutputKind::Yaml => check_yaml(bytes),
        OutputKind::Json => {
            if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
                let line = error.line();
                let message = error.to_string();
                let message = message.split(" at line ").next().unwrap_or_default().to_owned();
                return Err(OutputFault { message, line, text: line_of(bytes, line) });
            }
            // JSON is YAML, whose reader knows duplicate keys.
            check_yaml(bytes)
        }
    }
}

fn check_yaml(bytes: &[u8]) -> Result<(), OutputFault> {
    let Err(errors) = yaml::check(SourceId(0), bytes, &Budget::default()) else { return Ok(()) };
    let Some(error) = errors.into_iter().next() else { return Ok(()) };
    let start = error.span.range().start.min(bytes.len());
    let line = 1 + bytes[..start].iter().filter(|&&byte| byte == b'\n').count();
    Err(OutputFault { message: error.kind.to_string(), line, text: line_of(bytes, line) })
}

fn line_of(bytes: &[u8], line: usize) -> String {
    let line = bytes.split(|&byte| byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
    String::from_utf8_lossy(line).chars().take(200).collect()
}
