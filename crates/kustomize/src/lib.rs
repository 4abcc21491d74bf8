//! kustomize, natively: what `kustomize build` makes of a folder, to the byte, in this process.
//!
//! ```
//! use kustomize::{MemoryFiles, Options, build};
//!
//! let mut files = MemoryFiles::new();
//! files.insert("/app/kustomization.yaml", "namespace: acme\nresources: [service.yaml]\n");
//! files.insert("/app/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n");
//!
//! let built = build(&files, "/app", &Options::default())?;
//! assert_eq!(
//!     built.to_yaml(),
//!     "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: acme\n"
//! );
//! # Ok::<(), Box<kustomize::Failure>>(())
//! ```

mod allowance;
mod build;
pub mod config;
pub mod field;
mod files;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod generate;
mod go;
pub mod kustomization;
mod notice;
mod patch;
mod print;
mod resource;
mod schema;
mod selector;
mod source;
pub mod transform;
mod version;
pub mod yaml;

pub use allowance::Excess;
pub use build::{
    AccumulateError, Build, Error, ErrorKind, FILE_NAMES, Failure, Frame, LoadError,
    LoadRestrictor, Options, Order, build,
};
pub use files::{DiskFiles, Files, Found, MemoryFiles};
pub use notice::{Notice, NoticeKind};
pub use resource::{Id, Identity, Resource};
pub use source::{Place, Sources};
pub use version::ApiVersion;
