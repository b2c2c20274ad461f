/* The map: stations on one line, the hops between them, and below it who vouches for the letter. No kernel.

   chart({ pull, fetch, open, opens }) gives its two lists and show(map, upto, kept): what was so at event `upto`, or all. While
   the way is drawn, `kept` is the map as it was before. */
const chart = ({ pull, fetch, open, opens }) => {
  const stations = h("ol", { class: "lm-stations", "aria-label": "The machines that matter" });
  const checks = h("ol", { class: "lm-checks", "aria-label": "Who vouches for the letter" });

  const opener = (attributes, ...children) => {
    const button = h("button", { type: "button", ...attributes }, ...children);
    button.addEventListener("click", () => button.at && !button.getAttribute("aria-disabled") && open(button.at));
    return button;
  };
  const make = () => {
    const plug = h("button", { type: "button", onclick: () => pull(element.at) });
    const get = h("button", { type: "button", onclick: () => fetch() }, "Fetch");
    const lock = h("span", { class: "lm-lock" });
    const parts = { letter: h("span", { class: "lm-letter" }), hop: opener({ class: "lm-hop" }, lock), role: h("span", { class: "lm-muted lm-role" }), name: h("b"), address: h("span", { class: "lm-muted lm-address" }), box: h("span", { class: "lm-muted lm-address" }), state: h("span") };
    const drop = h("i", { class: "lm-drop", "aria-hidden": "true" });
    const state = h("span", { class: "lm-state" }, parts.state, plug, get);
    const element = h("li", {}, drop, parts.letter, parts.hop, parts.role, parts.name, parts.address, parts.box, state);
    return Object.assign(element, { parts, plug, get, lock });
  };
  const word = (element, result) => {
    set(element, "hidden", !result);
    if (result && element.textContent !== result.word) element.replaceChildren(is(result.is, result.word));
  };
  const reached = ({ parts, lock }, hop, name) => {
    set(parts.hop, "hidden", !hop);
    if (!hop) return;
    parts.hop.at = hop.n;
    put(lock, hop.says);
    set(lock, "data-open", hop.lock === false);
    set(lock, "data-none", hop.lock === null);
    const sealed = { true: ", under TLS", false: ", in the clear" }[hop.lock] ?? "";
    parts.hop.says = `${name} was reached by ${hop.says}${sealed}`;
    tells(parts.hop);
  };
  /* Which event a hop opens hangs on which are shown. */
  const tells = (hop) => set(hop, "aria-label", `${hop.says}: open event ${opens(hop.at)}`);
  const dotted = (element, name) => {
    if (element.textContent !== name) element.replaceChildren(...name.split(/(?<=\.)/).flatMap((part) => [h("wbr"), part]));
  };

  const show = (map, upto, kept) => {
    const drawing = upto < Infinity;
    const steps = map.steps.filter(([n]) => n <= upto);
    const had = new Set(steps.map(([, i]) => map.stations[i].name));
    const here = steps.length ? map.stations[steps[steps.length - 1][1]].name : map.stations[0].name;
    const line = map.stations.filter((at) => !at.aside);
    const column = (at) => map.stations.slice(0, map.stations.indexOf(at) + 1).filter((one) => !one.aside).length;
    const below = (at) => map.stations.find((one) => one.aside && column(one) === column(at) && one.role === at.role);
    const hangs = (at) => map.stations.some((one) => one.aside && column(one) === column(at));
    const been = (at) => at && (had.has(at.name) || had.has(below(at)?.name));
    keyed(stations, map.stations, (at) => at.name, make, (element, at) => {
      const { parts, plug, get } = element;
      element.at = at;
      element.style.setProperty("--column", column(at));
      put(parts.letter, at.name === here ? "the letter" : "");
      reached(element, at.hop && at.hop.n <= upto ? at.hop : null, at.name);
      put(parts.role, [at.role, drawing ? "" : at.part].filter(Boolean).join(", "));
      set(element, "data-role", at.role);
      set(element, "data-aside", at.aside);
      set(element, "data-had", had.has(at.name));
      const main = line[column(at) - 1]; // it stands on the line, or hangs below who does
      set(element, "data-goes", been(main) && been(line[column(at)]));
      set(element, "data-hangs", !at.aside && hangs(at));
      set(element, "data-down", had.has(below(at)?.name));
      dotted(parts.name, at.name);
      put(parts.address, at.address);
      put(parts.box, at.box);
      set(element, "data-up", String(at.up ?? true));
      word(parts.state, drawing && !had.has(at.name) ? kept.stations.find((one) => one.name === at.name).result : at.result);
      set(plug, "hidden", at.up === null);
      put(plug, at.up ? "Unplug" : "Plug in");
      set(plug, "aria-label", `${at.up ? "Unplug" : "Plug in"} ${at.name}`);
      set(get, "hidden", at.role !== "reader");
      set(get, "aria-label", `Fetch Bob’s mail on ${at.name}`);
    });
    keyed(checks, map.checks, (one) => one.name, judge, (element, one) => {
      const seen = one.n && one.n <= upto;
      const { button, name, word: result, says } = element;
      button.at = one.n;
      idle(button, !seen);
      put(name, one.title);
      if (element.dataset.said !== (seen ? one.word : "")) result.replaceChildren(...(seen ? [is(one.is, one.word)] : []));
      element.dataset.said = seen ? one.word : "";
      put(says, seen ? one.says : one.asks);
    });
  };
  const judge = () => {
    const [name, word, says] = [h("b"), h("span"), h("span", { class: "lm-muted" })];
    const button = opener({}, h("span", { class: "lm-checkhead" }, name, word), says);
    return Object.assign(h("li", {}, button), { button, name, word, says });
  };
  /* Who speaks, and who hears it, in the row that is chosen or drawn. */
  const speak = (row, all) => {
    const ends = row && [row.from, row.to].map((i) => all.hosts[i]?.name);
    for (const element of stations.children) {
      const name = element.at?.name;
      const by = !row?.by || !ends.includes(name) ? null : name === ends[0] ? row.by : OTHERS[row.by];
      set(element, "data-by", by);
      if (element.parts.hop.at && row) tells(element.parts.hop);
    }
  };
  return { stations, checks, show, speak };
};
