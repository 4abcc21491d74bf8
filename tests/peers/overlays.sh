#!/usr/bin/env bash
# Builds overlays with kustomize, and compares with the objects that they were made for.
set -euo pipefail
cd "$(dirname "$0")/../.."
KUSTOMIZE=$(command -v "${KUSTOMIZE:-kustomize}")
export KUSTOMIZE
cargo test --quiet --package tenantry --lib -- \
  --ignored --exact render::difference::tests::kustomize_makes_the_same_objects
