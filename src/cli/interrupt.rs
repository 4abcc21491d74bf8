//! Ctrl-C: the disk and the terminal stay as they were.
//!
//! Until something is written, Ctrl-C shows the cursor again and ends the program with 130. While files are being written it waits
//! until they are: a second's patience is better than half a tree.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Watches for Ctrl-C from the first question on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    writing: Arc<AtomicBool>,
}

impl Interrupt {
    /// Starts to watch. Where that is not possible, Ctrl-C ends the program as it always does.
    pub(crate) fn watch(&self) {
        let writing = Arc::clone(&self.writing);
        let _ = ctrlc::set_handler(move || {
            if !writing.load(Ordering::SeqCst) {
                leave();
            }
        });
    }

    /// From here on files are written.
    pub(crate) fn writing(&self) {
        self.writing.store(true, Ordering::SeqCst);
    }
}

/// A prompt hides the cursor while it waits: shows it again and goes.
#[expect(
    clippy::exit,
    reason = "the prompt sits in a read on another thread and would never return"
)]
fn leave() {
    let term = console::Term::stderr();
    let _ = term.show_cursor();
    let _ = term.write_line("");
    std::process::exit(super::outcome::Exit::Interrupted as i32);
}
