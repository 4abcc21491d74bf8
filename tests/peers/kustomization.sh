#!/usr/bin/env bash
# Compares how kustomization files, replacements and transformer configurations are read with
# kustomize's own Go code: over the recorded corpora and over random files. Needs Go.
#
#   tests/peers/kustomization.sh            compare
#   tests/peers/kustomization.sh --record   write recorded.json of crates/kustomize/tests/kustomization
#                                           and of crates/kustomize/tests/config anew
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
drivers=$(mktemp -d)
trap 'chmod -R u+w "$drivers" && rm -rf "$drivers"' EXIT

cd "$root/tests/peers/kustomization"
go build -o "$drivers/kustomization" .
# Configurations are read by internal packages, which only kustomize's own module may use.
cp -r "$(go list -m -f '{{.Dir}}' sigs.k8s.io/kustomize/api)" "$drivers/api"
chmod -R u+w "$drivers/api"
mkdir "$drivers/api/peer"
cp config/main.go "$drivers/api/peer/"
(cd "$drivers/api" && go build -tags peer -o "$drivers/config" ./peer)

cd "$root"
export KUSTOMIZATION_PEER=$drivers/kustomization CONFIG_PEER=$drivers/config
if [[ ${1:-} == --record ]]; then
  KUSTOMIZATION_PEER_RECORD=1 cargo test --quiet --package kustomize \
    --test kustomization --test config -- --ignored --exact kustomize_still_says_what_was_recorded
else
  cargo test --quiet --package kustomize --test kustomization --test config -- --include-ignored
fi
