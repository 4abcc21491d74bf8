//! `tenantry create component`.

use super::{Document, NewEntity};
use crate::catalogue;
use crate::cli::change::{Change, Kind, new_path};
use crate::cli::dialogue::{Choice, Dialogue, any, ask};
use crate::cli::failure::{Failure, nearest};
use crate::cli::outcome::Outcome;
use crate::cli::repository::Repository;
use crate::cli::ui::Ui;
use crate::path::RepoPath;
use crate::spec::schema::schema_line;
use crate::spec::text::{
    ComponentName, ExactVersion, GitRef, GitUrl, HelmUrl, ItemName, NamespaceName, OciTag, OciUrl,
    SourcePath,
};
use crate::spec::{Platform, edit};

/// Add a component of the infrastructure: from the catalogue by its name, or by where it comes from
///
/// What comes from the catalogue is copied, exact version and comments included, and is yours from then on.
///
/// Examples:
///
///     tenantry create component cert-manager
///     tenantry create component istiod --with-dependencies
///     tenantry create component podinfo --helm-repository oci://ghcr.io/stefanprodan/charts --chart podinfo --version 6.9.2
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment, disable_version_flag = true)]
pub(crate) struct ComponentArgs {
    /// The component's name; also its file's. One of the catalogue's needs no other flag.
    #[arg(value_name = "NAME")]
    name: Option<ComponentName>,

    /// Add the components of the catalogue that it depends on, too.
    #[arg(long)]
    with_dependencies: bool,

    /// A Helm repository: `https://…`, or `oci://…`, the folder that holds the chart.
    #[arg(long, value_name = "URL", requires = "chart", conflicts_with_all = ["manifests", "git_url", "oci_url"])]
    helm_repository: Option<HelmUrl>,

    /// The chart's name.
    #[arg(long, value_name = "CHART", requires = "helm_repository")]
    chart: Option<ItemName>,

    /// A folder of this repository with manifests.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["git_url", "oci_url"])]
    manifests: Option<RepoPath>,

    /// A Git repository with manifests.
    #[arg(long, value_name = "URL", conflicts_with = "oci_url")]
    git_url: Option<GitUrl>,

    /// An OCI artifact with manifests, without its tag.
    #[arg(long, value_name = "URL")]
    oci_url: Option<OciUrl>,

    /// For Git and OCI: a tag.
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,

    /// For Git: a branch.
    #[arg(long, value_name = "BRANCH", requires = "git_url", conflicts_with = "tag")]
    git_branch: Option<GitRef>,

    /// For Git and OCI: the folder that is applied.
    #[arg(long, value_name = "PATH")]
    path: Option<SourcePath>,

    /// The exact version: of the chart, or of what else it is.
    #[arg(long = "version", value_name = "VERSION")]
    exact: Option<ExactVersion>,

    /// The namespace that it is installed into. Default: its name, or the catalogue's.
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<NamespaceName>,

    /// A component that must be ready first.
    #[arg(long, value_name = "COMPONENT", value_delimiter = ',')]
    depends_on: Vec<ComponentName>,

    #[command(flatten)]
    new: NewEntity,
}

/// A component of the catalogue as a file of the description.
pub(in crate::cli) fn with_schema_line(text: &str, file: &RepoPath) -> String {
    format!("{}\n{text}", schema_line(file, Kind::Component))
}

#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Helm,
    Manifests,
    Git,
    Oci,
}

impl ComponentArgs {
    pub(super) fn run(self, ui: &Ui) -> Result<Outcome, Failure> {
        let repository = Repository::find_to_write(ui, self.new.writing.dry_run)?;
        let platform = repository.load()?;
        let mut dialogue = Dialogue::new(ui);
        let new = self.new.clone();
        if let Some((name, document)) =
            super::from::read(ui, &new, self.name.as_ref().map(ComponentName::as_str))?
        {
            let name = ComponentName::new(name)
                .map_err(|error| Failure::BadAnswer { flag: "NAME", reason: error.to_string() })?;
            let document = self.add_to(document)?;
            return Change::create(
                &repository,
                &platform,
                Kind::Component,
                name.as_str(),
                &document,
                &new,
            )?
            .carry_out(ui, &mut dialogue, &new.writing);
        }
        let name = self.ask_name(&mut dialogue, &platform)?;
        let entry = match &name {
            Some(name) if !self.says_origin() => catalogue::get(name.as_str()),
            _ => None,
        };
        match (name, entry) {
            (Some(name), Some(entry)) => {
                let change =
                    self.change_by_catalogue(&repository, &platform, &mut dialogue, &name, &entry)?;
                let mut outcome = change.carry_out(ui, &mut dialogue, &new.writing)?;
                for note in entry.notes.iter().chain(&entry.requires) {
                    outcome.text.push_str(&format!("note: {note}\n"));
                }
                Ok(outcome)
            }
            (name, _) => {
                let (name, document) = self.converse(&mut dialogue, name)?;
                Change::create(
                    &repository,
                    &platform,
                    Kind::Component,
                    name.as_str(),
                    &document,
                    &new,
                )?
                .carry_out(ui, &mut dialogue, &new.writing)
            }
        }
    }

