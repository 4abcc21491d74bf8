//! The template environments of a layout: one for each kind of output, since each quotes in its own
//! way. What goes in is the text of templates and a context, what comes out is bytes or a [`Fault`]
//! at a place of a template. It knows nothing of entities, loops and files of the tree.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use kustomize::yaml::quote_scalar;
use tera::{Context, ErrorKind, EscapeFn, Tera};

use super::functions::{self, EXHAUSTED, OWN_PREFIX, Steps};
use super::source::Woven;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::path::RepoPath;

/// How large a rendered file may become, in bytes.
pub(crate) const MAX_OUTPUT: usize = 8 << 20;

/// What a template renders to, by the name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OutputKind {
    /// `.yaml`, `.yml`: every text is printed as a scalar on one line.
    Yaml,
    /// `.json`: every text is printed as a JSON string.
    Json,
    /// Anything else: text is printed as it is, without control characters.
    Plain,
}

impl OutputKind {
    /// By the name of a file, without `.tera`.
    pub(crate) fn of(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("yaml" | "yml") => Self::Yaml,
            Some("json") => Self::Json,
            _ => Self::Plain,
        }
    }

    fn escape(self, careful: bool) -> EscapeFn {
        match (self, careful) {
            (Self::Yaml, false) => |text, out| suspect(text).and_then(|()| write_yaml(text, out)),
            (Self::Json, false) => |text, out| suspect(text).and_then(|()| write_json(text, out)),
            (Self::Plain, false) => |text, out| suspect(text).and_then(|()| write_plain(text, out)),
            (Self::Yaml, true) => write_yaml,
            (Self::Json, true) => write_json,
            (Self::Plain, true) => write_plain,
        }
    }
}

fn write_yaml(text: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(quote_scalar(text).as_bytes())
}

fn write_json(text: &str, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::other)
}

/// Line breaks and other control characters become blanks: a text cannot add a line.
fn write_plain(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if !text.contains(breaks) {
        return out.write_all(text.as_bytes());
    }
    out.write_all(text.replace(breaks, " ").as_bytes())
}

/// Tera hands lists and mappings over as text, such as `[1, 2]`. What looks like one stops the
/// rendering; it is then done again with a check of each value, which costs more.
fn suspect(text: &str) -> io::Result<()> {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(b'['), Some(b']')) | (Some(b'{'), Some(b'}')) => Err(io::Error::other("suspect")),
        _ => Ok(()),
    }
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    /// In one sentence without a full stop.
    pub(crate) message: String,
    pub(crate) place: Option<Place>,
    pub(crate) help: Option<String>,
}

impl From<Fault> for Diagnostic {
    fn from(fault: Fault) -> Self {
        let mut diagnostic = Self::error(fault.code, fault.message);
        diagnostic.place = fault.place;
        diagnostic.help = fault.help;
        diagnostic
    }
}

/// All templates of a layout, compiled.
#[derive(Debug)]
pub(crate) struct Engine {
    folder: RepoPath,
    steps: Arc<Steps>,
    environments: BTreeMap<OutputKind, Environment>,
}

struct Environment {
    kind: OutputKind,
    /// By name; the names are paths below the layout's folder.
    sources: BTreeMap<String, Arc<str>>,
    fast: Compiled,
    /// Compiled when the first suspect is seen.
    careful: OnceLock<Result<Compiled, Vec<Fault>>>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("kind", &self.kind).finish_non_exhaustive()
    }
}

struct Compiled {
    tera: Tera,
    woven: BTreeMap<String, Woven>,
}

/// A template as it was written.
pub(crate) struct Source {
    /// Its path below the layout's folder: its name for `include` and `extends`.
    pub(crate) name: String,
    pub(crate) text: Arc<str>,
    /// What it renders to; none for what only others include.
    pub(crate) kind: Option<OutputKind>,
}

impl Engine {
    /// Compiles templates.
    pub(crate) fn new(folder: &RepoPath, sources: &[Source]) -> Result<Self, Vec<Fault>> {
        let steps = Arc::new(Steps::new());
        let mut environments = BTreeMap::new();
        let mut faults: Vec<Fault> = Vec::new();
        for kind in [OutputKind::Yaml, OutputKind::Json, OutputKind::Plain] {
            let of_kind: BTreeMap<String, Arc<str>> = sources
                .iter()
                .filter(|source| source.kind.is_none_or(|its| its == kind))
                .map(|source| (source.name.clone(), Arc::clone(&source.text)))
                .collect();
            match compile(folder, &of_kind, kind, false, &steps) {
                Ok(fast) => {
                    let careful = OnceLock::new();
                    environments
                        .insert(kind, Environment { kind, sources: of_kind, fast, careful });
                }
                Err(more) => {
                    faults.extend(
                        more.into_iter()
                            .filter(|fault| !faults.contains(fault))
                            .collect::<Vec<_>>(),
                    );
                }
            }
        }
        if faults.is_empty() {
            Ok(Self { folder: folder.clone(), steps, environments })
        } else {
            Err(faults)
        }
    }

