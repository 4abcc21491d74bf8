#!/usr/bin/env bash
# A disk that is full at every point: small file systems in memory, from too small for anything to large enough.
# After each failure there is room again, the next run finishes what was begun, and nothing that a person wrote is lost.
# Needs the right to mount, its own or that of a user namespace; without both, it fails rather than passing for nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "${1:-}" != --inside ]; then
  cargo build --quiet --release
  probe=$(mktemp -d)
  if mount -t tmpfs tmpfs "$probe" 2>/dev/null; then
    umount "$probe"
  else
    rmdir "$probe"
    exec unshare --user --map-root-user --mount bash "tests/peers/full-disk.sh" --inside
  fi
  rmdir "$probe"
fi
tenantry="${CARGO_TARGET_DIR:-$PWD/target}/release/tenantry"
scratch=$(mktemp -d)
disk=$scratch/disk
mkdir "$disk" "$scratch/home"
export HOME=$scratch/home
trap 'umount "$disk" 2>/dev/null || true; rm -rf "$scratch"' EXIT
fail() { echo "$*" >&2; exit 1; }

# Everything but what says that a run is under way: two trees that are the same have the same sum.
sum() { (cd "$1" && find . -type f ! -path './.tenantry/journal*' ! -name run.lock -print0 | sort -z | xargs -0 sha256sum | sha256sum); }

# The platform before and after the change that is tried below: one tenant becomes twenty.
"$tenantry" -C "$scratch" init before --demo --no-commit --quiet
rm -rf "$scratch/before/.git"
first=$(find "$scratch/before/platform/tenants" -name '*.yaml' | sort | head -n 1)
cp -r "$scratch/before" "$scratch/described"
for number in $(seq 20); do
  sed -E "s/^namespaces:.*/namespaces: [team-$number]/; s/^( *namespace:).*/\1 team-$number/" "$first" \
    >"$scratch/described/platform/tenants/team-$number.yaml"
done
cp -r "$scratch/described" "$scratch/after"
"$tenantry" -C "$scratch/after" generate --quiet
size=$(du -sk "$scratch/described" | cut -f1)
whole=$(sum "$scratch/after")
untouched=$(sum "$scratch/described")

refused=0 cut=0 done=0
# Folders take no room in memory, and do where this is counted: so it begins below nothing.
for room in $(seq -600 24 360) $(seq 400 100 2000); do
  mount -t tmpfs -o "size=$((size + room))k" tmpfs "$disk" || fail "no file system can be mounted here: run this as root"
  mkdir "$disk/fleet"
  if ! cp -r "$scratch/described/." "$disk/fleet/" 2>/dev/null; then
    umount "$disk"
    continue
  fi
  if "$tenantry" -C "$disk/fleet" generate --output json >"$scratch/said"; then
    done=$((done + 1))
  else
    grep -q 'No space left on device' "$scratch/said" || fail "$(cat "$scratch/said")"
    if [ -e "$disk/fleet/.tenantry/journal" ]; then
      cut=$((cut + 1))
    else
      refused=$((refused + 1))
      [ "$(sum "$disk/fleet")" = "$untouched" ] || fail "with $room KB it wrote something and left no journal"
    fi
    mount -o remount,size=1g "$disk"
    "$tenantry" -C "$disk/fleet" generate --quiet
  fi
  [ "$(sum "$disk/fleet")" = "$whole" ] || fail "with $room KB the tree is not what an undisturbed run leaves"
  "$tenantry" -C "$disk/fleet" generate --check --quiet
  umount "$disk"
done
echo "refused before anything was written: $refused, cut off and finished: $cut, done: $done"
[ "$refused" -gt 0 ] && [ "$cut" -gt 0 ] && [ "$done" -gt 0 ] || fail "not every case was met"
