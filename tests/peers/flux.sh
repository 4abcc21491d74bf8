#!/usr/bin/env bash
# Compares substitution, .sourceignore and whole builds with Flux's own Go code: over hand-written cases and over
# random ones. Needs Go.
#
#   tests/peers/flux.sh
#   FLUX_PEER_CASES=100000 FLUX_PEER_SEED=7 tests/peers/flux.sh    more, and others
#   FLUX_PEER_RECORD=1 tests/peers/flux.sh    record what tests/flux/fixtures expect
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
driver=$(mktemp -d)
trap 'rm -rf "$driver"' EXIT

cd "$root/tests/peers/flux"
# Without the history of this repository, which would become the version in `managedByLabel`.
go build -buildvcs=false -o "$driver/flux" .

cd "$root"
FLUX_PEER=$driver/flux cargo test --quiet --test flux_peers -- --include-ignored
