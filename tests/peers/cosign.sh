#!/usr/bin/env bash
# Signatures beside cosign, with Debian's registry on loopback: what tenantry signs cosign verifies, what cosign signs tenantry verifies, in
# both formats, by key and keyless. Another key, another annotation, another identity, and what was moved or changed are refused by both.
#
# Keyless, the services are stand-ins on loopback (crates/oci/tests/stand_in). Where the machine lets it, all runs where loopback is the
# only network. Fails when a peer is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
target="${CARGO_TARGET_DIR:-$root/target}"

need() { # program, package
  command -v "$1" >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "$1 is missing: install $2" >&2; exit 1; }
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"; } >/dev/null
}

if [ "${1:-}" != --built ]; then
  need docker-registry docker-registry
  need curl curl
  need openssl openssl
  need python3 python3
  PATH=$PATH:$HOME/go/bin
  command -v cosign >/dev/null ||
    { echo "cosign is missing: go install github.com/sigstore/cosign/v3/cmd/cosign@v3.0.6" >&2; exit 1; }
  cargo build --quiet
  cargo build --quiet -p flux-oci --example sigstore-stand-in
  # Nothing but loopback is there to be asked.
  if command -v ip >/dev/null && unshare --net true 2>/dev/null; then
    exec unshare --net sh -c 'ip link set lo up && exec "$0" --built' "$root/tests/peers/cosign.sh"
  fi
  exec "$root/tests/peers/cosign.sh" --built
fi

PATH=$PATH:$HOME/go/bin
tenantry=$target/debug/tenantry
scratch=$(mktemp -d)
started=()
finish() {
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  rm -rf "$scratch"
}
trap finish EXIT
cd "$scratch"

# Nothing of this machine's own configuration.
export HOME=$scratch/home DOCKER_CONFIG=$scratch/home/.docker XDG_CONFIG_HOME=$scratch/home/.config
mkdir -p "$DOCKER_CONFIG"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY SIGSTORE_ID_TOKEN 2>/dev/null || true
export no_proxy='*' COSIGN_PASSWORD=not-a-secret

checks=0
ok() { checks=$((checks + 1)); }
die() { echo "cosign.sh: $*" >&2; [ ! -s said ] || sed 's/^/  | /' said >&2; exit 1; }
does() { "$@" >said 2>&1 || die "failed: $*"; ok; }
# What must end with an exit code.
ends() { local want=$1 code=0; shift; "$@" >said 2>&1 || code=$?; [ "$code" = "$want" ] || die "exit $code, not $want: $*"; ok; }
# What is written is wrapped.
says() { tr '\n|' '  ' <said | tr -s ' ' | grep -q -- "$1"; }
refuses() { ! "$@" >said 2>&1 || die "not refused: $*"; ok; }

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >registry.yml <<EOF
version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: $scratch/registry }, delete: { enabled: true } }
http: { addr: 127.0.0.1:$port }
EOF
docker-registry serve registry.yml >registry.log 2>&1 &
started+=($!)
"$target/debug/examples/sigstore-stand-in" "$scratch" >sigstore.env &
started+=($!)
for _ in $(seq 100); do
  curl -sf "http://127.0.0.1:$port/v2/" >/dev/null && grep -q READY sigstore.env && break
  sleep 0.1
done
. ./sigstore.env
repository=127.0.0.1:$port/acme/fleet
api=http://127.0.0.1:$port/v2/acme/fleet

push() { # tag
  mkdir -p "deploy-$1"
  echo "kind: $1" >"deploy-$1/object.yaml"
  does "$tenantry" push artifact "oci://$repository:$1" --path "deploy-$1" \
    --source https://github.com/acme/fleet --revision "main@sha1:$(printf %040d 1)"
}
digest() { # tag
  curl -sf -o /dev/null -D - "$api/manifests/$1" -H 'Accept: application/vnd.oci.image.manifest.v1+json' |
    tr -d '\r' | awk 'tolower($1) == "docker-content-digest:" { print $2 }'
}
manifest() { curl -sf "$api/manifests/$1" -H 'Accept: application/vnd.oci.image.manifest.v1+json' -H 'Accept: application/vnd.oci.image.index.v1+json'; }
# The flags with which cosign asks no service for a key.
cosign_sign() { # new bundle format, key, words
  local format=$1 key=$2; shift 2
  cosign sign --yes --use-signing-config=false --tlog-upload=false --new-bundle-format="$format" --key "$key" "$@"
}
cosign_verify() { local format=$1 key=$2; shift 2; cosign verify --insecure-ignore-tlog=true --new-bundle-format="$format" --key "$key" "$@"; }
sign() { "$tenantry" sign artifact "$@"; }
verify() { "$tenantry" verify artifact "$@"; }

