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

/// Whether a folder of an example is written by hand: what configures a component, in the layouts that have a folder for it.
fn is_by_hand(path: &Path) -> bool {
    let names: Vec<_> = path.iter().filter_map(|name| name.to_str()).collect();
    match names.as_slice() {
        [name] => WRITTEN.contains(name),
        ["components", _, "configs"] => true,
        _ => false,
    }
}

fn wipe(example: &Path) -> Result<(), Box<dyn Error>> {
    wipe_below(example, Path::new(""))?;
    Ok(())
}

/// Removes what is generated below a folder; says whether nothing is left there.
fn wipe_below(example: &Path, folder: &Path) -> Result<bool, Box<dyn Error>> {
    let mut is_empty = true;
    for entry in fs::read_dir(example.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if is_by_hand(&path) {
            is_empty = false;
        } else if !entry.file_type()?.is_dir() {
            fs::remove_file(entry.path())?;
        } else if wipe_below(example, &path)? {
            fs::remove_dir(entry.path())?;
        } else {
            is_empty = false;
        }
    }
    Ok(is_empty)
}

fn tell(faults: &Faults) -> String {
    faults.diagnostics.iter().map(|fault| format!("{}: {}\n", fault.code, fault.message)).collect()
}
