#!/usr/bin/env bash
# Compares the YAML reader and emitter with go-yaml v2 and v3, kyaml and sigs.k8s.io/yaml: over the
# recorded corpus, over random documents, and over quoted strings. Needs Go.
#
#   tests/peers/yaml.sh            compare
#   tests/peers/yaml.sh --record   write crates/kustomize/tests/yaml/recorded.json anew
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
driver=$(mktemp -d)/yaml-peer
trap 'rm -rf "$(dirname "$driver")"' EXIT
(cd "$root/tests/peers/yaml" && go build -o "$driver" .)

cd "$root"
if [[ ${1:-} == --record ]]; then
  YAML_PEER=$driver YAML_PEER_RECORD=1 \
    cargo test --quiet --package kustomize --test peer -- --ignored --exact go_still_says_what_was_recorded
else
  YAML_PEER=$driver cargo test --quiet --package kustomize --test peer -- --include-ignored
fi
