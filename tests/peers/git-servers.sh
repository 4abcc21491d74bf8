#!/usr/bin/env bash
# Pushing to real git servers on loopback: `git http-backend` behind basic authentication, and OpenSSH's sshd. Accepted, rejected,
# wrong credentials, unknown host key, cut connection: of each the exit code, the message, that the local commit is still there,
# and that no secret is in what was said. And signatures, verified by git itself: OpenPGP and SSH.
#
# What is missing is installed by its package name where that can be done, else this fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD

need() { # program, package
  command -v "$1" >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "$1 is missing: install $2" >&2; exit 1; }
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2"; } >/dev/null
}
PATH=$PATH:/usr/sbin
need git git
need python3 python3
need gpg gnupg
need ssh-keygen openssh-client
need sshd openssh-server
[ -e "$(git --exec-path)/git-http-backend" ] || { echo "git has no http-backend" >&2; exit 1; }

cargo build --quiet
tenantry="${CARGO_TARGET_DIR:-$root/target}/debug/tenantry"
scratch=$(mktemp -d)
chmod 755 "$scratch"
started=()
finish() {
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  GNUPGHOME=$scratch/gnupg gpgconf --kill all 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT

# Nothing of this machine's own configuration.
export HOME=$scratch/home XDG_CONFIG_HOME=$scratch/home/.config GIT_CONFIG_NOSYSTEM=1 GNUPGHOME=$scratch/gnupg
unset SSH_AUTH_SOCK SSH_ASKPASS GIT_ASKPASS DISPLAY GIT_SSH GIT_SSH_COMMAND 2>/dev/null || true
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY 2>/dev/null || true
export no_proxy='*'
mkdir -p "$HOME" "$scratch/git" "$scratch/bin"
git config --global user.name Ada
git config --global user.email ada@acme.example
git config --global init.defaultBranch main
git config --global advice.detachedHead false

fail() { echo "git-servers: $*" >&2; exit 1; }
checks=0

# --- the servers

secret=correct-horse-battery
python3 tests/peers/git/server.py "$scratch/git" ada "$secret" >"$scratch/http.port" &
started+=($!)
for _ in $(seq 100); do [ -s "$scratch/http.port" ] && break; sleep 0.1; done
[ -s "$scratch/http.port" ] || fail "the HTTP server does not start"
http=127.0.0.1:$(cat "$scratch/http.port")

for key in host known stranger cutter signing agent; do
  ssh-keygen -q -t ed25519 -N '' -C "$key" -f "$scratch/$key"
done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
{
  cat "$scratch/known.pub"
  # The one who is cut off: the server dies in the middle of a sentence.
  echo "command=\"$scratch/bin/cut\" $(cat "$scratch/cutter.pub")"
} >"$scratch/authorized_keys"
cat >"$scratch/bin/cut" <<CUT
#!/bin/sh
git receive-pack "$scratch/git/cut.git" </dev/null | head -c 64
kill -9 \$PPID
CUT
chmod +x "$scratch/bin/cut"
cat >"$scratch/sshd_config" <<CONFIG
ListenAddress 127.0.0.1
Port $port
HostKey $scratch/host
PidFile none
AuthorizedKeysFile $scratch/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel ERROR
CONFIG
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
"$(command -v sshd)" -D -e -f "$scratch/sshd_config" 2>"$scratch/sshd.log" &
started+=($!)
# ssh reads the home of the password file, not HOME: this one has a configuration of its own.
cat >"$scratch/bin/ssh" <<WRAPPER
#!/bin/sh
exec $(command -v ssh) -F "$scratch/ssh_config" "\$@"
WRAPPER
chmod +x "$scratch/bin/ssh"
export PATH=$scratch/bin:$PATH
as() { # key, known hosts
  cat >"$scratch/ssh_config" <<CONFIG
Host *
  IdentityFile $scratch/$1
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile $2
  GlobalKnownHostsFile /dev/null
CONFIG
}
echo "[127.0.0.1]:$port $(cat "$scratch/host.pub")" >"$scratch/known_hosts"
for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
me=$(id -un)

# --- a platform, and a clone of it for each case

bare() { # name
  git init -q --bare "$scratch/git/$1.git"
  git -C "$scratch/git/$1.git" config http.receivepack true
}
"$tenantry" init "$scratch/first" --yes --name fleet --repository "https://$http/fleet" --ci none >/dev/null 2>&1 ||
  fail "init failed"

# A new repository on the server and a work tree of it; the branch main is there on both sides.
begin() { # name, url
  rm -rf "$scratch/work" "$scratch/git/$1.git"
  bare "$1"
  cp -r "$scratch/first" "$scratch/work"
  git -C "$scratch/work" push -q "$scratch/git/$1.git" main
  git -C "$scratch/work" remote add origin "$2"
  server=$scratch/git/$1.git
  before=$(git -C "$scratch/work" rev-parse main)
}

# Runs `create tenant`, and holds the exit code, the words and the secrets.
run() { # case, exit code, words, flags…
  local name=$1 code=$2 words=$3 got=0 format=text
  shift 3
  case "$*" in *json*) format=json ;; esac
  (cd "$scratch/work" && timeout 60 "$tenantry" create tenant team-a --owner @acme/team-a --placement all "$@") \
    </dev/null >"$scratch/said" 2>&1 || got=$?
  [ "$got" = "$code" ] || fail "$name: exit code $got instead of $code: $(cat "$scratch/said")"
  # What is wrapped at the width of a terminal is one line again.
  tr '\n' ' ' <"$scratch/said" | sed 's/ *| */ /g; s/  */ /g' | grep -qF -- "$words" ||
    fail "$name: says not '$words': $(cat "$scratch/said")"
  ! grep -qF -e "$secret" -e wrong-password -e "$(printf 'ada:%s' "$secret" | base64)" "$scratch/said" ||
    fail "$name: a secret was told: $(cat "$scratch/said")"
  [ -z "$(git -C "$scratch/work" status --porcelain)" ] || fail "$name: something is not committed"
  checks=$((checks + 1))
}
kept() { # case, branch: the commit is here
  [ "$(git -C "$scratch/work" rev-parse "$2~1")" = "$before" ] || fail "$1: the commit is not on $2"
  [ "$(git -C "$scratch/work" symbolic-ref --short HEAD)" = "$2" ] || fail "$1: $2 is not checked out"
}
there() { # case, branch: and on the server
  [ "$(git -C "$server" rev-parse "$2")" = "$(git -C "$scratch/work" rev-parse "$2")" ] || fail "$1: $2 is not on the server"
}
not_there() { # case, branch, what is there
  [ "$(git -C "$server" rev-parse -q --verify "refs/heads/$2" || true)" = "$3" ] || fail "$1: $2 has moved on the server"
}
others() { # somebody else pushes to main
  local theirs
  theirs=$(git -C "$server" commit-tree -p main -m theirs 'main^{tree}')
  git -C "$server" update-ref refs/heads/main "$theirs"
}
hook() {
  printf '#!/bin/sh\necho "main is protected; see https://ada:%s@acme.example/rules" >&2\nexit 1\n' "$secret" >"$server/hooks/pre-receive"
  chmod +x "$server/hooks/pre-receive"
}

