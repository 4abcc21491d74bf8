#!/usr/bin/env bash
# Compares how kustomization files are read with kustomize's own Go code: over the recorded corpus and
# over random files. Needs Go.
#
#   tests/peers/kustomization.sh            compare
#   tests/peers/kustomization.sh --record   write crates/kustomize/tests/kustomization/recorded.json anew
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
driver=$(mktemp -d)/kustomization-peer
trap 'rm -rf "$(dirname "$driver")"' EXIT
(cd "$root/tests/peers/kustomization" && go build -o "$driver" .)

cd "$root"
if [[ ${1:-} == --record ]]; then
  KUSTOMIZATION_PEER=$driver KUSTOMIZATION_PEER_RECORD=1 cargo test --quiet --package kustomize \
    --test kustomization -- --ignored --exact kustomize_still_says_what_was_recorded
else
  KUSTOMIZATION_PEER=$driver \
    cargo test --quiet --package kustomize --test kustomization -- --include-ignored
fi
