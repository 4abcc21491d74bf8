#!/usr/bin/env bash
# Ten branches that each add a tenant with a neighbouring name, merged by real git without any merge driver: nothing but the lists by
# nature (CODEOWNERS; with `sync: shared` the list of a cluster's tenants, and what the lock says of it) may conflict, `generate` settles those, and what comes of it
# is to the byte what one after the other makes.
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
git config --global advice.detachedHead false
# What is packed in the background is no matter here.
git config --global gc.auto 0
die() { echo "branches.sh: $*" >&2; exit 1; }
quietly() { "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; die "failed: $*"; }; }

names=(team-a team-aa team-ab team-b team-b1 team-c team-c-1 team-d team-e team-f)

create() {
  quietly "$TENANTRY" create tenant "$1" --owner "@acme/$1" --placement all --git-url "https://github.com/acme/$1" \
    --quota cpu=4,memory=8Gi --yes --commit
}

# merge LAYOUT SYNC ALLOWED: where git sees a conflict, the file must match ALLOWED.
merge() {
  local layout=$1 sync=$2 allowed=$3 folder="$scratch/$1-$2" conflicts=0 conflicted
  quietly "$TENANTRY" init "$folder" --yes --repository https://github.com/acme/fleet --environment staging,production \
    --cluster staging-1=staging --cluster prod-eu=production --cluster prod-us=production --ci github --layout "$layout"
  cd "$folder"
  if [ "$sync" = shared ]; then
    quietly "$TENANTRY" set platform tenants.sync=shared --commit --yes
  fi
  for name in "${names[@]}"; do
    git switch --quiet -c "$name" main
    create "$name"
  done
  git switch --quiet main
  for name in "${names[@]}"; do
    if ! git merge --quiet --no-edit "$name" >"$scratch/log" 2>&1; then
      conflicted=$(git diff --name-only --diff-filter=U)
      [ -n "$conflicted" ] || { cat "$scratch/log" >&2; die "$sync: the merge of $name failed without a conflict"; }
      if grep -Evx "$allowed" <<<"$conflicted" >&2; then
        die "$sync: the merge of $name has a conflict in the above"
      fi
      conflicts=$((conflicts + 1))
      quietly "$TENANTRY" generate
      git add --all
      quietly git commit --quiet --no-edit
    fi
    quietly "$TENANTRY" generate --check
  done
  [ -z "$(git status --porcelain)" ] || die "$sync: the work tree is not clean"
  # One after the other, without branches.
  git switch --quiet -c straight "$(git rev-list --max-parents=0 main)"
  if [ "$sync" = shared ]; then
    quietly "$TENANTRY" set platform tenants.sync=shared --commit --yes
  fi
  for name in "${names[@]}"; do create "$name"; done
  git diff --exit-code --stat main straight || die "$sync: the merged tree is another than the straight one"
  echo "$layout, $sync: ${#names[@]} branches merged, $conflicts with a conflict in a list, all settled by generate"
  cd "$root"
}

# Every layout that comes along; where each has its tenants is its own affair.
layouts=$("$TENANTRY" layout list --output name | sed 's#.*/##')
[ -n "$layouts" ] || die "there are no layouts"
for layout in $layouts; do
  merge "$layout" own '(\.github/)?CODEOWNERS'
  merge "$layout" shared '(\.github/)?CODEOWNERS|\.tenantry/lock/platform\.lock|(tenants|apps)/[a-z-]+/kustomization\.yaml|(tenants|apps)/clusters/[a-z-]+/kustomization\.yaml'
done
