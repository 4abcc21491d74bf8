"""Patches of the description, beside kustomize.

The three cases of the guide are described at each scope, and then many random patches. Each time the platform is generated, every
Flux Kustomization that got patches is composed as Flux does it (`spec.patches` go to the end of the `patches` of the folder's
kustomization), built with kustomize, and compared with `tenantry build` to the byte. Of the three cases the objects are compared with
the ones that are wanted here as well, on every cluster.

    patches.py PLATFORM [PATCHES [SEED]]

Only Python's own library is used: JSON is YAML, so that what is composed is written as JSON.
"""

import copy
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

KUSTOMIZE, TENANTRY = os.environ["KUSTOMIZE"], os.environ["TENANTRY"]
POLICY = "manifests/scale/policy.yaml"
OBJECT = {
    "apiVersion": "kyverno.io/v1",
    "kind": "ClusterPolicy",
    "metadata": {"name": "scale-down"},
    "spec": {"rules": [{"name": "scale-to-zero", "match": {"any": [{"resources": {"kinds": ["Deployment"], "namespaces": ["one", "two"]}}]}}]},
}


class Wrong(Exception):
    pass


def holds(condition, what):
    if not condition:
        raise Wrong(what)


def documents(text):
    # A text of several lines in an object is indented: no line of it is this one.
    return sorted(one.strip("\n") + "\n" for one in re.split(r"^---\n", text, flags=re.M) if one.strip())


