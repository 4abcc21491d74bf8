//! ConfigMaps and Secrets from literals, files and environment files.
//!
//! In goes an entry of a generator and the loader of its kustomization; out comes an object with what
//! the build has to know of it (how it joins the others, whether its name gets a hash) in its metadata.

mod pairs;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::build::{LoadError, Loader};
use crate::kustomization::{GeneratorArgs, GeneratorOptions, Pairs};
use crate::resource::{Resource, annotation, meta};
use crate::yaml::{Mapping, Node, Span, Style};

/// What a generator makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generated {
    ConfigMap,
    Secret,
}

/// Why nothing can be generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// An entry without a name.
    #[error("this generator has no `name`")]
    MissingName {
        /// The entry.
        span: Span,
    },
    /// A cloud that kustomize has no policies for.
    #[error("there are policies for the cloud `gke` only, not for `{cloud}`")]
    Cloud {
        /// The cloud.
        cloud: String,
        /// Where.
        span: Span,
    },
    /// A literal that is no pair.
    #[error("a literal is `key=value`; this one has no {missing}")]
    Literal {
        /// What is missing.
        missing: &'static str,
        /// The literal.
        span: Span,
    },
    /// An entry of `files` that is neither a path nor a key and a path.
    #[error("`{source_text}` is neither a path nor `key=path`: {problem}")]
    FileSource {
        /// The entry.
        source_text: String,
        /// What is wrong.
        problem: &'static str,
        /// The entry.
        span: Span,
    },
    /// A line of an environment file that is no text.
    #[error("line {line} of `{path}` is not UTF-8")]
    EnvEncoding {
        /// The path as it was written.
        path: String,
        /// Counted from 1.
        line: usize,
        /// The entry.
        span: Span,
    },
    /// A key that two sources give.
    #[error("two sources of `{name}` give the key `{key}`")]
    DuplicateKey {
        /// The name of the object.
        name: String,
        /// The key.
        key: String,
        /// The later source.
        span: Span,
    },
    /// A file that cannot be read.
    #[error("{error}")]
    Load {
        /// Why.
        error: LoadError,
        /// The entry.
        span: Span,
    },
}

impl GenerateError {
    /// Where the fault is.
    pub fn span(&self) -> Span {
        match self {
            GenerateError::MissingName { span }
            | GenerateError::Cloud { span, .. }
            | GenerateError::Literal { span, .. }
            | GenerateError::FileSource { span, .. }
            | GenerateError::EnvEncoding { span, .. }
            | GenerateError::DuplicateKey { span, .. }
            | GenerateError::Load { span, .. } => *span,
        }
    }
}

/// Makes the object of an entry. `defaults` are the kustomization's `generatorOptions`.
pub(crate) fn generate(
    what: Generated,
    args: &GeneratorArgs,
    defaults: Option<&GeneratorOptions>,
    loader: &Loader<'_>,
) -> Result<Resource, GenerateError> {
    if args.name.is_empty() {
        return Err(GenerateError::MissingName { span: args.span });
    }
    let options = merged(args.options.as_ref(), defaults);
    let mut object = Mapping::new();
    object.insert("apiVersion", "v1");
    object.insert("kind", if what == Generated::Secret { "Secret" } else { "ConfigMap" });
    let mut metadata = Mapping::new();
    metadata.insert("name", meta::new_string(args.name.as_str()));
    if !args.namespace.is_empty() {
        metadata.insert("namespace", meta::new_string(args.namespace.as_str()));
    }
    object.insert("metadata", metadata);
    let data = pairs::read(args, loader)?;
    match what {
        Generated::Secret => {
            let kind = if args.secret_type.is_empty() { "Opaque" } else { &args.secret_type };
            object.insert("type", meta::new_string(kind));
            set_secret_data(&mut object, &data);
        }
        Generated::ConfigMap => set_config_map_data(&mut object, &data),
    }
    let mut node = Node::new(object).at(args.span);
    for (map, pairs) in
        options.iter().flat_map(|o| [("labels", &o.labels), ("annotations", &o.annotations)])
    {
        set_meta_pairs(&mut node, map, pairs);
    }
    if options.as_ref().is_some_and(|options| options.immutable) {
        meta::set_field(&mut node, "immutable", Node::new(true));
    }
    let mut resource = Resource::new(node);
    if !options.as_ref().is_some_and(|options| options.disable_name_suffix_hash) {
        resource.enable(annotation::NEEDS_HASH);
    }
    let behavior = match args.behavior.as_str() {
        known @ ("create" | "replace" | "merge") => known,
        _ => "unspecified",
    };
    let mut annotations = resource.annotations();
    annotations.insert(annotation::BEHAVIOR.to_owned(), behavior.to_owned());
    resource.set_annotations(&annotations);
    Ok(resource)
}

