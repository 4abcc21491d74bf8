//! `images`: another name, tag or digest for container images.

use std::sync::atomic::{AtomicBool, Ordering};

use super::fieldspec::ReadySpec;
use super::{TransformError, each};
use crate::field::{FieldError, NodeKind, require, set_scalar};
use crate::kustomization::Image;
use crate::notice::{Notice, NoticeKind};
use crate::resource::ResourceMap;
use crate::selector::Regex;
use crate::version::ApiVersion;
use crate::yaml::{Node, Value};

/// Changes the image wherever containers are, and where the field specs lead.
pub(crate) fn set_images(
    resources: &mut ResourceMap,
    image: &Image,
    specs: &[ReadySpec],
    version: ApiVersion,
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    let digest = match version {
        ApiVersion::V0_21_1 => "(@sha256:[a-zA-Z0-9_.{}-]*)?",
        ApiVersion::V0_21_2 => "(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?",
    };
    let pattern = format!("^{}(:[a-zA-Z0-9_.{{}}-]*)?{digest}$", image.name);
    let pattern = match Regex::unanchored(&pattern) {
        Ok(pattern) => Some(pattern),
        // The name is no regular expression: nothing has it, or kustomize ends badly.
        Err(_) if version == ApiVersion::V0_21_2 => None,
        Err(_) => {
            return Err(TransformError::ImageName { name: image.name.clone(), span: image.span });
        }
    };
    let update =
        Update { image, pattern, matched: AtomicBool::new(false), changed: AtomicBool::new(false) };
    each(resources.list_mut_keeping_ids(), |resource| {
        if resource.kind() == "CustomResourceDefinition" {
            return Ok(());
        }
        let node = resource.node_mut();
        update.containers(node)?;
        for spec in specs {
            spec.apply(node, None, &mut |node: &mut Node| update.set(node))?;
        }
        resource.written(false);
        Ok(())
    })?;
    let name = image.name.clone();
    let kind = if !update.matched.into_inner() {
        NoticeKind::ImageMatchedNothing { name }
    } else if !update.changed.into_inner() {
        NoticeKind::ImageChangedNothing { name }
    } else {
        return Ok(());
    };
    notices.push(Notice { kind, span: image.span });
    Ok(())
}

struct Update<'i> {
    image: &'i Image,
    pattern: Option<Regex>,
    matched: AtomicBool,
    changed: AtomicBool,
}

impl Update<'_> {
    /// Goes through all lists of containers, however deep.
    fn containers(&self, node: &mut Node) -> Result<(), FieldError> {
        match &mut node.value {
            Value::Sequence(items) => items.iter_mut().try_for_each(|item| self.containers(item)),
            Value::Mapping(mapping) => {
                for (key, value) in mapping.iter_mut() {
                    self.containers(value)?;
                    if matches!(key.text(), Some("containers" | "initContainers")) {
                        self.images(value)?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn images(&self, containers: &mut Node) -> Result<(), FieldError> {
        let Value::Sequence(containers) = &mut containers.value else {
            return Ok(());
        };
        for container in containers {
            require(container, NodeKind::Mapping)?;
            if let Some(image) = container.get_mut("image") {
                self.set(image)?;
            }
        }
        Ok(())
    }

    fn set(&self, node: &mut Node) -> Result<(), FieldError> {
        require(node, NodeKind::Scalar)?;
        let old = node.key_text().into_owned();
        if !self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(&old)) {
            return Ok(());
        }
        self.matched.store(true, Ordering::Relaxed);
        let new = self.renamed(&old);
        if new != old {
            self.changed.store(true, Ordering::Relaxed);
        }
        set_scalar(node, &mut Node::untagged(new))
    }

    fn renamed(&self, old: &str) -> String {
        let Image { new_name, new_tag, digest: new_digest, tag_suffix, .. } = self.image;
        let (name, tag, digest) = split(old);
        let name = if new_name.is_empty() { name } else { new_name };
        let suffixed;
        let (tag, digest) = match (new_tag.as_str(), new_digest.as_str()) {
            ("", "") if !tag_suffix.is_empty() => {
                suffixed = format!("{tag}{tag_suffix}");
                (suffixed.as_str(), "")
            }
            ("", "") => (tag, digest),
            changed => changed,
        };
        let mut renamed = name.to_owned();
        for (separator, part) in [(':', tag), ('@', digest)] {
            if !part.is_empty() {
                renamed.push(separator);
                renamed.push_str(part);
            }
        }
        renamed
    }
}

/// Name, tag and digest of an image; a colon before the first slash belongs to a port.
fn split(image: &str) -> (&str, &str, &str) {
    let host = image.find('/').unwrap_or(0);
    let after = &image[host..];
    let at = after.find('@').map(|at| at + host);
    let colon = after.find(':').map(|at| at + host);
    match (colon, at) {
        (None, None) => (image, "", ""),
        (colon, Some(at)) if colon.is_none_or(|colon| at < colon) => {
            (&image[..at], "", &image[at + 1..])
        }
        (Some(colon), Some(at)) => (&image[..colon], &image[colon + 1..at], &image[at + 1..]),
        (Some(colon), None) => (&image[..colon], &image[colon + 1..], ""),
        (None, Some(at)) => (&image[..at], "", &image[at + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_taken_apart() {
        assert_eq!(split("nginx"), ("nginx", "", ""));
        assert_eq!(split("host:5000/nginx"), ("host:5000/nginx", "", ""));
        assert_eq!(split("host:5000/nginx:1@sha256:a"), ("host:5000/nginx", "1", "sha256:a"));
        assert_eq!(split("nginx@sha256:a"), ("nginx", "", "sha256:a"));
        assert_eq!(split("nginx:1.2"), ("nginx", "1.2", ""));
    }
}
