#!/usr/bin/env bash
# Clones as real git makes them: shallow, sparse, without blobs, in a worktree, with Windows line ends, squashed. In each,
# `generate --check` is content with what is in order, and `generate` merges an edit or says what is missing and how to get it.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
: "${TENANTRY:=}"
if [ -z "$TENANTRY" ]; then
  cargo build --quiet
  TENANTRY="${CARGO_TARGET_DIR:-$root/target}/debug/tenantry"
fi
command -v git >/dev/null || { echo "git is missing" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME="$scratch/home" GIT_CONFIG_NOSYSTEM=1
mkdir "$HOME"
git config --global user.name Ada
git config --global user.email ada@acme.example
git config --global init.defaultBranch main
git config --global uploadpack.allowFilter true
git config --global uploadpack.allowAnySHA1InWant true
die() { echo "clones.sh: $*" >&2; [ -f "$scratch/log" ] && cat "$scratch/log" >&2; exit 1; }
# ends CODE COMMAND...: the command ends with that code; what it says is in $scratch/log.
ends() {
  local wanted=$1 code=0
  shift
  "$@" >"$scratch/log" 2>&1 </dev/null || code=$?
  [ "$code" = "$wanted" ] || die "ended with $code instead of $wanted: $*"
}
says() { sed 's/^  *| / /' "$scratch/log" | tr '\n' ' ' | tr -s ' ' | grep -qF -- "$1" || die "it does not say: $1"; }
limits=tenants/base/team-a/limits.yaml
described=platform/tenants/team-a.yaml

origin="$scratch/origin"
ends 0 "$TENANTRY" init "$origin" --yes --repository https://github.com/acme/fleet --environment staging,production \
  --cluster staging-1=staging --cluster prod-eu=production
cd "$origin"
for name in team-a team-b; do
  ends 0 "$TENANTRY" create tenant "$name" --owner "@acme/$name" --placement all --git-url "https://github.com/acme/$name" \
    --quota cpu=4,memory=8Gi --yes --commit
done
# Edited before the base was kept, and without `generate` since: the base is in the history alone.
echo '# reviewed by Ada' >>"$limits"
git commit --quiet --all -m "Note the review"
sed -i 's/cpu: .*memory/cpu: "5", memory/; s/cpu: "\?4"\?$/cpu: "5"/' "$described"
grep -q '5' "$described" || die "the description of team-a has no cpu to change"

merges() { # in a repository with all it needs
  ends 0 "$TENANTRY" generate
  grep -q 'reviewed by Ada' "$limits" || die "the edit is lost"
  grep -q 'cpu: "5"' "$limits" || die "the change is lost"
  ends 0 "$TENANTRY" generate --check
  says "In sync"
}

git commit --quiet --all -m "More for team-a"

echo "== whole"
git clone --quiet "$origin" "$scratch/whole" && cd "$scratch/whole"
ends 3 "$TENANTRY" generate --check
merges

echo "== shallow"
git clone --quiet --depth 1 "file://$origin" "$scratch/shallow" && cd "$scratch/shallow"
ends 3 "$TENANTRY" generate --check
says "$limits"
ends 4 "$TENANTRY" generate
says "git fetch --unshallow"
grep -q '<<<<<<<' "$limits" || die "a lost base is no conflict"
git checkout --quiet -- . && git clean --quiet -fd
git fetch --quiet --unshallow
merges

echo "== without blobs"
git clone --quiet --filter=blob:none "file://$origin" "$scratch/blobless" && cd "$scratch/blobless"
ends 3 "$TENANTRY" generate --check
ends 4 "$TENANTRY" generate
grep -q 'reviewed by Ada' "$limits" || die "the edit is lost"

echo "== kept bases survive a squash"
cd "$scratch/whole"
git add --all && git commit --quiet -m "Generate"
git checkout --quiet --orphan squashed && git commit --quiet -m "All at once"
git clone --quiet --depth 1 --branch squashed "file://$scratch/whole" "$scratch/squashed" && cd "$scratch/squashed"
ends 0 "$TENANTRY" generate --check
sed -i 's/"5"/"6"/' "$described"
ends 0 "$TENANTRY" generate
grep -q 'reviewed by Ada' "$limits" && grep -q 'cpu: "6"' "$limits" || die "the kept base was no help"

echo "== sparse"
git clone --quiet --no-checkout "$scratch/whole" "$scratch/sparse" && cd "$scratch/sparse"
git sparse-checkout set --cone platform .tenantry clusters/prod-eu tenants/base/team-b
git checkout --quiet squashed
[ ! -e tenants/base/team-a ] || die "the checkout is not sparse"
ends 0 "$TENANTRY" generate --check
ends 0 "$TENANTRY" generate
[ -z "$(git status --porcelain)" ] || die "generate touched what is not checked out"
sed -i 's/cpu: .*memory/cpu: "7", memory/; s/cpu: "\?4"\?$/cpu: "7"/' platform/tenants/team-b.yaml
ends 0 "$TENANTRY" generate
grep -q '7' tenants/base/team-b/limits.yaml || die "what is checked out is not generated"
[ ! -e tenants/base/team-a ] || die "what is not checked out was written"
git status --porcelain | grep -q '^.D' && die "something counts as deleted"

echo "== a worktree"
cd "$scratch/whole"
git worktree add --quiet "$scratch/tree" -b tree squashed && cd "$scratch/tree"
ends 0 "$TENANTRY" generate --check
sed -i 's/"5"/"8"/' "$described"
ends 0 "$TENANTRY" generate
grep -q 'reviewed by Ada' "$limits" && grep -q 'cpu: "8"' "$limits" || die "a worktree does not find bases"

echo "== Windows line ends"
git clone --quiet --config core.autocrlf=true --branch squashed "$scratch/whole" "$scratch/crlf" && cd "$scratch/crlf"
ends 0 "$TENANTRY" generate --check
echo "all clones are told apart and merged"