for kind in http ssh; do
  if [ $kind = http ]; then
    address() { echo "http://ada:$secret@$http/${2:-}$1.git"; }
  else
    address() { echo "ssh://$me@127.0.0.1:$port$scratch/git/$1.git"; }
    as known "$scratch/known_hosts"
  fi

  begin accepted "$(address accepted)"
  run "$kind accepted" 0 "Pushed main to origin" --push
  kept "$kind accepted" main
  there "$kind accepted" main

  begin branch "$(address branch)"
  printf '#!/bin/sh\necho "Create a pull request for you by visiting:"\necho "  https://git.acme.example/acme/fleet/pull/new/tenantry/create-tenant-team-a"\n' \
    >"$server/hooks/post-receive"
  chmod +x "$server/hooks/post-receive"
  run "$kind branch" 0 "Open a pull request: https://git.acme.example/acme/fleet/pull/new/tenantry/create-tenant-team-a" --branch --push
  kept "$kind branch" tenantry/create-tenant-team-a
  there "$kind branch" tenantry/create-tenant-team-a
  not_there "$kind branch" main "$before"
  [ "$(git -C "$scratch/work" rev-parse --abbrev-ref '@{upstream}')" = origin/tenantry/create-tenant-team-a ] ||
    fail "$kind branch: no upstream"

  begin json "$(address json)"
  run "$kind json" 0 '"pushed": {' --branch=review/team-a --push --output json
  python3 - "$scratch/said" "$(git -C "$scratch/work" rev-parse HEAD)" <<'PYTHON' || fail "$kind json: $(cat "$scratch/said")"
