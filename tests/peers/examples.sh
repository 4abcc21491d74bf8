#!/usr/bin/env bash
# Every kustomization folder of every example builds with kustomize, every file outside of one stands by itself, and every
# resource validates strictly with kubeconform. The lockdown patches are seen to bite on Flux's real manifests.
#
#   tests/peers/examples.sh SHARED
#
# SHARED holds `schemas/` (JSON schemas by group) and `fixtures/gotk-components.yaml`.
set -euo pipefail
cd "$(dirname "$0")/../.."
shared=${1:?the folder with schemas/ and fixtures/}
: "${KUSTOMIZE:=kustomize}" "${KUBECONFORM:=kubeconform}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Schemas of what the examples use beyond Kubernetes and Flux, from the CRDs in the modules of their projects.
crds() { # module, folder
  echo "$(cd "$scratch" && go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')/${2:-config/crds}"
}
policies=$(crds github.com/kyverno/api@v0.0.1-alpha.3.0.20260723090831-fb2785727f98)
kyverno=$(crds github.com/kyverno/kyverno@v1.18.2)
certificates=$(crds github.com/cert-manager/cert-manager@v1.18.2 deploy/crds)
cargo run --quiet -p xtask -- crd-schemas "$scratch/schemas" \
  "$certificates"/crd-clusterissuers.yaml \
  "$policies"/policies.kyverno.io_{validatingpolicies,imagevalidatingpolicies}.yaml \
  "$kyverno"/kyverno/kyverno.io_clusterpolicies.yaml

conform() {
  "$KUBECONFORM" -strict -summary -output json \
    -schema-location "$shared/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json" \
    -schema-location "$shared/schemas/core/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json" \
    -schema-location "$scratch/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json" \
    -skip CustomResourceDefinition "$@"
}

folders=0 resources=0
validate() { # name, file
  local out valid
  if ! out=$(conform "$2"); then
    echo "$1 does not validate:" >&2
    echo "$out" | grep -v '"statusValid"' >&2
    exit 1
  fi
  valid=$(echo "$out" | sed -n 's/.*"valid": \([0-9]*\).*/\1/p')
  resources=$((resources + valid))
}

build_all() { # root of a platform
  while IFS= read -r file; do
    local folder
    folder=$(dirname "$file")
    "$KUSTOMIZE" build "$folder" >"$scratch/built.yaml" || {
      echo "$folder does not build" >&2
      exit 1
    }
    folders=$((folders + 1))
    [ ! -s "$scratch/built.yaml" ] || validate "$folder" "$scratch/built.yaml"
  done < <(find "$1" -name kustomization.yaml -not -path '*/.tenantry/*' | sort)
  # What Flux applies from a cluster's folder without a kustomization file.
  while IFS= read -r file; do
    validate "$file" "$file"
  done < <(find "$1"/clusters "$1"/base -name '*.yaml' -not -name kustomization.yaml -not -path '*/flux-system/*' 2>/dev/null | sort)
}

for example in examples/*/; do
  [ -f "$example/platform.yaml" ] || continue
  build_all "${example%/}"
done
echo "examples: $folders kustomizations built, $resources resources valid"
[ "$folders" -gt 30 ] && [ "$resources" -gt 100 ] || { echo "suspiciously few" >&2; exit 1; }

# The lockdown on Flux's real manifests.
cp -r examples/grown "$scratch/grown"
for system in "$scratch"/grown/clusters/*/flux-system; do
  cp "$shared/fixtures/gotk-components.yaml" "$system/gotk-components.yaml"
  cluster=$(basename "$(dirname "$system")")
  "$KUSTOMIZE" build "$system" >"$scratch/after.yaml"
  validate "$cluster with Flux's manifests" "$scratch/after.yaml"
  # Deployment by deployment: the arguments of the container.
  args() { # file, deployment
    awk -v name="$2" 'BEGIN { RS = "---\n" } /kind: Deployment/ && $0 ~ ("\n  name: " name "\n")' "$1" | grep -oE -- '--[a-z-]+(=[^ ]*)?' | sort -u
  }
  expect() { # deployment, argument
    args "$scratch/after.yaml" "$1" | grep -qxF -- "$2" || { echo "$cluster: $1 lacks $2" >&2; exit 1; }
    if args "$shared/fixtures/gotk-components.yaml" "$1" | grep -qxF -- "$2"; then
      echo "$cluster: $1 had $2 before: the patch proves nothing" >&2
      exit 1
    fi
  }
  for controller in kustomize helm notification image-reflector image-automation; do
    expect "$controller-controller" --no-cross-namespace-refs=true
  done
  expect kustomize-controller --no-remote-bases=true
  expect kustomize-controller --default-service-account=flux
  expect helm-controller --default-service-account=flux
  expect source-controller --feature-gates=ObjectLevelWorkloadIdentity=true
  awk 'BEGIN { RS = "---\n" } /kind: Kustomization/ && /name: flux-system/' "$scratch/after.yaml" |
    grep -q 'serviceAccountName: kustomize-controller' || { echo "$cluster: flux-system runs as nobody" >&2; exit 1; }
done
echo "lockdown: every patch changed what it is meant to change"

# What whole clusters would apply, as `tenantry build --cluster` prints it, Flux's own manifests included where they are.
cargo build --quiet --bin tenantry
tenantry=$PWD/target/debug/tenantry
clusters=0 before=$resources
whole() { # root of a platform
  local cluster
  for cluster in "$1"/clusters/*/; do
    cluster=$(basename "$cluster")
    (cd "$1" && "$tenantry" build --quiet --cluster "$cluster") >"$scratch/cluster.yaml"
    validate "the whole of $cluster" "$scratch/cluster.yaml"
    clusters=$((clusters + 1))
  done
}
for example in examples/*/; do
  [ ! -f "$example/platform.yaml" ] || whole "${example%/}"
done
whole "$scratch/grown"
echo "clusters: $clusters built whole, $((resources - before)) resources valid"
[ "$clusters" -ge 12 ] && [ $((resources - before)) -gt 500 ] || { echo "suspiciously few" >&2; exit 1; }