    /// Whether a template speaks of a name of the context, itself or in what it includes.
    pub(crate) fn mentions(&self, kind: OutputKind, template: &str, name: &str) -> bool {
        self.environments.get(&kind).is_some_and(|environment| {
            environment.sources.get(template).is_some_and(|text| text.contains(name))
                || environment
                    .fast
                    .tera
                    .get_template_variables(template)
                    .is_ok_and(|names| names.contains(name))
        })
    }

    /// Renders a template into bytes.
    pub(crate) fn render(
        &self,
        kind: OutputKind,
        template: &str,
        context: &Context,
    ) -> Result<Vec<u8>, Vec<Fault>> {
        let Some(environment) = self.environments.get(&kind) else { return Ok(Vec::new()) };
        match self.attempt(&environment.fast, template, context) {
            Ok(bytes) => Ok(bytes),
            Err(Failure::Fault(fault)) => Err(vec![*fault]),
            Err(Failure::Suspect) => {
                let careful = environment.careful.get_or_init(|| {
                    compile(&self.folder, &environment.sources, kind, true, &self.steps)
                });
                let careful = careful.as_ref().map_err(Clone::clone)?;
                self.attempt(careful, template, context).map_err(|failure| match failure {
                    Failure::Fault(fault) => vec![*fault],
                    Failure::Suspect => vec![self.whole(
                        template,
                        Code::TemplateFailed,
                        "a filter of the template makes text of a list or a mapping".to_owned(),
                    )],
                })
            }
        }
    }

    fn attempt(
        &self,
        compiled: &Compiled,
        template: &str,
        context: &Context,
    ) -> Result<Vec<u8>, Failure> {
        self.steps.refill();
        let size = compiled.woven.get(template).map_or(0, |woven| woven.text.len());
        let mut out = Bounded { bytes: Vec::with_capacity(size), full: false };
        let Err(error) = compiled.tera.render_to(template, context, &mut out) else {
            out.bytes.shrink_to_fit();
            return Ok(out.bytes);
        };
        if out.full {
            return Err(Failure::Fault(Box::new(self.whole(
                template,
                Code::TemplateBudget,
                format!("the template writes more than {} MiB", MAX_OUTPUT >> 20),
            ))));
        }
        let suspect = match error.kind() {
            ErrorKind::Io(_) => true,
            ErrorKind::RenderingError(report) => report.message().contains("Io error while"),
            _ => false,
        };
        if suspect {
            return Err(Failure::Suspect);
        }
        let mut faults = faults_of(&self.folder, &compiled.woven, &error, template, false);
        Err(Failure::Fault(Box::new(faults.swap_remove(0))))
    }

    fn whole(&self, template: &str, code: Code, message: String) -> Fault {
        Fault { code, message, place: place(&self.folder, template, None), help: None }
    }
}

enum Failure {
    Fault(Box<Fault>),
    /// Something that may be a list or a mapping was printed.
    Suspect,
}

