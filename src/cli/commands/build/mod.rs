//! `tenantry build`: of a folder as kustomize builds it, and of clusters as Flux does.

mod cluster;

use std::fs;
use std::path::{Path, PathBuf};

use kustomize::yaml::from_node;
use kustomize::{ApiVersion, Build, DiskFiles, LoadRestrictor, MemoryFiles, Options, Resource};
use serde_json::{Value, json};

use self::cluster::KustomizationName;
use crate::build::{Finding, common_folder, faults, notices, tell};
use crate::cli::failure::Failure;
use crate::cli::fleet::Elsewhere;
use crate::cli::outcome::Outcome;
use crate::cli::report::{Format, Output};
use crate::cli::ui::Ui;
use crate::diagnostic::Severity;
use crate::spec::Faults;

/// The forms in which it can answer.
pub(super) const FORMS: &[Format] = &[Format::Text, Format::Json, Format::Sarif];

/// Build a folder as `kustomize build` would, to the byte, or everything that clusters would apply
///
/// The objects are printed as YAML; what has no effect (a patch that matches nothing, say) and what is deprecated is told on standard
/// error. Nothing is fetched and no other program is run: what would need either is an error that says what to do.
///
/// With a folder: any kustomization can be built, in a platform or elsewhere. kustomize's flags that allow programs to be run (`--enable-helm` and the
/// like) are taken, and allow nothing.
///
/// With `--cluster`, `--tenant` or `--kustomization`: what Flux would apply, from the cluster's own Kustomization on: sources, paths, patches,
/// substituted variables and all. A line before the objects says who applies them. What comes from elsewhere is named; `--with` puts a
/// folder in its place.
#[derive(Debug, clap::Args)]
pub(crate) struct BuildArgs {
    /// The folder with the kustomization, or a file in it.
    #[arg(value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::AnyPath)]
    folder: PathBuf,

    /// Write to this file, or a file for each object into this folder, instead of printing.
    ///
    /// A folder has to be there, or to end with `/`. Here `--output` says where to, as with `kustomize build`; `--format` says the form.
    #[arg(id = "output", short, long, value_name = "FILE|DIR", value_parser = Output::paths(), value_hint = clap::ValueHint::AnyPath)]
    output: Option<Output>,

    /// How results are written: for people, or for machines.
    ///
    /// `json` is the envelope of all commands with the objects in it, `sarif` the diagnostics for code scanning. The same may be said before
    /// the command: `tenantry --output json build`.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<BuildFormat>,

    /// Fail where something has no effect.
    #[arg(long)]
    strict: bool,

    /// Which files a kustomization may read: those in its folder and below, or all, as Flux builds.
    #[arg(long, value_name = "WHICH", value_enum, default_value_t)]
    load_restrictor: Restrictor,

    /// Whose build it is where two versions of kustomize differ.
    #[arg(long, value_name = "VERSION", value_enum, default_value_t)]
    follow: Follow,

    /// Build what this cluster applies. May be given several times; with `--tenant` or `--kustomization` alone all clusters are looked at.
    #[arg(long, value_name = "CLUSTER", conflicts_with_all = ["folder", "load_restrictor", "follow"])]
    cluster: Vec<String>,

    /// Build what belongs to this tenant.
    #[arg(long, value_name = "TENANT", conflicts_with_all = ["folder", "load_restrictor", "follow"])]
    tenant: Option<String>,

    /// Build what this Flux Kustomization applies.
    #[arg(long, value_name = "NAMESPACE/NAME", conflicts_with_all = ["folder", "load_restrictor", "follow"])]
    kustomization: Option<KustomizationName>,

    #[command(flatten)]
    elsewhere: Elsewhere,

    #[command(flatten)]
    _plugins: PluginFlags,
}

/// The flags by which `kustomize build` is allowed to run other programs. They are taken, so that a command line or a pipeline
/// can stay as it is, and allow nothing: a kustomization without such programs needs none of them, and one with some is refused with the place
/// where it asks for them.
#[derive(Debug, clap::Args)]
struct PluginFlags {
    #[arg(long, hide = true)]
    as_current_user: bool,
    #[arg(long, hide = true)]
    enable_alpha_plugins: bool,
    #[arg(long, hide = true)]
    enable_exec: bool,
    #[arg(long, hide = true)]
    enable_helm: bool,
    #[arg(short, long, hide = true, value_name = "NAME=VALUE")]
    env: Vec<String>,
    #[arg(long, hide = true, value_name = "VERSION")]
    helm_api_versions: Vec<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    helm_command: Option<String>,
    #[arg(long, hide = true)]
    helm_debug: bool,
    #[arg(long, hide = true, value_name = "VERSION")]
    helm_kube_version: Option<String>,
    #[arg(long, hide = true, value_name = "OPTION")]
    mount: Vec<String>,
    #[arg(long, hide = true)]
    network: bool,
    #[arg(long, hide = true, value_name = "NAME")]
    network_name: Option<String>,
    #[arg(long, hide = true)]
    stack_trace: bool,
}

/// The form of results.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum BuildFormat {
    /// The objects as YAML.
    Text,
    /// One versioned envelope for all commands.
    Json,
    /// The diagnostics as SARIF 2.1.0.
    Sarif,
}

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Restrictor {
    /// Those in its folder and below.
    #[default]
    #[value(alias = "LoadRestrictionsRootOnly")]
    RootOnly,
    /// All.
    #[value(alias = "LoadRestrictionsNone")]
    None,
}

