//! The clusters that a command looks at: which there are, and what stands for what is elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use kustomize::yaml::{Budget, Node, SourceId, parse};
use rayon::prelude::*;

use super::failure::Failure;
use super::repository::{PLATFORM_FILE, Repository};
use super::ui::Ui;
use crate::diagnostic::{Code, Diagnostic};
use crate::files::{Disk, Files};
pub(crate) use crate::flux::Tenants;
use crate::flux::source::SourcePattern;
use crate::flux::{Cluster, Data, Fleet, With, read_data};
use crate::git::Unignored;
use crate::package::{self, Package};
use crate::path::RepoPath;
use crate::spec::text::ClusterName;

/// The folder in which each cluster has one.
const CLUSTERS: &str = "clusters";

/// What stands for what lives elsewhere.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Elsewhere {
    /// Put a local folder in the place of a source.
    ///
    /// SOURCE is NAME, NAMESPACE/NAME, KIND/NAMESPACE/NAME or the address of a source. What Kustomizations take from it is then built from
    /// the folder. May be given several times.
    #[arg(long, value_name = "SOURCE=DIR")]
    with: Vec<With>,

    /// Values of variables that live on clusters only.
    ///
    /// A YAML file with names and values, which count for every ConfigMap and Secret that `substituteFrom` names and that is not in the
    /// repository; or with ConfigMaps and Secrets as they are on the cluster.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    variables: Option<PathBuf>,
}

/// The repository with its clusters.
pub(crate) struct FleetFolder {
    /// The platform, or any Flux repository.
    pub root: PathBuf,
    /// Its files, without those that git ignores: no source has them.
    pub files: Unignored,
    /// The folder of a larger repository that it is.
    pub folder: Option<String>,
    with: Vec<(SourcePattern, Disk)>,
    variables: Option<PathBuf>,
}

/// A cluster and its folder, from the root of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClusterFolder {
    pub name: String,
    pub folder: String,
}

impl Elsewhere {
    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.with.is_empty() && self.variables.is_none()
    }
}

/// Warns of folders that stand for a source which no cluster has.
pub(crate) fn warn_of_unused(ui: &Ui, fleet: &Fleet<'_>) {
    for source in fleet.unused() {
        let message =
            format!("`--with {source}=...`: no Kustomization takes its content from such a source");
        ui.warn(
            Diagnostic::warning(Code::NothingMatched, message)
                .help("`tenantry get sources` lists what there is"),
        );
    }
}

impl FleetFolder {
    /// The platform that the command was started in.
    ///
    /// # Errors
    /// There is none; a folder that stands for a source is none.
    pub(crate) fn find(ui: &Ui, elsewhere: &Elsewhere) -> Result<Self, Failure> {
        Self::of(ui, Repository::find(ui)?, elsewhere)
    }

    /// The same of a platform that was found.
    ///
    /// # Errors
    /// A folder that stands for a source is none.
    pub(crate) fn of(
        ui: &Ui,
        repository: Repository,
        elsewhere: &Elsewhere,
    ) -> Result<Self, Failure> {
        let Repository { root, .. } = repository;
        let files = Unignored::of(&root);
        let with = elsewhere.with.iter().map(|With { source, folder }| {
            let folder = ui.path(Path::new(folder));
            match folder.is_dir() {
                true => Ok((source.clone(), Disk::new(folder))),
                false => Err(Failure::BadAnswer {
                    flag: "--with",
                    reason: format!("there is no folder `{}`", folder.display()),
                }),
            }
        });
        let with = with.collect::<Result<_, _>>()?;
        let folder = folder_of(&files);
        let variables = elsewhere.variables.as_ref().map(|file| ui.path(file));
        Ok(Self { root, files, folder, with, variables })
    }

    /// The clusters of a state of the repository.
    ///
    /// # Errors
    /// Values of variables that cannot be read; files that cannot be listed.
    pub(crate) fn fleet<'f>(&'f self, files: &'f dyn Files) -> Result<Fleet<'f>, Failure> {
        self.fleet_of(files, package::shipped(files))
    }

