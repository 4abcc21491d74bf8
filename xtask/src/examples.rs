//! The examples: descriptions that people wrote, and the repositories that they mean, committed beside each other.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use tenantry::files::Disk;
use tenantry::generate::{beside, generate, plan};
use tenantry::spec::Faults;
use tenantry::sync;

/// What of an example is written by hand.
const WRITTEN: [&str; 3] = ["manifests", "platform", "platform.yaml"];

/// Regenerates every example below a folder from nothing; says how many files they have.
pub(crate) fn regenerate(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut told = String::new();
    for example in examples(folder)? {
        wipe(&example)?;
        let disk = Disk::new(&example);
        let beside = beside(&layout_of(&example)).ok_or("no such layout")?;
        let beside = beside.into_iter().map(|(path, bytes)| (path, Some(bytes))).collect();
        sync::write(&example, &beside)?;
        let mut generated = generate(&disk).map_err(|faults| tell(&faults))?;
        let plan = plan(&mut generated, &disk, &example, &sync::Wishes::default())
            .map_err(|faults| tell(&faults))?;
        let report = sync::apply(&plan, &generated.tree, &example)?;
        told += &format!("{}: {} files\n", example.display(), report.len());
    }
    Ok(told.trim_end().to_owned())
}

/// The layout of an example: the one that it is named after, else the first there was.
fn layout_of(example: &Path) -> String {
    let name = example.file_name().map(|name| name.to_string_lossy().into_owned());
    let layouts = tenantry::layout::embedded().into_iter().map(|layout| layout.manifest.name);
    layouts
        .into_iter()
        .find(|layout| Some(layout) == name.as_ref())
        .unwrap_or("multi-tenancy".to_owned())
}

fn examples(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut examples = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.join("platform.yaml").is_file() {
            examples.push(path);
        }
    }
    examples.sort();
    Ok(examples)
}

fn wipe(example: &Path) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(example)? {
        let entry = entry?;
        if WRITTEN.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn tell(faults: &Faults) -> String {
    faults.diagnostics.iter().map(|fault| format!("{}: {}\n", fault.code, fault.message)).collect()
}
