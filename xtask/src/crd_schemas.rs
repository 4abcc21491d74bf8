//! JSON schemas from CustomResourceDefinitions, as strict as kubeconform expects them.

use std::error::Error;
use std::fs;
use std::path::Path;

use kustomize::yaml::{Budget, SourceId, parse};
use serde_json::{Value, json};

/// Writes `<folder>/<group>/<kind>_<version>.json` for every version of every CRD in the files.
pub(crate) fn write(folder: &Path, files: &[String]) -> Result<usize, Box<dyn Error>> {
    let mut written = 0;
    for file in files {
        let documents = parse(SourceId(0), &fs::read(file)?, &Budget::default())
            .map_err(|faults| format!("{file}: {faults:?}"))?;
        for crd in documents.iter().map(|document| document.root.to_json()) {
            let (Some(group), Some(kind)) =
                (crd["spec"]["group"].as_str(), crd["spec"]["names"]["kind"].as_str())
            else {
                return Err(format!("{file} holds something else than a CRD").into());
            };
            for version in crd["spec"]["versions"].as_array().into_iter().flatten() {
                let mut schema = version["schema"]["openAPIV3Schema"].clone();
                close(&mut schema, true);
                let name = version["name"].as_str().unwrap_or_default();
                fs::create_dir_all(folder.join(group))?;
                let path = folder.join(group).join(format!("{}_{name}.json", kind.to_lowercase()));
                fs::write(path, serde_json::to_vec_pretty(&schema)?)?;
                written += 1;
            }
        }
    }
    Ok(written)
}

/// Refuses fields that an object's schema does not name, as the API server's strict validation does.
fn close(schema: &mut Value, root: bool) {
    let open = schema["x-kubernetes-preserve-unknown-fields"] == json!(true);
    if let Some(fields) = schema.as_object_mut() {
        // The API server's own: `format: int-or-string` is no JSON Schema.
        if fields.get("x-kubernetes-int-or-string") == Some(&json!(true)) {
            fields.insert("type".into(), json!(["integer", "string"]));
            fields.remove("anyOf");
        }
        if fields.contains_key("properties")
            && !open
            && !fields.contains_key("additionalProperties")
        {
            fields.insert("additionalProperties".into(), json!(false));
        }
        if let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) {
            for (name, property) in properties {
                // `metadata` is the API server's, whatever a CRD says of it.
                if !(root && name == "metadata") {
                    close(property, false);
                }
            }
        }
        for nested in ["items", "additionalProperties"] {
            if let Some(nested) = fields.get_mut(nested).filter(|nested| nested.is_object()) {
                close(nested, false);
            }
        }
    }
}
