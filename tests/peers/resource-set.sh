#!/usr/bin/env bash
# Compares what is made of ResourceSets with flux-operator's own Go code: every function, every
# statement, and random templates. Needs Go, and the first time some minutes to build flux-operator.
#
#   tests/peers/resource-set.sh            compare
#   RESOURCE_SET_PEER_SEED=7 tests/peers/resource-set.sh
#                                          compare other random templates
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
module=github.com/controlplaneio-fluxcd/flux-operator
driver=$(mktemp -d)
trap 'chmod -R u+w "$driver" && rm -rf "$driver"' EXIT

# The builder is internal: only flux-operator's own module may use it.
cd "$root/tests/peers/resource-set"
go mod download "$module"
cp -r "$(go list -m -f '{{.Dir}}' "$module")" "$driver/module"
chmod -R u+w "$driver/module"
mkdir "$driver/module/peer"
cp main.go "$driver/module/peer/"
(cd "$driver/module" && go build -tags peer -o "$driver/resource-set" ./peer)

cd "$root"
RESOURCE_SET_PEER=$driver/resource-set cargo test --quiet --test resource_set_peers -- --include-ignored
