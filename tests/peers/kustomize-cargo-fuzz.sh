#!/usr/bin/env bash
# Runs the fuzz targets of crates/kustomize/fuzz, each for some seconds, from the texts of the fixtures on.
#
#   tests/peers/kustomize-cargo-fuzz.sh [SECONDS] [TARGET...]     60 seconds and all targets unless said
#
# Each run starts from the fixtures and from one seed (FUZZ_SEED, 1 unless said), so that a run which fails tells of the
# change and not of the day. To search on, say another seed, and CORPUS=DIR to keep and go on from what was found.
#
# Corpus, artifacts and build stay in a folder outside the repository (FUZZ_HOME). A crash fails, and its smallest
# input stays where the message says.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
seconds=${1:-60}
shift || true
targets=("$@")
(( ${#targets[@]} )) || targets=(reader strategic_merge json6902 emitter tree)
seed=${FUZZ_SEED:-1}
home=${FUZZ_HOME:-${TMPDIR:-/tmp}/kustomize-fuzz}
memory=2048 # MiB
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$home/target
command -v cargo-fuzz > /dev/null || cargo install --quiet --locked cargo-fuzz
mkdir -p "$home"

# Inputs from fixtures: a build takes one as it is, the others the files in it, one by one or two and two.
seeds() {
  local target=$1 folder=$2
  mkdir -p "$folder"
  find "$root/crates/kustomize/tests/fixtures" -name '*.txtar' -size -16k -print0 | sort -z |
    if [[ $target == tree ]]; then
      while IFS= read -r -d '' file; do
        name=${file#"$root"/crates/kustomize/tests/fixtures/}
        cp "$file" "$folder/seed-${name//\//-}"
      done
    else
      xargs -0 awk -v folder="$folder" -v target="$target" '
        function flush(   path) {
          if (text == "") return
          path = folder "/seed-" count++
          if (target == "reader" || target == "emitter") printf "%s", text > path
          else if (before != "") printf "%s\n=====\n%s", before, text > path
          close(path)
          before = text; text = ""
        }
        FNR == 1 { flush(); before = ""; inside = 0 }
        /^-- .* --$/ { flush(); inside = 1; next }
        inside { text = text $0 "\n" }
        END { flush() }'
    fi
}

failed=()
for target in "${targets[@]}"; do
  corpus=${CORPUS:-$home/corpus}/$target artifacts=$home/artifacts/$target
  mkdir -p "$artifacts"
  [[ -n ${CORPUS:-} ]] || rm -rf "$home/corpus/$target"
  [[ -d $corpus ]] || seeds "$target" "$corpus"
  echo "== $target: $(find "$corpus" -type f | wc -l) inputs, $seconds s, seed $seed"
  (cd crates/kustomize && cargo fuzz build --fuzz-dir fuzz "$target")
  if ! (cd crates/kustomize && cargo fuzz run --fuzz-dir fuzz "$target" "$corpus" -- \
    -artifact_prefix="$artifacts/" -seed="$seed" -max_total_time="$seconds" -rss_limit_mb="$memory" \
    -malloc_limit_mb="$memory" -timeout=20 -max_len=16384 -print_final_stats=1 -verbosity=0); then
    found=$(find "$artifacts" -type f -newer "$corpus" ! -name 'minimized-*' -print0 | xargs -0 -r ls -t | head -1)
    if [[ -n $found && $(basename "$found") == crash-* ]]; then
      (cd crates/kustomize && cargo fuzz tmin --fuzz-dir fuzz "$target" "$found" -- \
        -artifact_prefix="$artifacts/" -rss_limit_mb="$memory" -verbosity=0 -max_total_time=60) > /dev/null 2>&1 || true
      found=$(find "$artifacts" -type f -name 'minimized-*' -print0 | xargs -0 -r ls -S | tail -1 | grep . || echo "$found")
    fi
    echo "$target fails for $found" >&2
    failed+=("$target: $found")
  fi
done
if changed=$(git status --porcelain --ignored -- crates/kustomize/fuzz | grep -v 'Cargo.lock') && [[ -n $changed ]]; then
  echo "something was left in the repository: $changed" >&2
  exit 1
fi
if (( ${#failed[@]} )); then
  printf 'fails for the input %s\n' "${failed[@]}" >&2
  exit 1
fi
