#!/usr/bin/env python3
"""`copier update` and `tenantry generate` over the same edits and the same new template; see copier.sh, which starts it.

Each case is a repository of its own, generated from the first version of a template and committed, edited by a person and committed
again. Then the template changes, and the program brings the repository to it. What a cell says is read off the files that come of it.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "comparison.md"
BEGIN, END = "<!-- begin: tests/peers/copier.sh --write -->", "<!-- end -->"

SETTINGS = """\
# Settings of the shop.
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
data:
  owner: {{ owner }}
  region: "eu-west-1"
  replicas: "2"
  timeout: 30s
  log-level: info
  cache: "on"
  retries: "3"
  banner: hello
  zone: a
"""
SCRIPT = "#!/bin/sh\nset -eu\necho checking\nexec ./check\n"
NOTES = "Notes.\n\nCall the owner first.\n"
OTHER = "other: {}\n"
PICTURE = bytes(range(256))


def settings(**changes):
    """The settings with lines replaced by others."""
    text = SETTINGS
    for key, line in changes.items():
        old = next(one for one in SETTINGS.splitlines() if one.strip().startswith(key.replace("_", "-") + ":"))
        text = text.replace(old + "\n", line + "\n" if line is not None else "")
    return text


NEW = settings(replicas='  replicas: "3"')


@dataclasses.dataclass
class Case:
    """A file, what a person makes of it, and what the new template makes of it; `None` is no file."""

    edit: str  # in words
    change: str  # in words
    file: str = "settings.yaml"
    old: object = SETTINGS
    new: object = NEW
    mine: object = SETTINGS
    mode: int = 0o644
    moved: str = ""  # where the person moved it
    begun: bool = True  # whether what was generated was committed before the edit
    committed: bool = True
    shallow: bool = False  # whether the repository is cloned with its last commit alone before the update
    forgotten: bool = False  # whether the template's own repository begins anew with the new version
    formatted: bool = False  # whether the edit changes the layout alone
    unresolved: bool = False  # whether a conflict of an earlier update is still in the file


def cases():
    same = "changes the same line"
    far = "changes another line"
    yield Case("changes a line", "changes another line far away", mine=settings(banner="  banner: welcome"))
    yield Case("changes a line", "changes the line before it", mine=settings(timeout="  timeout: 60s"))
    yield Case("changes a line", same, mine=settings(replicas='  replicas: "5"'))
    yield Case("changes a line", "changes it to the same", mine=NEW)
    yield Case("changes a line", "does not change this file", mine=settings(banner="  banner: welcome"), new=SETTINGS)
    yield Case("deletes a line", far, mine=settings(cache=None))
    yield Case("deletes a line", same, mine=settings(replicas=None))
    yield Case("adds a line at the end", far, mine=SETTINGS + '  extra: "yes"\n')
    yield Case(
        "adds a line at the end",
        "adds another line at the end",
        mine=SETTINGS + '  extra: "yes"\n',
        new=SETTINGS + "  features: all\n",
    )
    yield Case(
        "adds a comment above a line",
        far,
        mine=settings(log_level="  # Agreed with those on call.\n  log-level: info"),
    )
    yield Case("adds a comment to a line", same, mine=settings(replicas='  replicas: "2" # tested'))
    single = SETTINGS.replace('"', "'").replace("\ndata:\n", "\n\ndata:\n")
    yield Case("formats the file anew (quotes, a blank line)", "changes a line", mine=single, formatted=True)
    yield Case(
        "formats the file anew and changes a line",
        far,
        mine=single.replace("banner: hello", "banner: welcome"),
    )
    yield Case("saves the file with CRLF", "changes a line", mine=SETTINGS.replace("\n", "\r\n"), formatted=True)
    yield Case("deletes the file", "changes a line", mine=None)
    yield Case("deletes the file", "does not change this file", mine=None, new=SETTINGS)
    yield Case("moves the file elsewhere and changes a line", far, mine=settings(banner="  banner: welcome"), moved="moved.yaml")
    yield Case("changes a line", "no longer has the file", mine=settings(banner="  banner: welcome"), new=None)
    yield Case("does not change the file", "no longer has the file", new=None)
    yield Case("adds a file", "adds another of that name", file="notes.txt", old=None, mine=NOTES, new="Notes of the template.\n")
    yield Case("adds a file", "adds the same", file="notes.txt", old=None, mine=NOTES, new=NOTES)
    yield Case(
        "adds a file and does not commit it", "adds another of that name",
        file="notes.txt", old=None, mine=NOTES, new="Notes of the template.\n", committed=False,
    )
    yield Case("makes a script executable", "changes a line", file="check.sh", old=SCRIPT, mine=SCRIPT, mode=0o755,
               new=SCRIPT.replace("checking", "checking all"))
    yield Case("replaces a picture", "does not change this file", file="logo.bin", old=PICTURE, mine=PICTURE[::-1], new=PICTURE)
    yield Case("replaces a picture", "replaces it, too", file="logo.bin", old=PICTURE, mine=PICTURE[::-1], new=PICTURE * 2)
    yield Case("does not change a picture", "replaces it", file="logo.bin", old=PICTURE, mine=PICTURE, new=PICTURE * 2)
    yield Case("changes a line and does not commit it", far, mine=settings(banner="  banner: welcome"), committed=False)
    yield Case("changes a line before the first commit", far, mine=settings(banner="  banner: welcome"), begun=False)
    yield Case("changes a line; the repository is then cloned with `--depth 1`", far, mine=settings(banner="  banner: welcome"), shallow=True)
    yield Case("changes a line", "changes another line; its repository no longer has the old version",
               mine=settings(banner="  banner: welcome"), forgotten=True)
    yield Case("commits a conflict without resolving it", "changes another line", mine=settings(replicas='  replicas: "5"'),
               unresolved=True)


class Program:
    """One of the two, in a scratch folder."""

    def __init__(self, folder, env):
        self.folder, self.env = folder, env
        self.template, self.work = folder / "template", folder / "work"
        folder.mkdir(parents=True)

    def run(self, *words, cwd=None, good=True):
        ran = subprocess.run(words, cwd=cwd or self.work, env=self.env, capture_output=True, text=True, errors="replace")
        if good and ran.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")
        return ran

    def commit(self, cwd=None):
        self.run("git", "add", "--all", cwd=cwd)
        self.run("git", "commit", "--quiet", "--allow-empty", "--message", "x", cwd=cwd)

    def put(self, base, name, content):
        path = base / name
        if content is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


class Copier(Program):
    def begin(self, case):
        self.template.mkdir()
        self.run("git", "init", "--quiet", cwd=self.template)
        self.put(self.template, "copier.yml", "owner: { type: str, default: web }\n")
        self.put(self.template, "{{ _copier_conf.answers_file }}.jinja", "{{ _copier_answers|to_nice_yaml }}")
        self.version(case.file, case.old, "one")
        self.run("git", "tag", "1.0.0", cwd=self.template)
        self.run("copier", "copy", "--quiet", "--defaults", "--vcs-ref", "1.0.0", self.template, self.work, cwd=self.folder)
        self.run("git", "init", "--quiet")
        if case.begun:
            self.commit()

    def version(self, file, content, other):
        self.put(self.template, "other.yaml", OTHER.format(other))
        suffix = "" if isinstance(content, bytes) else ".jinja"
        self.put(self.template, file, None)
        self.put(self.template, file + suffix, content)
        self.commit(cwd=self.template)

    def change(self, case, content, number):
        if case.forgotten:
            shutil.rmtree(self.template / ".git")
            self.run("git", "init", "--quiet", cwd=self.template)
        self.version(case.file, content, number)
        self.run("git", "tag", f"{number}.0.0", cwd=self.template)

    def update(self):
        return self.run("copier", "update", "--quiet", "--defaults", good=False).returncode

    @staticmethod
    def own(path):
        return path.name == ".copier-answers.yml"


class Tenantry(Program):
    def begin(self, case):
        self.work.mkdir()
        self.template = self.work / ".tenantry" / "layout"
        self.put(self.work, "platform.yaml", """\
