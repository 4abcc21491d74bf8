//! Shapes as bytes, and back: the form in which they are embedded.
//!
//! Two parts, each compressed by itself: the *shapes*, which judging needs, and the *words*, which only people read. Texts and shapes
//! have a table of where they are, and a shape is read when it is first used. What stands beside them ([`Kept`]) is small and read at once.
//! The bytes are our own: there is no version but the one that this program was built with.

use std::sync::OnceLock;

use super::bytes::{Reader, Writer};
use super::kind::{Kind, Source, Version};
use super::shape::{Builder, Count, Items, Shape, ShapeId, Text, Type, Word};

/// What stands beside the shapes.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    /// The versions of Kubernetes, newest first.
    pub(super) versions: Vec<Version>,
    /// Where the custom resources come from.
    pub(super) sources: Vec<Source>,
    /// The custom resources.
    pub(super) kinds: Vec<Kind>,
}

/// A shape that was read, with what its pattern compiles to.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) shape: Shape,
    pub(super) pattern: OnceLock<Option<regex::Regex>>,
}

/// The shapes of one blob.
#[derive(Debug)]
pub(super) struct Shapes {
    bytes: Vec<u8>,
    texts: Vec<(u32, u32)>,
    starts: Vec<u32>,
    read: Vec<OnceLock<Box<Read>>>,
    pub(super) kept: Kept,
}

impl Shapes {
    /// Reads the first part; `None` for bytes that [`Builder::shapes`] did not write.
    pub(super) fn of(bytes: Vec<u8>) -> Option<Self> {
        let mut reader = Reader::new(&bytes, 0);
        let texts = table(&mut reader)?;
        let shapes = table(&mut reader)?;
        let kept = kept(&mut reader)?;
        let starts: Vec<u32> = shapes.into_iter().map(|(start, _)| start).collect();
        let read = std::iter::repeat_with(OnceLock::new).take(starts.len()).collect();
        Some(Self { texts, starts, read, kept, bytes })
    }

    /// A text by its number.
    pub(super) fn text(&self, text: Text) -> &str {
        std::str::from_utf8(self.bytes(text)).unwrap_or_default()
    }

    /// The bytes of a text, to be compared.
    pub(super) fn bytes(&self, text: Text) -> &[u8] {
        let range = self.texts.get(text.0 as usize).copied();
        let bytes = range.and_then(|(start, end)| self.bytes.get(start as usize..end as usize));
        bytes.unwrap_or_default()
    }

    /// A shape by its number.
    pub(super) fn get(&self, id: ShapeId) -> &Read {
        static NOTHING: OnceLock<Box<Read>> = OnceLock::new();
        let at = id.0 as usize;
        let (Some(cell), Some(start)) = (self.read.get(at), self.starts.get(at)) else {
            return NOTHING.get_or_init(Box::default);
        };
        cell.get_or_init(|| {
            let shape = shape(&mut Reader::new(&self.bytes, *start as usize));
            Box::new(Read { shape: shape.unwrap_or_default(), pattern: OnceLock::new() })
        })
    }

    /// How many shapes there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether every shape can be read and leads to others that are there.
    #[cfg(test)]
    pub(super) fn are_sound(&self) -> bool {
        self.starts.iter().all(|start| {
            let read = shape(&mut Reader::new(&self.bytes, *start as usize));
            read.is_some_and(|shape| {
                shape.parts().all(|part| (part.0 as usize) < self.starts.len())
            })
        })
    }
}

/// The texts for people.
#[derive(Debug, Default)]
pub(super) struct Words {
    bytes: Vec<u8>,
    at: Vec<(u32, u32)>,
}

impl Words {
    /// Reads the second part.
    pub(super) fn of(bytes: Vec<u8>) -> Option<Self> {
        let at = table(&mut Reader::new(&bytes, 0))?;
        Some(Self { bytes, at })
    }

