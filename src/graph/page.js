"use strict";
// Shows the graph that lies in #data. Labels become text nodes and nothing else; what is folded is not built.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const EDGE = ["applies", "dependson", "source"];
  const BEFORE = ["applied by", "depends on", "content from"];
  const AFTER = ["applies", "waited for by", "source of"];
  const OPEN_AT_FIRST = 600; // nodes of the fleet up to which clusters are open
  const OPEN_GROUP = 120; // nodes up to which a group of the platform's is open
  const OPEN_FOUND = 60; // matches up to which their groups are open
  const LISTED = 100; // entries of a list before "show all"

  const byId = (id) => document.getElementById(id);
  const number = (count) => count.toLocaleString("en");
  const counted = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "click") element.addEventListener("click", value);
      else if (value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  // One line of a label; what turns the direction of text around is shown as a replacement character.
  const line = (text) => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd").trim();

  // --- The model -----------------------------------------------------------------------------------------------------------------

  const clusters = data.clusters.map((raw, at) => {
    const cluster = { at, name: raw.name, environment: raw.environment, groups: new Map(), element: null };
    cluster.nodes = raw.nodes.map(([id, kind, label, group, state, rank, stuck, facts], place) => {
      const node = { cluster, place, id, label: line(label) || line(id) || "(no name)", state: data.states[state], rank, stuck, facts };
      [node.kind, node.word] = data.kinds[kind];
      node.before = [];
      node.after = [];
      if (!cluster.groups.has(group)) {
        const name = group === null ? "not in a group" : line(group) || "(no name)";
        cluster.groups.set(group, { cluster, key: `${at}/${cluster.groups.size}`, name, nodes: [], tenant: false });
      }
      node.group = cluster.groups.get(group);
      node.group.nodes.push(node);
      node.group.tenant ||= node.kind === "tenant" && group !== null;
      return node;
    });
    for (const [first, then, kind] of raw.edges) {
      cluster.nodes[first].after.push([cluster.nodes[then], kind]);
      cluster.nodes[then].before.push([cluster.nodes[first], kind]);
    }
    return cluster;
  });
  const all = clusters.flatMap((cluster) => cluster.nodes);

  // All that is reached from a node one way, near ones first.
  function reached(start, way) {
    const seen = new Set([start]);
    for (const node of seen) for (const [next] of node[way]) seen.add(next);
    seen.delete(start);
    return seen;
  }

  // --- What is open, found and chosen --------------------------------------------------------------------------------------------

  const ownFolds = { clusters: new Set(), groups: new Set() };
  if (all.length <= OPEN_AT_FIRST || clusters.length === 1) clusters.forEach((cluster) => ownFolds.clusters.add(cluster));
  for (const group of clusters.flatMap((cluster) => [...cluster.groups.values()])) {
    if (!group.tenant && group.nodes.length <= OPEN_GROUP) ownFolds.groups.add(group);
  }
  let folds = ownFolds;
  let found = null; // a Set of nodes while something is searched for
  let chosen = null;
  let near = { before: new Set(), after: new Set() };

  const shown = (nodes) => (found ? nodes.filter((node) => found.has(node)) : nodes);

  // --- Search --------------------------------------------------------------------------------------------------------------------

  const fields = new Map([
    ["name", (node) => node.label],
    ["kind", (node) => node.word],
    ["state", (node) => node.state],
    ["group", (node) => node.group.name],
    ["tenant", (node) => (node.group.tenant ? node.group.name : "")],
    ["cluster", (node) => node.cluster.name],
    ["environment", (node) => node.cluster.environment || ""],
    ["id", (node) => node.id],
  ]);
  for (const node of all) {
    for (const [name] of node.facts) {
      const key = name.toLowerCase();
      if (!fields.has(key)) fields.set(key, (of) => of.facts.filter((fact) => fact[0].toLowerCase() === key).map((fact) => fact[1]).join("\n"));
    }
  }

  function everything(node) {
    if (node.text === undefined) {
      const state = node.state === "active" ? "" : node.state;
      const facts = node.facts.map((fact) => fact[1]);
      node.text = [node.label, node.id, node.word, node.group.name, state, ...facts].join("\n").toLowerCase();
    }
    return node.text;
  }

  function matcher(query) {
    const words = query.toLowerCase().match(/(?:[^\s"]|"[^"]*"?)+/g) || [];
    const tests = words.map((word) => {
      const colon = word.indexOf(":");
      const field = colon > 0 ? fields.get(word.slice(0, colon)) : undefined;
      const wanted = (field ? word.slice(colon + 1) : word).replaceAll('"', "");
      return (node) => (field ? field(node).toLowerCase() : everything(node)).includes(wanted);
    });
    return (node) => tests.every((test) => test(node));
  }

  function search() {
    const query = byId("search").value.trim();
    if (query === "") {
      found = null;
      folds = ownFolds;
      byId("status").textContent = "";
    } else {
      found = new Set(all.filter(matcher(query)));
      const groups = new Set([...found].map((node) => node.group));
      folds = { clusters: new Set([...found].map((node) => node.cluster)), groups: new Set() };
      if (found.size <= OPEN_FOUND) folds.groups = groups;
      const where = counted(folds.clusters.size, "cluster");
      byId("status").textContent = found.size === 0 ? "Nothing matches." : `${number(found.size)} of ${counted(all.length, "node")} match, on ${where}.`;
    }
    build();
  }

  function ask(query) {
    byId("search").value = query;
    search();
  }

  // --- Clusters and groups -------------------------------------------------------------------------------------------------------

  const wires = new ResizeObserver((entries) => entries.forEach((entry) => draw(entry.target)));

  function build() {
    const main = byId("clusters");
    wires.disconnect();
    const visible = clusters.filter((cluster) => !found || cluster.nodes.some((node) => found.has(node)));
    main.replaceChildren(...visible.map(buildCluster));
    if (visible.length === 0) {
      const clear = make("button", { type: "button", class: "clear", click: () => (ask(""), byId("search").focus()) }, "Clear the search");
      main.append(make("p", { class: "nothing" }, found ? "Nothing matches. " : "There are no clusters.", found ? clear : null));
    }
    paint();
  }

  // A heading with a button that opens and closes what `inside` builds when it is first seen.
  function foldable(element, heading, set, what, parts, inside) {
    const body = make("div", { id: `in-${what.key ?? what.at}`, class: "inside" });
    const show = () => {
      const open = set().has(what);
      element.classList.toggle("open", open);
      element.classList.toggle("closed", !open);
      button.setAttribute("aria-expanded", String(open));
      body.hidden = !open;
      if (open && !body.firstChild) body.append(...inside());
    };
    const toggle = () => {
      if (!set().delete(what)) set().add(what);
      show();
      paint();
    };
    const button = make("button", { type: "button", class: "fold", "aria-controls": body.id, click: toggle }, ...parts);
    element.append(make(heading, {}, button), body);
    what.show = show;
    show();
    return element;
  }

  function marks(nodes) {
    return data.states.slice(1).flatMap((state) => {
      const count = nodes.filter((node) => node.state === state).length;
      // Where tenants keep their content is no news.
      return count === 0 || state === "elsewhere" ? [] : [make("span", { class: `mark ${state}` }, count === 1 ? state : `${number(count)} ${state}`)];
    });
  }

  function buildCluster(cluster) {
    const element = make("section", { class: "cluster", "data-cluster": cluster.at });
    const nodes = shown(cluster.nodes);
    const groups = [...cluster.groups.values()].filter((group) => shown(group.nodes).length > 0);
    const tenants = groups.filter((group) => group.tenant);
    const said = [counted(nodes.length, "node"), tenants.length ? counted(tenants.length, "tenant") : ""].filter(Boolean).join(", ");
    const parts = [
      make("span", { class: "name" }, line(cluster.name) || "(no name)"),
      cluster.environment ? make("span", { class: "quiet" }, line(cluster.environment)) : null,
      make("span", { class: "quiet" }, said),
      ...marks(nodes),
    ];
    return foldable(element, "h2", () => folds.clusters, cluster, parts, () => {
      const rest = groups.filter((group) => !group.tenant).map(buildGroup);
      if (tenants.length) rest.push(make("div", { class: "tiles" }, ...tenants.map(buildGroup)));
      return rest.length ? rest : [make("p", { class: "quiet" }, "Nothing is on it.")];
    });
  }

  function buildGroup(group) {
    const nodes = shown(group.nodes);
    const element = make("div", { class: "group", "data-group": group.key });
    const count = nodes.length < group.nodes.length ? `${number(nodes.length)} of ${number(group.nodes.length)}` : number(group.nodes.length);
    group.tie = make("span", { class: "tie" });
    const parts = [make("span", { class: "name", title: group.name }, group.name), group.tie, ...marks(nodes), make("span", { class: "quiet" }, count)];
    return foldable(element, "h3", () => folds.groups, group, parts, () => [outside(group), buildStages(nodes)].filter(Boolean));
  }

  // What a group as a whole waits for: that is not among its own lines.
  function outside(group) {
    const waits = group.nodes.flatMap((node) => node.before.filter(([other, kind]) => kind === 1 && other.group !== group));
    const others = [...new Set(waits.map(([other]) => other))];
    if (others.length === 0) return null;
    const named = others.slice(0, 12).flatMap((other, at) => [at ? ", " : "", goTo(other)]);
    const more = others.length > 12 ? ` and ${number(others.length - 12)} more` : "";
    return make("p", { class: "outside" }, "Waits for ", ...named, more);
  }

  function goTo(node) {
    return make("button", { type: "button", class: "go", click: () => choose(node, { reveal: true }) }, node.label);
  }

  // --- Nodes in their order ------------------------------------------------------------------------------------------------------

  function buildStages(nodes) {
    const inside = new Set(nodes);
    const ranks = [...new Set(nodes.map((node) => node.rank))].sort((one, two) => one - two);
    const columns = ranks.map((rank) => nodes.filter((node) => node.rank === rank));
    // Near their neighbours, there and back.
    const row = new Map();
    columns.forEach((column) => column.forEach((node, at) => row.set(node, at / column.length)));
    for (const way of ["before", "after", "before"]) {
      for (const column of way === "before" ? columns : [...columns].reverse()) {
        const wish = new Map(column.map((node) => {
          const rows = node[way].filter(([other]) => inside.has(other)).map(([other]) => row.get(other));
          return [node, rows.length ? rows.reduce((sum, one) => sum + one, 0) / rows.length : row.get(node)];
        }));
        column.sort((one, two) => wish.get(one) - wish.get(two) || one.place - two.place);
        column.forEach((node, at) => row.set(node, at / column.length));
      }
    }
    const stage = (column, at) => make("div", { class: "stage" }, make("span", { class: "step" }, `step ${ranks[at] + 1}`), ...column.map(buildCard));
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("aria-hidden", "true");
    const stages = make("div", { class: "stages" }, svg, ...columns.map(stage));
    stages.wires = nodes.flatMap((node) => node.after.filter(([then, kind]) => inside.has(then) && then !== node && drawn(node, then, kind))
      .map(([then, kind]) => {
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("class", `${EDGE[kind]}${node.stuck && then.stuck ? " circle" : ""}`);
        svg.append(path);
        return { node, then, path };
      }));
    wires.observe(stages);
    return stages;
  }

  // Dependencies are all drawn; what applies, or is a source, is not where a way over one other node says it.
  function drawn(first, then, kind) {
    if (kind === 1) return true;
    if (first.after.some(([other, why]) => other === then && why === 1)) return false;
    const towards = new Set(then.before.map(([other]) => other));
    return !first.after.some(([via]) => via !== then && via !== first && towards.has(via));
  }

  function buildCard(node) {
    node.tie = make("span", { class: "tie" });
    const mark = node.state === "active" ? null : make("span", { class: `mark ${node.state}` }, node.state);
    node.card = make(
      "button",
      { type: "button", class: `card ${node.kind} ${node.state}`, "data-node": node.place, title: node.label, "aria-pressed": "false",
        click: () => (chosen === node ? close() : choose(node)) },
      make("span", { class: "heading" }, make("span", { class: "label" }, node.label), node.tie),
      make("span", { class: "caption" }, node.word, mark),
    );
    return node.card;
  }

  function draw(stages) {
    if (!stages.isConnected || stages.offsetParent === null) return;
    const svg = stages.firstChild;
    svg.setAttribute("width", stages.scrollWidth);
    svg.setAttribute("height", stages.scrollHeight);
    const spot = (card) => {
      const column = card.parentElement;
      return [column.offsetLeft + card.offsetLeft, column.offsetTop + card.offsetTop + card.offsetHeight / 2, card.offsetWidth];
    };
    for (const { node, then, path } of stages.wires) {
      const [left, y, wide] = spot(node.card);
      const [right, end] = spot(then.card);
      const start = left + wide;
      const bend = right > start ? (right - start) / 2 : 40;
      path.setAttribute("d", `M${start} ${y}C${start + bend} ${y} ${right - bend} ${end} ${right} ${end}`);
    }
  }

  // --- What is chosen ------------------------------------------------------------------------------------------------------------

  // Marks what is built: what the chosen node waits for, and what it blocks.
  function paint() {
    const main = byId("clusters");
    main.classList.toggle("chosen", chosen !== null);
    const how = (node) => (node === chosen ? "self" : near.before.has(node) ? "before" : near.after.has(node) ? "after" : "");
    for (const card of main.querySelectorAll(".card")) {
      const node = clusters[card.closest(".cluster").dataset.cluster].nodes[card.dataset.node];
      const role = how(node);
      for (const name of ["self", "before", "after"]) card.classList.toggle(name, role === name);
      card.setAttribute("aria-pressed", String(role === "self"));
      node.tie.className = `tie ${role}`;
      node.tie.textContent = role === "before" ? "waited for" : role === "after" ? "blocked" : "";
    }
    for (const stages of main.querySelectorAll(".stages")) {
      for (const { node, then, path } of stages.wires) {
        const roles = [how(node), how(then)];
        const on = ["before", "after"].some((role) => roles.every((one) => one === role || one === "self"));
        path.classList.toggle("on", chosen !== null && on);
      }
    }
    for (const element of main.querySelectorAll(".group")) {
      const [at, place] = element.dataset.group.split("/");
      const group = [...groupsOf(clusters[at])][place];
      const closed = chosen !== null && chosen.cluster === group.cluster && !folds.groups.has(group);
      const roles = closed ? shown(group.nodes).map(how) : [];
      const said = [["before", "waited for"], ["after", "blocked"]].filter(([role]) => roles.includes(role));
      group.tie.className = `tie ${said.length ? said[0][0] : ""}`;
      group.tie.textContent = said.map(([, word]) => word).join(", ");
    }
  }

  function groupsOf(cluster) {
    cluster.list ||= [...cluster.groups.values()];
    return cluster.list;
  }

  function choose(node, { reveal = false } = {}) {
    chosen = node;
    near = { before: reached(node, "before"), after: reached(node, "after") };
    if (reveal) {
      if (found && !found.has(node)) ask("");
      folds.clusters.add(node.cluster);
      node.cluster.show();
      folds.groups.add(node.group);
      node.group.show();
    }
    details(node);
    paint();
    if (reveal) {
      node.card.focus({ preventScroll: true });
      node.card.scrollIntoView({ block: "center", inline: "nearest" });
    }
    remember(new URLSearchParams({ cluster: node.cluster.name, node: node.id }).toString());
  }

  function close() {
    const card = chosen && chosen.card;
    chosen = null;
    near = { before: new Set(), after: new Set() };
    byId("details").hidden = true;
    paint();
    remember("");
    if (card && card.isConnected) card.focus({ preventScroll: true });
  }

  // The place of the page says what is chosen, so that it can be sent to somebody.
  function remember(place) {
    if (location.hash.slice(1) === place) return;
    try {
      history.replaceState(null, "", place ? `#${place}` : location.pathname + location.search);
    } catch {
      // Some viewers of files do not allow it, and nothing depends on it.
    }
  }

  function recall() {
    const place = new URLSearchParams(location.hash.slice(1));
    const node = all.find((one) => one.id === place.get("node") && one.cluster.name === place.get("cluster"));
    if (node) choose(node, { reveal: true });
  }

  function details(node) {
    const state = node.state === "active" ? null : make("span", { class: `mark ${node.state}` }, node.state);
    const place = [node.word, node.group.name, node.cluster.name].map(line).join(" · ");
    const facts = [["id", node.id], ...node.facts].flatMap(([name, value]) => [make("dt", {}, line(name)), make("dd", {}, line(value))]);
    const circle = make("p", { class: "warning" }, "It waits for itself in a circle: nothing of the circle can become ready.");
    byId("details").replaceChildren(
      make("button", { type: "button", class: "close", "aria-label": "Close the details", click: close }, "×"),
      make("h2", {}, node.label),
      make("p", { class: "quiet" }, place, " ", state),
      node.stuck ? circle : "",
      make("dl", {}, ...facts),
      ties("waits", "Waits for", node.before, near.before, BEFORE),
      ties("blocks", "Blocks", node.after, near.after, AFTER),
    );
    byId("details").hidden = false;
    byId("details").scrollTop = 0;
  }

  function ties(id, title, direct, everyone, words) {
    const whose = (node) => (node.group !== chosen.group && node.group.tenant && node.group.name !== node.label ? ` (${node.group.name})` : "");
    const entry = (word) => (node) => make("li", {}, make("span", { class: "quiet" }, word(node)), make("span", {}, goTo(node), whose(node)));
    const others = direct.filter(([node]) => node !== chosen);
    const why = new Map();
    for (const [node, kind] of others) why.set(node, [...(why.get(node) || []), words[kind]]);
    const far = [...everyone].filter((node) => !why.has(node));
    const section = make("section", { "data-ties": id, "data-count": everyone.size }, make("h3", {}, `${title} (${number(everyone.size)})`));
    if (everyone.size === 0) section.append(make("p", { class: "quiet" }, "Nothing."));
    section.append(list([...why.keys()], entry((node) => why.get(node).join(", "))));
    if (far.length) {
      const more = make("details", {}, make("summary", {}, `and through these ${number(far.length)} more`));
      more.open = far.length <= 12;
      more.append(list(far, entry((node) => node.word)));
      section.append(more);
    }
    return section;
  }

  function list(nodes, entry) {
    const items = make("ul", {}, ...nodes.slice(0, LISTED).map(entry));
    if (nodes.length > LISTED) {
      const rest = make("li", {}, make("button", { type: "button", class: "more", click: () => rest.replaceWith(...nodes.slice(LISTED).map(entry)) }, `Show all ${number(nodes.length)}`));
      items.append(rest);
    }
    return items;
  }

  // --- The rest of the page ------------------------------------------------------------------------------------------------------

  function heading() {
    const summary = byId("summary");
    const tenants = new Set(clusters.flatMap((cluster) => groupsOf(cluster).filter((group) => group.tenant).map((group) => group.name)));
    summary.append([counted(clusters.length, "cluster"), counted(tenants.size, "tenant"), counted(all.length, "node")].join(", "));
    for (const state of ["broken", "suspended"]) {
      const count = all.filter((node) => node.state === state).length;
      if (count) summary.append(", ", make("button", { type: "button", click: () => ask(`state:${state}`) }, `${number(count)} ${state}`));
    }
    const circles = all.filter((node) => node.stuck).length;
    if (circles) summary.append(`, ${number(circles)} in circles`);
    const present = (at, key) => all.some((node) => node[key] === at);
    byId("kinds").append(...data.kinds.filter(([kind]) => present(kind, "kind")).map(([kind, word]) => make("li", {}, make("span", { class: `swatch ${kind}` }), word)));
    const meaning = { active: "reconciled", suspended: "stays as it is", elsewhere: "its content comes from another repository", broken: "cannot become ready" };
    byId("states").append(...data.states.slice(1).map((state) => make("li", {}, make("span", { class: `mark ${state}` }, state), ` ${meaning[state]}`)));
  }

  let later = 0;
  byId("search").addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(search, all.length > 2000 ? 120 : 0);
  });
  byId("fold-all").addEventListener("click", () => {
    folds.clusters.clear();
    build();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId("search").focus();
      byId("search").select();
    } else if (event.key === "Escape") {
      if (byId("search").value !== "") ask("");
      else if (chosen) close();
      else if (typing) event.target.blur();
    }
  });
  addEventListener("hashchange", recall);
  new ResizeObserver(([entry]) => {
    document.documentElement.style.setProperty("--below", `${Math.ceil(entry.target.offsetHeight) + 12}px`);
  }).observe(document.querySelector(".top"));

  heading();
  build();
  recall();
})();
