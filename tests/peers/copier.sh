#!/usr/bin/env bash
# Makes the same edits and the same change of the template with `copier update` and with `tenantry generate`, and compares what comes of
# it with the table in docs/comparison.md; `--write` writes the table anew. Copier comes from PyPI into target/copier-venv.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
if [ -z "${TENANTRY:-}" ]; then
  cargo build --quiet
  TENANTRY=$target/debug/tenantry
fi
TENANTRY=$(realpath "$TENANTRY")
export TENANTRY
copier=9.19.1
venv=$target/copier-venv
"$venv/bin/copier" --version 2>/dev/null | grep -qF "$copier" || {
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "copier==$copier"
}
PATH=$(realpath "$venv/bin"):$PATH exec "$venv/bin/python" tests/peers/copier.py "$@"