    /// A text by its number.
    pub(super) fn get(&self, word: Word) -> &str {
        let range = self.at.get(word.0 as usize).copied();
        let bytes = range.and_then(|(start, end)| self.bytes.get(start as usize..end as usize));
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// Where each of many things lies: their lengths come first, then all of them.
fn table(reader: &mut Reader<'_>) -> Option<Vec<(u32, u32)>> {
    let lengths = reader.list(|reader| reader.small())?;
    let mut start = u32::try_from(reader.at).ok()?;
    let mut all = Vec::with_capacity(lengths.len());
    for length in lengths {
        let end = start.checked_add(length)?;
        all.push((start, end));
        start = end;
    }
    reader.at = start as usize;
    Some(all)
}

fn write_table<'a>(writer: &mut Writer, parts: impl Iterator<Item = &'a [u8]> + Clone) {
    writer.length(parts.clone().count());
    parts.clone().for_each(|part| writer.length(part.len()));
    parts.for_each(|part| writer.0.extend_from_slice(part));
}

impl Builder {
    /// The first part, not compressed.
    #[must_use]
    pub fn shapes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        write_table(&mut writer, self.texts.iter().map(String::as_bytes));
        let shapes: Vec<Vec<u8>> = self.shapes.iter().map(write_shape).collect();
        write_table(&mut writer, shapes.iter().map(Vec::as_slice));
        write_kept(&mut writer, &self.kept);
        writer.0
    }

    /// The second part, not compressed.
    #[must_use]
    pub fn words(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        write_table(&mut writer, self.words.iter().map(String::as_bytes));
        writer.0
    }
}

/// A field of a shape in the blob: its bit says whether it is there.
#[derive(Clone, Copy)]
enum Part {
    Nullable,
    Open,
    Embedded,
    Above,
    Below,
    Set,
    Map,
    Refers,
    Description,
    Properties,
    Required,
    Additional,
    Items,
    Choices,
    Default,
    Pattern,
    Format,
    Minimum,
    Maximum,
    MultipleOf,
    Length,
    ItemCount,
    PropertyCount,
    AllOf,
    AnyOf,
    OneOf,
    Not,
    Rules,
}

fn write_shape(shape: &Shape) -> Vec<u8> {
    let mut bits = 0_u64;
    let mut body = Writer::default();
    let mut has = |part: Part, there: bool| {
        bits |= u64::from(there) << (part as u32);
        there
    };
    has(Part::Nullable, shape.nullable);
    has(Part::Open, shape.open);
    has(Part::Embedded, shape.embedded);
    has(Part::Above, shape.above);
    has(Part::Below, shape.below);
    has(Part::Set, shape.list == Items::Set);
    let list = |body: &mut Writer, numbers: &mut dyn ExactSizeIterator<Item = u32>| {
        body.length(numbers.len());
        numbers.for_each(|number| body.number(number.into()));
    };
    if let Items::Map(keys) = &shape.list {
        has(Part::Map, true);
        list(&mut body, &mut keys.iter().map(|key| key.0));
    }
    let mut one = |part: Part, number: Option<u32>, body: &mut Writer| {
        if has(part, number.is_some()) {
            body.number(number.unwrap_or_default().into());
        }
    };
    one(Part::Refers, shape.refers.map(|text| text.0), &mut body);
    one(Part::Description, shape.description.map(|word| word.0), &mut body);
    one(Part::Additional, shape.additional.map(|id| id.0), &mut body);
    one(Part::Items, shape.items.map(|id| id.0), &mut body);
    one(Part::Default, shape.default.map(|text| text.0), &mut body);
    one(Part::Pattern, shape.pattern.map(|text| text.0), &mut body);
    one(Part::Format, shape.format.map(|text| text.0), &mut body);
    one(Part::Minimum, shape.minimum.map(|text| text.0), &mut body);
    one(Part::Maximum, shape.maximum.map(|text| text.0), &mut body);
    one(Part::MultipleOf, shape.multiple_of.map(|text| text.0), &mut body);
    one(Part::Not, shape.not.map(|id| id.0), &mut body);
    for (part, count) in [
        (Part::Length, shape.length),
        (Part::ItemCount, shape.item_count),
        (Part::PropertyCount, shape.property_count),
    ] {
        if has(part, count != Count::default()) {
            // Nothing is 0, and every number one more than it is.
            body.number(count.least.map_or(0, |count| count.saturating_add(1)));
            body.number(count.most.map_or(0, |count| count.saturating_add(1)));
        }
    }
    if has(Part::Properties, !shape.properties.is_empty()) {
        let numbers = shape.properties.iter().flat_map(|(name, id)| [name.0, id.0]);
        list(&mut body, &mut numbers.collect::<Vec<_>>().into_iter());
    }
    for (part, texts) in [(Part::Required, &shape.required), (Part::Choices, &shape.choices)] {
        if has(part, !texts.is_empty()) {
            list(&mut body, &mut texts.iter().map(|text| text.0));
        }
    }
    for (part, shapes) in
        [(Part::AllOf, &shape.all_of), (Part::AnyOf, &shape.any_of), (Part::OneOf, &shape.one_of)]
    {
        if has(part, !shapes.is_empty()) {
            list(&mut body, &mut shapes.iter().map(|id| id.0));
        }
    }
    if has(Part::Rules, !shape.rules.is_empty()) {
        let numbers = shape.rules.iter();
        let numbers = numbers.flat_map(|(rule, words)| [rule.0, words.map_or(0, |one| one.0 + 1)]);
        list(&mut body, &mut numbers.collect::<Vec<_>>().into_iter());
    }
    let mut writer = Writer::default();
    writer.number(shape.of as u64);
    writer.number(bits);
    writer.0.append(&mut body.0);
    writer.0
}

