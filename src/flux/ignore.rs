//! What the artifact of a source leaves out.
//!
//! In go the `.sourceignore` files of a source and its `spec.ignore`; out comes, for each path,
//! whether source-controller leaves it out when it archives a GitRepository or an OCIRepository, see
//! <https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files>. Nothing here reads
//! files.
//!
//! The patterns look like those of a `.gitignore`, and are not quite the same:
//!
//! - Every path is asked for on its own. Unlike git, a pattern with `!` brings back a file whose
//!   folder is left out.
//! - If there is any pattern, then those against images, archives and the files of CI systems do not
//!   count, unlike those against git's own files.
//! - `a/**` leaves out `a` too, and `**/**` nothing.
//!
//! An artifact holds no symbolic links either; nothing here knows of them.

use super::substitute::glob::Glob;
use super::substitute::work::Work;

/// Left out unless a pattern brings them back.
const GIT: [&str; 4] = [".git/", ".gitignore", ".gitmodules", ".gitattributes"];

/// Left out if there is no other pattern.
const OTHERS: [&str; 20] = [
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// Flux reads a file up to its first line so long, in bytes.
const TOO_LONG: usize = 64 * 1024;

/// The patterns of a source.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// From the weakest to the strongest: the last that matches decides.
    rules: Vec<Rule>,
    /// The rules for names anywhere, by the lengths of the names and then the names.
    names: Vec<(String, usize)>,
    /// The rules for the ends of names anywhere.
    endings: Vec<(String, usize)>,
    /// Which bytes end one of the endings.
    last_bytes: [u64; 4],
    /// All other rules, with what they match, as they are ordered in `rules`.
    others: Vec<(usize, Scope)>,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    brings_back: bool,
    folders_only: bool,
}

/// What a rule matches that is not only about a name, or not everywhere.
#[derive(Clone, Debug)]
struct Scope {
    /// The folder of its file; empty for the root.
    folder: String,
    pattern: Pattern,
}

#[derive(Clone, Debug)]
enum Pattern {
    /// Of the path or of any folder on the way to it.
    Name(Part),
    Path(Vec<Part>),
}

/// What is between two `/` of a pattern.
#[derive(Clone, Debug)]
enum Part {
    Empty,
    Name(String),
    Ending(String),
    Glob(Glob),
    /// `**`.
    AnyFolders,
    /// `**` with something else, which matches nothing.
    Nothing,
}

impl Ignore {
    /// The patterns of a source: what its `.sourceignore` files say, each with its folder (relative to
    /// the root and empty for the root, with `/` between names), and its `spec.ignore`. The order of
    /// the files does not matter; those below a `.git` do not count.
    #[must_use]
    pub fn new(files: &[(String, String)], spec_ignore: Option<&str>) -> Self {
        let mut files: Vec<(Vec<&str>, &str, &str)> = files
            .iter()
            .map(|(folder, text)| (folder.split('/').collect(), folder.as_str(), text.as_str()))
            .filter(|(names, ..): &(Vec<_>, _, _)| !names.contains(&".git"))
            .collect();
        // What lies deeper is stronger.
        files.sort();
        let files = files.into_iter().map(|(_, folder, text)| (folder, text));
        let lines: Vec<(&str, &str)> = files
            .chain(spec_ignore.map(|text| ("", text)))
            .flat_map(|(folder, text)| lines(text).map(move |line| (folder, line)))
            .collect();
        let others: &[&str] = if lines.is_empty() { &OTHERS } else { &[] };
        let mut ignore = Self {
            rules: Vec::new(),
            names: Vec::new(),
            endings: Vec::new(),
            last_bytes: [0; 4],
            others: Vec::new(),
        };
        for pattern in GIT.iter().chain(others) {
            ignore.add("", pattern);
        }
        for (folder, line) in lines {
            ignore.add(folder, line);
        }
        ignore.names.sort_by(|(one, _), (other, _)| by_length(one, other));
        ignore
    }

    /// Whether the artifact leaves out a path, relative to the root and with `/` between names.
    ///
    /// Flux asks for every path on its own: a file of a folder that is left out is left out if this
    /// says so of the file. For almost all patterns it does, but one with `!` may bring back the file
    /// alone, and the artifact then holds its folder too.
    #[must_use]
    pub fn leaves_out(&self, path: &str, is_folder: bool) -> bool {
        if path.is_empty() {
            return false;
        }
        let mut strongest: Option<usize> = None;
        let mut rest = Some(path);
        while let Some(from) = rest {
            let name = match from.split_once('/') {
                Some((name, after)) => {
                    rest = Some(after);
                    name
                }
                None => {
                    rest = None;
                    from
                }
            };
            let is_file = rest.is_none() && !is_folder;
            let rules = self.names_like(name).chain(self.endings_like(name));
            let rules = rules.filter(|rule| !(is_file && self.rules[*rule].folders_only));
            strongest = strongest.max(rules.max());
        }
        for (rule, scope) in self.others.iter().rev() {
            if strongest > Some(*rule) {
                break;
            }
            if scope.matches(path, self.rules[*rule].folders_only && !is_folder) {
                strongest = Some(*rule);
                break;
            }
        }
        strongest.is_some_and(|rule| !self.rules[rule].brings_back)
    }

