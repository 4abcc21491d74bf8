//! The commands, as people run them: the real binary in a scratch platform, one module a command, and one for what must be
//! refused. What people read is held by snapshots; that nothing is written where nothing may be is seen on the disk.
#![allow(clippy::unwrap_used)]

mod scratch;
#[path = "../../crates/oci/tests/server/mod.rs"]
mod server;
mod test_artifact;
mod test_bad_input;
mod test_build;
mod test_check;
mod test_clusters;
mod test_completion;
mod test_create;
mod test_create_patch;
mod test_delete;
mod test_diff;
mod test_edits;
mod test_explain;
mod test_generate;
mod test_get;
mod test_git;
mod test_graph;
mod test_init;
mod test_init_folder;
mod test_layout;
mod test_layout_diff;
mod test_layout_merge;
mod test_layout_upgrade;
mod test_layouts;
mod test_moves;
mod test_patch_faults;
mod test_patches;
mod test_promote;
mod test_proof;
mod test_rename;
mod test_run_lock;
mod test_schema;
mod test_schemas;
mod test_set;
mod test_sign;
mod test_suspend;
mod test_sync;
mod test_sync_git;
mod test_test;
mod test_vendor;
mod test_why;
