//! Questions and their flags.
//!
//! Each answer comes from its flag, else from the person at the terminal, else from a default; an answer that is missing after
//! all three is remembered, so that one error can name every flag that is missing. What was asked is remembered too, so that the
//! command line that says the same can be shown.

use std::fmt::Display;
use std::str::FromStr;

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, FuzzySelect, Input, MultiSelect, Select};

use super::failure::Failure;
use super::interrupt::Interrupt;
use super::ui::Ui;

/// A list longer than this is searched by typing.
const LONG: usize = 8;

/// A question: its flag, and the words in which it is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// The flag that answers it, such as `--owner`, or the argument, such as `NAME`.
    pub flag: &'static str,
    /// The words.
    pub words: &'a str,
}

/// Shorthand for a [`Question`].
pub(crate) fn ask<'a>(flag: &'static str, words: &'a str) -> Question<'a> {
    Question { flag, words }
}

/// The questions of one command.
pub(crate) struct Dialogue<'a> {
    ui: &'a Ui,
    theme: Box<dyn Theme>,
    interrupt: Interrupt,
    missing: Vec<&'static str>,
    /// Flags with their values; a switch has none.
    asked: Vec<(&'static str, Option<String>)>,
    /// Flags of the command line with their values, in the place of which others were asked for.
    instead_of: Vec<(&'static str, String)>,
}

impl<'a> Dialogue<'a> {
    /// Begins.
    pub(crate) fn new(ui: &'a Ui) -> Self {
        let theme: Box<dyn Theme> = if ui.color_errors {
            Box::new(ColorfulTheme::default())
        } else {
            Box::new(SimpleTheme)
        };
        let interrupt = Interrupt::default();
        if ui.interactive {
            interrupt.watch();
        }
        Self {
            ui,
            theme,
            interrupt,
            missing: Vec::new(),
            asked: Vec::new(),
            instead_of: Vec::new(),
        }
    }

    /// Whether questions can be asked.
    pub(crate) fn interactive(&self) -> bool {
        self.ui.interactive
    }

    /// Whether defaults are taken or offered where there is no flag: `--yes`, or somebody who sees them.
    pub(crate) fn takes_defaults(&self) -> bool {
        self.ui.yes || self.ui.interactive
    }

    /// Says a few words between questions.
    pub(crate) fn say(&self, text: &str) {
        if self.ui.interactive {
            self.ui.note(text);
        }
    }

    /// A text that `T` accepts and `check` does, too.
    pub(crate) fn text<T>(
        &mut self,
        given: Option<T>,
        question: Question<'_>,
        default: Option<T>,
        check: impl Fn(&T) -> Result<(), String>,
    ) -> Result<Option<T>, Failure>
    where
        T: FromStr<Err: Display> + Display,
    {
        if let Some(given) = given {
            check(&given).map_err(|reason| Failure::BadAnswer { flag: question.flag, reason })?;
            return Ok(Some(given));
        }
        if !self.ui.interactive {
            return Ok(self.fall_back(question, default));
        }
        let mut input = Input::<String>::with_theme(&*self.theme)
            .with_prompt(question.words)
            .allow_empty(default.is_none());
        if let Some(default) = &default {
            input = input.default(default.to_string());
        }
        self.interrupt.asking(true);
        let answer = input
            .validate_with(|text: &String| {
                if text.trim().is_empty() {
                    return Err("an answer is needed".to_owned());
                }
                let value = T::from_str(text.trim()).map_err(|error| error.to_string());
                value.and_then(|value| check(&value)).map_err(fitted)
            })
            .interact_text();
        let answer = self.heard(answer)?;
        self.asked.push((question.flag, Some(answer.trim().to_owned())));
        Ok(T::from_str(answer.trim()).ok())
    }

    /// A text behind a word that was chosen before, as `secret` in `--auth secret=NAME`.
    pub(crate) fn qualified<T>(
        &mut self,
        question: Question<'_>,
        word: &str,
        default: Option<String>,
    ) -> Result<Option<T>, Failure>
    where
        T: FromStr<Err: Display> + Display,
    {
        let default = default.and_then(|text| T::from_str(&text).ok());
        let answer = self.text(None, question, default, any)?;
        if let Some((_, Some(said))) = self.asked.last_mut().filter(|_| answer.is_some()) {
            *said = format!("{word}={said}");
        }
        Ok(answer)
    }

    /// A text, or nothing: an empty answer is one.
    pub(crate) fn optional<T>(
        &mut self,
        given: Option<T>,
        question: Question<'_>,
    ) -> Result<Option<T>, Failure>
    where
        T: FromStr<Err: Display>,
    {
        if given.is_some() || !self.ui.interactive {
            return Ok(given);
        }
        self.interrupt.asking(true);
        let answer = Input::<String>::with_theme(&*self.theme)
            .with_prompt(question.words)
            .allow_empty(true)
            .validate_with(|text: &String| match text.trim() {
                "" => Ok(()),
                text => T::from_str(text).map(drop).map_err(|error| fitted(error.to_string())),
            })
            .interact_text();
        let answer = self.heard(answer)?;
        if answer.trim().is_empty() {
            return Ok(None);
        }
        self.asked.push((question.flag, Some(answer.trim().to_owned())));
        Ok(T::from_str(answer.trim()).ok())
    }

    /// Several texts, separated by commas or blanks; each is a flag of its own. `least` is how many there must be.
    pub(crate) fn list<T>(
        &mut self,
        given: Vec<T>,
        question: Question<'_>,
        default: &[T],
        least: usize,
        check: impl Fn(&T) -> Result<(), String>,
    ) -> Result<Vec<T>, Failure>
    where
        T: FromStr<Err: Display> + Display + Clone,
    {
        if !given.is_empty() {
            for one in &given {
                check(one).map_err(|reason| Failure::BadAnswer { flag: question.flag, reason })?;
            }
            return Ok(given);
        }
        if !self.ui.interactive {
            if default.is_empty() && least > 0 {
                self.missing.push(question.flag);
            }
            return Ok(default.to_vec());
        }
        let mut input = Input::<String>::with_theme(&*self.theme)
            .with_prompt(question.words)
            .allow_empty(default.is_empty());
        if !default.is_empty() {
            let shown: Vec<String> = default.iter().map(ToString::to_string).collect();
            input = input.default(shown.join(", "));
        }
        self.interrupt.asking(true);
        let answer = input
            .validate_with(|text: &String| check_all(text, least, &check).map_err(fitted))
            .interact_text();
        let answer = self.heard(answer)?;
        let values: Vec<T> =
            parts(&answer).into_iter().filter_map(|part| T::from_str(part).ok()).collect();
        self.asked.extend(values.iter().map(|value| (question.flag, Some(value.to_string()))));
        Ok(values)
    }

    /// One of several; each with the word that the flag takes and a few words on it.
    pub(crate) fn choose<T: Clone + PartialEq>(
        &mut self,
        given: Option<T>,
        question: Question<'_>,
        choices: &[Choice<T>],
        default: Option<&T>,
    ) -> Result<Option<T>, Failure> {
        if given.is_some() {
            return Ok(given);
        }
        if !self.ui.interactive {
            return Ok(self.fall_back(question, default.cloned()));
        }
        let start = default
            .and_then(|default| choices.iter().position(|choice| choice.value == *default))
            .unwrap_or_default();
        let lines: Vec<String> = choices.iter().map(Choice::line).collect();
        self.interrupt.asking(true);
        let at = if choices.len() > LONG {
            FuzzySelect::with_theme(&*self.theme)
                .with_prompt(question.words)
                .items(&lines)
                .default(start)
                .max_length(12)
                .interact()
        } else {
            Select::with_theme(&*self.theme)
                .with_prompt(question.words)
                .items(&lines)
                .default(start)
                .interact()
        };
        let at = self.heard(at)?;
        if !choices[at].word.is_empty() {
            self.asked.push((question.flag, Some(choices[at].word.clone())));
        }
        Ok(Some(choices[at].value.clone()))
    }

    /// One of several that is found by typing, where no flag says it by itself: what comes of it is told by [`Self::answered`].
    pub(crate) fn find<T: Clone>(
        &mut self,
        words: &str,
        choices: &[Choice<T>],
    ) -> Result<Option<T>, Failure> {
        let lines: Vec<String> = choices.iter().map(Choice::line).collect();
        self.interrupt.asking(true);
        let at = FuzzySelect::with_theme(&*self.theme)
            .with_prompt(words)
            .items(&lines)
            .default(0)
            .max_length(12)
            .interact();
        let at = self.heard(at)?;
        Ok(choices.get(at).map(|choice| choice.value.clone()))
    }

    /// Any number of several.
    pub(crate) fn choose_many<T: Clone + PartialEq>(
        &mut self,
        given: Vec<T>,
        question: Question<'_>,
        choices: &[Choice<T>],
        least: usize,
    ) -> Result<Vec<T>, Failure> {
        if !given.is_empty() {
            return Ok(given);
        }
        if !self.ui.interactive {
            if least > 0 {
                self.missing.push(question.flag);
            }
            return Ok(given);
        }
        if choices.is_empty() {
            return Ok(given);
        }
        let lines: Vec<String> = choices.iter().map(Choice::line).collect();
        let words = format!("{} (space marks, enter ends)", question.words);
        loop {
            self.interrupt.asking(true);
            let chosen = MultiSelect::with_theme(&*self.theme)
                .with_prompt(&words)
                .items(&lines)
                .max_length(12)
                .interact();
            let chosen = self.heard(chosen)?;
            if chosen.len() < least {
                self.say("  at least one must be marked");
                continue;
            }
            self.asked
                .extend(chosen.iter().map(|at| (question.flag, Some(choices[*at].word.clone()))));
            return Ok(chosen.into_iter().map(|at| choices[at].value.clone()).collect());
        }
    }

    /// A text that no flag of its own says: part of a longer answer, which is told by [`Self::answered`].
    pub(crate) fn plain(
        &mut self,
        words: &str,
        default: Option<String>,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String, Failure> {
        let mut input = Input::<String>::with_theme(&*self.theme).with_prompt(words);
        if let Some(default) = default {
            input = input.default(default);
        }
        self.interrupt.asking(true);
        let answer =
            input.validate_with(|text: &String| check(text.trim()).map_err(fitted)).interact_text();
        Ok(self.heard(answer)?.trim().to_owned())
    }

    /// Remembers the flag for an answer that was put together from several.
    pub(crate) fn answered(&mut self, flag: &'static str, value: Option<String>) {
        self.asked.push((flag, value));
    }

    /// Remembers that an answer stands in the place of a flag that was given.
    pub(crate) fn instead_of(&mut self, flag: &'static str, value: &str) {
        self.instead_of.push((flag, value.to_owned()));
    }

    /// Remembers a flag that is missing where nothing can be asked.
    pub(crate) fn missing(&mut self, flag: &'static str) {
        self.missing.push(flag);
    }

    /// Yes or no, without a flag of its own: `--yes` says yes, no terminal does too.
    pub(crate) fn confirm(&self, words: &str, default: bool) -> Result<bool, Failure> {
        if !self.ui.interactive {
            return Ok(true);
        }
        self.interrupt.asking(true);
        self.heard(Confirm::with_theme(&*self.theme).with_prompt(words).default(default).interact())
    }

    /// Yes or no about going into further questions; no where nothing can be asked.
    pub(crate) fn more(&self, words: &str, default: bool) -> Result<bool, Failure> {
        Ok(self.ui.interactive && self.confirm(words, default)?)
    }

    /// Yes or no where a switch says yes; no where nothing can be asked.
    pub(crate) fn switch(
        &mut self,
        given: bool,
        question: Question<'_>,
        default: bool,
    ) -> Result<bool, Failure> {
        if given || !self.more(question.words, default)? {
            return Ok(given);
        }
        self.asked.push((question.flag, None));
        Ok(true)
    }

    /// No question is left: from here on files may be written.
    ///
    /// # Errors
    /// [`Failure::Missing`] with every flag that is missing.
    pub(crate) fn done(&self) -> Result<(), Failure> {
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(Failure::Missing { flags: self.missing.clone() })
    }

    /// From here on files are written; Ctrl-C waits.
    pub(crate) fn writing(&self) {
        self.interrupt.writing();
    }

    /// The command line that says the same without a question; none if nothing was asked.
    pub(crate) fn command_line(&self, command: &str) -> Option<String> {
        if self.asked.is_empty() {
            return None;
        }
        let mut words: Vec<String> = self.ui.arguments.clone();
        for (flag, value) in &self.instead_of {
            let one = format!("{flag}={value}");
            if let Some(at) = words.iter().position(|word| *word == one) {
                words.remove(at);
            } else if let Some(at) =
                words.windows(2).position(|two| two[0] == *flag && two[1] == *value)
            {
                words.drain(at..at + 2);
            }
        }
        // The command's words in their order; between them a flag may stand.
        let mut after = 0;
        for name in command.split(' ') {
            let rest = words.get(after..).unwrap_or_default();
            after += rest.iter().position(|word| word == name).map_or(rest.len(), |at| at + 1);
        }
        let mut positional = after;
        for (flag, value) in &self.asked {
            if flag.starts_with('-') {
                words.push((*flag).to_owned());
                words.extend(value.clone());
            } else if let Some(value) = value {
                words.insert(positional, value.clone());
                positional += 1;
            }
        }
        words.insert(0, "tenantry".to_owned());
        let line = shlex::try_join(words.iter().map(String::as_str)).ok()?;
        Some(line)
    }

    /// The answers were taken one by one and are wrong together: shows them as a command line, to be corrected and not given again.
    pub(crate) fn keep_answers(&self, command: &str) {
        if let Some(line) = self.command_line(command) {
            self.say(&format!("\nNothing was written. Your answers, to correct:\n\n    {line}\n"));
        }
    }

    /// What a prompt gave back; where that is Ctrl-C, with the terminal as it was before.
    fn heard<T>(&self, answer: dialoguer::Result<T>) -> Result<T, Failure> {
        self.interrupt.asking(false);
        answer.map_err(Failure::from).inspect_err(|failure| {
            if matches!(failure, Failure::Interrupted) {
                self.interrupt.heard();
            }
        })
    }

    fn fall_back<T>(&mut self, question: Question<'_>, default: Option<T>) -> Option<T> {
        if default.is_none() {
            self.missing.push(question.flag);
        }
        default
    }
}

/// One of several answers.
#[derive(Clone, Debug)]
pub(crate) struct Choice<T> {
    /// What it stands for.
    pub value: T,
    /// The word that the flag takes.
    pub word: String,
    /// A few words on it.
    pub about: String,
}

impl<T> Choice<T> {
    /// A choice.
    pub(crate) fn new(value: T, word: impl Into<String>, about: impl Into<String>) -> Self {
        Self { value, word: word.into(), about: about.into() }
    }

    fn line(&self) -> String {
        match (&*self.word, &*self.about) {
            (word, "") => word.to_owned(),
            ("", about) => about.to_owned(),
            (word, about) => format!("{word}: {about}"),
        }
    }
}

fn parts(text: &str) -> Vec<&str> {
    text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Several texts as one answer.
fn check_all<T: FromStr<Err: Display>>(
    text: &str,
    least: usize,
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<(), String> {
    let parts = parts(text);
    if parts.len() < least {
        return Err(match least {
            1 => "at least one is needed".to_owned(),
            _ => format!("at least {least} are needed"),
        });
    }
    for (at, part) in parts.iter().enumerate() {
        if parts[..at].contains(part) {
            return Err(format!("`{part}` stands twice"));
        }
        let value = T::from_str(part).map_err(|error| error.to_string())?;
        check(&value)?;
    }
    Ok(())
}

/// An explanation in lines that the terminal does not break: a prompt takes away again as many lines as it wrote, no more.
fn fitted(reason: impl AsRef<str>) -> String {
    let width = usize::from(console::Term::stderr().size().1).saturating_sub(3).max(20);
    wrapped(reason.as_ref(), width)
}

fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = console::measure_text_width(word);
        if column > 0 && column + 1 + length > width {
            out.push_str("\n  ");
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// Any value of the type will do.
pub(crate) fn any<T>(_: &T) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn an_explanation_is_broken_between_words() {
        assert_eq!(wrapped("no wider than this", 9), "no wider\n  than this");
        assert_eq!(
            wrapped("incomprehensibilities stay whole", 10),
            "incomprehensibilities\n  stay whole"
        );
        assert_eq!(wrapped("short", 80), "short");
    }
}
