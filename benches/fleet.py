#!/usr/bin/env python3
"""Times whole clusters: `tenantry build --cluster` and `tenantry diff`, beside the sum of `kustomize build` over the same folders.

    cargo build --release && benches/fleet.py [--tenants 1000] [--runs 5] [--folder /dev/shm/bench] [--large] [--skip-kustomize]

Three clusters, each with every tenant; every tenth differs in production. Needs git and kustomize
(`go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2`). Every figure is the best of the runs.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import compare
from compare import TENANTRY, best, call


def describe(folder, tenants):
    compare.describe(folder, tenants)
    clusters = folder / "platform" / "clusters"
    (clusters / "prod-2.yaml").write_text((clusters / "prod.yaml").read_text())
    call(TENANTRY, "generate", "--quiet", cwd=folder)
    call("git", "add", "-A", cwd=folder)
    call("git", "commit", "-qm", "before", cwd=folder)
    one = folder / "platform" / "tenants" / "team-00001.yaml"
    one.write_text(one.read_text().replace('cpu: "20"', 'cpu: "21"'))
    call(TENANTRY, "generate", "--quiet", cwd=folder)
    call("git", "add", "-A", cwd=folder)
    call("git", "commit", "-qm", "after", cwd=folder)
    time.sleep(1.1)  # so that no entry of git's index is too young to be trusted
    call("git", "status", cwd=folder)


def kustomize(folder):
    """The folders of the Kustomizations that are here, each built once for each cluster that applies it."""
    text = subprocess.run([TENANTRY, "get", "kustomizations", "--output", "json"], cwd=folder, env=compare.env,
                          check=True, stdout=subprocess.PIPE).stdout
    paths = [one["path"] for one in json.loads(text)["data"] if one["state"] == "here"]
    with_file = [path for path in paths if (folder / path / "kustomization.yaml").exists()]
    seconds = {}
    for path in sorted(set(with_file)):
        start = time.perf_counter()
        subprocess.run(["kustomize", "build", "--load-restrictor", "LoadRestrictionsNone", path], cwd=folder,
                       env=compare.env, check=True, stdout=subprocess.DEVNULL)
        seconds[path] = time.perf_counter() - start
    return sum(seconds[path] for path in with_file), sum(seconds.values()), len(with_file), len(seconds)


def fleet(tenants, runs, row, beside=None):
    folder = compare.bench / f"clusters-{tenants}"
    describe(folder, tenants)
    files = len(subprocess.run(["git", "ls-files"], cwd=folder, env=compare.env, check=True, text=True,
                               stdout=subprocess.PIPE).stdout.splitlines())
    print(f"\n3 clusters, {tenants} tenants on each, {files} files\n")
    out = compare.bench / "built.yaml"
    names = ["staging", "prod", "prod-2"]
    clusters = [word for name in names for word in ("--cluster", name)]
    build = best(runs, [TENANTRY, "build", *clusters, "--quiet", "-o", out], folder)
    objects = sum(1 for line in out.read_text().splitlines() if line.startswith("kind: "))
    row(f"tenantry build of three clusters, {objects} objects", build, *(beside or ()))
    out.unlink()

    def differs(*words):
        command = [TENANTRY, "diff", "--quiet", *words]
        found = subprocess.run(command, cwd=folder, env=compare.env, stdout=subprocess.PIPE).returncode
        if found != 3:
            sys.exit(f"{command} ended with {found}, and there is a difference")
        return ["sh", "-c", f"{TENANTRY} diff --quiet {' '.join(words)}; test $? = 3"]

    row("tenantry diff HEAD~1..HEAD, one tenant changed", best(runs, differs("HEAD~1..HEAD"), folder))
    row("tenantry diff HEAD~1, and the files as they are", best(runs, differs("HEAD~1"), folder))
    return folder, build


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=pathlib.Path, default=compare.bench)
    parser.add_argument("--layout", default=compare.layout)
    parser.add_argument("--large", action="store_true", help="ten times as many tenants, too")
    parser.add_argument("--skip-kustomize", action="store_true")
    options = parser.parse_args()
    compare.bench, compare.layout = options.folder, options.layout
    compare.bench.mkdir(parents=True, exist_ok=True)
    (compare.bench / ".gitconfig").write_text("[user]\n\tname = bench\n\temail = bench@acme.example\n")
    compare.env.update(os.environ, GIT_CONFIG_GLOBAL=str(compare.bench / ".gitconfig"), GIT_CONFIG_SYSTEM=os.devnull,
                       NO_COLOR="1", HOME=str(compare.bench))

    def row(what, run, beside=None, against=None):
        ratio = f"  {run.wall / against.wall:6.2f} x {beside}" if against else ""
        print(f"{what:60} {run.wall:8.3f} s {run.cpu:8.3f} s cpu {run.memory:6.0f} MB{ratio}", flush=True)

    folder, build = fleet(options.tenants, options.runs, row)
    if not options.skip_kustomize:
        whole, once, count, folders = kustomize(folder)
        print(f"{f'kustomize build of {count} folders, one after the other':60} {whole:8.3f} s"
              f"  {whole / build.wall:6.0f} x tenantry build of all three clusters")
        print(f"{f'  each of the {folders} different ones once':60} {once:8.3f} s  {once / build.wall:6.0f} x")
    shutil.rmtree(folder)
    if options.large:
        folder, _ = fleet(10 * options.tenants, max(2, options.runs // 2), row, (f"{options.tenants} tenants", build))
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
