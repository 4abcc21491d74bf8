#!/usr/bin/env bash
# Builds random kustomization trees with kustomize and with our engine, and compares the bytes. What differs is made
# small and left as fixtures in target/kustomize-fuzz. Needs kustomize v5.8.2 on the PATH.
#
#   tests/peers/kustomize-fuzz.sh                 2,000 trees
#   tests/peers/kustomize-fuzz.sh --seed 5000     others; see xtask/src/kustomize_fuzz for what else it takes
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p target/kustomize-fuzz
cargo run --quiet --release --package kustomize-xtask -- fuzz --trees 2000 --minimise --keep target/kustomize-fuzz "$@"
