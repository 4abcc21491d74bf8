#!/usr/bin/env python3
"""Times tenantry beside its peers, in one run on one machine, and prints the ratios.

    cargo build --release && benches/compare.py [--tenants 1000] [--runs 5] [--folder /dev/shm/bench]

Needs git, kustomize (`go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2`) and, for the last row, copier from PyPI
(installed into target/bench-venv on first use). Every figure is the best of the runs: noise only ever adds time.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TENANTRY = ROOT / "target" / "release" / "tenantry"
VENV = ROOT / "target" / "bench-venv"
# Where layouts have what they generate.
GENERATED = ["apps", "base", "clusters", "components", "infrastructure", "tenants"]
bench = ROOT / "target" / "bench"
env = {}


class Run:
    """One process: wall time, processor time (user and system) in seconds, peak memory in MB."""

    def __init__(self, command, cwd):
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        stderr = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command} ended with {process.returncode}: {stderr.decode(errors='replace')[-2000:]}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024


# The layout of the fleets: `--layout`.
layout = "multi-tenancy"


def best(runs, command, cwd, prepare=lambda: None):
    results = []
    for _ in range(runs):
        prepare()
        results.append(Run(command, cwd))
    fastest = min(results, key=lambda run: run.wall)
    fastest.cpu = min(run.cpu for run in results)
    fastest.memory = max(run.memory for run in results)
    return fastest


def call(*command, cwd):
    subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.DEVNULL)


def describe(folder, tenants, sync=None):
    """A fleet of two environments with a cluster each; every tenth tenant differs in production."""
    shutil.rmtree(folder, ignore_errors=True)
    call(TENANTRY, "init", folder, "--yes", "--quiet", "--name", "bench", "--ci", "none", "--layout", layout,
         "--repository", "ssh://git@github.com/acme/bench",
         "--environment", "staging,production", "--cluster", "staging=staging", "--cluster", "prod=production",
         cwd=bench)
    if sync:
        with open(folder / "platform.yaml", "a") as platform:
            platform.write(f"tenants: {{ sync: {sync} }}\n")
    target = folder / "platform" / "tenants"
    target.mkdir(parents=True, exist_ok=True)
    for number in range(tenants):
        name = f"team-{number:05}"
        text = (
            "# yaml-language-server: $schema=../../.tenantry/schemas/tenant.json\n"
            f'owner: ["@acme/{name}"]\nnamespaces: [{name}]\nplacement: all\n'
            f"sources:\n  app:\n    git: {{ url: https://github.com/acme/{name}, branch: main }}\n    path: ./deploy\n"
            'quota: { cpu: "20", memory: 64Gi }\n'
        )
        if number % 10 == 0:
            text += "environments:\n  production:\n    sources: { app: { git: { branch: null, tag: v1.0.0 } } }\n"
        (target / f"{name}.yaml").write_text(text)


def wipe(folder):
    for name in [*GENERATED, ".tenantry/lock"]:
        shutil.rmtree(folder / name, ignore_errors=True)


def files(folder):
    return sum(len(names) for name in [*GENERATED, ".tenantry/lock"] for _, _, names in os.walk(folder / name))


def fleet(tenants, runs):
    folder, copy = bench / f"fleet-{tenants}", bench / f"copy-{tenants}"
    describe(folder, tenants)
    generate = best(runs, [TENANTRY, "generate"], folder, prepare=lambda: wipe(folder))

    def fresh():
        shutil.rmtree(copy, ignore_errors=True)
        (copy / ".tenantry").mkdir(parents=True)

    there = [name for name in GENERATED if (folder / name).is_dir()]
    copying = f"cp -r {' '.join(there)} {copy}/ && cp -r .tenantry/lock {copy}/.tenantry/"
    cp = best(runs, ["sh", "-c", copying], folder, prepare=fresh)
    shutil.rmtree(copy)
    call("git", "add", "-A", cwd=folder)
    call("git", "commit", "-qm", "all", cwd=folder)
    time.sleep(1.1)  # so that no entry of git's index is too young to be trusted
    call("git", "status", cwd=folder)
    status = best(2 * runs, ["git", "status", "--porcelain"], folder)
    check = best(2 * runs, [TENANTRY, "generate", "--check"], folder)
    changed = folder / "platform" / "tenants" / "team-00001.yaml"
    texts = [changed.read_text().replace('cpu: "20"', f'cpu: "{cpu}"') for cpu in (21, 22)]

    def change():
        changed.write_text(texts[0])
        texts.reverse()

    one = best(2 * runs, [TENANTRY, "generate"], folder, prepare=change)
    written = subprocess.run(["git", "status", "--porcelain"], cwd=folder, env=env, check=True, text=True,
                             stdout=subprocess.PIPE).stdout.splitlines()
    others = [line for line in written if "team-00001" not in line]
    if others or not written:
        sys.exit(f"one tenant was changed, and this was written: {others}")
    result = dict(tenants=tenants, files=files(folder), generate=generate, cp=cp, check=check, status=status, one=one,
                  written=len(written))
    shutil.rmtree(folder)
    return result


def small(runs):
    folder = bench / "small"
    run = best(runs, [TENANTRY, "init", "small", "--demo"], bench,
               prepare=lambda: shutil.rmtree(folder, ignore_errors=True))
    shutil.rmtree(folder)
    return run


def shared(tenants, runs):
    """The overlay that tenantry writes for all tenants of a cluster, built by kustomize and by tenantry."""
    folder = bench / "shared"
    describe(folder, tenants, sync="shared")
    call(TENANTRY, "generate", cwd=folder)
    tenants = next(name for name in ("tenants", "apps") if (folder / name).is_dir())
    commands = [["kustomize", "build", f"{tenants}/production"], [TENANTRY, "build", "--quiet", f"{tenants}/production"]]
    texts = [subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.PIPE).stdout
             for command in commands]
    if texts[0] != texts[1]:
        sys.exit(f"the overlay of {tenants} tenants is not the same to kustomize and to tenantry")
    peer = best(runs, commands[0], folder)
    ours = best(10 * runs, commands[1], folder)
    shutil.rmtree(folder)
    return peer, ours, texts[0].count(b"\n---\n") + 1


def copier(count):
    if not (VENV / "bin" / "copier").exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([VENV / "bin" / "pip", "install", "--quiet", "copier"], check=True)
    template, target = bench / "template", bench / "copied"
    shutil.rmtree(template, ignore_errors=True)
    inside = template / "{% yield tenant from tenants %}{{ tenant }}{% endyield %}"
    inside.mkdir(parents=True)
    per_tenant = 10
    names = ", ".join(f"team-{number:05}" for number in range(count // per_tenant))
    (template / "copier.yml").write_text(
        f"tenants:\n  type: yaml\n  multiselect: true\n  default: [{names}]\n  choices: [{names}]\n")
    for number in range(per_tenant):
        (inside / f"file-{number}.yaml.jinja").write_text(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ tenant }}\ndata:\n" +
            "".join(f"  key-{line}: {{{{ tenant }}}}\n" for line in range(20)))
    run = best(1, [VENV / "bin" / "copier", "copy", "--defaults", "--quiet", template, target], bench,
               prepare=lambda: shutil.rmtree(target, ignore_errors=True))
    written = sum(len(names) for _, _, names in os.walk(target))
    shutil.rmtree(target)
    return run, written


def main():
    global bench, env, layout
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=pathlib.Path, default=bench, help="where the fleets are made, and removed")
    parser.add_argument("--layout", default=layout, help="the layout of the fleets")
    parser.add_argument("--skip-large", action="store_true", help="leave out ten times as many tenants")
    parser.add_argument("--skip-copier", action="store_true")
    options = parser.parse_args()
    bench, layout = options.folder, options.layout
    bench.mkdir(parents=True, exist_ok=True)
    (bench / ".gitconfig").write_text("[user]\n\tname = bench\n\temail = bench@acme.example\n")
    env.update(os.environ, GIT_CONFIG_GLOBAL=str(bench / ".gitconfig"), GIT_CONFIG_SYSTEM=os.devnull, NO_COLOR="1",
               HOME=str(bench))

    def row(what, run, beside=None, against=None):
        ratio = f"  {run.wall / against.wall:6.2f} x {beside}" if against else ""
        print(f"{what:50} {run.wall:8.3f} s {run.cpu:8.3f} s cpu {run.memory:6.0f} MB{ratio}", flush=True)

    one = fleet(options.tenants, options.runs)
    print(f"{one['tenants']} tenants, 2 environments: {one['files']} files\n")
    row("cp -r of what generate writes", one["cp"])
    row("tenantry generate, from nothing", one["generate"], "cp -r", one["cp"])
    row("git status", one["status"])
    row("tenantry generate --check", one["check"], "git status", one["status"])
    row(f"tenantry generate, one tenant changed ({one['written']} files)", one["one"], "git status", one["status"])
    row("tenantry init --demo", small(options.runs))
    if not options.skip_large:
        ten = fleet(10 * options.tenants, max(2, options.runs // 2))
        print(f"\n{ten['tenants']} tenants: {ten['files']} files\n")
        row("cp -r of what generate writes", ten["cp"])
        row("tenantry generate, from nothing", ten["generate"], f"{one['tenants']} tenants", one["generate"])
        row("git status", ten["status"])
        row("tenantry generate --check", ten["check"], f"{one['tenants']} tenants", one["check"])
        row("  the same", ten["check"], "git status", ten["status"])
        row(f"tenantry generate, one tenant changed ({ten['written']} files)", ten["one"], "git status", ten["status"])
    print("\npeers\n")
    for tenants in [10, 100, 300, 1000]:
        peer, ours, objects = shared(tenants, 1 if tenants > 300 else 2)
        row(f"kustomize build, overlay of {tenants} tenants, {objects} objects", peer)
        row("tenantry build of the same", ours)
        print(f"{'':50} {peer.wall / ours.wall:8.0f} times faster, by processor time {peer.cpu / ours.cpu:.0f}",
              flush=True)
    if not options.skip_copier:
        run, written = copier(one["files"])
        row(f"copier copy of {written} files", run, "tenantry generate", one["generate"])


if __name__ == "__main__":
    main()
