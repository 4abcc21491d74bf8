#!/usr/bin/env python3
"""Uses pages and pictures of `tenantry graph` in Chromium, and says what does not hold; see graph.sh, which starts it.

What to expect is worked out here, from the data that lies in the page, so any page will do. Keys and clicks are real ones, sent over
the browser's debugging pipe.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.etree.ElementTree

SHOTS = os.environ.get("SHOTS")
TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# What String.trim of a browser takes away.
BLANK = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


class Wrong(Exception):
    """Something does not hold."""


def holds(condition, message):
    if not condition:
        raise Wrong(message)


class Browser:
    """Chromium without a window, with one tab."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="graph-chromium-")
        to_child, write = os.pipe()
        read, from_child = os.pipe()

        def fds():
            # The debugging pipe is descriptors 3 and 4; either end may lie there already.
            high = [os.dup2(fd, 60 + at) for at, fd in enumerate((to_child, from_child))]
            for at, fd in enumerate(high):
                os.dup2(fd, 3 + at)

        command = [os.environ.get("CHROMIUM", "chromium"), "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.profile}"]
        command += ["--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]
        command += ["--window-size=1500,1200"] + (["--no-sandbox"] if os.geteuid() == 0 else []) + ["about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(3, 4), preexec_fn=fds, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_child)
        os.close(from_child)
        self.write, self.read = os.fdopen(write, "wb", 0), os.fdopen(read, "rb", 0)
        self.rest, self.next, self.events, self.session = b"", 0, [], None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.media()

    def close(self):
        self.write.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.read.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def message(self):
        while b"\0" not in self.rest:
            piece = self.read.read(1 << 20)
            holds(piece, "the browser went away")
            self.rest += piece
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def send(self, method, **params):
        self.next += 1
        request = {"id": self.next, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        self.write.write(json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.next:
                holds("error" not in answer, f"{method}: {answer.get('error')}")
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        # Another page first: the same one with another place would not be loaded again.
        self.send("Page.navigate", url="about:blank")
        self.events.clear()
        self.send("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.protocol === 'file:'", "the page is loaded")
        self.frame()

    def run(self, script):
        result = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        holds("exceptionDetails" not in result, f"{script}: {json.dumps(result.get('exceptionDetails'))[:600]}")
        return result["result"].get("value")

    def until(self, script, what):
        end = time.monotonic() + 20
        while not self.run(f"Boolean({script})"):
            holds(time.monotonic() < end, f"waited in vain until {what}")
            time.sleep(0.02)

    def frame(self):
        """Lets it lay out and paint."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def key(self, key, text=None):
        codes = {"Enter": 13, "Escape": 27, "/": 191, "Tab": 9}
        params = {"key": key, "code": {"/": "Slash"}.get(key, key), "windowsVirtualKeyCode": codes[key]}
        if text:
            params["text"] = text
        self.send("Input.dispatchKeyEvent", type="keyDown", **params)
        self.send("Input.dispatchKeyEvent", type="keyUp", **params)
        self.frame()

    def click(self, selector):
        """A click of the mouse on what a selector finds, which has to be there to be hit."""
        spot = self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}); if (!one) return null;"
            "one.scrollIntoView({block: 'center', inline: 'center'}); const box = one.getBoundingClientRect();"
            "const [x, y] = [box.x + Math.min(box.width / 2, 40), box.y + box.height / 2]; const hit = document.elementFromPoint(x, y);"
            "return one.contains(hit) ? [x, y] : `${hit && hit.outerHTML.slice(0, 120)} is in the way`; })()"
        )
        holds(isinstance(spot, list), f"cannot click {selector}: {spot}")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1)
        self.frame()

    def media(self, scheme="light", media=""):
        self.send("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def shot(self, name):
        if SHOTS:
            import base64

            os.makedirs(SHOTS, exist_ok=True)
            data = self.send("Page.captureScreenshot", format="png")["data"]
            (pathlib.Path(SHOTS) / f"{name}.png").write_bytes(base64.b64decode(data))

    def complaints(self, url):
        """What the page did that it must not: errors, warnings, and requests for anything but itself."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            match event.get("method"):
                case "Runtime.exceptionThrown":
                    found.append(f"exception: {params['exceptionDetails']}")
                case "Runtime.consoleAPICalled":
                    found.append(f"console: {params['args']}")
                case "Log.entryAdded":
                    found.append(f"log: {params['entry']['text']}")
                case "Network.requestWillBeSent" if not params["request"]["url"].startswith((url, "about:blank")):
                    found.append(f"request: {params['request']['url']}")
        return found


class Node:
    """A node of the page's data."""

    def __init__(self, data, cluster, place, raw):
        self.id, kind, label, self.group, state, self.rank, self.stuck, self.facts = raw
        self.cluster, self.place = cluster, place
        self.key, self.word = data["kinds"][kind]
        self.state = data["states"][state]
        self.label = shown(label) or shown(self.id) or "(no name)"
        self.before, self.after = [], []

    def reached(self, way):
        seen, todo = {self}, [self]
        while todo:
            for other in getattr(todo.pop(), way):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen - {self}

    def says(self, text):
        facts = [value for _, value in self.facts]
        group = "not in a group" if self.group is None else shown(self.group) or "(no name)"
        state = "" if self.state == "active" else self.state
        return text in "\n".join([self.label, self.id, self.word, group, state, *facts]).lower()


def shown(text):
    return TURNS.sub("\ufffd", text).strip(BLANK)


def model(page):
    text = page.read_text(encoding="utf-8")
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])
    clusters = []
    for at, raw in enumerate(data["clusters"]):
        nodes = [Node(data, at, place, one) for place, one in enumerate(raw["nodes"])]
        for first, then, _ in raw["edges"]:
            nodes[first].after.append(nodes[then])
            nodes[then].before.append(nodes[first])
        clusters.append(nodes)
    return data, clusters


def groups(nodes):
    """The groups of a cluster in their order, as the page numbers them."""
    found = collections.OrderedDict()
    for node in nodes:
        found.setdefault(node.group, []).append(node)
    return found


CARDS = "[...document.querySelectorAll('.card')].filter((card) => card.offsetParent)"


class Page:
    """A page in use."""

    def __init__(self, browser, path):
        self.browser, self.path, self.url = browser, path, path.resolve().as_uri()
        self.data, self.clusters = model(path)
        self.all = [node for nodes in self.clusters for node in nodes]

    def cards(self):
        """The nodes whose cards are to be seen, with what their cards say."""
        raw = self.browser.run(
            f"{CARDS}.map((card) => [Number(card.closest('.cluster').dataset.cluster), Number(card.dataset.node),"
            "card.querySelector('.label').textContent, card.className, card.innerText])"
        )
        return [(self.clusters[cluster][place], *rest) for cluster, place, *rest in raw]

    def sample(self):
        """The clusters that are tried one by one."""
        return list(enumerate(self.clusters))[:6]

    def folds(self):
        return self.browser.run("[...document.querySelectorAll('main .fold')].map((one) => one.getAttribute('aria-expanded')).join()")

    def opens(self):
        started = time.monotonic()
        self.browser.open(self.url)
        took = time.monotonic() - started
        count = self.browser.run("document.querySelectorAll('*').length")
        sections = self.browser.run("document.querySelectorAll('.cluster').length")
        holds(sections == len(self.clusters), f"{sections} clusters instead of {len(self.clusters)}")
        holds(took < 10, f"opening took {took:.1f} s")
        holds(count < 30_000, f"{count} elements at first")
        hidden = self.browser.run("document.querySelectorAll('.closed .card').length")
        holds(hidden == 0, f"{hidden} cards are built of what is folded")
        policy = self.browser.run("document.querySelector('meta[http-equiv=Content-Security-Policy]').content")
        holds("default-src 'none'" in policy and "unsafe" not in policy, f"the policy is {policy}")
        return f"{len(self.all)} nodes, {count} elements at first, {took:.2f} s"

    def folding(self):
        """Clusters by the keyboard, groups by the mouse; what is folded is not built."""
        browser = self.browser
        for at, nodes in self.sample():
            button = f".cluster[data-cluster='{at}'] > h2 > .fold"
            state = f"document.querySelector(\"{button}\").getAttribute('aria-expanded')"
            hidden = f"document.getElementById(document.querySelector(\"{button}\").getAttribute('aria-controls')).hidden"
            for _ in range(2):
                was = browser.run(state)
                browser.run(f'document.querySelector("{button}").focus()')
                browser.key("Enter", "\r")
                holds(browser.run(state) != was, f"Enter does not fold cluster {at}")
                holds(browser.run(hidden) == (was == "true"), f"cluster {at} says one thing and shows another")
                holds(browser.run(f'document.activeElement === document.querySelector("{button}")'), "folding loses the focus")
            if browser.run(state) == "false":
                browser.click(button)
            for number, members in list(enumerate(groups(nodes).values()))[:6]:
                group = f".group[data-group='{at}/{number}']"
                cards = f"{CARDS}.filter((card) => card.closest(\"{group}\")).length"
                is_open = browser.run(f"document.querySelector(\"{group} .fold\").getAttribute('aria-expanded')") == "true"
                for _ in range(2):
                    holds(browser.run(cards) == (len(members) if is_open else 0), f"group {at}/{number} shows {browser.run(cards)} cards")
                    browser.click(f"{group} .fold")
                    is_open = not is_open
                if not is_open:
                    browser.click(f"{group} .fold")
        return f"{len(self.sample())} clusters"

    def labels(self):
        """Labels are text: what they say stands there, and nothing of it became an element or ran."""
        for node, label, _, _ in self.cards():
            holds(label == node.label, f"{label!r} instead of {node.label!r}")
        outside = self.browser.run(f"{CARDS}.filter((card) => [card, card.querySelector('.caption')].some((one) => one.scrollWidth > one.clientWidth)).map((card) => card.innerText)")
        holds(not outside, f"what is on these cards does not fit: {outside[:3]}")
        tags = set(self.browser.run("[...new Set([...document.querySelectorAll('main *, aside *')].map((one) => one.localName))]"))
        known = {"section", "h2", "h3", "button", "span", "div", "p", "svg", "path", "dl", "dt", "dd", "ul", "li", "details", "summary"}
        holds(tags <= known, f"elements that nobody made: {tags - known}")
        heading = " ".join(self.data["title"].split())
        holds(self.browser.run("document.querySelector('h1').textContent.split(/\\s+/).join(' ').trim()") == TURNS.sub("\ufffd", heading), "the title")
        holds(self.browser.run("typeof window.pwned") == "undefined", "a label ran as a script")
        return f"{len(self.cards())} cards"

    def ask(self, query):
        self.browser.run("document.activeElement.blur()")
        self.browser.key("/", "/")
        holds(self.browser.run("document.activeElement.id") == "search", "/ does not go to the search")
        self.browser.send("Input.insertText", text=query)
        self.browser.run("new Promise((done) => setTimeout(done, 250))")
        self.browser.frame()

    def found(self, query, expected):
        self.ask(query)
        status = self.browser.run("document.getElementById('status').textContent")
        cards = [node for node, *_ in self.cards()]
        if not expected:
            holds("Nothing matches" in status and not cards, f"{query!r} finds {status!r}")
        else:
            holds(status.startswith(f"{len(expected):,} of "), f"{query!r} finds {status!r} instead of {len(expected)}")
            holds(set(cards) <= expected, f"{query!r} shows what does not match")
            holds(len(expected) > 60 or set(cards) == expected, f"{query!r} shows {len(cards)} of {len(expected)}")
            holds(set(self.browser.run("[...document.querySelectorAll('.cluster')].map((one) => Number(one.dataset.cluster))")) == {node.cluster for node in expected}, f"{query!r}: other clusters")

    def searching(self):
        before = self.folds()
        plain = re.compile(r"[a-z0-9][a-z0-9./-]{2,40}").fullmatch
        node = next((one for one in reversed(self.all) if plain(one.label)), None)
        queries = {"no-such-thing-anywhere": set()}
        if node:
            queries[node.label.upper()] = {one for one in self.all if one.says(node.label)}
            for name in ("namespace", "path"):
                value = next((value for key, value in node.facts if key == name and plain(value)), None)
                if value:
                    queries[value] = {one for one in self.all if one.says(value)}
                    queries[f"{name}:{value}"] = {one for one in self.all if any(key.lower() == name and value in said.lower() for key, said in one.facts)}
            queries[f"{node.label} kind:{node.word}"] = {one for one in self.all if one.says(node.label) and node.word.lower() in one.word.lower()}
        for word in {one.word for one in self.all}:
            queries[f"kind:{word}"] = {one for one in self.all if word.lower() in one.word.lower()}
        for state in {one.state for one in self.all}:
            queries[f"state:{state}"] = {one for one in self.all if one.state == state}
        for query, expected in queries.items():
            self.found(query, expected)
            self.browser.shot(f"{self.path.stem}-search") if node and query == node.label.upper() else None
            self.browser.key("Escape")
            holds(self.browser.run("document.getElementById('search').value + document.getElementById('status').textContent") == "", "Esc does not clear")
            holds(self.folds() == before, f"after {query!r} other things are folded than before")
        return f"{len(queries)} searches"

    def choosing(self):
        """Of each cluster the node with the longest ways in both directions, one without any, and one in a circle."""
        count = 0
        for _, nodes in self.sample():
            sample = nodes if len(nodes) < 400 else nodes[:80] + nodes[-40:]
            measured = [(len(node.reached("before")) * len(node.reached("after")), node.place, node) for node in sample]
            picked = {max(measured)[2], min(measured)[2], sample[-1]} if measured else set()
            picked |= set([node for node in nodes if node.stuck][:1])
            ids = collections.Counter(node.id for node in nodes)
            for node in sorted((node for node in picked if ids[node.id] == 1), key=lambda one: one.place):
                self.choose(node)
                count += 1
        return f"{count} nodes"

    def choose(self, node):
        browser = self.browser
        place = urllib.parse.urlencode({"cluster": self.data["clusters"][node.cluster]["name"], "node": node.id})
        browser.open(f"{self.url}#{place}")
        self.details(node)
        browser.shot(f"{self.path.stem}-details-{node.cluster}-{node.place}")
        # The same by a click.
        card = f".cluster[data-cluster='{node.cluster}'] .card[data-node='{node.place}']"
        browser.key("Escape")
        holds(browser.run("document.getElementById('details').hidden"), "Esc does not close the details")
        holds(browser.run(f'document.activeElement === document.querySelector("{card}")'), "closing the details loses the focus")
        holds("#" not in browser.run("location.href"), "the place of what was closed stays")
        browser.click(card)
        self.details(node)
        # And on to what it waits for or blocks.
        target = browser.run("(() => { const one = document.querySelector('#details [data-ties] .go'); return one && one.textContent; })()")
        if target is not None:
            browser.click("#details [data-ties] .go")
            holds(browser.run("document.querySelector('#details h2').textContent") == target, "the details do not go on")
            holds(browser.run("document.activeElement.matches('.card.self')"), "what is gone to has no focus")

    def details(self, node):
        browser = self.browser
        before, after = node.reached("before"), node.reached("after")
        holds(browser.run("document.querySelector('#details h2').textContent") == node.label, f"no details of {node.id!r}")
        counts = browser.run("[...document.querySelectorAll('#details [data-ties]')].map((one) => [one.dataset.ties, Number(one.dataset.count)])")
        holds(counts == [["waits", len(before)], ["blocks", len(after)]], f"{node.id!r}: {counts}, not {len(before)} and {len(after)}")
        facts = browser.run("[...document.querySelectorAll('#details dt, #details dd')].map((one) => one.textContent)")
        expected = [shown(text) for fact in [["id", node.id], *node.facts] for text in fact]
        holds(facts == expected, f"the facts are {facts}")
        for id_, direct, everyone in (("waits", node.before, before), ("blocks", node.after, after)):
            names = browser.run(f"[...document.querySelectorAll('#details [data-ties={id_}] .go')].map((one) => one.textContent)")
            near = {one.label for one in direct if one is not node}
            holds(len(everyone) > 100 or sorted(names) == sorted(one.label for one in everyone), f"{node.id!r} {id_}: {names}")
            holds(len(near) > 100 or near <= set(names), f"{node.id!r} {id_}: near ones are missing")
        holds(bool(browser.run("document.querySelector('#details .warning') !== null")) == bool(node.stuck), "the circle is not told")
        outside = browser.run("[...document.querySelectorAll('.card .heading')].filter((one) => one.scrollWidth > one.clientWidth).length")
        holds(outside == 0, f"what is marked does not fit on {outside} cards")
        for other, _, classes, text in self.cards():
            role = "self" if other is node else "before" if other in before else "after" if other in after else None
            marked = {"self", "before", "after"} & set(classes.split())
            holds(marked == ({role} if role else set()), f"{other.id!r} is marked {marked} instead of {role}")
            word = {"before": "waited for", "after": "blocked"}.get(role)
            holds(word is None or word in text, f"{other.id!r} is told by colour alone")

    def looks(self):
        """Enough contrast in light and dark, nothing too wide for a phone, and a print without tools."""
        browser = self.browser
        for scheme in ("light", "dark"):
            browser.media(scheme)
            browser.frame()
            paper = luminance(browser.run("getComputedStyle(document.body).backgroundColor"))
            holds(paper > 0.8 if scheme == "light" else paper < 0.1, f"{scheme}: the paper is {paper:.2f}")
            for selector in ("h1", "#summary", ".cluster .name", ".cluster .quiet", ".card .label", ".card .caption", ".mark", ".tie", ".step"):
                pair = browser.run(
                    f"(() => {{ let at = document.querySelector('{selector}'); if (!at) return null; const ink = getComputedStyle(at).color;"
                    "while (at && getComputedStyle(at).backgroundColor === 'rgba(0, 0, 0, 0)') at = at.parentElement;"
                    "return [ink, getComputedStyle(at || document.body).backgroundColor]; })()"
                )
                if pair:
                    dark, light = sorted(luminance(one) for one in pair)
                    contrast = (light + 0.05) / (dark + 0.05)
                    holds(contrast >= 4.5, f"{scheme}: {selector} has a contrast of {contrast:.1f}")
            browser.shot(f"{self.path.stem}-{scheme}")
        browser.media(media="print")
        holds(browser.run("getComputedStyle(document.querySelector('.tools')).display") == "none", "tools are printed")
        holds(len(browser.send("Page.printToPDF", paperWidth=11.7, paperHeight=8.3, pageRanges="1")["data"]) > 1000, "nothing is printed")
        browser.media()
        browser.send("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=False)
        browser.frame()
        wide = browser.run("document.documentElement.scrollWidth")
        browser.shot(f"{self.path.stem}-narrow")
        browser.send("Emulation.clearDeviceMetricsOverride")
        holds(wide <= 390, f"{wide} pixels wide on a phone")
        return "light, dark, print, phone"

    def check(self):
        for step in (self.opens, self.folding, self.labels, self.searching, self.looks, self.choosing, self.labels):
            print(f"   {step.__name__}: {step()}", flush=True)
            complaints = self.browser.complaints(self.url)
            holds(not complaints, "\n".join(complaints))


def luminance(colour):
    parts = [float(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def picture(browser, path):
    """An SVG is XML without scripts or references, and its texts lie in their boxes."""
    tree = xml.etree.ElementTree.parse(path)
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    holds(names <= {"svg", "title", "style", "defs", "marker", "path", "rect", "g", "text"}, f"elements that nobody made: {names}")
    for element in tree.iter():
        for name, value in element.attrib.items():
            holds(not name.startswith("on") and "href" not in name, f"an attribute {name}={value!r}")
    url = path.resolve().as_uri()
    browser.open(url)
    outside = browser.run(
        "[...document.querySelectorAll('text')].filter((text) => { const rect = text.parentElement.querySelector(':scope > .box');"
        "const box = text.getBBox(), room = (rect || document.documentElement.querySelector('.paper')).getBBox();"
        "return box.x + box.width > room.x + room.width - 1 || box.x < room.x; }).map((text) => text.textContent)"
    )
    holds(not outside, f"texts that do not fit: {outside[:5]}")
    for scheme in ("light", "dark"):
        browser.media(scheme)
        browser.frame()
        paper = luminance(browser.run("getComputedStyle(document.querySelector('.paper')).fill"))
        holds(paper > 0.8 if scheme == "light" else paper < 0.1, f"{scheme}: the paper is {paper:.2f}")
        browser.shot(f"{path.stem}-svg-{scheme}")
    browser.media()
    complaints = browser.complaints(url)
    holds(not complaints, "\n".join(complaints))
    print(f"   {path.stat().st_size:,} bytes, {browser.run('document.querySelectorAll(`text`).length')} texts")


def main():
    paths = [pathlib.Path(name) for name in sys.argv[1:]]
    if not paths:
        sys.exit("usage: graph.py FILE.html|FILE.svg ...")
    failed = False
    for path in paths:
        print(f"== {path.name}", flush=True)
        browser = Browser()
        try:
            picture(browser, path) if path.suffix == ".svg" else Page(browser, path).check()
        except Wrong as wrong:
            failed = True
            print(f"graph.py: {path.name}: {wrong}", file=sys.stderr)
        finally:
            browser.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
