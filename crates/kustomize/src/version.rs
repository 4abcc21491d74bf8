//! Which kustomize is followed where two of them differ.

/// A version of kustomize's API, `sigs.k8s.io/kustomize/api`.
///
/// Between these two kustomize learned `labels[].includeVolumeClaimTemplates`, changed the default
/// fields of labels and images, and mended image names, replacements and the merging of generators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ApiVersion {
    /// v0.21.1, which the kustomize-controller of Flux 2.9 has.
    V0_21_1,
    /// v0.21.2, which `kustomize` v5.8.2 has.
    #[default]
    V0_21_2,
}
