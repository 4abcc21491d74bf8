//! Vars over the objects of a build.

use std::collections::BTreeMap;

use super::{Error, Values, value_of};
use crate::kustomization::Var;
use crate::notice::{Notice, NoticeKind};
use crate::resource::{ResourceMap, is_empty};
use crate::transform::TransformError;
use crate::transform::fieldspec::{ReadySpec, WalkError};

/// Puts the values of all vars where objects ask for them.
pub(crate) fn resolve(
    resources: &mut ResourceMap,
    vars: &BTreeMap<String, Var>,
    specs: &[ReadySpec],
    notices: &mut Vec<Notice>,
) -> Result<(), TransformError> {
    if vars.is_empty() {
        return Ok(());
    }
    let mut values = Values::default();
    for (name, var) in vars {
        let mut objects = resources.list().iter();
        let object = objects
            .find(|resource| resource.vars.contains(name))
            .ok_or_else(|| Error::NoObject { name: name.clone(), span: var.span })?;
        values.insert(name, value_of(var, object.node())?);
    }
    for resource in resources.list_mut() {
        if is_empty(resource.node()) {
            continue;
        }
        for spec in specs {
            match values.expand(resource.node_mut(), spec) {
                Ok(()) => {}
                Err(WalkError::Set(error)) => return Err(error.into()),
                Err(WalkError::Field { path, source }) => {
                    return Err(WalkError::Field { path, source }.into());
                }
                Err(WalkError::EmptyPart { path, span }) => {
                    return Err(WalkError::EmptyPart { path, span }.into());
                }
            }
        }
        resource.written(false);
    }
    for (name, _) in values.unused() {
        let kind = NoticeKind::VarUnused { name: name.to_owned() };
        notices.push(Notice { kind, span: vars.get(name).map(|var| var.span).unwrap_or_default() });
    }
    Ok(())
}