    /// The same where it is known what the clusters pull, which need not be what the description in these files says: another one may
    /// have been carried out.
    ///
    /// # Errors
    /// As for [`Self::fleet`].
    pub(crate) fn fleet_of<'f>(
        &'f self,
        files: &'f dyn Files,
        packages: Vec<Package>,
    ) -> Result<Fleet<'f>, Failure> {
        let fleet = Fleet::new(files, self.folder.clone()).shipped(package::parts(packages));
        let mut fleet = fleet.with_data(self.data()?);
        for (source, disk) in &self.with {
            fleet = fleet.with(source.clone(), disk)?;
        }
        Ok(fleet)
    }

    fn data(&self) -> Result<Data, Failure> {
        let Some(file) = &self.variables else { return Ok(Data::default()) };
        let bytes =
            fs::read(file).map_err(|source| Failure::Read { path: file.clone(), source })?;
        read_data(&bytes).map_err(|(reason, range)| {
            let line = bytes[..range.start.min(bytes.len())].iter().filter(|byte| **byte == b'\n');
            let reason = format!("line {}: {reason}", line.count() + 1);
            Failure::BadDocument { file: file.clone(), reason }
        })
    }

    /// The clusters that a state of the repository has, by name.
    ///
    /// # Errors
    /// Files that cannot be listed.
    pub(crate) fn clusters(&self, files: &dyn Files) -> Result<Vec<ClusterFolder>, Failure> {
        let below = RepoPath::new(CLUSTERS).map_err(|error| Failure::Usage(error.to_string()))?;
        let mut names: Vec<String> = Vec::new();
        for path in files.survey(Some(&below)).files {
            let mut parts = path.as_str().split('/').skip(1);
            let (name, file) = (parts.next(), parts.next());
            if let (Some(name), Some(_)) = (name, file)
                && names.last().is_none_or(|last| last != name)
                && (path.as_str().ends_with(".yaml") || path.as_str().ends_with(".yml"))
            {
                names.push(name.to_owned());
            }
        }
        let prefix = self.folder.as_ref().map(|folder| format!("{folder}/")).unwrap_or_default();
        let folder = |name: &str| format!("{prefix}{CLUSTERS}/{name}");
        Ok(names.into_iter().map(|name| ClusterFolder { folder: folder(&name), name }).collect())
    }

    /// Those of these names, or all. A cluster that was renamed has the folder of its first name.
    ///
    /// # Errors
    /// A name that no cluster has; no cluster at all.
    pub(crate) fn select(
        &self,
        files: &dyn Files,
        names: &[String],
    ) -> Result<Vec<ClusterFolder>, Failure> {
        let all = self.clusters(files)?;
        if all.is_empty() && names.is_empty() {
            let reason =
                format!("there is no cluster: no folder below `{CLUSTERS}/` has a manifest");
            return Err(Failure::Usage(reason));
        }
        if names.is_empty() {
            return Ok(all);
        }
        let mut described = None;
        let find = |name: &String| {
            if let Some(found) = all.iter().find(|cluster| cluster.name == *name) {
                return Ok(found.clone());
            }
            let platform = described.get_or_insert_with(|| crate::spec::load(files).ok()).as_ref();
            let known = platform.and_then(|platform| {
                let name = ClusterName::new(name).ok()?;
                platform.clusters.contains_key(&name).then(|| platform.known_as(&name).to_owned())
            });
            let found = known.and_then(|known| all.iter().find(|cluster| cluster.name == known));
            match found {
                Some(found) => Ok(ClusterFolder { name: name.clone(), ..found.clone() }),
                None => Err(Failure::Unknown {
                    kind: "cluster",
                    name: name.clone(),
                    known: all.iter().map(|cluster| cluster.name.clone()).collect(),
                }),
            }
        };
        let found: Vec<ClusterFolder> = names.iter().map(find).collect::<Result<_, _>>()?;
        let mut each: Vec<ClusterFolder> = Vec::new();
        for one in found {
            if !each.contains(&one) {
                each.push(one);
            }
        }
        Ok(each)
    }
}

/// What each of these clusters applies.
///
/// # Errors
/// Files that cannot be listed.
pub(crate) fn build<'f>(
    fleet: &Fleet<'f>,
    clusters: &[ClusterFolder],
) -> Result<Vec<Cluster<'f>>, Failure> {
    let one = |cluster: &ClusterFolder| fleet.cluster(&cluster.name, &cluster.folder);
    // The first one builds what all have in common, which the others then find.
    let mut built = Vec::with_capacity(clusters.len());
    let Some((first, others)) = clusters.split_first() else { return Ok(built) };
    built.push(one(first)?);
    let others: Result<Vec<_>, _> = others.par_iter().map(one).collect();
    built.extend(others?);
    Ok(built)
}

/// A text of a file of the description, which may be no whole description.
pub(crate) fn said(files: &dyn Files, file: &str, pointer: &str) -> Option<String> {
    let bytes = files.read(&RepoPath::new(file).ok()?).ok().flatten()?;
    let documents = parse(SourceId(0), &bytes, &Budget::default()).ok()?;
    documents.first()?.root.pointer(pointer).and_then(Node::as_str).map(str::to_owned)
}

/// The folder of a larger repository that a platform says it is.
fn folder_of(files: &dyn Files) -> Option<String> {
    let path = said(files, PLATFORM_FILE, "/repository/path")?;
    let path = path.trim_start_matches("./").trim_matches('/');
    (!path.is_empty() && path != ".").then(|| path.to_owned())
}
