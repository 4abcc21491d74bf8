//! Keys and values from the sources of a generator.

use std::collections::BTreeMap;

use super::GenerateError;
use crate::build::Loader;
use crate::kustomization::{GeneratorArgs, Text};
use crate::yaml::Span;

/// All pairs of an entry: of environment files, then of literals, then of files.
pub(super) fn read(
    args: &GeneratorArgs,
    loader: &Loader<'_>,
) -> Result<BTreeMap<String, Vec<u8>>, GenerateError> {
    let mut pairs = BTreeMap::new();
    let mut add = |key: String, value: Vec<u8>, span: Span| match pairs.insert(key.clone(), value) {
        None => Ok(()),
        Some(_) => Err(GenerateError::DuplicateKey { name: args.name.clone(), key, span }),
    };
    for path in &args.envs {
        let loaded = load(loader, path, &path.value)?;
        for (key, value) in env_lines(&loaded, path)? {
            add(key, value, path.span)?;
        }
    }
    for literal in &args.literals {
        let (key, value) = split_literal(literal)?;
        add(key.to_owned(), value.as_bytes().to_vec(), literal.span)?;
    }
    for source in &args.files {
        let (key, path) = split_file_source(source)?;
        let bytes = load(loader, source, path)?;
        add(key.to_owned(), bytes, source.span)?;
    }
    Ok(pairs)
}

fn load(loader: &Loader<'_>, entry: &Text, path: &str) -> Result<Vec<u8>, GenerateError> {
    match loader.file(path) {
        Ok(loaded) => Ok(loaded.bytes.into_owned()),
        Err(error) => Err(GenerateError::Load { error, span: entry.span }),
    }
}

/// `key=value`, the value without a pair of quotes around it.
fn split_literal(literal: &Text) -> Result<(&str, &str), GenerateError> {
    let missing = |missing| GenerateError::Literal { missing, span: literal.span };
    match literal.value.split_once('=') {
        None => Err(missing("`=`")),
        Some(("", _)) => Err(missing("key")),
        Some((key, value)) => Ok((key, without_quotes(value))),
    }
}

fn without_quotes(value: &str) -> &str {
    let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    quoted('"').or_else(|| quoted('\'')).unwrap_or(value)
}

/// `path`, whose last name is the key, or `key=path`.
fn split_file_source(source: &Text) -> Result<(&str, &str), GenerateError> {
    let problem = |problem| GenerateError::FileSource {
        source_text: source.value.clone(),
        problem,
        span: source.span,
    };
    match source.value.split_once('=') {
        None => {
            let trimmed = source.value.trim_end_matches('/');
            let base = match trimmed.rsplit('/').next() {
                Some("") | None if source.value.is_empty() => ".",
                Some("") | None => "/",
                Some(base) => base,
            };
            Ok((base, &source.value))
        }
        Some((_, path)) if path.contains('=') => Err(problem("it has more than one `=`")),
        Some(("", _)) => Err(problem("the key is missing")),
        Some((_, "")) => Err(problem("the path is missing")),
        Some((key, path)) => Ok((key, path)),
    }
}

/// The pairs of an environment file.
fn env_lines(bytes: &[u8], path: &Text) -> Result<Vec<(String, Vec<u8>)>, GenerateError> {
    // Go's scanner gives up, without a word, at a line that does not fit in its buffer.
    const LONGEST: usize = 64 * 1024;
    let mut pairs = Vec::new();
    let mut rest = bytes;
    let mut number = 0;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = end.map_or(&[], |end| &rest[end + 1..]);
        if line.len() >= LONGEST {
            break;
        }
        number += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = std::str::from_utf8(line).map_err(|_| GenerateError::EnvEncoding {
            path: path.value.clone(),
            line: number,
            span: path.span,
        })?;
        let line = if number == 1 { line.strip_prefix('\u{FEFF}').unwrap_or(line) } else { line };
        let line = line.trim_start();
        if line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !key.is_empty() {
            pairs.push((key.to_owned(), value.as_bytes().to_vec()));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Text {
        Text::new(value.to_owned(), Span::default())
    }

    #[test]
    fn literals_lose_one_pair_of_quotes() {
        let split = |literal: &str| {
            let literal = text(literal);
            split_literal(&literal).map(|(k, v)| (k.to_owned(), v.to_owned())).ok()
        };
        let pair = |key: &str, value: &str| Some((key.to_owned(), value.to_owned()));
        assert_eq!(split("a='b=c'"), pair("a", "b=c"));
        assert_eq!(split("a=\"'b'\""), pair("a", "'b'"));
        assert_eq!(split("a=\"b'"), pair("a", "\"b'"));
        assert_eq!(split("a=\""), pair("a", "\""));
        assert_eq!(split("a="), pair("a", ""));
        assert_eq!(split("a"), None);
        assert_eq!(split("=a"), None);
    }

    #[test]
    fn lines_of_an_environment_file_are_pairs() {
        let lines = "\u{FEFF}a=1\r\n # no\n\n  b = 2 \nc\n=d\ne==";
        let pairs = env_lines(lines.as_bytes(), &text("env")).unwrap_or_default();
        let pairs: Vec<(&str, &[u8])> = pairs.iter().map(|(k, v)| (k.as_str(), &v[..])).collect();
        assert_eq!(pairs, [("a", &b"1"[..]), ("b ", b" 2 "), ("c", b""), ("e", b"=")]);
        assert!(env_lines(b"a=\xFF", &text("env")).is_err());
    }
}
