//! `configMapGenerator`, `secretGenerator` and their options.

use super::hostile;
use super::layer::{Layer, set_once};
use super::maker::{Maker, Object};
use super::value::{Value, yaml};

/// Adds generators, before the folder's own objects so that these can refer to what is generated.
pub(super) fn generate(maker: &mut Maker, layer: &mut Layer) {
    for kind in ["ConfigMap", "Secret"] {
        if !maker.chance(0.3) {
            continue;
        }
        for _ in 0..*maker.dice.pick(&[1, 1, 2]) {
            let below: Vec<Object> = layer
                .objects
                .iter()
                .filter(|object| object.kind == kind && object.generated && layer.is_only(object))
                .cloned()
                .collect();
            let arguments = match maker.dice.some(&below).cloned() {
                Some(object) if maker.chance(0.6) => again(maker, layer, &object),
                _ => {
                    let (arguments, object) = arguments(maker, layer, kind);
                    layer.names.0.push((kind.to_owned(), object.first_name().to_owned()));
                    layer.objects.push(object);
                    arguments
                }
            };
            let field = if kind == "ConfigMap" { "configMapGenerator" } else { "secretGenerator" };
            maker.uses(field);
            layer.kustomization.push(field, arguments);
        }
    }
}

/// A generator that changes what one below has generated.
fn again(maker: &mut Maker, layer: &Layer, object: &Object) -> Value {
    let behavior = maker.pick(&["merge", "merge", "replace"]);
    maker.uses(if behavior == "merge" {
        "generator.behavior.merge"
    } else {
        "generator.behavior.replace"
    });
    // As it was declared, or as it is called now.
    let declared = maker.chance(0.5);
    let (name, namespace) = if declared {
        (object.first_name(), object.namespaces.first().map_or("", String::as_str))
    } else {
        (object.name(), object.namespace())
    };
    let mut arguments = yaml!({"name": name, "behavior": behavior});
    if !namespace.is_empty() {
        arguments.set("namespace", Value::text(namespace));
    }
    sources(maker, layer, &mut arguments);
    if maker.chance(0.2) {
        let options = options(maker);
        arguments.set("options", options);
    }
    arguments
}

/// A generator of something new, and what it makes.
pub(super) fn arguments(maker: &mut Maker, layer: &Layer, kind: &str) -> (Value, Object) {
    let name = format!("{}-{}", maker.pick(&["settings", "env", "tls", "yes"]), maker.next());
    let mut arguments = yaml!({"name": name});
    let mut namespace = String::new();
    if maker.chance(0.2) {
        maker.uses("generator.namespace");
        namespace = maker.pick(&["apps", "default"]).to_owned();
        arguments.set("namespace", Value::text(&*namespace));
    }
    if maker.chance(0.1) {
        maker.uses("generator.behavior.create");
        arguments.set("behavior", Value::text("create"));
    }
    if kind == "Secret" && maker.chance(0.4) {
        maker.uses("secretGenerator.type");
        arguments
            .set("type", Value::text(maker.pick(&["kubernetes.io/tls", "Opaque", "acme.dev/own"])));
    }
    let data = sources(maker, layer, &mut arguments);
    if maker.chance(0.35) {
        let options = options(maker);
        arguments.set("options", options);
    }
    let mut body = yaml!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    body.set("data", data);
    let object = Object {
        group: String::new(),
        version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespaced: true,
        body,
        names: vec![name],
        namespaces: vec![namespace],
        generated: true,
        changed: false,
    };
    (arguments, object)
}

/// Adds literals, files and environment files; what comes back is what will be in the object, more or less.
fn sources(maker: &mut Maker, layer: &Layer, arguments: &mut Value) -> Value {
    let mut data = Value::map();
    if maker.chance(0.8) {
        maker.uses("configMapGenerator.literals");
        let mut literals = Vec::new();
        for _ in 0..maker.dice.number(1..=3) {
            // What is a number as a key is refused.
            let key = if maker.risky() {
                maker.data_key()
            } else {
                format!("{}-{}", maker.data_key(), maker.next())
            };
            let value = maker.string();
            let quoted = match maker.dice.number(0..=9) {
                0 => format!("{key}='{value}'"),
                1 => format!("{key}=\"{value}\""),
                2 => format!("{key}="),
                _ => format!("{key}={value}"),
            };
            data.set(&key, Value::Text(value));
            literals.push(Value::Text(quoted));
        }
        arguments.set("literals", Value::List(literals));
    }
    if maker.chance(0.35) {
        maker.uses("configMapGenerator.files");
        let mut files = Vec::new();
        for _ in 0..maker.dice.number(1..=2) {
            let extension = maker.pick(&["txt", "json", "properties", "sh"]);
            let name = layer.file(maker, "data", extension);
            let bytes = if maker.chance(0.08) {
                maker.uses("configMapGenerator.binary");
                vec![0, 159, 146, 150, 255, 10]
            } else if maker.chance(0.5) {
                hostile::text(&mut maker.dice).into_bytes()
            } else {
                b"colour = red\nsize = 3\n".to_vec()
            };
            maker.files.insert(layer.at(&name), bytes);
            let key = format!("key-{}.txt", maker.next());
            let named = maker.chance(0.5);
            files.push(Value::Text(if named { format!("{key}={name}") } else { name }));
            if named {
                data.set(&key, Value::text("colour = red\n"));
            }
        }
        arguments.set("files", Value::List(files));
    }
    if maker.chance(0.25) {
        let name = layer.file(maker, "vars", "env");
        let mut text = String::new();
        for _ in 0..maker.dice.number(1..=4) {
            let line = match maker.dice.number(0..=5) {
                0 => "# a comment".to_owned(),
                1 => String::new(),
                2 => format!("  SPACED{}=a b", maker.next()),
                _ => format!("VAR{}={}", maker.next(), hostile::line(&mut maker.dice)),
            };
            text.push_str(&line);
            text.push_str(maker.pick(&["\n", "\n", "\n", "\r\n"]));
        }
        if maker.chance(0.1) {
            text.insert(0, '\u{feff}');
        }
        maker.files.insert(layer.at(&name), text.into_bytes());
        if maker.chance(0.3) {
            maker.uses("configMapGenerator.env");
            arguments.set("env", Value::Text(name));
        } else {
            maker.uses("configMapGenerator.envs");
            arguments.set("envs", Value::List(vec![Value::Text(name)]));
        }
    }
    data
}

fn options(maker: &mut Maker) -> Value {
    let mut options = Value::map();
    if maker.chance(0.4) {
        maker.uses("generator.options.labels");
        let pairs = maker.label_pairs(1);
        options.set("labels", pairs);
    }
    if maker.chance(0.4) {
        maker.uses("generator.options.annotations");
        let pairs = maker.annotation_pairs(1);
        options.set("annotations", pairs);
    }
    if maker.chance(0.3) {
        maker.uses("generator.options.immutable");
        options.set("immutable", Value::plain(true));
    }
    if maker.chance(0.3) {
        maker.uses("generator.options.disableNameSuffixHash");
        options.set("disableNameSuffixHash", Value::plain(maker.dice.chance(0.8)));
    }
    options
}

/// `generatorOptions`
pub(super) fn generator_options(maker: &mut Maker, layer: &mut Layer) {
    let options = options(maker);
    if options.as_map().is_some_and(|map| !map.0.is_empty())
        && set_once(layer, "generatorOptions", options)
    {
        maker.uses("generatorOptions");
    }
}