class Platform:
    """A copy of a platform that can be patched and built."""

    def __init__(self, folder, home):
        self.folder, self.home = folder, home
        self.clusters = sorted(path.name for path in (folder / "clusters").iterdir() if path.is_dir())
        self.built = {}

    def run(self, *words):
        environment = {"HOME": str(self.home), "PATH": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run([TENANTRY, *words], cwd=self.folder, env=environment, capture_output=True, text=True)

    def generate(self, *confirmed):
        flags = [word for name in confirmed for word in ("--confirm", name)]
        return self.run("generate", *flags)

    def write(self, path, value):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value, indent=1) + "\n")

    def objects(self, cluster):
        """Every object of a cluster with the Flux Kustomization that applies it."""
        ran = self.run("build", "--cluster", cluster, "--format", "json")
        holds(ran.returncode == 0, f"{cluster} does not build:\n{ran.stdout[:2000]}{ran.stderr}")
        found = json.loads(ran.stdout)["data"]["clusters"][0]["objects"]
        return [(one["chain"][-1].split("/", 1)[1], one["object"]) for one in found]

    def compare(self):
        """Compares every Flux Kustomization with patches that this repository has all of; how many there were, and their entries."""
        compared = entries = 0
        for cluster in self.clusters:
            for _, one in self.objects(cluster):
                spec = one.get("spec", {})
                name = f"{one['metadata'].get('namespace')}/{one['metadata']['name']}"
                mine = one["kind"] == "Kustomization" and one["apiVersion"].startswith("kustomize.toolkit.fluxcd.io/")
                # Flux's own manifests and variables are not a matter of patches.
                if not mine or not spec.get("patches") or "nameSuffix" in spec or "postBuild" in spec:
                    continue
                if spec["sourceRef"]["name"] != "flux-system":
                    continue
                theirs = self.with_kustomize(name, spec)
                ours = self.run("build", "--quiet", "--cluster", cluster, "--kustomization", name)
                holds(ours.returncode == 0, f"{cluster}: {name} does not build:\n{ours.stderr}")
                text = "".join(line for line in ours.stdout.splitlines(True) if not line.startswith("# Kustomization "))
                # Flux applies in an order of its own.
                texts = {"theirs": documents(theirs), "ours": documents(text)}
                if texts["ours"] != texts["theirs"]:
                    for at, made in texts.items():
                        (self.home / f"{at}.yaml").write_text("---\n".join(made))
                    shown = subprocess.run(["diff", "-u", "theirs.yaml", "ours.yaml"], cwd=self.home, capture_output=True, text=True)
                    raise Wrong(f"{cluster}: {name} differs from kustomize:\n{shown.stdout[:4000]}\n{json.dumps(spec['patches'], indent=1)[:4000]}")
                compared += 1
                entries += len(spec["patches"])
        return compared, entries

    def with_kustomize(self, name, spec):
        root = self.home / "composed"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.folder, root, ignore=shutil.ignore_patterns(".git", ".tenantry", "platform"))
        folder = root / spec["path"]
        file = folder / "kustomization.yaml"
        if not file.exists():
            names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))
            file.write_text(json.dumps({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": names}, indent=1))
        lines = file.read_text().splitlines()
        items = [json.dumps(patch) for patch in spec["patches"]]
        if lines[0] == "{":
            lines[0] = '{"patches": [' + ", ".join(items) + "],"
        elif "patches:" in lines:
            start = lines.index("patches:") + 1
            end = next((at for at in range(start, len(lines)) if re.match(r"[a-zA-Z]", lines[at])), len(lines))
            indent = re.match(" *", lines[start])[0]
            lines[end:end] = [f"{indent}- {item}" for item in items]
        else:
            lines += ["patches:", *(f"  - {item}" for item in items)]
        file.write_text("\n".join(lines) + "\n")
        # Flux labels what it applies at the very end.
        namespace, plain = name.split("/")
        pairs = {"kustomize.toolkit.fluxcd.io/name": plain, "kustomize.toolkit.fluxcd.io/namespace": namespace}
        wrap = {"kind": "Kustomization", "resources": ["../" + spec["path"].removeprefix("./")], "labels": [{"pairs": pairs}]}
        (root / "wrap").mkdir()
        (root / "wrap/kustomization.yaml").write_text(json.dumps(wrap))
        ran = subprocess.run([KUSTOMIZE, "build", "--load-restrictor", "LoadRestrictionsNone", "wrap"], cwd=root, capture_output=True, text=True)
        holds(ran.returncode == 0, f"kustomize refuses {name}:\n{ran.stderr}\n{file.read_text()[:4000]}")
        return ran.stdout


class Scope:
    """Where a patch holds, how that is said, and on which clusters it is so."""

    def __init__(self, name, clusters, file=None, inline=None):
        self.name, self.clusters, self.file, self.inline = name, clusters, file, inline

    def say(self, platform, patch):
        if self.inline is None:
            platform.write("platform/patches/case.yaml", {**({"scope": self.file} if self.file else {}), **patch})
            return
        path, before, indent = self.inline
        text = (platform.folder / path).read_text()
        said = " " * indent + "patches: " + json.dumps({"case": patch}) + "\n"
        at = len(text) if before is None else text.index(before)
        platform.write(path, text[:at] + said + text[at:])


def scopes(component, everywhere, production):
    at = f"platform/components/{component}.yaml"
    return [
        Scope("platform", everywhere, file={}),
        Scope("environment", production, file={"environments": ["production"]}),
        Scope("cluster", ["prod-eu"], file={"clusters": ["prod-eu"]}),
        Scope("component", everywhere, file={"components": [component]}),
        Scope("environment x component", production, file={"environments": ["production"], "components": [component]}),
        Scope("cluster x component", ["prod-us"], file={"clusters": ["prod-us"], "components": [component]}),
        Scope("environment, inline", production, inline=("platform.yaml", "    flux: { version: 2.9.3 }", 4)),
        Scope("cluster, inline", ["prod-eu"], inline=("platform/clusters/prod-eu.yaml", None, 0)),
        Scope("component, inline", everywhere, inline=(at, None, 0)),
    ]


def of_tenant(everywhere):
    return [
        Scope("tenant", everywhere, file={"tenants": ["web"]}),
        Scope("environment x tenant", ["prod-eu", "prod-us"], file={"environments": ["production"], "tenants": ["web"]}),
        Scope("cluster x tenant", ["prod-us"], file={"clusters": ["prod-us"], "tenants": ["web"]}),
        Scope("tenant, inline", everywhere, inline=("platform/tenants/web.yaml", "environments:", 0)),
    ]


def leaf(one):
    values = one["spec"].setdefault("values", {})
    values["defaults"] = {"cni": {"cniBinDir": "/opt/cni/bin", "cniConfDir": "/etc/cni/net.d"}}


def everywhere(one):
    one["spec"]["rules"][0]["match"]["any"][0]["resources"]["namespaces"] = ["*"]


def quota(one):
    one["spec"]["hard"]["requests.storage"] = "1Ti"


def egress(one):
    one["spec"]["policyTypes"] = ["Ingress"]


def gone(one):
    return None


ADDED = [
    {"op": "add", "path": "/spec/values/defaults", "value": {}},
    {"op": "add", "path": "/spec/values/defaults/cni", "value": {}},
    {"op": "add", "path": "/spec/values/defaults/cni/cniBinDir", "value": "/opt/cni/bin"},
    {"op": "add", "path": "/spec/values/defaults/cni/cniConfDir", "value": "/etc/cni/net.d"},
]
CNI = {"kind": "HelmRelease", "name": "istio-cni"}
ZERO = {"kind": "ClusterPolicy", "name": "scale-down"}
NAMESPACES = "/spec/rules/0/match/any/0/resources/namespaces"
REPLACED = [
    {"op": "test", "path": "/spec/rules/0/name", "value": "scale-to-zero"},
    {"op": "replace", "path": NAMESPACES, "value": ["*"]},
]


def cases(clusters):
    production = [name for name in clusters if name.startswith("prod-")]
    on = [name for name in clusters if name != "staging-us"]  # where istio-cni is
    for scope in scopes("istio-cni", on, production):
        yield "a leaf of values", scope, CNI, {"operations": ADDED}, leaf
        yield "a leaf of values, merged", scope, CNI, {"merge": {"spec": {"values": {"defaults": ADDED_MERGED}}}}, leaf
        yield "an object removed", scope, CNI, {"delete": True}, gone
    for scope in scopes("scale", clusters, production):
        yield "a list replaced", scope, ZERO, {"operations": REPLACED}, everywhere
    for scope in of_tenant(clusters):
        yield "a leaf of a quota", scope, {"kind": "ResourceQuota"}, {"merge": {"spec": {"hard": {"requests.storage": "1Ti"}}}}, quota
        yield "a policy removed", scope, {"kind": "NetworkPolicy", "name": "tenancy-dns"}, {"delete": True}, gone
        yield "a list of a policy replaced", scope, {"kind": "NetworkPolicy", "name": "tenancy-deny"}, {
            "operations": [{"op": "replace", "path": "/spec/policyTypes", "value": ["Ingress"]}]
        }, egress


ADDED_MERGED = {"cni": {"cniBinDir": "/opt/cni/bin", "cniConfDir": "/etc/cni/net.d"}}


def key(one):
    return one["apiVersion"], one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]


def meant(one, target, scope):
    tenant = target["kind"] in ("ResourceQuota", "NetworkPolicy")
    return (
        one["kind"] == target["kind"]
        and one["metadata"]["name"] == target.get("name", one["metadata"]["name"])
        and (not tenant or one["metadata"]["namespace"] == "web")
    )


def without_patches(one):
    if one["kind"] == "Kustomization" and "patches" in one.get("spec", {}):
        one = copy.deepcopy(one)
        del one["spec"]["patches"]
    return one


def three_cases(start, scratch):
    """Each case at each scope."""
    before = {cluster: start.objects(cluster) for cluster in start.clusters}
    compared = done = 0
    for name, scope, target, form, change in cases(start.clusters):
        folder = scratch / "case"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(start.folder, folder)
        platform = Platform(folder, start.home)
        scope.say(platform, {"target": target, **form})
        ran = platform.generate("istio-cni", "web")
        holds(ran.returncode == 0, f"{name}, {scope.name}: {ran.stderr}")
        for cluster in platform.clusters:
            wanted = []
            for applier, one in before[cluster]:
                if meant(one, target, scope) and cluster in scope.clusters:
                    one = copy.deepcopy(one)
                    if change is gone:
                        continue
                    change(one)
                wanted.append((applier, without_patches(one)))
            got = [(applier, without_patches(one)) for applier, one in platform.objects(cluster)]
            for want, have in zip(wanted, got):
                holds(want == have, f"{name}, {scope.name}, {cluster}: wanted\n{json.dumps(want, indent=1)}\nand got\n{json.dumps(have, indent=1)}")
            holds(len(wanted) == len(got), f"{name}, {scope.name}, {cluster}: {len(got)} objects instead of {len(wanted)}")
        touched, _ = platform.compare()
        holds(touched == len(scope.clusters), f"{name}, {scope.name}: {touched} Flux Kustomizations instead of {len(scope.clusters)}")
        compared += touched
        done += 1
    print(f"   {done} cases, {compared} Flux Kustomizations as kustomize builds them", flush=True)
    holds(done >= 45 and compared >= 100, "suspiciously few")


TEXTS = ["x", "", "yes", "1", "0x1", "null", "ä → ß", " a ", "a: b # c", "$(VAR)", "--- \n---\n", "\t", "'\"`", "{{ x }}{% raw %}", "*a", "&b", "1e3", "~", "x" * 300]
KEYS = ["new", "a.b/c", "a~b", "on", "1", "ä", "with space", "$x"]


def pointer(path):
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def places(value, path=()):
    """Every place below `spec`, `data` and the like, and of labels and annotations."""
    if isinstance(value, dict):
        for name, below in value.items():
            if path == () and name in ("apiVersion", "kind"):
                continue
            if path == ("metadata",) and name not in ("labels", "annotations"):
                continue
            if len(path) == 2 and name.startswith("kustomize.toolkit.fluxcd.io/"):
                continue
            yield path + (name,), below
            yield from places(below, path + (name,))
    elif isinstance(value, list):
        for at, below in enumerate(value):
            yield path + (at,), below
            yield from places(below, path + (at,))


class Maker:
    """Random patches of what is there."""

    def __init__(self, chance, objects, names):
        self.chance, self.objects, self.names = chance, objects, names

    def value(self, like=None):
        if isinstance(like, str):
            return self.chance.choice(TEXTS)
        if isinstance(like, bool):
            return not like
        if isinstance(like, int):
            return like + self.chance.randrange(1, 9)
        kind = self.chance.randrange(5)
        if kind == 0:
            return {self.chance.choice(KEYS): self.chance.choice(TEXTS)}
        if kind == 1:
            return [self.chance.choice(TEXTS) for _ in range(self.chance.randrange(3))]
        return self.chance.choice(TEXTS + [1, 2.5, True, False, -7])

    def operations(self, one):
        found = [place for place in places(one) if place[0] != ("metadata",)]
        made = []
        for _ in range(self.chance.choice([1, 1, 2, 3])):
            path, value = self.chance.choice(found)
            kind = self.chance.choice(["replace", "replace", "remove", "add", "append", "test", "copy"])
            if path in (("metadata", "labels"), ("metadata", "annotations")):
                # Anything else in their place is no object of Kubernetes'.
                kind = self.chance.choice(["add", "remove"])
            if kind == "append" and isinstance(value, list):
                made.append({"op": "add", "path": pointer(path) + "/-", "value": self.value(value[0] if value else None)})
            elif kind == "add" and isinstance(value, dict):
                made.append({"op": "add", "path": pointer(path + (self.chance.choice(KEYS),)), "value": self.value("" if path[0] == "metadata" else None)})
            elif kind == "test":
                made.append({"op": "test", "path": pointer(path), "value": value})
            elif kind == "remove" and len(path) > 1:
                made.append({"op": "remove", "path": pointer(path)})
            elif kind == "copy" and path[0] != "metadata" and isinstance(value, dict):
                made.append({"op": "copy", "from": pointer(path), "path": pointer(path[:-1] + ("copied",)) if isinstance(path[-1], str) else pointer(path[:-1] + ("-",))})
            else:
                made.append({"op": "replace", "path": pointer(path), "value": self.value(value)})
        return {"operations": made}

    def merge(self, one):
        found = [place for place in places(one) if not any(isinstance(part, int) for part in place[0])]
        path, value = self.chance.choice(found)
        if self.chance.random() < 0.2 and len(path) > 1:
            value = None
        elif isinstance(value, dict):
            value = {self.chance.choice(KEYS): self.value("" if path[0] == "metadata" else None)}
        elif isinstance(value, list) and value and isinstance(value[0], dict) and self.chance.random() < 0.7:
            value = [{**self.chance.choice(value), **({"extra": self.value()} if self.chance.random() < 0.5 else {})}]
        else:
            value = self.value(value)
        for part in reversed(path):
            value = {part: value}
        return {"merge": value}

    def patch(self):
        one = self.chance.choice(self.objects)
        form = self.chance.choice([self.operations, self.operations, self.merge, self.merge, lambda _: {"delete": True}])
        api, kind, namespace, name = key(one)
        target = {"kind": kind}
        if self.chance.random() < 0.8:
            target["name"] = self.chance.choice([re.escape(name).replace("\\-", "-"), name[: len(name) // 2] + ".*", f"({name}|x)"])
        if namespace and self.chance.random() < 0.4:
            target["namespace"] = namespace
        if "/" in api and self.chance.random() < 0.3:
            target["group"], target["version"] = api.split("/")
        labels = {name: value for name, value in one["metadata"].get("labels", {}).items() if not name.startswith("kustomize.toolkit")}
        if labels and self.chance.random() < 0.3:
            label = self.chance.choice(sorted(labels))
            target["labelSelector"] = self.chance.choice([f"{label}={labels[label]}", label, f"{label} in ({labels[label]}, other)"])
        scope = {}
        for field, names in self.names.items():
            if self.chance.random() < 0.25:
                scope[field] = self.chance.sample(names, self.chance.choice([1, 1, 2]))
        return {**({"scope": scope} if scope else {}), "target": target, **form(one)}


def random_patches(start, scratch, wanted, seed):
    chance = random.Random(seed)
    objects = {}
    for cluster in start.clusters:
        for applier, one in start.objects(cluster):
            # What the cluster's own Kustomization applies is described, and variables come after patches.
            if applier.split("/")[1] not in ("flux-system", "flux-shard.shard1", "cluster-issuers"):
                objects.setdefault(key(one), one)
    names = {
        "environments": ["staging", "production"],
        "clusters": start.clusters,
        "components": sorted(path.stem for path in (start.folder / "platform/components").glob("*.yaml")),
        "tenants": sorted(path.stem for path in (start.folder / "platform/tenants").rglob("*.yaml")),
    }
    maker = Maker(chance, [objects[name] for name in sorted(objects, key=str)], names)
    taken = tried = compared = entries = 0
    forms, refused = {}, {}
    while taken < wanted:
        folder = scratch / "random"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(start.folder, folder)
        platform = Platform(folder, start.home)
        for number in range(min(12, wanted - taken)):
            for _ in range(60):
                tried += 1
                patch = maker.patch()
                file = f"platform/patches/p{number:02}.yaml"
                platform.write(file, patch)
                ran = platform.generate("acme-fleet")
                if ran.returncode == 0:
                    taken += 1
                    form = next(name for name in ("operations", "merge", "delete") if name in patch)
                    forms[form] = forms.get(form, 0) + 1
                    break
                holds(ran.returncode == 1, f"{ran.returncode}: {json.dumps(patch)}\n{ran.stderr}")
                code = ran.stderr.split("\n", 1)[0]
                refused[code] = refused.get(code, 0) + 1
                (platform.folder / file).unlink()
            else:
                break
        try:
            here, there = platform.compare()
        except Wrong as wrong:
            said = "\n".join(f"{path.name}: {path.read_text()}" for path in sorted((folder / "platform/patches").glob("*")))
            raise Wrong(f"{wrong}\n{said}") from None
        compared += here
        entries += there
    told = ", ".join(f"{count} {name}" for name, count in sorted(forms.items()))
    print(f"   {taken} random patches ({told}), {entries} entries in {compared} Flux Kustomizations as kustomize builds them", flush=True)
    print(f"   {tried - taken} refused: {dict(sorted(refused.items()))}", flush=True)
    holds(compared >= wanted // 2 and len(forms) == 3, "suspiciously few")


def main():
    source, *more = sys.argv[1:]
    wanted, seed = int(more[0]) if more else 60, int(more[1]) if len(more) > 1 else 7
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        folder, home = scratch / "start", scratch / "home"
        home.mkdir()
        shutil.copytree(source, folder)
        start = Platform(folder, home)
        compared, _ = start.compare()
        print(f"   the platform as it is: {compared} Flux Kustomizations with patches", flush=True)
        # Its own patches would meet those that are tried.
        shutil.rmtree(folder / "platform/patches", ignore_errors=True)
        start.write(POLICY, OBJECT)
        start.write("platform/components/scale.yaml", "manifests: { path: manifests/scale }\nnamespace: kyverno\ndependsOn: [kyverno]\n")
        ran = start.generate()
        holds(ran.returncode == 0, ran.stderr)
        three_cases(start, scratch)
        random_patches(start, scratch, wanted, seed)


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(f"patches.py: {wrong}")
