#!/usr/bin/env python3
"""Times `tenantry push artifact` of a tree of 10 MB beside `skopeo copy` of the same bytes, in one run on one machine.

    cargo build --release && benches/artifacts.py [--megabytes 10] [--runs 7] [--folder /dev/shm/bench]

Needs docker-registry, skopeo and git. The registry is on this machine. `skopeo copy` sends the archive that tenantry made, from an OCI
layout on the disk, once as it is, so that it compresses and sends what tenantry reads, packs, compresses and sends; and once compressed
already, so that it does nothing but send. Each gets a new registry for each run: skopeo remembers which repositories of a registry have a blob, and would have it taken from there instead of sending it.
Every figure is the best of the runs, which take turns. Fails where a push takes more than 1.5 times skopeo's copy of the archive, or
where pushing again sends a blob.
"""

import argparse
import contextlib
import gzip
import hashlib
import json
import os
import pathlib
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
    """This repository's examples, again and again under other names, until they have the size."""
    shutil.rmtree(folder, ignore_errors=True)
    examples = [path for path in sorted((compare.ROOT / "examples").rglob("*")) if path.is_file() and not path.name.startswith(".")]
    left, number = megabytes * 1_000_000, 0
    while left > 0:
        for example in examples:
            text = example.read_text().replace("acme", f"acme-{number // len(examples)}")
            path = folder / "deploy" / f"fleet-{number // len(examples)}" / example.relative_to(compare.ROOT / "examples")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            left, number = left - len(text), number + 1
            if left <= 0:
                break
    for command in (["init", "--quiet", "--initial-branch", "main"], ["remote", "add", "origin", "https://github.com/acme/bench"],
                    ["add", "--all"], ["commit", "--quiet", "--message", "Begin"]):
        call("git", *command, cwd=folder)
    return number


def uncompressed(layout, into):
    """The archive in a layout's layer as an image of its own, not compressed."""
    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        (into / "blobs" / "sha256" / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    def read(digest):
        return (layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()

    shutil.rmtree(into, ignore_errors=True)
    (into / "blobs" / "sha256").mkdir(parents=True)
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(read(index["manifests"][0]["digest"]))
    layer = blob(gzip.decompress(read(manifest["layers"][0]["digest"])))
    image = "application/vnd.oci.image"
    config = blob(json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                              "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}).encode())
    whole = blob(json.dumps({"schemaVersion": 2, "mediaType": f"{image}.manifest.v1+json",
                             "config": {"mediaType": f"{image}.config.v1+json", **config},
                             "layers": [{"mediaType": f"{image}.layer.v1.tar", **layer}]}).encode())
    (into / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (into / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {"mediaType": f"{image}.manifest.v1+json", **whole, "annotations": {"org.opencontainers.image.ref.name": "v1"}}]}))


@contextlib.contextmanager
def served(folder):
    """A registry that has nothing, for as long as it is used."""
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
            break
        except OSError:
            time.sleep(0.1)
    else:
        registry.kill()
        sys.exit("the registry does not start")
    try:
        yield address
    finally:
        registry.terminate()
        registry.wait()
        log.close()


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

    def push(address):
        return [TENANTRY, "push", "artifact", f"oci://{address}/acme/pushed:v1", "--path", "deploy", "--quiet"]

    layout = bench / "layout"
    with served(bench) as address:
        Run(push(address), repository)
        shutil.rmtree(layout, ignore_errors=True)
        call("skopeo", "copy", "--quiet", "--src-tls-verify=false", f"docker://{address}/acme/pushed:v1", f"oci:{layout}:v1", cwd=bench)
    size = sum(path.stat().st_size for path in (layout / "blobs" / "sha256").iterdir())
    plain = bench / "plain"
    uncompressed(layout, plain)
    pushed, copied, sent, again = [], [], [], []
    for _ in range(options.runs):
        for source, runs in ((plain, copied), (layout, sent)):
            with served(bench) as address:
                copy = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci:{source}:v1", f"docker://{address}/acme/copied:v1"]
                runs.append(Run(copy, bench))
                if uploads(bench) == 0:
                    sys.exit("skopeo sent nothing")
        with served(bench) as address:
            pushed.append(Run(push(address), repository))
            before = uploads(bench)
            again.append(Run(push(address), repository))
            if before == 0 or uploads(bench) != before:
                sys.exit("pushing again sent a blob")
    fastest = {}
    print(f"{count:,} files, {options.megabytes} MB, {size / 1e6:.1f} MB compressed")
    for what, runs in (("skopeo copy", copied), ("the same, compressed before", sent),
                       ("tenantry push artifact", pushed), ("and again, nothing new", again)):
        one = min(runs, key=lambda run: run.wall)
        fastest[what] = one.wall
        print(f"{what:28} {one.wall:6.3f} s   processor {min(run.cpu for run in runs):6.3f} s   "
              f"memory {max(run.memory for run in runs):4.0f} MB   {one.wall / fastest['skopeo copy']:5.2f} × skopeo copy")
    shutil.rmtree(bench)
    if fastest["tenantry push artifact"] > BOUND * fastest["skopeo copy"]:
        sys.exit(f"a push takes more than {BOUND} times what skopeo's copy takes")


if __name__ == "__main__":
    main()