does cosign generate-key-pair --output-key-prefix ours
does cosign generate-key-pair --output-key-prefix other
openssl genrsa -out rsa.pem 3072 2>/dev/null
does cosign import-key-pair --key rsa.pem --output-key-prefix rsa

# What tenantry signs, cosign verifies.
push v1
v1=$(digest v1)
does sign "oci://$repository:v1" --key ours.key -a env=production
does sign "oci://$repository:v1" --key ours.key -a env=production
says 'signed already' || die "signed twice"
[ "$(manifest "sha256-${v1#sha256:}.sig" | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["layers"]))')" = 1 ] || die "two signatures"
for bundle in true false; do
  does cosign_verify "$bundle" ours.pub -a env=production "$repository@$v1"
  refuses cosign_verify "$bundle" other.pub "$repository@$v1"
  refuses cosign_verify "$bundle" ours.pub -a env=staging "$repository@$v1"
done
RSA_KEY=$(cat rsa.key) does sign "oci://$repository@$v1" --key env://RSA_KEY
for bundle in true false; do
  does cosign_verify "$bundle" rsa.pub "$repository@$v1"
  does cosign_verify "$bundle" ours.pub "$repository@$v1"
done

# What cosign signs, tenantry verifies.
push v2
v2=$(digest v2)
ends 3 verify "oci://$repository:v2" --key ours.pub
does cosign_sign false ours.key -a env=production "$repository@$v2"
does cosign_sign true ours.key -a env=production "$repository@$v2"
for format in tag bundle both; do
  does verify "oci://$repository:v2" --key ours.pub --format "$format" -a env=production
  ends 3 verify "oci://$repository:v2" --key other.pub --format "$format"
  says 'not made by the key' || die "another reason for another key"
  ends 3 verify "oci://$repository:v2" --key ours.pub --format "$format" -a env=staging
  says 'env=production, not env=staging' || die "another reason for another annotation"
done
for format in tag bundle; do
  does sign "oci://$repository:v2" --key ours.key --format "$format" -a env=production
  says 'signed already' || die "cosign's own $format signature was not seen"
done

# Each after the other: nobody's signatures are lost.
push v3
v3=$(digest v3)
does cosign_sign false other.key "$repository@$v3"
does cosign_sign true other.key "$repository@$v3"
does sign "oci://$repository@$v3" --key ours.key
does cosign_sign false rsa.key "$repository@$v3"
does cosign_sign true rsa.key "$repository@$v3"
for key in other.pub ours.pub rsa.pub; do
  for bundle in true false; do does cosign_verify "$bundle" "$key" "$repository@$v3"; done
  for format in tag bundle; do does verify "oci://$repository@$v3" --key "$key" --format "$format"; done
done

# Signatures of one artifact moved to another.
push v4
v4=$(digest v4)
for suffix in .sig ''; do
  manifest "sha256-${v1#sha256:}$suffix" >moved
  kind=$(python3 -c 'import json; print(json.load(open("moved"))["mediaType"])')
  curl -sf -o /dev/null -X PUT -H "Content-Type: $kind" --data-binary @moved "$api/manifests/sha256-${v4#sha256:}$suffix"
done
for format in tag bundle; do
  ends 3 verify "oci://$repository:v4" --key ours.pub --format "$format"
  says "it is a signature of $v1" || die "another reason for a moved signature"
done
for bundle in true false; do refuses cosign_verify "$bundle" ours.pub "$repository@$v4"; done

# What was signed changed where the registry keeps it: the payload, the bundle, and the artifact's manifest.
push v5
v5=$(digest v5)
does sign "oci://$repository@$v5" --key ours.key
blob() { echo "$scratch/registry/docker/registry/v2/blobs/sha256/$(printf %.2s "${1#sha256:}")/${1#sha256:}/data"; }
layer() { python3 -c 'import json,sys; print(json.load(sys.stdin)["layers"][0]["digest"])'; }
payload=$(manifest "sha256-${v5#sha256:}.sig" | layer)
referrer=$(manifest "sha256-${v5#sha256:}" | python3 -c 'import json,sys; print(json.load(sys.stdin)["manifests"][0]["digest"])')
bundle=$(manifest "$referrer" | layer)
for changed in "$payload" "$bundle"; do python3 - "$(blob "$changed")" <<'EOF'
import sys
path = sys.argv[1]
data = bytearray(open(path, "rb").read())
at = data.index(b"sha256:") + 10 if b"sha256:" in data else data.index(b'"sig":"') + 20
data[at] = ord("A") if data[at] != ord("A") else ord("B")
open(path, "wb").write(data)
EOF
done
for format in tag bundle; do
  ends 3 verify "oci://$repository@$v5" --key ours.pub --format "$format" --retries 0
  says 'was changed' || die "another reason for a changed $format signature"
done
for bundle in true false; do refuses cosign_verify "$bundle" ours.pub "$repository@$v5"; done
printf ' ' >>"$(blob "$v1")"
ends 3 verify "oci://$repository@$v1" --key ours.pub --retries 0
says 'was changed' || die "another reason for a changed manifest"
ends 5 verify oci://127.0.0.1:1/acme/fleet:v1 --key ours.pub --retries 0

# Keyless, by stand-ins for the services.
identity=https://github.com/acme/fleet/.github/workflows/push.yaml@refs/heads/main
issuer=https://token.actions.githubusercontent.com
services=(--fulcio-url "$SIGSTORE_URL" --rekor-url "$SIGSTORE_URL")
keyless_cosign() { # new bundle format, identity, tag
  cosign verify --trusted-root trusted_root.json --new-bundle-format="$1" --certificate-identity "$2" --certificate-oidc-issuer "$issuer" "$3"
}
keyless() { # format, identity, tag
  verify "oci://$3" --trusted-root trusted_root.json --format "$1" --certificate-identity "$2" --certificate-oidc-issuer "$issuer"
}
push v6
does env ACTIONS_ID_TOKEN_REQUEST_URL="$ACTIONS_ID_TOKEN_REQUEST_URL" ACTIONS_ID_TOKEN_REQUEST_TOKEN="$ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
  "$tenantry" sign artifact "oci://$repository:v6" "${services[@]}"
push v7
for bundle in true false; do
  does cosign sign --yes --use-signing-config=false --new-bundle-format="$bundle" "${services[@]}" --identity-token "$TOKEN" \
    --trusted-root trusted_root.json "$repository@$(digest v7)"
done
for tag in v6 v7; do
  for bundle in true false; do
    does keyless_cosign "$bundle" "$identity" "$repository:$tag"
    refuses keyless_cosign "$bundle" "$identity-of-others" "$repository:$tag"
  done
  for format in tag bundle; do
    does keyless "$format" "$identity" "$repository:$tag"
    ends 3 keyless "$format" "$identity-of-others" "$repository:$tag"
  done
done

# A key's signatures in the log: `--tlog`, and cosign's own way of old.
push v8
does sign "oci://$repository:v8" --key ours.key --tlog --rekor-url "$SIGSTORE_URL"
push v9
for bundle in true false; do
  does cosign sign --yes --use-signing-config=false --new-bundle-format="$bundle" --rekor-url "$SIGSTORE_URL" --key ours.key \
    "$repository@$(digest v9)"
done
for tag in v8 v9; do
  for bundle in true false; do
    does cosign verify --trusted-root trusted_root.json --new-bundle-format="$bundle" --key ours.pub "$repository:$tag"
  done
  for format in tag bundle; do
    does verify "oci://$repository:$tag" --key ours.pub --tlog --trusted-root trusted_root.json --format "$format"
  done
done
ends 3 verify "oci://$repository:v3" --key ours.pub --tlog --trusted-root trusted_root.json

echo "cosign: $checks checks with $(cosign version 2>&1 | awk '/GitVersion/ { print $2 }') and $(docker-registry --version | awk '{ print $1, $3 }')"
