//! Who commits, and when.

use git2::{Signature, Time};

use super::program::{Call, text};
use super::{GitError, Repository};

/// Who commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// `user.name`, `author.name` or `GIT_AUTHOR_NAME`.
    pub name: String,
    /// `user.email`, `author.email`, `GIT_AUTHOR_EMAIL` or `EMAIL`.
    pub email: String,
}

impl Repository {
    /// Who commits, from git's configuration and environment.
    ///
    /// # Errors
    /// [`GitError::NoIdentity`].
    pub fn author(&self) -> Result<Author, GitError> {
        let author = self.signature("GIT_AUTHOR_IDENT")?;
        let text = |text: Result<&str, git2::Error>| text.unwrap_or_default().to_owned();
        Ok(Author { name: text(author.name()), email: text(author.email()) })
    }

    /// `GIT_AUTHOR_IDENT` or `GIT_COMMITTER_IDENT`, with the time that the commit gets.
    pub(super) fn signature(&self, variable: &str) -> Result<Signature<'static>, GitError> {
        if !self.settings()?.by_git {
            let signature = match variable {
                "GIT_AUTHOR_IDENT" => self.inner.author_from_env(),
                _ => self.inner.committer_from_env(),
            };
            return signature
                .map_err(|error| GitError::NoIdentity { words: error.message().to_owned() });
        }
        // What git would make of the names of the user and of the machine is nobody's address.
        let output = Call::new(self.workdir(), "naming the author")
            .args(["-c", "user.useConfigOnly=true", "var", variable])
            .output()?;
        let words = || self.redaction().apply(text(&output.stderr).trim());
        if !output.status.success() {
            return Err(GitError::NoIdentity { words: words() });
        }
        parse(text(&output.stdout).trim_end())
            .ok_or_else(|| GitError::NoIdentity { words: text(&output.stdout) })
    }
}

/// `Ada <ada@acme.example> 1700000000 +0100`.
fn parse(line: &str) -> Option<Signature<'static>> {
    let (person, when) = line.rsplit_once("> ")?;
    let (name, email) = person.split_once(" <")?;
    let (seconds, zone) = when.split_once(' ')?;
    let zone: i32 = zone.parse().ok()?;
    let minutes = zone / 100 * 60 + zone % 100;
    Signature::new(name, email, &Time::new(seconds.parse().ok()?, minutes)).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_git_var_is_a_person_and_a_time() {
        let ada = parse("Ada L <ada@acme.example> 1700000000 -0330").unwrap();
        assert_eq!((ada.name().unwrap(), ada.email().unwrap()), ("Ada L", "ada@acme.example"));
        assert_eq!((ada.when().seconds(), ada.when().offset_minutes()), (1_700_000_000, -210));
        assert!(parse("Ada").is_none());
    }
}
