#!/usr/bin/env python3
"""Times our engine beside kustomize, on the same overlays in one run on one machine, and prints the ratios.

    cargo build --release && benches/kustomize.py [--runs 5] [--folder /dev/shm/bench] [--ours 'COMMAND']
    cargo build --release --package kustomize --example build &&
        benches/kustomize.py --ours target/release/examples/build        without the rest of tenantry

Needs kustomize (`go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2`). The overlay is what a production cluster
builds: a base of five objects a tenant, and one patch over each. Where both build, the bytes must be the same. Time on
the clock is the best of the runs; kustomize is run once where it takes long, and not at all beyond 1,000 tenants,
where it does not end in reasonable time.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"


def objects(tenant):
    return f"""apiVersion: v1
kind: Namespace
metadata:
  name: {tenant}
  labels:
    toolkit.fluxcd.io/tenant: {tenant}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: flux
  namespace: {tenant}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: flux
  namespace: {tenant}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: tenant
subjects:
- kind: ServiceAccount
  name: flux
  namespace: {tenant}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: app
  namespace: {tenant}
spec:
  interval: 5m
  url: https://example.com/acme/{tenant}
  ref:
    branch: main
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: app
  namespace: {tenant}
spec:
  interval: 10m
  path: ./deploy
  prune: true
  serviceAccountName: flux
  sourceRef:
    kind: GitRepository
    name: app
"""


def patch(tenant, field):
    return (f"- patch: |\n    apiVersion: kustomize.toolkit.fluxcd.io/v1\n    kind: Kustomization\n    metadata:\n"
            f"      name: app\n      namespace: {tenant}\n    spec:\n      {field}\n")


def write(folder, tenants, patches_each):
    shutil.rmtree(folder, ignore_errors=True)
    names = [f"team-{number:05}" for number in range(tenants)]
    for name in names:
        base = folder / "base" / name
        base.mkdir(parents=True)
        (base / "objects.yaml").write_text(objects(name))
        (base / "kustomization.yaml").write_text(f"{HEAD}- objects.yaml\n")
    fields = ["path: ./production", "interval: 1h"][:patches_each]
    overlay = folder / "overlay"
    overlay.mkdir(parents=True)
    text = HEAD + "".join(f"- ../base/{name}\n" for name in names)
    text += "patches:\n" + "".join(patch(name, field) for name in names for field in fields)
    (overlay / "kustomization.yaml").write_text(text)
    return overlay


class Run:
    """One process: time on the clock and of the processor in seconds, peak memory in MB."""

    def __init__(self, command, output):
        with open(output, "wb") as out:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
            stderr = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command} ended with {process.returncode}: {stderr.decode(errors='replace')[-2000:]}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024


def best(runs, command, output):
    results = [Run(command, output) for _ in range(runs)]
    fastest = min(results, key=lambda run: run.wall)
    fastest.cpu = min(run.cpu for run in results)
    fastest.memory = max(run.memory for run in results)
    return fastest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "target" / "bench")
    parser.add_argument("--ours", default=f"{ROOT}/target/release/tenantry build")
    parser.add_argument("--sizes", default="10,100,300,1000", help="tenants, beside kustomize")
    parser.add_argument("--alone", default="3000,10000", help="tenants with two patches each, without kustomize")
    arguments = parser.parse_args()
    ours, folder = arguments.ours.split(), arguments.folder / "kustomize"
    numbers = lambda text: [int(number) for number in text.split(",") if number]
    print("| tenants | objects | patches | ours | processor | memory | kustomize | processor | memory | faster | by processor |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for tenants in numbers(arguments.sizes):
        overlay = write(folder, tenants, 1)
        mine, theirs = folder / "ours.yaml", folder / "theirs.yaml"
        run = best(4 * arguments.runs, [*ours, overlay], mine)
        peer = best(arguments.runs if tenants <= 100 else 1, ["kustomize", "build", overlay], theirs)
        if mine.read_bytes() != theirs.read_bytes():
            sys.exit(f"{tenants} tenants: other bytes, see {mine} and {theirs}")
        print(f"| {tenants:,} | {5 * tenants:,} | {tenants:,} | {run.wall:.4f} s | {run.cpu:.3f} s | {run.memory:.0f} MB "
              f"| {peer.wall:.3f} s | {peer.cpu:.3f} s | {peer.memory:.0f} MB | {peer.wall / run.wall:.0f} × "
              f"| {peer.cpu / max(run.cpu, 0.001):.0f} × |", flush=True)
    for tenants in numbers(arguments.alone):
        overlay = write(folder, tenants, 2)
        run = best(arguments.runs, [*ours, overlay], folder / "ours.yaml")
        print(f"| {tenants:,} | {5 * tenants:,} | {2 * tenants:,} | {run.wall:.3f} s | {run.cpu:.3f} s | {run.memory:.0f} MB "
              "| | | | | |", flush=True)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
