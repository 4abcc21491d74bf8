//! `platform/tests/**/*.yaml`: what a platform team expects, as it is written. The JSON Schema is derived from these types.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use indexmap::IndexMap;
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::diagnostic::Code;
use crate::spec::Override;
use crate::spec::text::{
    ClusterName, ComponentName, EnvironmentName, ItemName, TenantName, some, some_text,
};

/// A file of tests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TestFile {
    /// The tests, each with a name of its own.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "some")]
    pub tests: Vec<Case>,
}

/// A test: what is expected of clusters, that a change is refused, or what objects look like.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Case {
    /// What is tested, in a few words; no other test of the file has the same.
    #[schemars(length(min = 1))]
    #[serde(deserialize_with = "some_text")]
    pub name: String,
    /// Where it is looked; without it, on every cluster.
    #[serde(default)]
    pub on: On,
    /// A change of the description, for this test alone.
    #[serde(default)]
    pub given: Option<Given>,
    /// What is expected of the objects that clusters apply.
    #[serde(default)]
    pub expect: Vec<Expectation>,
    /// The code of the diagnostic that `generate` refuses the change with.
    #[serde(default)]
    pub refused: Option<RefusedBy>,
    /// Objects that are to stay as they are in `platform/tests/snapshots/`, where `tenantry test --update` puts them.
    #[serde(default)]
    pub snapshot: Option<Selector>,
}

/// Where a test looks. What is said narrows it: the clusters that are named, of the environments that are named, and of the objects there
/// those that belong to one of the tenants.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct On {
    /// On these clusters.
    #[serde(default)]
    pub clusters: Vec<ClusterName>,
    /// On the clusters of these environments.
    #[serde(default)]
    pub environments: Vec<EnvironmentName>,
    /// On the clusters of these tenants, and of their objects alone: those in their namespaces, and those with their label.
    #[serde(default)]
    pub tenants: Vec<TenantName>,
}

/// A change of the description, laid over the files as overrides are: maps merge, lists and scalars replace, null takes away. An entity that
/// is not there is new, and one that is null is gone.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Given {
    /// What `platform.yaml` says otherwise.
    #[serde(default)]
    pub platform: Option<Override>,
    /// What the files of clusters say otherwise, by name.
    #[serde(default)]
    pub clusters: BTreeMap<ClusterName, Option<Override>>,
    /// What the files of components say otherwise, by name.
    #[serde(default)]
    pub components: BTreeMap<ComponentName, Option<Override>>,
    /// What the files of tenants say otherwise, by name.
    #[serde(default)]
    pub tenants: BTreeMap<TenantName, Option<Override>>,
    /// What the files of patches say otherwise, by name.
    #[serde(default)]
    pub patches: BTreeMap<ItemName, Option<Override>>,
}

/// Which objects are meant: those that fit everything that is said.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Selector {
    /// The API version, such as `helm.toolkit.fluxcd.io/v2`.
    #[serde(default)]
    pub api_version: Option<String>,
    /// The kind, as a regular expression that fits it as a whole.
    #[serde(default)]
    pub kind: Option<Pattern>,
    /// The namespace, as a regular expression that fits it as a whole; that of an object without one is empty.
    #[serde(default)]
    pub namespace: Option<Pattern>,
    /// The name, as a regular expression that fits it as a whole.
    #[serde(default)]
    pub name: Option<Pattern>,
    /// Labels with their values.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// What is expected of objects, on each cluster where the test looks.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expectation {
    /// Which objects.
    pub object: Selector,
    /// That there is at least one. This is what is expected where neither `absent` nor `count` is said.
    #[serde(default)]
    pub present: Option<bool>,
    /// That there is none.
    #[serde(default)]
    pub absent: Option<bool>,
    /// How many there are.
    #[serde(default)]
    pub count: Option<Count>,
    /// A part of each of them. Maps may hold more, and lists as well: each item that is written is contained in some item, in whatever order.
    /// Null stands for a field that is not there.
    #[serde(default)]
    pub contains: Option<Map<String, Value>>,
    /// Fields of each of them, by JSON pointer, such as `/spec/chart/spec/version`.
    #[serde(default)]
    pub fields: IndexMap<String, Field>,
}

/// What is expected of a field.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Field {
    /// That it has this value, a map or a list as a whole.
    #[serde(default)]
    pub equals: Option<Value>,
    /// That this regular expression fits it as a whole.
    #[serde(default)]
    pub matches: Option<Pattern>,
    /// That it is there, with whatever value.
    #[serde(default)]
    pub present: Option<bool>,
    /// That it is not there, or null.
    #[serde(default)]
    pub absent: Option<bool>,
}

/// How many objects: a number, or a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// At least so many.
    pub min: usize,
    /// At most so many.
    pub max: Option<usize>,
}

/// The range of a [`Count`], as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Range {
    /// At least so many.
    #[serde(default)]
    min: Option<usize>,
    /// At most so many.
    #[serde(default)]
    max: Option<usize>,
}

impl Count {
    /// Whether a number is in the range.
    #[must_use]
    pub fn holds(self, count: usize) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { min, max: Some(max) } if min == max => write!(f, "{min}"),
            Self { min: 0, max: Some(max) } => write!(f, "at most {max}"),
            Self { min, max: Some(max) } => write!(f, "{min} to {max}"),
            Self { min, max: None } => write!(f, "at least {min}"),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or `min` and `max`")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Count, E> {
                let number = usize::try_from(number).map_err(E::custom)?;
                Ok(Count { min: number, max: Some(number) })
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Count, E> {
                let wrong = || E::invalid_value(serde::de::Unexpected::Signed(number), &self);
                u64::try_from(number).map_err(|_| wrong()).and_then(|number| self.visit_u64(number))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Count, A::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                let Range { min, max } = Range::deserialize(map)?;
                if (min, max) == (None, None) || max.is_some_and(|max| max < min.unwrap_or(0)) {
                    let wrong = "no number is in this range: write `min`, `max` or both";
                    return Err(serde::de::Error::custom(wrong));
                }
                Ok(Count { min: min.unwrap_or(0), max })
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Count {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Count".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let range = generator.subschema_for::<Range>();
        schemars::json_schema!({ "anyOf": [{ "type": "integer", "minimum": 0 }, range] })
    }
}

/// A regular expression that fits a text as a whole, as those of kustomize's patch targets do.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Whether it fits a text.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Regex::new(&format!("^(?:{text})$")) {
            Ok(regex) => Ok(Self { text, regex }),
            Err(error) => {
                let told = error.to_string();
                let reason = told.lines().last().unwrap_or_default();
                let reason = reason.trim_start_matches("error: ");
                Err(serde::de::Error::custom(format!(
                    "`{text}` is no regular expression: {reason}"
                )))
            }
        }
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "regex" })
    }
}

/// The code of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RefusedBy(#[serde(serialize_with = "as_text")] pub Code);

fn as_text<S: serde::Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

impl<'de> Deserialize<'de> for RefusedBy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static NAMES: LazyLock<Vec<&'static str>> =
            LazyLock::new(|| Code::ALL.iter().map(|code| code.as_str()).collect());
        let text = String::deserialize(deserializer)?;
        let known = Code::ALL.iter().find(|code| code.as_str() == text);
        known
            .map(|code| Self(*code))
            .ok_or_else(|| serde::de::Error::unknown_variant(&text, &NAMES))
    }
}

impl JsonSchema for RefusedBy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Code".into()
    }

    /// Which codes there are is for the tenantry that runs: a later one knows more than the schemas that lie in a repository.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" })
    }
}