import json, sys
data = json.load(open(sys.argv[1]))["data"]
assert data["commit"]["id"] == sys.argv[2], data
assert data["commit"]["branch"] == data["pushed"]["branch"] == "review/team-a", data
assert data["pushed"]["remote"] == "origin" and not data["pushed"]["upToDate"], data
assert "platform/tenants/team-a.yaml" in data["commit"]["files"], data
PYTHON

  begin behind "$(address behind)"
  others
  theirs=$(git -C "$server" rev-parse main)
  run "$kind behind" 1 "has commits on it that are not here" --push
  kept "$kind behind" main
  not_there "$kind behind" main "$theirs"

  begin refused "$(address refused)"
  hook
  run "$kind refused" 1 "refused it" --push
  run_words=$(cat "$scratch/said")
  case $run_words in *"main is protected"*) ;; *) fail "$kind refused: the remote's words are missing: $run_words" ;; esac
  kept "$kind refused" main
  not_there "$kind refused" main "$before"

  begin missing "$(address missing)"
  rm -rf "$server"
  run "$kind missing" 5 "has no such repository, or not for you" --push
  kept "$kind missing" main
done

# --- who you are

begin wrong "http://ada:wrong-password@$http/wrong.git"
run "http wrong password" 5 "does not let you in" --push
kept "http wrong password" main
not_there "http wrong password" main "$before"

begin nobody "http://$http/nobody.git"
run "http no password" 5 "does not let you in" --push
kept "http no password" main

begin helper "http://$http/helper.git"
git -C "$scratch/work" config credential.helper "!f() { echo username=ada; echo password=$secret; }; f"
run "http helper" 0 "Pushed main to origin" --push
there "http helper" main

begin header "http://$http/header.git"
git -C "$scratch/work" config "http.http://$http/.extraHeader" "Authorization: Basic $(printf 'ada:%s' "$secret" | base64)"
run "http header" 0 "Pushed main to origin" --push
there "http header" main

begin instead "fleet:instead.git"
git -C "$scratch/work" config "url.http://ada:$secret@$http/.insteadOf" fleet:
run "http insteadOf" 0 "Pushed main to origin (http://$http/instead.git)" --push
there "http insteadOf" main

begin stranger "ssh://$me@127.0.0.1:$port$scratch/git/stranger.git"
as stranger "$scratch/known_hosts"
run "ssh wrong key" 5 "does not let you in" --push
kept "ssh wrong key" main
not_there "ssh wrong key" main "$before"

begin unknown "ssh://$me@127.0.0.1:$port$scratch/git/unknown.git"
as known /dev/null
run "ssh unknown host" 5 "has a key that ssh does not know" --push
kept "ssh unknown host" main
not_there "ssh unknown host" main "$before"

begin changed "ssh://$me@127.0.0.1:$port$scratch/git/changed.git"
echo "[127.0.0.1]:$port $(cat "$scratch/stranger.pub")" >"$scratch/other_hosts"
as known "$scratch/other_hosts"
run "ssh changed host" 5 "has a key that ssh does not know" --push
kept "ssh changed host" main

# --- the way there

