//! How commands come to a registry: the flags that they share, who is shown to it, and what is drawn while bytes move.

use std::cell::Cell;
use std::io::Read as _;
use std::time::Duration;

use flux_oci::auth::{Login, Provider, Secret};
use flux_oci::reference::{ReferenceError, Tag};
use flux_oci::registry::{Registry, Settings};

use super::failure::Failure;
use super::ui::Ui;

/// A password longer than this is a file that was named by mistake.
const PASSWORD: u64 = 64 * 1024;

/// Who asks the registry, and how patiently.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Registry")]
pub(crate) struct RegistryArgs {
    /// The cloud whose identity is shown to the registry; `generic` takes Docker's and podman's configuration.
    #[arg(long, value_name = "CLOUD", default_value = "generic", value_parser = ["generic", "aws", "azure", "gcp"])]
    provider: String,

    /// The user, with `--password-stdin`.
    #[arg(long, value_name = "USER", requires = "password_stdin", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    username: Option<String>,

    /// Read the password from standard input: on a command line others could see it.
    #[arg(long, requires = "username")]
    password_stdin: bool,

    /// How many seconds nothing may come from the registry before a request is given up.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,

    /// How often what failed in passing is tried again, each time after twice the wait.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u32).range(0..=10))]
    retries: u32,
}

impl RegistryArgs {
    /// What asks registries for the length of a command.
    pub(crate) fn connect(&self) -> Result<Registry, Failure> {
        let provider = match self.provider.as_str() {
            "aws" => Some(Provider::Aws),
            "azure" => Some(Provider::Azure),
            "gcp" => Some(Provider::Gcp),
            _ => None,
        };
        let login = match (provider, &self.username) {
            (Some(_), Some(_)) => {
                return Err(Failure::Usage(format!(
                    "`--username` cannot go with `--provider {}`, which brings credentials of its own",
                    self.provider
                )));
            }
            (Some(provider), None) => Login::Provider(provider),
            (None, Some(username)) => {
                Login::Given { username: username.clone(), password: password()? }
            }
            (None, None) => Login::Configured,
        };
        Ok(Registry::new(Settings {
            login,
            retries: self.retries,
            timeout: Duration::from_secs(self.timeout),
            user_agent: format!("tenantry/{}", env!("CARGO_PKG_VERSION")),
            ..Settings::default()
        }))
    }
}

fn password() -> Result<Secret, Failure> {
    let bad =
        |reason: &str| Failure::BadAnswer { flag: "--password-stdin", reason: reason.to_owned() };
    let mut text = String::new();
    let read = std::io::stdin().take(PASSWORD + 1).read_to_string(&mut text);
    read.map_err(|_| bad("standard input is no text"))?;
    let password = text.trim_end_matches(['\r', '\n']);
    match password {
        "" => Err(bad("standard input is empty")),
        long if long.len() as u64 > PASSWORD => {
            Err(bad("standard input is too long for a password"))
        }
        password => Ok(Secret::new(password)),
    }
}

/// A tag of the command line.
pub(crate) fn tag(text: &str) -> Result<Tag, ReferenceError> {
    text.parse()
}

/// Draws how far bytes are, where somebody sees it.
pub(crate) struct Transfer {
    bar: indicatif::ProgressBar,
    before: Cell<u64>,
}

impl Transfer {
    /// Of so many bytes.
    pub(crate) fn new(ui: &Ui, what: &'static str, bytes: u64) -> Self {
        Self { bar: ui.transfer(what, bytes), before: Cell::new(0) }
    }

    /// So many bytes of what moves are through; from the beginning where it begins anew.
    pub(crate) fn told(&self, bytes: u64) {
        let before = self.before.replace(bytes);
        self.bar.inc(bytes.saturating_sub(before));
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A size for people.
pub(crate) fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// "1 file", "3 files".
pub(crate) fn count(files: usize) -> String {
    match files {
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    }
}
