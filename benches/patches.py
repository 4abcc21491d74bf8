#!/usr/bin/env python3
"""Times what patches add to `tenantry generate` from nothing and to `--check`: 200 of them over three clusters and 1,000 tenants.

    cargo build --release && benches/patches.py [--tenants 1000] [--patches 200] [--runs 5] [--folder /dev/shm/bench]

Three clusters, each with every tenant. Half of the patches are each for one tenant's quota, a quarter for one tenant on one cluster, a
quarter for the policies of a cluster or an environment, field by field; then one more for every tenant on every cluster. Each run
begins without generated files. Every figure is the best of the runs.
"""

import argparse
import os
import pathlib
import shutil

import compare
from compare import TENANTRY, best, call

OBJECT = "{ kind: ResourceQuota, name: tenancy }"


def describe(folder, tenants):
    compare.describe(folder, tenants)
    clusters = folder / "platform" / "clusters"
    (clusters / "prod-2.yaml").write_text((clusters / "prod.yaml").read_text())


def patches(folder, count):
    below = folder / "platform" / "patches"
    below.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        tenant = f"team-{number + 1:05}"
        if number % 4 < 2:
            text = f"scope: {{ tenants: [{tenant}] }}\ntarget: {OBJECT}\nmerge: {{ spec: {{ hard: {{ pods: \"{number + 5}\" }} }} }}\n"
        elif number % 4 == 2:
            text = (f"scope: {{ tenants: [{tenant}], clusters: [prod] }}\ntarget: {OBJECT}\noperations:\n"
                    f"  - {{ op: add, path: /spec/hard/services, value: \"{number + 5}\" }}\n")
        else:
            where = ["clusters: [prod]", "clusters: [prod-2]", "environments: [staging]"][number // 4 % 3]
            text = (f"scope: {{ {where} }}\ntarget: {{ kind: ClusterRole, name: tenancy-tenant }}\noperations:\n"
                    f"  - {{ op: add, path: /rules/-, value: {{ apiGroups: [acme.example], resources: [kind{number}], verbs: [get] }} }}\n")
        (below / f"patch-{number:04}.yaml").write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--patches", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=pathlib.Path, default=compare.bench)
    options = parser.parse_args()
    compare.bench = options.folder
    compare.bench.mkdir(parents=True, exist_ok=True)
    (compare.bench / ".gitconfig").write_text("[user]\n\tname = bench\n\temail = bench@acme.example\n")
    compare.env.update(os.environ, GIT_CONFIG_GLOBAL=str(compare.bench / ".gitconfig"), GIT_CONFIG_SYSTEM=os.devnull,
                       NO_COLOR="1", HOME=str(compare.bench))
    folder = compare.bench / f"patches-{options.tenants}"
    describe(folder, options.tenants)

    def measure(what, before=None):
        call("git", "add", "-A", cwd=folder)
        run = best(options.runs, [TENANTRY, "generate", "--quiet"], folder, lambda: compare.wipe(folder))
        check = best(options.runs, [TENANTRY, "generate", "--check", "--quiet"], folder)
        added = [f"  + {one.wall - other.wall:6.3f} s" if before else "" for one, other in zip((run, check), before or (run, check))]
        print(f"{what:44} generate {run.wall:7.3f} s{added[0]}   --check {check.wall:7.3f} s{added[1]}", flush=True)
        return run, check

    plain = measure(f"3 clusters, {options.tenants} tenants, no patch")
    patches(folder, options.patches)
    measure(f"{options.patches} patches", plain)
    (folder / "platform" / "patches" / "everywhere.yaml").write_text(
        "target: { kind: NetworkPolicy, name: tenancy-dns }\nmerge: { metadata: { annotations: { acme.example/patched: \"yes\" } } }\n")
    measure("and one more for every tenant everywhere", plain)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