apiVersion: tenantry.dev/v1
name: web
repository: { url: https://github.com/acme/fleet }
environments: [{ name: production }]
flux: { version: 2.9.4, install: external }
""")
        self.put(self.template, "layout.yaml", "name: small\nversion: 1.0.0\nsummary: A small one.\ncontext: 1\n")
        self.version(case.file, case.old, "one")
        self.run(os.environ["TENANTRY"], "generate")
        self.run("git", "init", "--quiet")
        if case.begun:
            self.commit()

    def version(self, file, content, other):
        self.put(self.template, "other.yaml", OTHER.format(other))
        suffix = "" if isinstance(content, bytes) else ".tera"
        self.put(self.template, file, None)
        text = content.replace("{{ owner }}", "{{ platform.name }}") if isinstance(content, str) else content
        self.put(self.template, file + suffix, text)

    def change(self, case, content, number):
        self.version(case.file, content, number)

    def update(self):
        return self.run(os.environ["TENANTRY"], "generate", good=False).returncode

    @staticmethod
    def own(path):
        return ".tenantry" in path.parts or path.name == "platform.yaml"


def files(program):
    """What is in the repository besides what the program keeps for itself."""
    found = {}
    for path in sorted(program.work.rglob("*")):
        relative = path.relative_to(program.work)
        if path.is_file() and ".git" not in relative.parts and not program.own(relative):
            found[str(relative)] = path.read_bytes()
    return found


def lines(content):
    return [] if content is None else content.decode(errors="replace").replace("\r\n", "\n").splitlines()


def added(content, base):
    """The lines of a text that its base does not have."""
    rest, new = lines(base), []
    for line in lines(content):
        rest.remove(line) if line in rest else new.append(line)
    return new


def split(content):
    """The lines outside of conflicts, and those inside."""
    outside, inside, depth = [], [], False
    for line in lines(content):
        if line.startswith("<<<<<<<"):
            depth = True
        elif depth and line.startswith(">>>>>>>"):
            depth = False
        elif not (depth and (line.startswith("|||||||") or line == "=======")):
            (inside if depth else outside).append(line)
    return outside, inside


def count(number, word):
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def render(content):
    return content.replace("{{ owner }}", "web").encode() if isinstance(content, str) else content


def side(wanted, base, result, beside):
    """Where the lines of one side have gone: outside of conflicts, into one, into another file, or nowhere."""
    outside, inside = split(result)
    new, gone = added(wanted, base), added(base, wanted)
    elsewhere = [line for content in beside for line in lines(content)]
    lost = [line for line in new if line not in outside + inside and not any(line in one for one in elsewhere)]
    if lost:
        return "lost", lost
    if any(line not in outside + inside for line in new):
        return "beside", []
    if any(line not in outside for line in new) or (inside and not new) or (inside and any(line in inside for line in gone)):
        return "conflict", []
    return ("undone", gone) if any(line in outside for line in gone) else ("clean", [])


def judge(case, before, after, exit_code, mode):
    """What became of the edit and of the template's change, in words."""
    if before == after and exit_code != 0:
        return "kept", "refused"
    base, mine, theirs = render(case.old), render(case.mine), render(case.new)
    name = case.file
    result = after.get(name)
    beside = {path: content for path, content in after.items() if path not in before and path != name and path != "other.yaml"}
    notes = [f"`{path}` beside it" for path in sorted(beside)]
    more = ", " + ", ".join(notes) if notes else ""
    if isinstance(case.old, bytes):
        edit = "kept" if result == mine else "overwritten"
        if mine == base:
            edit = "–"
        applied = "–" if theirs == base else "applied" if result == theirs else "beside" if theirs in beside.values() else "not applied"
        return edit, applied.replace("beside", "") + more.removeprefix(", ") if applied == "beside" else applied + more
    if case.moved:
        moved = after.get(case.moved)
        edit = "kept" if moved == mine else "in a conflict" if moved and set(added(mine, base)) <= set(lines(moved)) else "lost"
        if moved and not added(theirs, base)[0] in lines(moved):
            change = "the old file is back" if result is not None else "not applied"
        else:
            change = "applied"
        return edit, change + more
    if mine is None:
        edit = "stays deleted" if result is None else "file is back"
        change = "–" if theirs == base else "not applied" if result is None else "applied"
        return edit, change + more
    if theirs is None:
        if result is None:
            return ("–" if mine == base else "lost"), "file deleted" + more
        return "kept" if result == mine else "in a conflict", ("file stays" if "<<<<<<<" not in result.decode() else "in a conflict") + more
    if case.formatted:
        parsed = result is not None and b"<<<<<<<" not in result
        crlf = b"\r\n" in mine
        if not parsed:
            return "in a conflict", "in a conflict" + more
        if crlf:
            bare = result.replace(b"\r\n", b"").count(b"\n")
            edit = "kept" if not bare else FORM if b"\r\n" not in result else f"{count(bare, 'line')} with LF"
        else:
            missing = [line for line in added(mine, base) if line not in lines(result)]
            changed = [line for line in missing if "replicas" not in line]
            edit = "kept" if not changed else FORM
        same = yaml.safe_load(result) == yaml.safe_load(theirs)
        return edit, ("applied" if same else "not applied") + more
    words = {"clean": "kept", "conflict": "in a conflict", "beside": "beside", "undone": "undone"}
    where, lost = side(mine, base, result, list(beside.values()))
    edit = words.get(where) or f"{count(len(lost), 'line')} lost"
    if mine == base:
        edit = "–"
    if case.mode != 0o644:
        edit = "kept" if mode & 0o111 else "lost"
    where, lost = side(theirs, base, result, list(beside.values()))
    change = {"clean": "applied", "conflict": "in a conflict", "beside": "beside", "undone": "not applied"}.get(where, "not applied")
    if theirs == base:
        change = "–"
    return edit, change + more


def try_one(kind, case, folder, env):
    """The cells of a program for a case."""
    program = kind(folder, env)
    program.begin(case)
    if case.moved:
        (program.work / case.file).rename(program.work / case.moved)
    program.put(program.work, case.moved or case.file, render(case.mine))
    if case.mode != 0o644:
        (program.work / case.file).chmod(case.mode)
    if case.committed:
        program.commit()
    if case.shallow:
        deep = program.work.rename(folder / "deep")
        program.run("git", "clone", "--quiet", "--depth", "1", f"file://{deep}", program.work, cwd=folder)
    if case.unresolved:
        program.change(case, case.new, 2)
        program.update()
        program.commit()
        before = files(program)
        program.change(case, settings(replicas='  replicas: "3"', cache='  cache: "off"'), 3)
        code = program.update()
        return describe_unresolved(before, files(program), code)
    before = files(program)
    program.change(case, case.new, 2)
    code = program.update()
    after = files(program)
    path = program.work / case.file
    edit, change = judge(case, before, after, code, path.stat().st_mode if path.exists() else 0)
    if change == "refused":
        return [edit, change, str(code), "–"]
    # Once more, over what came of it.
    program.commit()
    again = program.update()
    if files(program) == after:
        twice = "the same" if again == 0 else f"exit {again}"
    else:
        twice = "**changes again**"
    return [edit, change, str(code), twice]


def describe_unresolved(before, after, code):
    if before == after:
        return ["kept", "refused" if code else "not applied", str(code), "–"]
    marks = lines(after["settings.yaml"])
    starts = sum(line.startswith("<<<<<<<") for line in marks)
    applied = "applied" if '  cache: "off"' in split(after["settings.yaml"])[0] else "in a conflict"
    kept = '  replicas: "5"' in marks
    edit = ("in a conflict" if starts else "kept") if kept else "1 line lost"
    return [edit, applied + (f", {count(starts, 'conflict')} in the file" if starts != 1 else ""), str(code), "–"]


def table():
    rows = list(cases())
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        home = scratch / "home"
        home.mkdir()
        (home / ".gitconfig").write_text(
            "[user]\n\tname = Ada\n\temail = ada@acme.example\n[init]\n\tdefaultBranch = main\n[core]\n\tautocrlf = false\n"
        )
        env = {"HOME": str(home), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8", "TMPDIR": str(scratch)}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [
                [pool.submit(try_one, kind, case, scratch / f"{number}-{kind.__name__}", env) for kind in (Copier, Tenantry)]
                for number, case in enumerate(rows)
            ]
            results = [[job.result() for job in pair] for pair in jobs]
        version = subprocess.run(["copier", "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    out = [
        f"| the person … | the new template … | copier {version}: the edit | its change | exit | twice | tenantry: the edit | its change | exit | twice |",
        "|---" * 10 + "|",
    ]
    for case, (copier, tenantry) in zip(rows, results):
        out.append("| " + " | ".join([case.edit, case.change, *copier, *tenantry]) + " |")
    return "\n".join(out) + "\n\n" + summary(version, results)


# White space, quotes and line ends say nothing: a file that differs in these alone was not edited.
FORM = "form undone"


def summary(version, results):
    """The cells, counted."""
    def losing(edit, change, code, twice):
        return "lost" in edit or edit in ("overwritten", "undone")

    def silent(edit, change, code, twice):
        return code == "0" and "conflict" in edit + change

    def clean(edit, change, code, twice):
        return code == "0" and edit in ("kept", "–") and change in ("applied", "–", "file deleted")

    def refusing(edit, change, code, twice):
        return change == "refused"

    kinds = [
        ("both sides are in place, without a mark", clean),
        ("a conflict is in a file, and the exit code is 0", silent),
        ("refused, and nothing changed", refusing),
        ("what the person did is gone, without a mark", losing),
        ("only the form (quotes, white space, line ends) is as it was", lambda edit, *_: edit == FORM),
    ]
    out = [f"| of {len(results)} | copier {version} | tenantry |", "|---|---|---|"]
    for words, holds in kinds:
        counts = [sum(holds(*pair[at]) for pair in results) for at in (0, 1)]
        out.append(f"| {words} | {counts[0]} | {counts[1]} |")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table into docs/comparison.md")
    parser.add_argument("--print", action="store_true", help="print the table, and compare it with nothing")
    arguments = parser.parse_args()
    for program in ("git", "copier"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing")
    made = table()
    if arguments.print:
        print(made, end="")
        return
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    there, tail = rest.split(END)
    if arguments.write:
        PAGE.write_text(f"{head}{BEGIN}\n\n{made}\n{END}{tail}")
    elif there.strip() != made.strip():
        sys.exit(f"docs/comparison.md is stale; `tests/peers/copier.sh --write` writes it anew:\n{made}")
    else:
        print("docs/comparison.md says what happens")


if __name__ == "__main__":
    main()
