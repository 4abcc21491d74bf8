//! Diagnostics for people, drawn by miette: with colours and box drawing on a terminal, in plain ASCII elsewhere.

use std::fmt::Write as _;
use std::ops::Range;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, ThemeCharacters, ThemeStyles,
};

use super::position::Position;
use crate::cli::ui::Ui;
use crate::diagnostic::{Diagnostic, Place, Severity, Texts};

/// A line of more bytes than this is not shown; its number is.
const LONGEST_LINE: usize = 400;

/// All diagnostics, and a line that counts them where there are several.
pub(super) fn diagnostics(ui: &Ui, diagnostics: &[Diagnostic], texts: &Texts) -> String {
    let handler = handler(ui);
    let mut out = String::new();
    for diagnostic in diagnostics {
        let shown = Shown::new(diagnostic, texts);
        // Writing into a string does not fail.
        let _ = handler.render_report(&mut out, &shown);
        out.push('\n');
    }
    out.push_str(&count(diagnostics));
    out.lines().fold(String::with_capacity(out.len()), |mut all, line| {
        all.push_str(line.trim_end());
        all.push('\n');
        all
    })
}

fn handler(ui: &Ui) -> GraphicalReportHandler {
    let theme = GraphicalTheme {
        characters: if ui.errors_on_terminal {
            ThemeCharacters::unicode()
        } else {
            ThemeCharacters::ascii()
        },
        styles: if ui.color_errors { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(ui.width())
        .with_context_lines(1)
        // Names such as `cert-manager` and addresses stay whole, to be copied.
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
        .with_word_separator(textwrap::WordSeparator::AsciiSpace)
        .with_break_words(false)
}

fn count(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let mut line = String::new();
    if diagnostics.len() > 1 {
        match (errors, warnings) {
            (0, _) => line = plural(warnings, "warning"),
            (_, 0) => line = plural(errors, "error"),
            _ => {
                let _ =
                    write!(line, "{}, {}", plural(errors, "error"), plural(warnings, "warning"));
            }
        }
        line.push('\n');
    }
    line
}

/// A diagnostic as miette sees it: labels in the file of its place, one more report for each other file.
#[derive(Debug)]
struct Shown {
    message: String,
    code: &'static str,
    severity: Severity,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    elsewhere: Vec<Shown>,
}

impl Shown {
    fn new(diagnostic: &Diagnostic, texts: &Texts) -> Self {
        let mut shown = Self {
            message: diagnostic.message.clone(),
            code: diagnostic.code.as_str(),
            severity: diagnostic.severity,
            help: diagnostic.help.clone(),
            source: None,
            labels: Vec::new(),
            elsewhere: Vec::new(),
        };
        if let Some(place) = &diagnostic.place {
            shown.point(place, diagnostic.label.clone(), texts, true);
        }
        for (place, words) in &diagnostic.related {
            let same_file = diagnostic.place.as_ref().is_some_and(|first| first.file == place.file);
            if same_file && shown.source.is_some() {
                shown.point(place, Some(words.clone()), texts, false);
                continue;
            }
            let mut related = Self {
                message: words.clone(),
                code: "",
                severity: Severity::Warning,
                help: None,
                source: None,
                labels: Vec::new(),
                elsewhere: Vec::new(),
            };
            related.point(place, None, texts, true);
            shown.elsewhere.push(related);
        }
        shown
    }

    /// Points at a place; one without a range, or whose lines cannot be shown, is named in the message instead.
    fn point(&mut self, place: &Place, label: Option<String>, texts: &Texts, primary: bool) {
        let text = texts.get(&place.file).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let (Some(text), Some(range)) =
            (text, place.range.clone().filter(|range| readable(text, range)))
        else {
            if primary && !self.message.contains(place.file.as_str()) {
                let at = Position::of(place, texts)
                    .map(|at| format!(":{}:{}", at.line, at.column))
                    .unwrap_or_default();
                self.message = format!("{}{at}: {}", place.file, self.message);
            }
            return;
        };
        if self.source.is_none() {
            self.source = Some(NamedSource::new(place.file.as_str(), text.to_owned()));
        }
        let start = range.start.min(text.len());
        let span = (start, range.end.clamp(start, text.len()) - start);
        self.labels.push(if primary {
            LabeledSpan::new_primary_with_span(label, span)
        } else {
            LabeledSpan::new_with_span(label, span)
        });
    }
}

/// Whether the lines of a range, and one before and after it, are short enough to be read.
fn readable(text: Option<&str>, range: &Range<usize>) -> bool {
    let Some(text) = text else { return false };
    let bytes = text.as_bytes();
    let (before, after) =
        (&bytes[..range.start.min(bytes.len())], &bytes[range.end.min(bytes.len())..]);
    let line_break = |byte: &u8| *byte == b'\n';
    let start = before.rsplit(line_break).take(2).map(|line| line.len() + 1).sum::<usize>();
    let end = after.split(line_break).take(2).map(|line| line.len() + 1).sum::<usize>();
    let (from, to) =
        (before.len().saturating_sub(start), bytes.len() - after.len() + end.min(after.len()));
    bytes[from..to].split(line_break).all(|line| line.len() <= LONGEST_LINE)
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        (!self.code.is_empty()).then(|| Box::new(self.code) as Box<dyn std::fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning if self.code.is_empty() => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = _>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        (!self.elsewhere.is_empty()).then(|| {
            Box::new(self.elsewhere.iter().map(|one| one as &dyn miette::Diagnostic))
                as Box<dyn Iterator<Item = _>>
        })
    }
}
