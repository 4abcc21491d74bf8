#!/usr/bin/env bash
# Opens the page of `tenantry graph --output html` in a real browser, and uses it: search, folding, details, keyboard, dark mode, print.
# And draws a picture of `--output svg` there. Without arguments the pages are those of examples/grown; with some, they are the files
# to look at: graph.sh page.html [picture.svg] ...; SHOTS=FOLDER keeps screenshots.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${CHROMIUM:=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
[ -n "$CHROMIUM" ] || { echo "chromium is missing: apt-get install -y chromium" >&2; exit 1; }
export CHROMIUM
if [ $# = 0 ]; then
  cd "$here/../.."
  if [ -z "${TENANTRY:-}" ]; then
    cargo build --quiet
    TENANTRY=${CARGO_TARGET_DIR:-target}/debug/tenantry
  fi
  TENANTRY=$(realpath "$TENANTRY")
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  for output in html svg; do
    (cd examples/grown && "$TENANTRY" graph --output "$output") >"$scratch/grown.$output"
  done
  set -- "$scratch/grown.html" "$scratch/grown.svg"
fi
python3 "$here/graph.py" "$@"
