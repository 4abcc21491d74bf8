#!/usr/bin/env bash
# What tenantry says of objects beside what kubeconform says: every object that clusters of the examples apply, as it is and broken in many
# ways (a field that nobody has, a field less, values of other types, values that are none of those taken).
#
#   tests/peers/schemas.sh SHARED
#
# SHARED holds `schemas/`, JSON schemas by group. Where the two differ on purpose stands in `xtask/src/schema_peers.rs` with the reason.
set -euo pipefail
cd "$(dirname "$0")/../.."
shared=${1:?the folder with schemas/}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cargo build --quiet --bin tenantry
tenantry=$PWD/target/debug/tenantry
for example in examples/*/; do
  [ -f "$example/platform.yaml" ] || continue
  for cluster in "$example"clusters/*/; do
    name=$(basename "$example")-$(basename "$cluster").yaml
    (cd "$example" && "$tenantry" build --quiet --cluster "$(basename "$cluster")") >"$scratch/$name"
  done
done
# What people write themselves, of kinds that the examples do not have.
cp tests/peers/schemas/*.yaml "$scratch"
cargo run --quiet -p xtask -- schema-peers "$shared/schemas" "$scratch"/*.yaml
