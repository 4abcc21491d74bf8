//! Ctrl-C: the disk and the terminal stay as they were.
//!
//! Until something is written, Ctrl-C shows the cursor again and ends the program with 130. While files are being written it waits
//! until they are: a second's patience is better than half a tree. A prompt reads Ctrl-C as a key, and the signal comes besides:
//! whoever is first tells, the other keeps still.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a prompt that is open has to hear Ctrl-C itself, and to tell it in the form that was asked for.
const PATIENCE: Duration = Duration::from_millis(200);

/// Watches for Ctrl-C from the first question on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    writing: Arc<AtomicBool>,
    asking: Arc<AtomicBool>,
    told: Arc<AtomicBool>,
}

/// Lets Ctrl-C end what goes on by itself and not the program: from then on `ended` is set. A second one
/// ends the program, whatever goes on.
pub(crate) fn until(ended: &Arc<AtomicBool>) {
    let ended = Arc::clone(ended);
    let _ = ctrlc::set_handler(move || {
        if ended.swap(true, Ordering::SeqCst) {
            leave();
        }
    });
}

impl Interrupt {
    /// Starts to watch. Where that is not possible, Ctrl-C ends the program as it always does.
    pub(crate) fn watch(&self) {
        let this = self.clone();
        let _ = ctrlc::set_handler(move || {
            if this.writing.load(Ordering::SeqCst) {
                return;
            }
            if this.asking.load(Ordering::SeqCst) {
                std::thread::sleep(PATIENCE);
            }
            if !this.told.swap(true, Ordering::SeqCst) {
                leave();
            }
        });
    }

    /// A prompt is open, or no longer.
    pub(crate) fn asking(&self, open: bool) {
        self.asking.store(open, Ordering::SeqCst);
    }

    /// A prompt heard Ctrl-C: gives back once the terminal is as it was, for the program to end in its own way.
    pub(crate) fn heard(&self) {
        if self.told.swap(true, Ordering::SeqCst) {
            loop {
                // The program is ending on another thread.
                std::thread::park();
            }
        }
        restore();
    }

    /// From here on files are written.
    pub(crate) fn writing(&self) {
        self.writing.store(true, Ordering::SeqCst);
    }
}

/// Tells it and goes.
#[expect(
    clippy::exit,
    reason = "the main thread may sit in a read or in a computation and would not end the program in time"
)]
fn leave() {
    restore();
    let _ = console::Term::stderr().write_line(&super::failure::Failure::Interrupted.to_string());
    std::process::exit(super::outcome::Exit::Interrupted as i32);
}

/// A prompt hides the cursor while it waits, and leaves it behind its question.
fn restore() {
    let term = console::Term::stderr();
    let _ = term.show_cursor();
    let _ = term.write_line("");
}
