//! What a text has that a tree of nodes does not keep.

use super::event::{Data, Events};
use super::{SourceId, Style};

/// Whether a text has comments or anchors, which reading it and writing it again would lose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextTraits {
    /// `# ...`
    pub(crate) comments: bool,
    /// `&a`, `*a` and so `<<: *a`.
    pub(crate) anchors: bool,
}

impl TextTraits {
    /// Looks through a text; `None` for what is no YAML.
    pub(crate) fn of(text: &str) -> Option<TextTraits> {
        let mut events = Events::new(SourceId(0), text, 0);
        let mut traits = TextTraits::default();
        let mut at = 0;
        loop {
            let event = events.next().ok()?;
            let (start, end) = (event.start as usize, event.end as usize);
            if start > at {
                traits.comments |= text.get(at..start)?.contains('#');
            }
            let raw = text.get(start..end)?;
            at = at.max(end);
            match &event.data {
                Data::StreamEnd => {
                    traits.comments |= text.get(at..)?.contains('#');
                    return Some(traits);
                }
                Data::DocumentStart => traits.comments |= raw.contains('#'),
                Data::Alias(_) => traits.anchors = true,
                Data::Scalar { properties, style, .. } => {
                    traits.anchors |= properties.anchor().is_some();
                    let header = raw.lines().next().unwrap_or_default();
                    traits.comments |=
                        matches!(style, Style::Literal | Style::Folded) && header.contains('#');
                }
                Data::SequenceStart { properties, .. } | Data::MappingStart { properties, .. } => {
                    traits.anchors |= properties.anchor().is_some();
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_anchors_are_found_and_nothing_else() {
        let of = |text: &str| TextTraits::of(text).map(|traits| (traits.comments, traits.anchors));
        for text in ["a: 1\n", "a: 'x # y'\nb: x#y\n", "a: |\n  # text\n", "{\"a\": \"&b *c #d\"}"]
        {
            assert_eq!(of(text), Some((false, false)), "{text}");
        }
        for text in [
            "# x\na: 1\n",
            "a: 1 # x\n",
            "a: 1\n# x",
            "a: | # x\n  y\n",
            "[1, # x\n2]",
            "a: # x\n- b\n",
            "--- # x\na: 1\n",
        ] {
            assert_eq!(of(text), Some((true, false)), "{text}");
        }
        for text in ["a: &b 1\n", "a: &b {}\nc: *b\n"] {
            assert_eq!(of(text), Some((false, true)), "{text}");
        }
        assert_eq!(of("a: ["), None);
    }
}
