#!/usr/bin/env bash
# Pushes to, and pulls from, Debian's docker-registry on a free port of this machine, beside skopeo and Flux's own Go package: what one
# pushes the others read, the archives are the same bytes, and what is there is not sent again. Needs docker-registry, skopeo, Go, git,
# openssl, perl and Python.
#
#   tests/peers/registry.sh                            builds the binary for development
#   TENANTRY=target/release/tenantry tests/peers/registry.sh
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
for program in docker-registry skopeo go git openssl perl python3; do
  command -v "$program" >/dev/null || { echo "registry.sh: $program is missing" >&2; exit 1; }
done
work=$(mktemp -d)
registry=
# shellcheck disable=SC2086 # several processes
trap '[ -z "$registry" ] || kill $registry 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "registry.sh: $*" >&2; exit 1; }
same() { diff -r "$1" "$2" || fail "$3"; }

cd "$root/tests/peers/registry"
go build -buildvcs=false -o "$work/flux" .
cd "$root"
if [ -z "${TENANTRY:-}" ]; then
  cargo build --quiet
  TENANTRY=$root/target/debug/tenantry
fi
TENANTRY=$(realpath "$TENANTRY")

# Nobody's own credentials, and none of this machine's configuration.
export HOME=$work/home DOCKER_CONFIG=$work/home/.docker GIT_CONFIG_NOSYSTEM=1
unset XDG_RUNTIME_DIR REGISTRY_AUTH_FILE SOURCE_DATE_EPOCH
mkdir -p "$HOME/.docker"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/registry.yml" <<END
version: 0.1
log: { accesslog: { disabled: false }, level: error }
storage: { filesystem: { rootdirectory: $work/storage }, delete: { enabled: true } }
http: { addr: "127.0.0.1:$port" }
END
docker-registry serve "$work/registry.yml" >"$work/access" 2>&1 &
registry=$!
at=127.0.0.1:$port
for _ in $(seq 100); do
  curl -sf "http://$at/v2/" >/dev/null && break
  kill -0 "$registry" 2>/dev/null || { cat "$work/access" >&2; fail "the registry does not start"; }
  sleep 0.1
done

# A repository with what is awkward: names that archives have no room for, scripts, names in other alphabets, a file beside a folder
# that begins with its name.
umask 022
mkdir "$work/repository" && cd "$work/repository"
git init --quiet --initial-branch main
git config user.name Ada && git config user.email ada@acme.example
git remote add origin https://ada:hunter2@github.com/acme/fleet
deep=$(printf 'folder-%02d/' $(seq 20))
mkdir -p "deploy/$deep" deploy/apps deploy/grüße "deploy/$(printf 'x%.0s' $(seq 120))"
printf 'kind: A\n' >deploy/apps.yaml
printf 'kind: B\n' >deploy/apps/b.yaml
printf '#!/bin/sh\n' >deploy/apps/run.sh && chmod 755 deploy/apps/run.sh
printf 'kind: C\n' >"deploy/${deep}deep.yaml"
printf 'kind: D\n' >deploy/grüße/日本.yaml
printf 'kind: E\n' >"deploy/$(printf 'x%.0s' $(seq 120))/long.yaml"
: >deploy/empty
head -c 100000 /dev/zero | tr '\0' 'a' >deploy/large.yaml
git add --all && git commit --quiet --message 'Begin'
commit=$(git rev-parse HEAD)

push() { "$TENANTRY" push artifact "oci://$at/$1" --path deploy "${@:2}" | tail -n 1; }
blobs() { grep -c -E '"(PUT|PATCH) [^"]*/blobs/uploads/' "$work/access" || true; }