    fn add(&mut self, folder: &str, line: &str) {
        let (brings_back, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, line),
        };
        let pattern = match pattern.ends_with("\\ ") {
            true => pattern,
            false => pattern.trim_end_matches(' '),
        };
        let (folders_only, pattern) = match pattern.strip_suffix('/') {
            Some(pattern) => (true, pattern),
            None => (false, pattern),
        };
        let rule = self.rules.len();
        self.rules.push(Rule { brings_back, folders_only });
        match Pattern::new(pattern) {
            Pattern::Name(Part::Name(name)) if folder.is_empty() => self.names.push((name, rule)),
            Pattern::Name(Part::Ending(ending)) if folder.is_empty() => {
                if let Some(last) = ending.bytes().last() {
                    self.last_bytes[usize::from(last / 64)] |= 1 << (last % 64);
                }
                self.endings.push((ending, rule));
            }
            pattern => self.others.push((rule, Scope { folder: folder.to_owned(), pattern })),
        }
    }

    fn names_like(&self, name: &str) -> impl Iterator<Item = usize> {
        let start = self.names.partition_point(|(own, _)| by_length(own, name).is_lt());
        self.names[start..].iter().take_while(move |(own, _)| own == name).map(|(_, rule)| *rule)
    }

    fn endings_like(&self, name: &str) -> impl Iterator<Item = usize> {
        let may_end = name
            .bytes()
            .last()
            .is_some_and(|last| self.last_bytes[usize::from(last / 64)] >> (last % 64) & 1 == 1);
        let endings = if may_end { self.endings.as_slice() } else { &[] };
        endings
            .iter()
            .filter(move |(ending, _)| name.ends_with(ending.as_str()))
            .map(|(_, rule)| *rule)
    }
}

fn by_length(one: &str, other: &str) -> std::cmp::Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// The lines of a file that are patterns.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .take_while(|line| line.len() < TOO_LONG)
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

impl Scope {
    fn matches(&self, path: &str, not_itself: bool) -> bool {
        let path = match self.folder.as_str() {
            "" => path,
            folder => match path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) {
                Some(path) => path,
                None => return false,
            },
        };
        match &self.pattern {
            Pattern::Name(part) => matches_a_name(part, path, not_itself),
            Pattern::Path(parts) => matches_path(parts, path, not_itself),
        }
    }
}

impl Pattern {
    fn new(text: &str) -> Self {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            // A name may have `**` in it, which is `*` then.
            [name] => Self::Name(Part::of_name(name)),
            ["**", name] if !name.is_empty() && !name.contains("**") => {
                Self::Name(Part::of_name(name))
            }
            _ => Self::Path(parts.into_iter().map(Part::of_path).collect()),
        }
    }
}

impl Part {
    fn of_path(text: &str) -> Self {
        match text {
            "" => Self::Empty,
            "**" => Self::AnyFolders,
            _ if text.contains("**") => Self::Nothing,
            _ => Self::of_name(text),
        }
    }

    fn of_name(text: &str) -> Self {
        let is_plain = |text: &str| !text.contains(['*', '?', '[', '\\']);
        match text.strip_prefix('*') {
            _ if is_plain(text) => Self::Name(text.to_owned()),
            Some(ending) if is_plain(ending) && !ending.is_empty() => {
                Self::Ending(ending.to_owned())
            }
            _ => Self::Glob(Glob::new(text.as_bytes())),
        }
    }

    /// Whether it matches a name. What is malformed matches none.
    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Ending(ending) => name.ends_with(ending.as_str()),
            Self::Glob(glob) => glob.matches(name.as_bytes(), &mut Work::unbounded()) == Ok(true),
            Self::Empty | Self::AnyFolders | Self::Nothing => false,
        }
    }
}

/// Whether a pattern matches a path or a folder on the way to it; the path must not be the first
/// that it matches if it is not meant itself.
fn matches_a_name(part: &Part, path: &str, not_itself: bool) -> bool {
    let mut names = path.split('/').peekable();
    while let Some(name) = names.next() {
        if part.matches(name) {
            return !(not_itself && names.peek().is_none());
        }
    }
    false
}