/// Takes bytes up to [`MAX_OUTPUT`].
struct Bounded {
    bytes: Vec<u8>,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_OUTPUT {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn compile(
    folder: &RepoPath,
    sources: &BTreeMap<String, Arc<str>>,
    kind: OutputKind,
    careful: bool,
    steps: &Arc<Steps>,
) -> Result<Compiled, Vec<Fault>> {
    let woven: BTreeMap<String, Woven> =
        sources.iter().map(|(name, text)| (name.clone(), Woven::new(text, careful))).collect();
    let empty = || {
        let mut tera = Tera::new();
        tera.autoescape_on([""]);
        tera.set_escape_fn(kind.escape(careful));
        functions::register(&mut tera, steps);
        tera
    };
    let mut tera = empty();
    let all = woven.iter().map(|(name, woven)| (name.as_str(), woven.text.as_str()));
    let Err(error) = tera.add_raw_templates(all) else {
        return Ok(Compiled { tera, woven });
    };
    // Tera stops at the first template with a wrong syntax; each by itself shows them all.
    let syntax: Vec<Fault> = woven
        .iter()
        .filter_map(|(name, text)| {
            let error = empty().add_raw_template(name, &text.text).err()?;
            matches!(error.kind(), ErrorKind::SyntaxError(_))
                .then(|| faults_of(folder, &woven, &error, name, true))
        })
        .flatten()
        .collect();
    if syntax.is_empty() {
        return Err(faults_of(folder, &woven, &error, "", true));
    }
    Err(syntax)
}

fn place(folder: &RepoPath, template: &str, range: Option<Range<usize>>) -> Option<Place> {
    let file = RepoPath::new(&format!("{folder}/{template}")).ok()?;
    Some(Place { file, range })
}

/// Tera's error in our words and at our places; never empty.
fn faults_of(
    folder: &RepoPath,
    woven: &BTreeMap<String, Woven>,
    error: &tera::Error,
    template: &str,
    loading: bool,
) -> Vec<Fault> {
    let code = if loading { Code::InvalidTemplate } else { Code::TemplateFailed };
    let fault = |message: &str, place| {
        let (message, help) = condense(message);
        let code = if message.contains(EXHAUSTED) { Code::TemplateBudget } else { code };
        Fault { code, message, place, help }
    };
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let name = report.filename();
            let range = woven.get(name).map(|woven| woven.original(&report.span().range));
            vec![fault(report.message(), place(folder, name, range))]
        }
        ErrorKind::CircularInclude { tpl, include_chain } => vec![Fault {
            code: Code::TemplateBudget,
            message: format!("the template includes itself: {}", include_chain.join(" → ")),
            place: place(folder, tpl, None),
            help: None,
        }],
        ErrorKind::CircularExtend { tpl, inheritance_chain } => vec![Fault {
            code: Code::TemplateBudget,
            message: format!("the template extends itself: {}", inheritance_chain.join(" → ")),
            place: place(folder, tpl, None),
            help: None,
        }],
        ErrorKind::MissingParent { current, parent } => vec![fault(
            &format!("the template extends `{parent}`, which the layout does not have"),
            place(folder, current, None),
        )],
        ErrorKind::Msg(text) if text.starts_with("error: ") => text
            .split("\n\n")
            .filter_map(|report| {
                let (message, rest) = report.strip_prefix("error: ")?.split_once('\n')?;
                let (_, locus) = rest.split_once("--> ")?;
                let mut locus = locus.lines().next()?.rsplitn(3, ':');
                let column: usize = locus.next()?.parse().ok()?;
                let line: usize = locus.next()?.parse().ok()?;
                let name = locus.next()?;
                let range = woven.get(name).map(|woven| {
                    let at = offset(&woven.text, line, column);
                    let rest = &woven.text[at..];
                    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                    woven.original(&(at..at + word.unwrap_or(rest.len())))
                });
                Some(fault(message, place(folder, name, range)))
            })
            .collect(),
        ErrorKind::Msg(text) if text.contains("recursion depth") => vec![Fault {
            code: Code::TemplateBudget,
            message: "components call each other without end".to_owned(),
            place: place(folder, template, None),
            help: None,
        }],
        other => vec![fault(&other.to_string(), place(folder, template, None))],
    }
}

/// The byte at a line and a column, both counted from one, columns in characters.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    text[start..].char_indices().nth(column - 1).map_or(text.len(), |(at, _)| start + at)
}

/// Tera lists what there is in the same sentence; that is help.
fn condense(message: &str) -> (String, Option<String>) {
    let (message, known) = match message.split_once(" Available ") {
        Some((message, known)) => (message, known.split_once(": ").map(|(_, names)| names)),
        None => (message, None),
    };
    let help = known.map(|names| {
        let names: Vec<&str> = names.split(", ").filter(|n| !n.starts_with(OWN_PREFIX)).collect();
        match message.split('`').nth(1).and_then(|wrong| nearest(wrong, &names)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("there is: {}", names.join(", ")),
        }
    });
    let message = message.trim_end_matches('.');
    let mut letters = message.chars();
    let lower = letters.next().map(char::to_lowercase);
    (lower.into_iter().flatten().chain(letters).collect(), help)
}

/// The name that was probably meant.
pub(crate) fn nearest<'a>(wrong: &str, names: &[&'a str]) -> Option<&'a str> {
    names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), *name))
        .filter(|(distance, _)| *distance <= (wrong.len() / 3).max(1))
        .min()
        .map(|(_, name)| name)
}