begin cut "http://ada:$secret@$http/cut/cut.git"
run "http cut" 5 "was not reached, or the connection broke" --push
kept "http cut" main
not_there "http cut" main "$before"
# The retry has nothing to write any more, and pushes what is left.
git -C "$scratch/work" remote set-url origin "http://ada:$secret@$http/cut.git"
(cd "$scratch/work" && "$tenantry" generate --push) </dev/null >"$scratch/said" 2>&1 || fail "the retry fails: $(cat "$scratch/said")"
there "http retry" main

begin busy "http://ada:$secret@$http/busy/busy.git"
run "http out of order" 5 "was not reached, or the connection broke" --push
kept "http out of order" main

begin cut "ssh://$me@127.0.0.1:$port$scratch/git/cut.git"
as cutter "$scratch/known_hosts"
run "ssh cut" 5 "was not reached, or the connection broke" --push
kept "ssh cut" main
not_there "ssh cut" main "$before"

closed=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
begin closed "http://ada:$secret@127.0.0.1:$closed/closed.git"
run "http closed" 5 "was not reached, or the connection broke" --push
kept "http closed" main

echo "git-servers: $checks pushes went as they had to"

# --- signatures, verified by git

signed() { # case
  begin signed "$scratch/git/signed.git"
  run "$1" 0 "Committed" --commit
  kept "$1" main
  git -C "$scratch/work" verify-commit HEAD 2>"$scratch/verified" || fail "$1: git does not verify it: $(cat "$scratch/verified")"
}
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-gen-key 'Ada <ada@acme.example>' ed25519 sign never 2>/dev/null
git config --global commit.gpgsign true
signed "openpgp by address"
git config --global user.signingkey "$(gpg --list-keys --with-colons | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p' | head -n 1)"
signed "openpgp by fingerprint"
printf '#!/bin/sh\ntouch %q\nexec gpg "$@"\n' "$scratch/called" >"$scratch/bin/my-gpg"
chmod +x "$scratch/bin/my-gpg"
git config --global gpg.program "$scratch/bin/my-gpg"
signed "openpgp by gpg.program"
[ -e "$scratch/called" ] || fail "gpg.program was not called"

git config --global gpg.format ssh
git config --global gpg.ssh.allowedSignersFile "$scratch/signers"
for key in signing agent; do echo "ada@acme.example $(cat "$scratch/$key.pub")"; done >"$scratch/signers"
git config --global user.signingkey "$scratch/signing"
signed "ssh by file"
eval "$(ssh-agent -a "$scratch/agent.sock")" >/dev/null
started+=("$SSH_AGENT_PID")
ssh-add -q "$scratch/agent"
mv "$scratch/agent" "$scratch/agent.away"
git config --global user.signingkey "$scratch/agent.pub"
signed "ssh by agent, public file"
git config --global user.signingkey "key::$(cat "$scratch/agent.pub")"
signed "ssh by agent, literal key"
git config --global --unset user.signingkey
git config --global gpg.ssh.defaultKeyCommand "ssh-add -L"
signed "ssh by defaultKeyCommand"
git -C "$scratch/work" cat-file commit HEAD | grep -q 'BEGIN SSH SIGNATURE' || fail "it is not an ssh signature"

# What cannot be signed is not committed, and stays written.
begin unsigned "$scratch/git/unsigned.git"
git config --global gpg.ssh.program false
got=0
(cd "$scratch/work" && "$tenantry" create tenant team-a --owner @acme/team-a --placement all --branch) \
  </dev/null >"$scratch/said" 2>&1 || got=$?
[ $got = 1 ] || fail "unsigned: exit code $got"
grep -q "cannot be signed" "$scratch/said" || fail "unsigned: $(cat "$scratch/said")"
[ "$(git -C "$scratch/work" rev-parse HEAD)" = "$before" ] || fail "unsigned: committed"
[ "$(git -C "$scratch/work" symbolic-ref --short HEAD)" = main ] || fail "unsigned: the branch was changed"
[ -e "$scratch/work/platform/tenants/team-a.yaml" ] || fail "unsigned: nothing was written"
echo "git-servers: signatures hold"
