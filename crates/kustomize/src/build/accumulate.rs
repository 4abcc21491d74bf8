//! What a kustomization has gathered: objects, where transformers find fields in them, and vars.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::TransformerConfig;
use crate::kustomization::Var;
use crate::notice::Notice;
use crate::resource::{Behavior, Collision, Id, Resource, ResourceMap, annotation, meta};
use crate::schema::Schemas;
use crate::version::ApiVersion;
use crate::yaml::{Node, Span};

/// What is gathered while kustomizations are built from the inside out.
#[derive(Debug)]
pub(crate) struct Accumulator {
    pub(crate) resources: ResourceMap,
    pub(crate) config: Arc<TransformerConfig>,
    /// By name.
    pub(crate) vars: BTreeMap<String, Var>,
    pub(crate) notices: Vec<Notice>,
}

impl Default for Accumulator {
    fn default() -> Accumulator {
        Accumulator {
            resources: ResourceMap::default(),
            config: TransformerConfig::empty(),
            vars: BTreeMap::new(),
            notices: Vec::new(),
        }
    }
}

/// Why what was gathered does not fit together.
#[derive(Debug, thiserror::Error)]
pub enum AccumulateError {
    /// Two objects with one id.
    #[error("{id} is there twice")]
    Collision {
        /// The id.
        id: Id,
        /// The object that was there.
        first: Span,
        /// The object that came.
        second: Span,
    },
    /// A generator that changes an object that is not there.
    #[error("there is no {id} that this generator could {behavior}")]
    NothingToChange {
        /// The id.
        id: Id,
        /// `merge` or `replace`
        behavior: &'static str,
        /// The generator.
        span: Span,
    },
    /// A generator that makes an object that is there already.
    #[error("{id} is there already: this generator needs `behavior: merge` or `behavior: replace`")]
    AlreadyThere {
        /// The id.
        id: Id,
        /// The generator.
        span: Span,
        /// The object that is there.
        first: Span,
    },
    /// A generator that could change more than one object.
    #[error("this generator could change {count} objects: {id} was the name of each")]
    SeveralToChange {
        /// The id.
        id: Id,
        /// How many.
        count: usize,
        /// The generator.
        span: Span,
    },
    /// A value of a Secret's `stringData` that is no scalar.
    #[error("the value of `{key}` in `stringData` is {found}, not a string")]
    StringData {
        /// The key.
        key: String,
        /// What it is.
        found: &'static str,
        /// The value.
        span: Span,
    },
    /// Two vars with one name.
    #[error("the var `{name}` is there already")]
    VarTwice {
        /// The name.
        name: String,
        /// The later one.
        span: Span,
        /// The earlier one.
        first: Span,
    },
    /// A var that could take its value from more than one object.
    #[error("the var `{name}` could take its value from {count} objects")]
    VarAmbiguous {
        /// The name.
        name: String,
        /// How many.
        count: usize,
        /// The var.
        span: Span,
    },
}

impl AccumulateError {
    /// Where the fault is.
    pub fn span(&self) -> Span {
        match self {
            AccumulateError::Collision { second: span, .. }
            | AccumulateError::NothingToChange { span, .. }
            | AccumulateError::AlreadyThere { span, .. }
            | AccumulateError::SeveralToChange { span, .. }
            | AccumulateError::StringData { span, .. }
            | AccumulateError::VarTwice { span, .. }
            | AccumulateError::VarAmbiguous { span, .. } => *span,
        }
    }
}

impl From<Box<Collision>> for AccumulateError {
    fn from(collision: Box<Collision>) -> AccumulateError {
        let Collision { id, first, second } = *collision;
        AccumulateError::Collision { id, first, second }
    }
}

impl Accumulator {
    /// Takes over what another kustomization has gathered.
    pub(crate) fn merge(
        &mut self,
        other: Accumulator,
        schemas: &Schemas,
    ) -> Result<(), super::ErrorKind> {
        if self.resources.is_empty() {
            self.resources = other.resources;
            // They are added one by one, so that two that have become the same are found.
            self.resources.check_all(schemas).map_err(AccumulateError::from)?;
        } else {
            let objects = other.resources.into_list();
            self.resources.append_all(objects, schemas).map_err(AccumulateError::from)?;
        }
        self.config = TransformerConfig::merge(&self.config, &other.config)?;
        for (_, var) in other.vars {
            self.add_var(var)?;
        }
        self.notices.extend(other.notices);
        Ok(())
    }

    fn add_var(&mut self, var: Var) -> Result<(), AccumulateError> {
        if let Some(first) = self.vars.get(&var.name) {
            return Err(AccumulateError::VarTwice {
                name: var.name,
                span: var.span,
                first: first.span,
            });
        }
        self.vars.insert(var.name.clone(), var);
        Ok(())
    }

