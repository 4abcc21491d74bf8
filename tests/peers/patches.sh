#!/usr/bin/env bash
# Patches at every scope, and random ones: what clusters would apply is compared with what kustomize makes of the generated Flux
# Kustomizations, composed as Flux composes them, to the byte.
#
#   tests/peers/patches.sh [PATCHES [SEED]]
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${KUSTOMIZE:=kustomize}"
cargo build --quiet --bin tenantry
export KUSTOMIZE TENANTRY="${CARGO_TARGET_DIR:-$PWD/target}/debug/tenantry"
exec python3 tests/peers/patches.py examples/grown "$@"