fn shape(reader: &mut Reader<'_>) -> Option<Shape> {
    let of = *Type::ALL.get(reader.length()?)?;
    let bits = reader.number()?;
    let has = |part: Part| bits >> (part as u32) & 1 == 1;
    let list = |part: Part, reader: &mut Reader<'_>| match has(part) {
        true => reader.list(|reader| reader.small()),
        false => Some(Vec::new()),
    };
    let one = |part: Part, reader: &mut Reader<'_>| match has(part) {
        true => reader.small().map(Some),
        false => Some(None),
    };
    let count = |part: Part, reader: &mut Reader<'_>| match has(part) {
        true => Some(Count {
            least: reader.number()?.checked_sub(1),
            most: reader.number()?.checked_sub(1),
        }),
        false => Some(Count::default()),
    };
    let mut shape = Shape {
        of,
        nullable: has(Part::Nullable),
        open: has(Part::Open),
        embedded: has(Part::Embedded),
        above: has(Part::Above),
        below: has(Part::Below),
        ..Shape::default()
    };
    let texts = |numbers: Vec<u32>| numbers.into_iter().map(Text).collect::<Vec<_>>();
    let ids = |numbers: Vec<u32>| numbers.into_iter().map(ShapeId).collect::<Vec<_>>();
    shape.list = match (has(Part::Set), has(Part::Map)) {
        (true, _) => Items::Set,
        (_, true) => Items::Map(texts(list(Part::Map, reader)?)),
        _ => Items::Plain,
    };
    shape.refers = one(Part::Refers, reader)?.map(Text);
    shape.description = one(Part::Description, reader)?.map(Word);
    shape.additional = one(Part::Additional, reader)?.map(ShapeId);
    shape.items = one(Part::Items, reader)?.map(ShapeId);
    shape.default = one(Part::Default, reader)?.map(Text);
    shape.pattern = one(Part::Pattern, reader)?.map(Text);
    shape.format = one(Part::Format, reader)?.map(Text);
    shape.minimum = one(Part::Minimum, reader)?.map(Text);
    shape.maximum = one(Part::Maximum, reader)?.map(Text);
    shape.multiple_of = one(Part::MultipleOf, reader)?.map(Text);
    shape.not = one(Part::Not, reader)?.map(ShapeId);
    shape.length = count(Part::Length, reader)?;
    shape.item_count = count(Part::ItemCount, reader)?;
    shape.property_count = count(Part::PropertyCount, reader)?;
    let properties = list(Part::Properties, reader)?;
    let (pairs, _) = properties.as_chunks::<2>();
    shape.properties = pairs.iter().map(|[name, id]| (Text(*name), ShapeId(*id))).collect();
    shape.required = texts(list(Part::Required, reader)?);
    shape.choices = texts(list(Part::Choices, reader)?);
    shape.all_of = ids(list(Part::AllOf, reader)?);
    shape.any_of = ids(list(Part::AnyOf, reader)?);
    shape.one_of = ids(list(Part::OneOf, reader)?);
    let rules = list(Part::Rules, reader)?;
    let (pairs, _) = rules.as_chunks::<2>();
    let pairs = pairs.iter();
    shape.rules =
        pairs.map(|[rule, words]| (Word(*rule), words.checked_sub(1).map(Word))).collect();
    Some(shape)
}