/// Own options over the kustomization's.
fn merged(
    own: Option<&GeneratorOptions>,
    defaults: Option<&GeneratorOptions>,
) -> Option<GeneratorOptions> {
    let Some(defaults) = defaults else {
        return own.cloned();
    };
    let mut merged = own.cloned().unwrap_or_default();
    for (pairs, defaults) in
        [(&mut merged.labels, &defaults.labels), (&mut merged.annotations, &defaults.annotations)]
    {
        for (key, value) in defaults {
            if !pairs.iter().any(|(own, _)| own.value == key.value) {
                pairs.push((key.clone(), value.clone()));
            }
        }
    }
    merged.disable_name_suffix_hash |= defaults.disable_name_suffix_hash;
    merged.immutable |= defaults.immutable;
    Some(merged)
}

fn set_meta_pairs(node: &mut Node, map: &str, pairs: &Pairs) {
    if pairs.is_empty() {
        return;
    }
    let entries = pairs.iter().map(|(key, value)| {
        let value = Node { style: Style::SingleQuoted, ..Node::string(value.value.as_str()) };
        (Node::untagged(key.value.as_str()), value)
    });
    meta::set_field(meta::metadata_mut(node), map, Node::new(entries.collect::<Mapping>()));
}

/// Text goes into `data`, other bytes in base64 into `binaryData`.
pub(crate) fn set_config_map_data(object: &mut Mapping, data: &BTreeMap<String, Vec<u8>>) {
    let (mut texts, mut binary) = (BTreeMap::new(), BTreeMap::new());
    for (key, bytes) in data {
        match std::str::from_utf8(bytes) {
            Ok(text) => texts.insert(key.clone(), text.to_owned()),
            Err(_) => binary.insert(key.clone(), base64_lines(bytes)),
        };
    }
    insert_texts(object, "data", texts);
    insert_texts(object, "binaryData", binary);
}

/// All goes into `data` in base64; without anything `data` is an empty mapping.
pub(crate) fn set_secret_data(object: &mut Mapping, data: &BTreeMap<String, Vec<u8>>) {
    if !object.contains_key("data") {
        object.insert("data", Mapping::new());
    }
    let data = data.iter().map(|(key, bytes)| (key.clone(), base64_lines(bytes))).collect();
    insert_texts(object, "data", data);
}

/// Sets a field to a mapping of texts; without any it stays what it is.
pub(crate) fn insert_texts(object: &mut Mapping, field: &str, texts: BTreeMap<String, String>) {
    if texts.is_empty() {
        return;
    }
    let entry = |(key, value): (String, String)| {
        // As kyaml makes keys: one that looks like a number becomes one, and cannot be printed.
        (Node::untagged(key), meta::new_string(value))
    };
    object.insert(field, texts.into_iter().map(entry).collect::<Mapping>());
}

/// Base64 on one line, or on lines of 70 characters, each with a line break, where it is longer.
pub(crate) fn base64_lines(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let encoded = STANDARD.encode(bytes);
    if encoded.len() < LINE {
        return encoded;
    }
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = after;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_broken_from_seventy_characters_on() {
        assert_eq!(base64_lines(b"acme"), "YWNtZQ==");
        assert_eq!(base64_lines(&[0; 48]).len(), 64);
        assert_eq!(base64_lines(&[0; 51]), "A".repeat(68));
        let lines = base64_lines(&[0; 54]);
        assert_eq!(lines, format!("{}\n{}\n", "A".repeat(70), "A".repeat(2)));
    }
}
