#!/usr/bin/env bash
# Builds the fixtures of crates/kustomize with kustomize v5.8.2, and compares with what was recorded.
#
#   tests/peers/kustomize-fixtures.sh            compare
#   tests/peers/kustomize-fixtures.sh --record   write the outcomes anew
set -euo pipefail
cd "$(dirname "$0")/../.."
KUSTOMIZE=$(command -v "${KUSTOMIZE:-kustomize}") || { echo "kustomize is not installed" >&2; exit 1; }
export KUSTOMIZE
if [[ ${1:-} == --record ]]; then
  cargo run --quiet --package kustomize-xtask -- fixtures
else
  cargo run --quiet --package kustomize-xtask -- fixtures --check
fi