echo "== what we push"
ours=$(push acme/ours:v1.0.0 --tag latest)
digest=${ours##*@}
[[ $digest == sha256:* ]] || fail "no digest: $ours"

echo "== skopeo reads and copies it"
skopeo inspect --tls-verify=false --raw "docker://$at/acme/ours:latest" >"$work/manifest.json"
[ "sha256:$(sha256sum <"$work/manifest.json" | cut -d' ' -f1)" = "$digest" ] || fail "skopeo has another digest"
python3 - "$work/manifest.json" "$commit" <<'END'
import json, sys
manifest = json.load(open(sys.argv[1]))
assert manifest["config"]["mediaType"] == "application/vnd.cncf.flux.config.v1+json", manifest
assert [l["mediaType"] for l in manifest["layers"]] == ["application/vnd.cncf.flux.content.v1.tar+gzip"], manifest
said = manifest["annotations"]
assert said["org.opencontainers.image.revision"] == f"main@sha1:{sys.argv[2]}", said
assert said["org.opencontainers.image.source"] == "https://github.com/acme/fleet", said
assert said["org.opencontainers.image.created"].endswith("Z"), said
END
skopeo copy --quiet --src-tls-verify=false "docker://$at/acme/ours:latest" "oci:$work/layout:latest"
skopeo copy --quiet --dest-tls-verify=false "oci:$work/layout:latest" "docker://$at/acme/copied:latest"
"$TENANTRY" pull artifact "$at/acme/copied:latest" --into "$work/copied" --quiet
same deploy "$work/copied" "what skopeo copied is not what was pushed"
[ -x "$work/copied/apps/run.sh" ] || fail "a script cannot be run any more"

echo "== Flux's own package pulls it"
mkdir "$work/theirs"
"$work/flux" pull "$at/acme/ours:v1.0.0" "$work/theirs" >"$work/said.json"
same deploy "$work/theirs" "Flux unpacks something else"
grep -q "main@sha1:$commit" "$work/said.json" || fail "Flux reads another revision: $(cat "$work/said.json")"

echo "== we pull what Flux's own package pushes"
"$work/flux" push "$at/acme/flux:v1" deploy >/dev/null
"$TENANTRY" pull artifact "oci://$at/acme/flux:v1" --into "$work/from-flux" --quiet
same deploy "$work/from-flux" "what Flux pushed is unpacked otherwise"

echo "== the archives are the same bytes"
"$work/flux" build deploy "$work/flux.tgz"
layer=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["layers"][0]["digest"])' "$work/manifest.json")
curl -sf "http://$at/v2/acme/ours/blobs/$layer" | gzip -d >"$work/ours.tar"
gzip -d <"$work/flux.tgz" >"$work/flux.tar"
cmp "$work/ours.tar" "$work/flux.tar" || {
  diff <(tar -tvf "$work/ours.tar") <(tar -tvf "$work/flux.tar") || true
  fail "the archive is another than Flux's"
}