/// Which kustomize is followed where two of them differ.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Follow {
    /// `kustomize` v5.8.2, with the API v0.21.2.
    #[default]
    #[value(name = "kustomize-5.8")]
    Kustomize58,
    /// The kustomize-controller of Flux 2.9, with the API v0.21.1.
    #[value(name = "flux-2.9")]
    Flux29,
}

impl BuildArgs {
    /// The form that is asked for here.
    pub(super) fn form(&self) -> Option<Format> {
        self.format.map(|format| match format {
            BuildFormat::Text => Format::Text,
            BuildFormat::Json => Format::Json,
            BuildFormat::Sarif => Format::Sarif,
        })
    }

    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        if self.is_of_clusters() {
            return self.run_clusters(ui);
        }
        if !self.elsewhere.is_empty() {
            return Err(Failure::Usage(
                "`--with` and `--variables` are for clusters: say which with `--cluster`, `--tenant` or `--kustomization`"
                    .to_owned(),
            ));
        }
        let target = self.target(ui)?;
        let here =
            fs::canonicalize(&ui.directory).map_err(|_| Failure::NoFolder(ui.directory.clone()))?;
        let here = text(&here)?;
        let mut options = Options::default();
        options.load_restrictor = match self.load_restrictor {
            Restrictor::RootOnly => LoadRestrictor::RootOnly,
            Restrictor::None => LoadRestrictor::None,
        };
        options.version = match self.follow {
            Follow::Kustomize58 => ApiVersion::V0_21_2,
            Follow::Flux29 => ApiVersion::V0_21_1,
        };
        let disk = DiskFiles::new();
        let told = |findings: &[Finding]| tell(findings, &disk, &common_folder(&here, findings));
        let built = match fs::canonicalize(ui.path(&self.folder)) {
            Ok(path) => {
                let folder = if path.is_file() { path.parent().unwrap_or(&path) } else { &path };
                kustomize::build(&disk, &text(folder)?, &options)
            }
            // An address, or nothing at all: which of the two, the engine says.
            Err(_) => kustomize::build(&MemoryFiles::new(), &text(&self.folder)?, &options),
        };
        let built = built.map_err(|failure| {
            let (diagnostics, texts) = told(&faults(&failure, &disk));
            Faults { diagnostics, texts }
        })?;
        let without_effect = if self.strict { Severity::Error } else { Severity::Warning };
        let (diagnostics, texts) = told(&notices(&built, &disk, without_effect));
        if diagnostics.iter().any(|one| one.severity == Severity::Error) {
            return Err(Faults { diagnostics, texts }.into());
        }
        let written = target.map(|target| write(&target, &built)).transpose()?;
        let data = match ui.format {
            Format::Json => json!({
                "objects": built.resources().iter().map(object).collect::<Vec<_>>(),
                "written": written.iter().flatten().map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
            }),
            _ => Value::Null,
        };
        let printed = if written.is_none() && ui.format == Format::Text {
            built.to_yaml()
        } else {
            String::new()
        };
        // The process ends here: to give back every object would take time for nothing.
        std::mem::forget(built);
        Ok(Outcome::answer(printed, data).with_diagnostics(diagnostics, texts))
    }

    /// Where the objects go, if they are not printed.
    fn target(&self, ui: &Ui) -> Result<Option<PathBuf>, Failure> {
        let Some(Output::To(path)) = &self.output else { return Ok(None) };
        let forms = <Format as clap::ValueEnum>::value_variants();
        match forms.iter().find(|form| path.as_os_str() == form.as_str()) {
            Some(form) => Err(Failure::Usage(format!(
                "`--output {0}` names a file here: the form is said with `--format {0}`, and a file of this name is `./{0}`",
                form.as_str()
            ))),
            None => Ok(Some(ui.path(path))),
        }
    }
}

/// Writes the objects to a file, or each to one in a folder; the files that were written.
fn write(target: &Path, built: &Build) -> Result<Vec<PathBuf>, Failure> {
    let failed = |path: &Path, source| Failure::Write { path: path.to_owned(), source };
    if !is_folder(target) {
        fs::write(target, built.to_yaml()).map_err(|source| failed(target, source))?;
        return Ok(vec![target.to_owned()]);
    }
    let files = built.to_files();
    // A name of an object may be a path, and would lead out of the folder.
    if let Some((name, _)) = files.iter().find(|(name, _)| name.contains(['/', '\\', '\0'])) {
        let error = std::io::Error::other("the object's name is no name of a file");
        return Err(failed(&target.join(name), error));
    }
    fs::create_dir_all(target).map_err(|source| failed(target, source))?;
    let write = |(name, text): &(String, String)| {
        let path = target.join(name);
        fs::write(&path, text).map_err(|source| failed(&path, source))?;
        Ok(path)
    };
    files.iter().map(write).collect()
}

/// Whether files are to be written into a folder.
fn is_folder(target: &Path) -> bool {
    target.is_dir() || target.to_string_lossy().ends_with('/')
}

fn object(resource: &Resource) -> Value {
    from_node(resource.node()).unwrap_or(Value::Null)
}

fn text(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::Usage(format!("the path `{}` is not UTF-8", path.display())))
}