/// Whether the parts of a pattern match the first names of a path, in turn.
fn matches_path(parts: &[Part], path: &str, not_itself: bool) -> bool {
    let mut names = path.split('/').peekable();
    let mut matched = false;
    let mut skips = false;
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Empty => skips = false,
            Part::AnyFolders if index + 1 == parts.len() => break,
            Part::AnyFolders => skips = true,
            Part::Nothing => return false,
            _ if names.peek().is_none() => return false,
            _ => {
                matched = loop {
                    let Some(name) = names.next() else { break false };
                    if part.matches(name) {
                        break true;
                    }
                    if !skips {
                        return false;
                    }
                };
                skips = false;
            }
        }
    }
    matched && !(not_itself && names.peek().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is expected is from Flux's own code, see `tests/flux_peers.rs`.
    fn left_out<'p>(ignore: &Ignore, paths: &[&'p str]) -> Vec<&'p str> {
        paths
            .iter()
            .filter(|path| ignore.leaves_out(path.trim_end_matches('/'), path.ends_with('/')))
            .copied()
            .collect()
    }

    fn of_root(text: &str) -> Ignore {
        Ignore::new(&[(String::new(), text.to_owned())], None)
    }

    #[test]
    fn without_patterns_the_defaults_count() {
        for ignore in
            [Ignore::new(&[], None), of_root("# nothing\n \n"), Ignore::new(&[], Some(""))]
        {
            let kept =
                ["", "a.yaml", "a/git", "a.jpg.txt", "jpg", "a/sops.yaml", ".git", ".github"];
            assert!(left_out(&ignore, &kept).is_empty());
            let out = [
                ".git/",
                ".git/config",
                "a/.git/config",
                ".gitignore",
                "a/b/.gitmodules",
                "a.jpg",
                "a.jpg/b",
                "a/b.tar.gz",
                ".jpg",
                ".github/",
                "a/.github/b",
                "a/.sops.yaml",
                ".flux.yaml",
                "cloudbuild.yaml/a",
            ];
            assert_eq!(left_out(&ignore, &out), out);
        }
    }

    #[test]
    fn with_patterns_only_those_of_git_count_too() {
        let ignore = of_root("x");
        assert_eq!(
            left_out(&ignore, &["a.jpg", ".github/", ".gitignore", "x/a", "a/x"]),
            [".gitignore", "x/a", "a/x"]
        );
        assert_eq!(left_out(&of_root("!.git*"), &[".gitignore", ".git/a"]), [""; 0]);
    }

    #[test]
    fn the_last_that_matches_decides() {
        let files = [("a".to_owned(), "!x\n".to_owned()), (String::new(), "x\ny".to_owned())];
        let paths = ["x", "a/x", "a/b/x", "y", "a/y", "b/x"];
        assert_eq!(left_out(&Ignore::new(&files, None), &paths), ["x", "y", "a/y", "b/x"]);
        assert_eq!(left_out(&Ignore::new(&files, Some("!y\na/x")), &paths), ["x", "a/x", "b/x"]);
    }

    #[test]
    fn a_file_comes_back_from_a_folder_that_is_left_out() {
        let ignore = of_root("/*\n!/a/keep");
        assert_eq!(left_out(&ignore, &["a/", "a/drop", "a/keep", "a/keep/b"]), ["a/", "a/drop"]);
    }

    #[test]
    fn patterns_match_as_those_of_flux() {
        let paths = ["a", "a/", "a/b", "a/b/c", "b/a", "x/a/b", "a/x/b", "c.yaml", "a b", "#a"];
        for (pattern, expected) in [
            ("a/", &["a/", "a/b", "a/b/c", "x/a/b", "a/x/b"][..]),
            ("/a", &["a", "a/", "a/b", "a/b/c", "a/x/b"]),
            ("a/b", &["a/b", "a/b/c"]),
            ("a/**", &["a", "a/", "a/b", "a/b/c", "a/x/b"]),
            ("**/**", &[]),
            ("a/**/b", &["a/b", "a/b/c", "a/x/b"]),
            ("**/b", &["a/b", "a/b/c", "b/a", "x/a/b", "a/x/b"]),
            ("**b/c", &[]),
            ("*.yaml", &["c.yaml"]),
            ("a ", &["a", "a/", "a/b", "a/b/c", "b/a", "x/a/b", "a/x/b"]),
            ("a?b", &["a b"]),
            ("\\#a", &["#a"]),
            ("#a", &[]),
            ("[", &[]),
            ("", &[]),
        ] {
            assert_eq!(left_out(&of_root(pattern), &paths), expected, "{pattern}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_ends_the_reading() {
        let ignore = of_root(&format!("a\n{}\nb", "x".repeat(TOO_LONG)));
        assert_eq!(left_out(&ignore, &["a", "b"]), ["a"]);
        let ignore = of_root(&format!("a\n{}\nb", "x".repeat(TOO_LONG - 1)));
        assert_eq!(left_out(&ignore, &["a", "b"]), ["a", "b"]);
    }
}
