//! A terminal with somebody at it: the program runs in a real pseudo-terminal, what it draws is kept as a screen, and keys are
//! sent when the screen asks for them.
//!
//! Nothing here waits for time: every step waits for something on the screen, and fails with the screen when it does not come.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Long enough for a debug build on a busy machine; whoever waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

const SIZE: PtySize = PtySize { rows: 200, cols: 160, pixel_width: 0, pixel_height: 0 };

pub(crate) const ENTER: &str = "\r";
pub(crate) const DOWN: &str = "\x1b[B";
pub(crate) const SPACE: &str = " ";
pub(crate) const CTRL_C: &str = "\x03";

struct Drawn {
    parser: vt100::Parser,
    closed: bool,
}

/// A program in a terminal.
pub(crate) struct Terminal {
    drawn: Arc<(Mutex<Drawn>, Condvar)>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
}

/// How a program ended, and what it left on the screen.
pub(crate) struct Ended {
    pub(crate) code: u32,
    pub(crate) screen: String,
    pub(crate) cursor_visible: bool,
}

impl Terminal {
    /// Starts the program with the words of a command line.
    pub(crate) fn start(folder: &Path, home: &Path, words: &[&str]) -> Self {
        Self::start_at(SIZE, folder, home, words)
    }

    /// Starts it in a terminal of so many columns.
    pub(crate) fn start_narrow(columns: u16, folder: &Path, home: &Path, words: &[&str]) -> Self {
        Self::start_at(PtySize { cols: columns, ..SIZE }, folder, home, words)
    }

    fn start_at(size: PtySize, folder: &Path, home: &Path, words: &[&str]) -> Self {
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(super::PROGRAM);
        command.args(words);
        command.cwd(folder);
        command.env_clear();
        for (name, value) in super::environment(home) {
            command.env(name, value);
        }
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new(size.rows, size.cols, 0);
        let drawn = Arc::new((Mutex::new(Drawn { parser, closed: false }), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let screen = Arc::clone(&drawn);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let count = reader.read(&mut bytes).unwrap_or(0);
                let mut drawn = screen.0.lock().unwrap();
                drawn.parser.process(&bytes[..count]);
                drawn.closed = count == 0;
                screen.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self { drawn, master: pair.master, keys, child }
    }

    /// Waits until the question with these words is the one that is asked.
    pub(crate) fn asks(&mut self, words: &str) -> &mut Self {
        self.wait(&format!("the question `{words}`"), |screen| {
            screen
                .lines()
                .rfind(|line| line.starts_with("? "))
                .is_some_and(|line| line[2..].starts_with(words))
        });
        self.listens();
        self
    }

    /// Waits until this stands on the screen.
    pub(crate) fn shows(&mut self, text: &str) -> &mut Self {
        self.wait(&format!("`{text}`"), |screen| screen.contains(text));
        self
    }

    /// Answers the question with a text: asserts that it is asked, types, and presses Enter.
    pub(crate) fn answer(&mut self, words: &str, text: &str) -> &mut Self {
        self.asks(words).press(&format!("{text}{ENTER}")).answered(words)
    }

    /// Takes the default of the question, which must be this one.
    pub(crate) fn default(&mut self, words: &str, default: &str) -> &mut Self {
        let shown = format!("{words} ({default}) ›");
        self.asks(&shown).press(ENTER).answered(&format!("{words} · {default}"))
    }

    /// Chooses what stands so many lines below the one that is marked at first.
    pub(crate) fn choose(
        &mut self,
        words: &str,
        marked: &str,
        below: usize,
        chosen: &str,
    ) -> &mut Self {
        self.asks(words).shows(&format!("❯ {marked}"));
        for _ in 0..below {
            self.press(DOWN);
        }
        self.shows(&format!("❯ {chosen}")).listens();
        self.press(ENTER).answered(&format!("{words} · {chosen}"))
    }

    /// Says yes or no, where Enter would say `default`.
    pub(crate) fn confirm(&mut self, words: &str, default: &str, key: &str) -> &mut Self {
        self.asks(&format!("{words} (y/n) › {default}")).press(key).answered(words)
    }

    /// Gives an answer that is not taken: the reason is on the screen and the question is asked again.
    pub(crate) fn wrong(&mut self, words: &str, text: &str, reason: &str) -> &mut Self {
        self.asks(words).press(&format!("{text}{ENTER}")).shows(&format!("✘ {reason}"));
        self.asks(words)
    }

    /// Sends keys.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self
    }

    /// Waits for the end of the program.
    pub(crate) fn end(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        {
            let (lock, changed) = &*self.drawn;
            let mut drawn = lock.lock().unwrap();
            while !drawn.closed {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    let screen = drawn.parser.screen().contents();
                    drop(drawn);
                    panic!("the program does not end:\n{screen}");
                }
                drawn = changed.wait_timeout(drawn, left).unwrap().0;
            }
        }
        // Whatever held the terminal has closed it: the program is as good as gone.
        let status = self.child.wait().unwrap();
        let drawn = self.drawn.0.lock().unwrap();
        let screen = drawn.parser.screen();
        Ended {
            code: status.exit_code(),
            screen: screen.contents(),
            cursor_visible: !screen.hide_cursor(),
        }
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        self.drawn.0.lock().unwrap().parser.screen().contents()
    }

    /// The answer is on the screen, behind the mark of an answered question.
    fn answered(&mut self, words: &str) -> &mut Self {
        self.wait(&format!("the answer to `{words}`"), |screen| {
            screen
                .lines()
                .any(|line| line.starts_with("✔ ") && line["✔ ".len()..].starts_with(words))
        });
        self
    }

    fn wait(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.drawn;
        let mut drawn = lock.lock().unwrap();
        loop {
            let screen = drawn.parser.screen().contents();
            if holds(&screen) {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if drawn.closed || left.is_zero() {
                drop(drawn);
                panic!("{what} does not come:\n{screen}");
            }
            drawn = changed.wait_timeout(drawn, left).unwrap().0;
        }
    }

    /// Waits until keys are read one by one: a prompt is drawn before the terminal is set up for it.
    fn listens(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let settings = self.master.get_termios().unwrap();
            if !format!("{:?}", settings.local_flags).contains("ICANON") {
                return;
            }
            assert!(Instant::now() < deadline, "nobody reads keys:\n{}", self.screen());
            std::thread::yield_now();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
