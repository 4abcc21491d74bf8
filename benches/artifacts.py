#!/usr/bin/env python3
"""Times `tenantry push artifact` of a tree of 10 MB beside `skopeo copy` of the same bytes, in one run on one machine.

    cargo build --release && benches/artifacts.py [--megabytes 10] [--runs 7] [--folder /dev/shm/bench]

Needs docker-registry, skopeo and git. The registry is on this machine. `skopeo copy` sends what tenantry packed, from an OCI layout on
the disk, to a repository that has none of it: it neither reads the files nor compresses them. `tenantry push artifact` reads, packs,
compresses and sends. Every figure is the best of the runs, which take turns. Fails where a push takes more than 1.5 times skopeo's
copy, or where pushing again sends a blob.
"""

import argparse
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import compare
from compare import Run, call

TENANTRY = pathlib.Path(os.environ.get("TENANTRY", compare.TENANTRY)).resolve()
BOUND = 1.5


def tree(folder, megabytes):
    """Manifests of many sizes, as different from each other as those of a fleet; the same in every run."""
    shutil.rmtree(folder, ignore_errors=True)
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 12))) for _ in range(4000)]
    left, number = megabytes * 1_000_000, 0
    while left > 0:
        lines = [f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {rng.choice(words)}-{number}\ndata:"]
        lines += [f"  {rng.choice(words)}-{index}: {' '.join(rng.choices(words, k=8))}" for index in range(rng.randint(5, 200))]
        text = "\n".join(lines) + "\n"
        path = folder / "deploy" / f"team-{number % 50:02}" / f"object-{number:05}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        left, number = left - len(text), number + 1
    for command in (["init", "--quiet", "--initial-branch", "main"], ["remote", "add", "origin", "https://github.com/acme/bench"],
                    ["add", "--all"], ["commit", "--quiet", "--message", "Begin"]):
        call("git", *command, cwd=folder)
    return number


def serve(folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    shutil.rmtree(folder / "storage", ignore_errors=True)
    config = folder / "registry.yml"
    config.write_text(f"version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: {folder / 'storage'} }} }}\n"
                      f"http: {{ addr: \"{address}\" }}\n")
    log = open(folder / "access", "wb")
    registry = subprocess.Popen(["docker-registry", "serve", config], stdout=log, stderr=log)
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://{address}/v2/").close()
            return registry, address
        except OSError:
            time.sleep(0.1)
    sys.exit("the registry does not start")


def uploads(folder):
    return len(re.findall(r'"(?:PUT|PATCH) [^"]*/blobs/uploads/', (folder / "access").read_text()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=10)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--folder", type=pathlib.Path, default=compare.bench)
    options = parser.parse_args()
    bench = options.folder.resolve() / "artifacts"
    bench.mkdir(parents=True, exist_ok=True)
    (bench / ".gitconfig").write_text("[user]\n\tname = bench\n\temail = bench@acme.example\n")
    compare.env.update(os.environ, GIT_CONFIG_GLOBAL=str(bench / ".gitconfig"), GIT_CONFIG_SYSTEM=os.devnull,
                       NO_COLOR="1", HOME=str(bench), DOCKER_CONFIG=str(bench / "docker"))
    repository = bench / "repository"
    count = tree(repository, options.megabytes)
    registry, address = serve(bench)
    try:
        def push(name):
            return [TENANTRY, "push", "artifact", f"oci://{address}/{name}", "--path", "deploy", "--quiet"]

        Run(push("first:v1"), repository)
        layout = bench / "layout"
        shutil.rmtree(layout, ignore_errors=True)
        call("skopeo", "copy", "--quiet", "--src-tls-verify=false", f"docker://{address}/first:v1", f"oci:{layout}:v1", cwd=bench)
        size = sum(path.stat().st_size for path in (layout / "blobs" / "sha256").iterdir())
        pushed, copied, again = [], [], []
        for run in range(options.runs):
            copy = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci:{layout}:v1", f"docker://{address}/copied-{run}:v1"]
            copied.append(Run(copy, bench))
            pushed.append(Run(push(f"pushed-{run}:v1"), repository))
            before = uploads(bench)
            again.append(Run(push(f"pushed-{run}:v1"), repository))
            if uploads(bench) != before:
                sys.exit("pushing again sent a blob")
    finally:
        registry.terminate()
        registry.wait()
    fastest = {}
    print(f"{count:,} files, {options.megabytes} MB, {size / 1e6:.1f} MB compressed")
    for what, runs in (("skopeo copy", copied), ("tenantry push artifact", pushed), ("and again, nothing new", again)):
        one = min(runs, key=lambda run: run.wall)
        fastest[what] = one.wall
        print(f"{what:26} {one.wall:6.3f} s   processor {min(run.cpu for run in runs):6.3f} s   "
              f"memory {max(run.memory for run in runs):4.0f} MB   {one.wall / fastest['skopeo copy']:5.2f} × skopeo copy")
    shutil.rmtree(bench)
    if fastest["tenantry push artifact"] > BOUND * fastest["skopeo copy"]:
        sys.exit(f"a push takes more than {BOUND} times what skopeo's copy takes")


if __name__ == "__main__":
    main()