echo "== nothing is sent twice"
before=$(blobs)
[ "$(push acme/ours:v1.0.0)" = "$ours" ] || fail "the same commit is another artifact"
[ "$(push acme/ours:v1.0.1)" = "$ours" ] || fail "the same commit is another artifact under another tag"
printf 'nothing of it\n' >README.md && git add --all && git commit --quiet --message 'Say something'
again=$(push acme/ours:v1.0.2)
[ "$again" != "$ours" ] || fail "another commit is the same artifact"
[ "$(curl -sf -H 'accept: application/vnd.oci.image.manifest.v1+json' "http://$at/v2/acme/ours/manifests/v1.0.2" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["layers"][0]["digest"])')" = "$layer" ] || fail "the same files are another layer"
# The new commit's time is in a small blob of its own; the layer stays.
[ $(($(blobs) - before)) -le 2 ] || fail "$(($(blobs) - before)) uploads where one blob is new"

echo "== tags, lists and clones"
"$TENANTRY" tag artifact "oci://$at/acme/ours:v1.0.0" --tag stable --quiet
[ "$(skopeo inspect --tls-verify=false --raw "docker://$at/acme/ours:stable" | sha256sum | cut -d' ' -f1)" = "${digest#sha256:}" ] ||
  fail "the tag means something else"
for number in $(seq 30); do "$TENANTRY" tag artifact "oci://$at/acme/ours:v1.0.0" --tag "v2.0.$number" --quiet; done
listed=$("$TENANTRY" list artifacts "oci://$at/acme/ours" --filter-semver '>=2.0.0' --output name | wc -l)
[ "$listed" = 30 ] || fail "$listed tags are listed, and 30 are there"
git clone --quiet . "$work/clone" && cd "$work/clone" && git checkout --quiet "$commit" -B main
git remote set-url origin https://github.com/acme/fleet
[ "$(push acme/clone:v1 | sed 's/.*@//')" = "$digest" ] || fail "a clone makes another artifact of the same commit"

# A registry with a certificate of an authority of one's own, with a name that is not this machine's, behind a proxy, which wants a password.
echo "== TLS, a proxy and a password"
cd "$work"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=acme" -keyout ca.key -out ca.crt \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=registry.acme.example" -keyout tls.key -out tls.csr 2>/dev/null
openssl x509 -req -days 2 -in tls.csr -CA ca.crt -CAkey ca.key -out tls.crt \
  -extfile <(echo "subjectAltName=DNS:registry.acme.example") 2>/dev/null
perl -e 'print "ada:", crypt("hunter2", q($2b$05$abcdefghijklmnopqrstuu)), "\n"' >htpasswd
secure=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >secure.yml <<END
version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: $work/secure } }
http: { addr: "127.0.0.1:$secure", tls: { certificate: $work/tls.crt, key: $work/tls.key } }
auth: { htpasswd: { realm: acme, path: $work/htpasswd } }
END
docker-registry serve secure.yml >secure.log 2>&1 &
registry="$registry $!"
python3 - "$secure" proxy-port <<'END' &
import pathlib, socket, sys, threading
listener = socket.create_server(("127.0.0.1", 0))
pathlib.Path(sys.argv[2]).write_text(str(listener.getsockname()[1]))
def pump(one, other):
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        pass
    for end in (one, other):
        try: end.shutdown(socket.SHUT_RDWR)
        except OSError: pass
while True:
    client, _ = listener.accept()
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    if not head.startswith(b"CONNECT registry.acme.example:443 "):
        client.sendall(b"HTTP/1.1 403 no\r\n\r\n"); client.close(); continue
    server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    client.sendall(b"HTTP/1.1 200 ok\r\n\r\n")
    for ends in ((client, server), (server, client)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
END
registry="$registry $!"
for _ in $(seq 100); do [ -s proxy-port ] && curl -sk "https://127.0.0.1:$secure/v2/" >/dev/null && break; sleep 0.1; done
cd "$work/repository"
HTTPS_PROXY=http://127.0.0.1:$(cat "$work/proxy-port")
export HTTPS_PROXY
there=oci://registry.acme.example/acme/fleet:v1
says() { # what a command says that fails
  local words=$1; shift
  if said=$("$@" 2>&1); then fail "it should fail: $*"; fi
  grep -q "$words" <<<"$said" || fail "not \`$words\`: $said"
}
says "is not trusted" "$TENANTRY" push artifact "$there" --path deploy --retries 0
export SSL_CERT_FILE=$work/ca.crt
says "requests without credentials" "$TENANTRY" push artifact "$there" --path deploy --retries 0
says "credentials of .ada." "$TENANTRY" push artifact "$there" --path deploy --retries 0 --username ada --password-stdin <<<wrong
"$TENANTRY" push artifact "$there" --path deploy --username ada --password-stdin --quiet <<<hunter2 >/dev/null
printf '{"auths":{"registry.acme.example":{"auth":"%s"}}}' "$(printf ada:hunter2 | base64)" >"$DOCKER_CONFIG/config.json"
"$TENANTRY" pull artifact "$there" --into "$work/secured" --quiet
same deploy "$work/secured" "what went over TLS is something else"
says "forbids\|cannot be reached" "$TENANTRY" pull artifact oci://other.acme.example/x --into "$work/none" --retries 0
echo "registry.sh: all the same"
