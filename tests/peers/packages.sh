#!/usr/bin/env bash
# A platform that is shipped as artifacts, with Debian's registry on loopback: everything is pushed signed, cosign verifies each artifact
# and skopeo finds it under its tags; a change pushes what it changed alone, in order; a release has the same digests; what a cluster pulls
# is what `tenantry build` built. Fails when a peer is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
target="${CARGO_TARGET_DIR:-$root/target}"
PATH=$PATH:$HOME/go/bin
for program in docker-registry skopeo cosign curl git python3 kustomize; do
  command -v "$program" >/dev/null || { echo "$program is missing" >&2; exit 1; }
done
cargo build --quiet
tenantry=$target/debug/tenantry
scratch=$(mktemp -d)
trap 'kill "${registry:-}" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"
export HOME=$scratch/home DOCKER_CONFIG=$scratch/home/.docker XDG_CONFIG_HOME=$scratch/home/.config GIT_CONFIG_NOSYSTEM=1
mkdir -p "$DOCKER_CONFIG"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY 2>/dev/null || true
export no_proxy='*' COSIGN_PASSWORD=not-a-secret
git config --global user.name Ada
git config --global user.email ada@acme.example
git config --global init.defaultBranch main
git config --global gc.auto 0
checks=0
die() { echo "packages.sh: $*" >&2; [ ! -s "$scratch/said" ] || sed "s/^/  | /" "$scratch/said" >&2; exit 1; }
does() { "$@" >"$scratch/said" 2>&1 || die "failed: $*"; checks=$((checks + 1)); }
ends() { local want=$1 code=0; shift; "$@" >"$scratch/said" 2>&1 || code=$?; [ "$code" = "$want" ] || die "exit $code, not $want: $*"; checks=$((checks + 1)); }
says() { grep -qF -- "$1" "$scratch/said" || die "it does not say: $1"; checks=$((checks + 1)); }

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: %s } }\nhttp: { addr: "127.0.0.1:%s" }\n' \
  "$scratch/storage" "$port" >registry.yml
docker-registry serve registry.yml >registry.log 2>&1 &
registry=$!
for _ in $(seq 100); do curl -sf "http://127.0.0.1:$port/v2/" >/dev/null && break; sleep 0.1; done
curl -sf "http://127.0.0.1:$port/v2/" >/dev/null || die "the registry does not start"
cosign generate-key-pair >said 2>&1 || die "cosign makes no keys"
base=127.0.0.1:$port/acme/fleet

does "$tenantry" init fleet --yes --layout reference-arch --artifacts "oci://$base" --repository ssh://git@github.com/acme/fleet \
  --environment staging,production --cluster stage=staging --cluster prod=production --component cert-manager,ingress-nginx
cd fleet
git remote add origin ssh://git@github.com/acme/fleet 2>/dev/null || true
does "$tenantry" generate --check
names=(components/cert-manager components/ingress-nginx platform)
digest() { skopeo inspect --raw --tls-verify=false "docker://$base/$1:$2" | sha256sum | cut -d' ' -f1; }

# What is in no commit is not pushed; then everything is, signed, what clusters begin with last.
does "$tenantry" create tenant shop --owner @acme/shop --placement all --git-url https://github.com/acme/shop --yes
ends 1 "$tenantry" push artifact --all
says uncommitted-content
git add --all && git commit --quiet --message 'Add a tenant'
does "$tenantry" push artifact --all --sign --key "$scratch/cosign.key"
says '3 pushed, 0 unchanged'
[ "$(sed -n '3s/:.*//p' "$scratch/said")" = platform ] || die "what clusters begin with is not last"
for name in "${names[@]}"; do
  does cosign verify --insecure-ignore-tlog=true --allow-http-registry --key "$scratch/cosign.pub" "$base/$name:latest"
  does "$tenantry" verify artifact "$name:latest" --key "$scratch/cosign.pub"
done

# Nothing changed, and then a commit that changes nothing that is shipped.
does "$tenantry" push artifact --all --sign --key "$scratch/cosign.key"
says '0 pushed, 3 unchanged'
echo 'A note.' >NOTES && git add NOTES && git commit --quiet --message 'Note'
does "$tenantry" push artifact --all
says '0 pushed, 3 unchanged'

# A change of one component pushes that one; a release tags what was tested.
before=$(digest components/ingress-nginx latest)
does "$tenantry" set component cert-manager values.replicaCount=5 --yes --commit
does "$tenantry" push artifact --all --sign --key "$scratch/cosign.key"
says 'components/cert-manager: pushed as latest'
says 'components/ingress-nginx: is the same'
[ "$(digest components/ingress-nginx latest)" = "$before" ] || die "what did not change has another digest"
git tag v1.0.0
does "$tenantry" push artifact --all --tag v1.0.0 --tag latest --tag-ish
says '3 pushed, 0 unchanged'
does "$tenantry" tag artifact --all --from v1.0.0 --tag latest-stable
for name in "${names[@]}"; do
  [ "$(digest "$name" v1.0.0)" = "$(digest "$name" latest)" ] || die "the release of $name is another artifact"
  [ "$(digest "$name" latest-stable)" = "$(digest "$name" v1.0.0)" ] || die "$name is promoted to something else"
  does skopeo copy --quiet --src-tls-verify=false "docker://$base/$name:latest-stable" "dir:$scratch/copied-${name##*/}"
done

# What a cluster pulls builds to the same as the repository: each component from its own artifact alone.
does "$tenantry" pull artifact components/cert-manager:latest-stable --into "$scratch/pulled"
kustomize build "$scratch/pulled/components/cert-manager/controllers/production" >"$scratch/theirs.yaml"
"$tenantry" build components/cert-manager/controllers/production >"$scratch/ours.yaml"
cmp "$scratch/theirs.yaml" "$scratch/ours.yaml" || die "the artifact builds to something else"
grep -q 'replicaCount: 5' "$scratch/theirs.yaml" || die "the artifact is not the one that was changed"
[ ! -e "$scratch/pulled/clusters" ] || die "a component's artifact has more than the component"

# What nobody signed, and what does not hold, stays out.
does "$tenantry" push artifact oci://"$base"/other:v1 --path platform
ends 3 "$tenantry" verify artifact "$base/other:v1" --key "$scratch/cosign.pub"
ends 1 "$tenantry" tag artifact --all --from v9.9.9 --tag latest-stable
[ "$(digest platform latest-stable)" = "$(digest platform v1.0.0)" ] || die "a tag moved although one was missing"
echo "packages.sh: $checks checks"