impl Shape {
    /// Every shape that it is made of.
    #[cfg(test)]
    fn parts(&self) -> impl Iterator<Item = ShapeId> {
        let properties = self.properties.iter().map(|(_, id)| *id);
        let junctions = [&self.all_of, &self.any_of, &self.one_of].into_iter().flatten().copied();
        properties.chain(junctions).chain(self.additional).chain(self.items).chain(self.not)
    }
}

fn write_kept(writer: &mut Writer, kept: &Kept) {
    writer.length(kept.versions.len());
    for version in &kept.versions {
        writer.text(&version.minor);
        writer.text(&version.exact);
        writer.length(version.definitions.len());
        for (name, id) in &version.definitions {
            writer.number(name.0.into());
            writer.number(id.0.into());
        }
        writer.length(version.kinds.len());
        version.kinds.iter().for_each(|kind| write_kind(writer, kind));
    }
    writer.length(kept.sources.len());
    for source in &kept.sources {
        for text in [&source.name, &source.version, &source.licence] {
            writer.text(text);
        }
        writer.number(source.is_flux.into());
    }
    writer.length(kept.kinds.len());
    kept.kinds.iter().for_each(|kind| write_kind(writer, kind));
}

fn kept(reader: &mut Reader<'_>) -> Option<Kept> {
    let versions = reader.list(|reader| {
        Some(Version {
            minor: reader.text()?.to_owned(),
            exact: reader.text()?.to_owned(),
            definitions: reader
                .list(|reader| Some((Text(reader.small()?), ShapeId(reader.small()?))))?,
            kinds: reader.list(read_kind)?,
        })
    })?;
    let sources = reader.list(|reader| {
        Some(Source {
            name: reader.text()?.to_owned(),
            version: reader.text()?.to_owned(),
            licence: reader.text()?.to_owned(),
            is_flux: reader.number()? == 1,
        })
    })?;
    Some(Kept { versions, sources, kinds: reader.list(read_kind)? })
}

fn write_kind(writer: &mut Writer, kind: &Kind) {
    for text in [&kind.group, &kind.version, &kind.kind, &kind.plural, &kind.singular] {
        writer.text(text);
    }
    writer.length(kind.short.len());
    kind.short.iter().for_each(|name| writer.text(name));
    writer.number(kind.namespaced.into());
    writer.number(kind.shape.0.into());
    writer.length(kind.source.map_or(0, |source| source + 1));
}

fn read_kind(reader: &mut Reader<'_>) -> Option<Kind> {
    let mut text = || reader.text().map(str::to_owned);
    let (group, version, kind) = (text()?, text()?, text()?);
    let (plural, singular) = (text()?, text()?);
    Some(Kind {
        group,
        version,
        kind,
        plural,
        singular,
        short: reader.list(|reader| reader.text().map(str::to_owned))?,
        namespaced: reader.number()? == 1,
        shape: ShapeId(reader.small()?),
        source: usize::try_from(reader.number()?).ok()?.checked_sub(1),
    })
}
