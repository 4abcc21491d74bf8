//! Functions of defaults, of conditions and of types.

use super::Kind::{Any, Bool, Text};
use super::{Args, Fault, Function, Heap, Value, fixed, more};

pub(super) const TABLE: &[Function] = &[
    more("default", &[Any], Any, |heap, mut args| {
        let default = args.any();
        let given = args.any();
        Ok(if is_empty(heap, &given) { default } else { given })
    }),
    fixed("empty", &[Any], |heap, mut args| Ok(Value::Bool(is_empty(heap, &args.any())))),
    more("coalesce", &[], Any, |heap, args| {
        let found = args.rest().into_iter().find(|value| !is_empty(heap, value));
        Ok(found.unwrap_or(Value::Nil))
    }),
    more("all", &[], Any, |heap, args| {
        Ok(Value::Bool(args.rest().iter().all(|value| !is_empty(heap, value))))
    }),
    more("any", &[], Any, |heap, args| {
        Ok(Value::Bool(args.rest().iter().any(|value| !is_empty(heap, value))))
    }),
    fixed("ternary", &[Any, Any, Bool], |heap, mut args| {
        let (yes, no) = (args.any(), args.any());
        Ok(if heap.truth(&args.any()) { yes } else { no })
    }),
    fixed("typeOf", &[Any], |_, mut args| Ok(Value::Text(args.any().type_name().into()))),
    fixed("typeIs", &[Text, Any], |_, args| is(args, Value::type_name)),
    // None of the types is a pointer.
    fixed("typeIsLike", &[Text, Any], |_, args| is(args, Value::type_name)),
    fixed("kindOf", &[Any], |_, mut args| Ok(Value::Text(args.any().kind_name().into()))),
    fixed("kindIs", &[Text, Any], |_, args| is(args, Value::kind_name)),
    fixed("deepEqual", &[Any, Any], |heap, mut args| {
        Ok(Value::Bool(heap.deep_equal(&args.any(), &args.any())?))
    }),
];

/// Whether sprig holds a value for empty.
pub(super) fn is_empty(heap: &Heap, value: &Value) -> bool {
    !heap.truth(value)
}

fn is(mut args: Args, name: fn(&Value) -> &'static str) -> Result<Value, Fault> {
    let target = args.text();
    Ok(Value::Bool(name(&args.any()) == &*target))
}