    fn says_origin(&self) -> bool {
        self.helm_repository.is_some()
            || self.manifests.is_some()
            || self.git_url.is_some()
            || self.oci_url.is_some()
    }

    fn ask_name(
        &self,
        dialogue: &mut Dialogue<'_>,
        platform: &Platform,
    ) -> Result<Option<ComponentName>, Failure> {
        if self.name.is_none() && dialogue.interactive() && !self.says_origin() {
            let mut choices = vec![Choice::new(None, "", "one that is not in the catalogue")];
            choices.extend(
                catalogue::list()
                    .into_iter()
                    .filter(|entry| !platform.components.contains_key(&entry.name))
                    .map(|entry| {
                        Choice::new(Some(entry.name.clone()), entry.name.as_str(), entry.summary)
                    }),
            );
            if let Some(Some(name)) =
                dialogue.choose(None, ask("NAME", "Component"), &choices, None)?
            {
                return Ok(Some(name));
            }
        }
        let interactive = dialogue.interactive();
        dialogue.text(self.name.clone(), ask("NAME", "Component's name"), None, |name| {
            match platform.components.get(name) {
                Some(component) if interactive => {
                    Err(format!("there is a component `{name}` already, in {}", component.file))
                }
                _ => Ok(()),
            }
        })
    }