    /// Takes vars over, and marks the objects that they take their values from.
    pub(crate) fn add_vars(
        &mut self,
        vars: &[Var],
        schemas: &Schemas,
    ) -> Result<(), AccumulateError> {
        for var in vars {
            let target = Id {
                gvk: var.gvk.clone(),
                name: var.object_name.clone(),
                namespace: var.namespace.clone(),
                // kustomize takes the group, version and kind of a var as they stand.
                cluster_scoped: false,
            };
            let matches = |id: &Id| {
                let named = id.name == target.name && id.gvk == target.gvk;
                named && (target.namespace.is_empty() || id.same(&target))
            };
            let mut found = self.resources.positions_of_name(&target.name, schemas).to_vec();
            found.retain(|at| self.resources.list()[*at].identity(schemas).all().any(matches));
            match found[..] {
                [] => {}
                [at] => {
                    let name = var.name.clone();
                    self.resources.list_mut_keeping_ids()[at].vars.push(name);
                }
                _ => {
                    return Err(AccumulateError::VarAmbiguous {
                        name: var.name.clone(),
                        count: found.len(),
                        span: var.span,
                    });
                }
            }
        }
        vars.iter().try_for_each(|var| self.add_var(var.clone()))
    }

    /// Adds what a generator has made, or changes what is there.
    pub(crate) fn absorb(
        &mut self,
        mut made: Resource,
        schemas: &Schemas,
        version: ApiVersion,
    ) -> Result<(), AccumulateError> {
        let id = made.id(schemas).clone();
        let span = made.span();
        let found = self.resources.positions_ever(&id, schemas);
        let list = self.resources.list();
        let behavior = made.behavior();
        let at = match (&found[..], behavior) {
            ([], Some(Behavior::Merge)) => {
                return Err(AccumulateError::NothingToChange { id, behavior: "merge", span });
            }
            ([], Some(Behavior::Replace)) => {
                return Err(AccumulateError::NothingToChange { id, behavior: "replace", span });
            }
            ([], _) => return Ok(self.resources.append(made, schemas)?),
            ([at], Some(Behavior::Merge | Behavior::Replace)) => *at,
            ([at], _) => {
                let first = list[*at].span();
                return Err(AccumulateError::AlreadyThere { id, span, first });
            }
            (found, _) => {
                let count = found.len();
                return Err(AccumulateError::SeveralToChange { id, count, span });
            }
        };
        let old = &list[at];
        made.take_metadata_of(old);
        made.traced = old.traced;
        if behavior == Some(Behavior::Merge) {
            merge_data(&mut made, old, version)?;
            // Where the object comes from stays what it was.
            if let Some(origin) = old.annotation(annotation::ORIGIN) {
                super::origin::set(&mut made, annotation::ORIGIN, origin.to_owned());
            }
        }
        let positions = self.resources.positions(made.id(schemas), schemas);
        if positions != [at] {
            let first = self.resources.list()[at].span();
            return Err(AccumulateError::AlreadyThere { id, span, first });
        }
        self.resources.change(at, schemas, |resource| {
            *resource = made;
            Ok(())
        })
    }
}

/// Merges the data of an object that is there below that of a generated one.
fn merge_data(
    made: &mut Resource,
    old: &Resource,
    version: ApiVersion,
) -> Result<(), AccumulateError> {
    let mut data = data_of(old.node(), "data");
    let knows_string_data = version == ApiVersion::V0_21_2;
    if knows_string_data && made.api_version() == "v1" && made.kind() == "Secret" {
        for (key, value) in string_data(old.node())? {
            data.insert(key, value);
        }
    }
    data.extend(data_of(made.node(), "data"));
    let mut binary = data_of(old.node(), "binaryData");
    binary.extend(data_of(made.node(), "binaryData"));
    let node = made.node_mut();
    meta::clear(node, "data");
    meta::clear(node, "binaryData");
    let Some(object) = node.as_mapping_mut() else {
        return Ok(());
    };
    crate::generate::insert_texts(object, "data", data);
    crate::generate::insert_texts(object, "binaryData", binary);
    Ok(())
}

fn data_of(node: &Node, field: &str) -> BTreeMap<String, String> {
    let Some(mapping) = node.get(field).and_then(Node::as_mapping) else {
        return BTreeMap::new();
    };
    let text = |node: &Node| {
        if node.is_null() { String::new() } else { node.key_text().into_owned() }
    };
    mapping.iter().map(|(key, value)| (text(key), text(value))).collect()
}

/// What a Secret has in `stringData`, as it would stand in `data`.
fn string_data(node: &Node) -> Result<BTreeMap<String, String>, AccumulateError> {
    let mut encoded = BTreeMap::new();
    let Some(mapping) = node.get("stringData").and_then(Node::as_mapping) else {
        return Ok(encoded);
    };
    for (key, value) in mapping.iter() {
        let name = key.key_text().into_owned();
        if !value.is_scalar() {
            let (found, span) = (value.kind(), value.span);
            return Err(AccumulateError::StringData { key: name, found, span });
        }
        let text = if value.is_null() { String::new() } else { value.key_text().into_owned() };
        encoded.insert(name, crate::generate::base64_lines(text.as_bytes()));
    }
    Ok(encoded)
}
