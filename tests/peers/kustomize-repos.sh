#!/usr/bin/env bash
# Builds every kustomization of repositories that lie on this machine with kustomize and with tenantry, and compares
# success and bytes. A line a repository; a difference fails. Nothing is fetched: what lies on the network is refused
# by both, and is counted apart.
#
#   tests/peers/kustomize-repos.sh DIR...
#
#   KUSTOMIZE='kustomize build'    the peer
#   OURS='tenantry build'          ours; takes the same arguments
#   FLAGS=''                       for both, such as --load-restrictor=LoadRestrictionsNone
#   JOBS                           how many at once
set -euo pipefail

export KUSTOMIZE=${KUSTOMIZE:-kustomize build}
export OURS=${OURS:-tenantry build}
export FLAGS=${FLAGS:-}
# Nobody answers there, at once.
export GIT_ALLOW_PROTOCOL=none GIT_TERMINAL_PROMPT=0
export HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=

[[ $# -gt 0 ]] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
for program in "${KUSTOMIZE%% *}" "${OURS%% *}"; do
  command -v "$program" >/dev/null || { echo "$program is not on the PATH" >&2; exit 2; }
done

work=$(mktemp -d)
export work
trap 'rm -rf "$work"' EXIT

# Says `VERDICT FOLDER`; what differs goes into a file of the folder's own.
compare() {
  local folder=$1 here theirs=0 ours=0 verdict
  here=$(mktemp -d -p "$work")
  # shellcheck disable=SC2086 # commands with arguments
  timeout 60 $KUSTOMIZE $FLAGS "$folder" >"$here/theirs" 2>"$here/theirs.errors" </dev/null || theirs=$?
  # shellcheck disable=SC2086
  timeout 60 $OURS $FLAGS "$folder" >"$here/ours" 2>"$here/ours.errors" </dev/null || ours=$?
  if [[ $theirs -eq 0 && $ours -eq 0 ]]; then
    cmp -s "$here/theirs" "$here/ours" && verdict=same || verdict=differs
  elif [[ $ours -ne 0 ]] && grep -qE '(https?|ssh|git)://|git@|github\.com[/:]' "$here/theirs.errors" "$here/ours.errors"; then
    verdict=remote
  elif [[ $theirs -ne 0 && $ours -ne 0 ]]; then
    verdict=refused
  elif [[ $theirs -eq 0 ]]; then
    verdict=only-kustomize
  else
    verdict=only-ours
  fi
  case $verdict in
    differs) { echo "== $folder: other bytes"; diff -u "$here/theirs" "$here/ours" | sed -n '3,40p'; } >>"$here/report" ;;
    only-kustomize) { echo "== $folder: we refuse what kustomize builds"; tail -n 12 "$here/ours.errors"; } >>"$here/report" ;;
    only-ours) { echo "== $folder: we build what kustomize refuses"; tail -n 3 "$here/theirs.errors" | cut -c -1000; } >>"$here/report" ;;
  esac
  rm -f "$here"/theirs* "$here"/ours*
  printf '%s %s\n' "$verdict" "$folder"
}
export -f compare

status=0
for repository in "$@"; do
  rm -rf "${work:?}"/*
  # The folder of each kustomization file, not the file itself.
  find "$repository" -name .git -prune -o -type f \
    \( -name kustomization.yaml -o -name kustomization.yml -o -name Kustomization \) -printf '%h\0' |
    sort -zu |
    xargs -0 -r -n 1 -P "${JOBS:-$(nproc)}" bash -c 'compare "$1"' compare >"$work/verdicts"
  count() { grep -cE "^($1) " "$work/verdicts" || true; }
  differing=$(count 'differs|only-.*')
  printf '%s: %d kustomizations: %d the same, %d refused by both, %d with remote parts, %d differ\n' \
    "$(basename "$repository")" "$(wc -l <"$work/verdicts")" "$(count same)" "$(count refused)" "$(count remote)" "$differing"
  if [[ $differing -gt 0 ]]; then
    status=1
    find "$work" -name report -exec cat {} +
  fi
done
exit "$status"