    /// The catalogue's text, with what flags say set in it, and its dependencies where they are wanted.
    fn change_by_catalogue<'a>(
        &self,
        repository: &'a Repository,
        platform: &Platform,
        dialogue: &mut Dialogue<'_>,
        name: &ComponentName,
        entry: &catalogue::Entry,
    ) -> Result<Change<'a>, Failure> {
        dialogue.done()?;
        if let Some(file) = platform.file_of(Kind::Component, name.as_str()) {
            return Err(Failure::Exists {
                kind: "component",
                name: name.to_string(),
                file: file.to_string(),
            });
        }
        let missing: Vec<catalogue::Entry> = entry
            .dependencies()
            .into_iter()
            .filter(|one| !platform.components.contains_key(&one.name))
            .collect();
        let names: Vec<&str> = missing.iter().map(|one| one.name.as_str()).collect();
        let words = format!("It depends on {}: add these, too?", names.join(", "));
        let add = missing.is_empty()
            || dialogue.switch(self.with_dependencies, ask("--with-dependencies", &words), true)?;
        if !add {
            return Err(Failure::Usage(format!(
                "`{name}` depends on {}; `--with-dependencies` adds what is missing",
                names.join(", ")
            )));
        }
        let path = new_path(Kind::Component, name.as_str(), self.new.folder.as_deref())?;
        let mut text = with_schema_line(&entry.text, &path);
        let failed = |source| Failure::Edit { file: path.to_string(), source };
        if let Some(version) = &self.exact {
            let helm = entry.component.helm.is_some();
            let field = if helm { "helm.version" } else { "version" };
            text = edit::set(&text, field, Some(&version.as_str().into())).map_err(failed)?;
        }
        if let Some(namespace) = &self.namespace {
            text =
                edit::set(&text, "namespace", Some(&namespace.as_str().into())).map_err(failed)?;
        }
        if !self.depends_on.is_empty() {
            let all: Vec<&str> = entry
                .component
                .depends_on
                .iter()
                .chain(&self.depends_on)
                .map(ComponentName::as_str)
                .collect();
            text = edit::set(&text, "dependsOn", Some(&all.into())).map_err(failed)?;
        }
        let mut change =
            Change::create_text(repository, Kind::Component, name.as_str(), path, text, &self.new)?;
        for dependency in missing {
            let path =
                new_path(Kind::Component, dependency.name.as_str(), self.new.folder.as_deref())?;
            let text = with_schema_line(&dependency.text, &path);
            change = change.with(path, text);
        }
        Ok(change)
    }

    /// Asks for what no flag says.
    fn converse(
        mut self,
        dialogue: &mut Dialogue<'_>,
        name: Option<ComponentName>,
    ) -> Result<(ComponentName, Document), Failure> {
        if !self.says_origin() {
            if !dialogue.interactive() {
                let Some(name) = name else {
                    dialogue.done()?;
                    return Err(Failure::Missing { flags: vec!["NAME"] });
                };
                let known: Vec<String> = catalogue::names().map(str::to_owned).collect();
                let hint = nearest(name.as_str(), &known)
                    .map(|near| format!(" (did you mean `{near}`?)"))
                    .unwrap_or_default();
                return Err(Failure::Usage(format!(
                    "`{name}` is not in the catalogue{hint}; say where it comes from with --helm-repository and --chart, \
                     --manifests, --git-url or --oci-url"
                )));
            }
            let origins = [
                Choice::new(Origin::Helm, "", "a Helm chart"),
                Choice::new(Origin::Manifests, "", "manifests in this repository"),
                Choice::new(Origin::Git, "", "a Git repository"),
                Choice::new(Origin::Oci, "", "an OCI artifact"),
            ];
            match dialogue.choose(None, ask("", "Where it comes from"), &origins, None)? {
                Some(Origin::Helm) => {
                    self.helm_repository = dialogue.text(
                        None,
                        ask("--helm-repository", "Helm repository (https://… or oci://…)"),
                        None,
                        any,
                    )?;
                    let own = name.as_ref().and_then(|name| ItemName::new(name.as_str()).ok());
                    self.chart = dialogue.text(None, ask("--chart", "Chart"), own, any)?;
                }
                Some(Origin::Manifests) => {
                    self.manifests =
                        dialogue.text(None, ask("--manifests", "Folder"), None, any)?;
                }
                Some(Origin::Git) => {
                    self.git_url = dialogue.text(None, ask("--git-url", "Its URL"), None, any)?;
                    self.tag = dialogue.text(
                        self.tag.take(),
                        ask("--tag", "Tag"),
                        None,
                        |tag: &String| {
                            GitRef::new(&**tag).map(drop).map_err(|error| error.to_string())
                        },
                    )?;
                }
                Some(Origin::Oci) => {
                    self.oci_url =
                        dialogue.text(None, ask("--oci-url", "Its URL (oci://…)"), None, any)?;
                    self.tag = dialogue.text(
                        self.tag.take(),
                        ask("--tag", "Tag"),
                        None,
                        |tag: &String| {
                            OciTag::new(&**tag).map(drop).map_err(|error| error.to_string())
                        },
                    )?;
                }
                None => {}
            }
        }
        if self.helm_repository.is_some() {
            self.exact = dialogue.text(
                self.exact.take(),
                ask("--version", "Exact version of the chart"),
                None,
                any,
            )?;
        }
        if dialogue.interactive() {
            let own = name.as_ref().and_then(|name| NamespaceName::new(name.as_str()).ok());
            self.namespace =
                dialogue.text(self.namespace.take(), ask("--namespace", "Namespace"), own, any)?;
        }
        dialogue.done()?;
        let Some(name) = name else { return Err(Failure::Missing { flags: vec!["NAME"] }) };
        let document = self.add_to(Document::default())?;
        Ok((name, document))
    }

    /// Says what the flags say.
    fn add_to(&self, mut document: Document) -> Result<Document, Failure> {
        let bad_tag = |reason: String| Failure::BadAnswer { flag: "--tag", reason };
        document.put(&["helm", "repository"], &self.helm_repository);
        document.put(&["helm", "chart"], &self.chart);
        document.put(&["manifests", "path"], &self.manifests);
        if self.git_url.is_some() || document.has(&["git"]) {
            document.put(&["git", "url"], &self.git_url);
            let tag = self.tag.as_deref().map(GitRef::new).transpose();
            document.put(&["git", "tag"], tag.map_err(|error| bad_tag(error.to_string()))?);
            document.put(&["git", "branch"], &self.git_branch);
            document.put(&["git", "path"], &self.path);
        } else if self.oci_url.is_some() || document.has(&["oci"]) {
            document.put(&["oci", "url"], &self.oci_url);
            let tag = self.tag.as_deref().map(OciTag::new).transpose();
            document.put(&["oci", "tag"], tag.map_err(|error| bad_tag(error.to_string()))?);
            document.put(&["oci", "path"], &self.path);
        }
        let place: &[&str] =
            if document.has(&["helm"]) { &["helm", "version"] } else { &["version"] };
        document.put(place, &self.exact);
        document.put(&["namespace"], &self.namespace);
        document.put(&["dependsOn"], &self.depends_on);
        Ok(document)
    }
}
