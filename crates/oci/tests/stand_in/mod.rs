//! Stand-ins for the services of keyless signing and for a registry, on loopback and in this process: what GitHub Actions, Fulcio, Rekor
//! and a registry answer by their specifications, with an authority and logs that are made when they start.

pub(crate) mod registry;
pub(crate) mod server;
pub(crate) mod sigstore;
