//! The questions, answered in a real pseudo-terminal: wrong answers, defaults, choices and Ctrl-C, what is shown before anything
//! is written, and that the command line shown at the end does the same without a question.
#![allow(clippy::unwrap_used)]

#[path = "dialogue/change.rs"]
mod change;
#[path = "dialogue/cluster.rs"]
mod cluster;
#[path = "dialogue/component.rs"]
mod component;
#[path = "dialogue/init.rs"]
mod init;
#[path = "dialogue/patch.rs"]
mod patch;
#[path = "dialogue/place.rs"]
mod place;
#[path = "dialogue/promote.rs"]
mod promote;
#[path = "dialogue/tenant.rs"]
mod tenant;
#[path = "dialogue/terminal.rs"]
mod terminal;

use std::path::Path;

/// The program that is spoken with.
const PROGRAM: &str = env!("CARGO_BIN_EXE_tenantry");

/// All that the program sees of the machine's environment.
fn environment(home: &Path) -> [(&'static str, String); 4] {
    let home = home.to_str().unwrap().to_owned();
    [
        ("HOME", home.clone()),
        ("XDG_CONFIG_HOME", home),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("PATH", "/nowhere".to_owned()),
    ]
}
