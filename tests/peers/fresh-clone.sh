#!/usr/bin/env bash
# A fresh clone in an empty folder, with an empty HOME, does what the README's demo command says. Only cargo's own
# folders and what is built already are shared with this machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
command=$(sed -n '/<!-- demo command -->/,/```$/{/^cargo/p;}' README.md | head -n 1)
[ -n "$command" ] || { echo "README.md names no demo command" >&2; exit 1; }
git clone --quiet "$root" "$scratch/tenantry"
mkdir "$scratch/home"
cd "$scratch/tenantry"
env -i PATH="$PATH" HOME="$scratch/home" CARGO_TERM_COLOR=never \
  CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" \
  CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}" bash -c "$command" </dev/null
tenantry="${CARGO_TARGET_DIR:-$root/target}/release/tenantry"
HOME="$scratch/home" "$tenantry" -C my-fleet generate --check
# Of shared libraries, the C runtime's and no other.
foreign=$(ldd "$tenantry" | awk '{ print $1 }' | grep -vE '^(linux-vdso|libgcc_s|libm|libc|libpthread|libdl|/lib)' || true)
[ -z "$foreign" ] || { echo "the binary needs $foreign" >&2; exit 1; }
