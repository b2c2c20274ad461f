/* A handshake taken apart: left every record with its fields as a tree, right the octets of the chosen record, and what
   the chosen field is for. One selection: a field, or a record as a whole; a click on an octet chooses its field. */
const COLUMNS = 8; // octets in a row
const ROOM_ABOVE = 96; // px: so much of what comes before stays in sight after a jump

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const { back, next, count, live, ends } = walk((by) => step(by));
  const answers = h("ul", { class: "lm-answers", "aria-label": "In short" });
  const tree = h("ul", { class: "lm-scroll lm-shake", role: "tree", "aria-label": "Records and their fields" });
  const octets = h("div", { class: "lm-scroll lm-octetbox", tabindex: 0, role: "img" });
  const what = h("div", { class: "lm-meaning" });
  const name = h("h3");
  const detail = h("aside", { class: "lm-side lm-beside-line", "aria-label": "The chosen field" }, h("div", { class: "lm-meaning" }, name, octets), what);
  root.append(
    header,
    answers,
    h("div", { class: "lm-bar" }, back, next, count, live),
    h("div", { class: "lm-cols lm-shaken" }, h("div", { class: "lm-pad" }, tree), detail),
    h("footer", { class: "lm-foot" }, legend("client", "server", "open", "sealed"), details),
  );

  let data = { records: [], meanings: {}, facts: [] };
  let items = []; // each record and each of its fields, in order
  const at = shared(model, "lm_at", () => show());
  const chosen = () => (items.some((item) => item.key === at.get()) ? at.get() : items[0]?.key);
  const mark = listbox(tree, { keys: () => items.map((item) => item.key), chosen, pick: (key) => at.set(key), detail, role: "treeitem" });
  const index = () => items.findIndex((item) => item.key === chosen());
  const go = (key) => {
    at.set(key);
    const element = tree.querySelector("[aria-selected=true]");
    if (element) within(tree, element);
  };
  const jump = (key) => {
    go(key);
    tree.scrollTop = tree.querySelector("[aria-selected=true]").offsetTop - ROOM_ABOVE;
  };
  const step = (by) => go(items[index() + by].key);
  tree.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const i = index();
    const above = items.slice(0, i).findLastIndex((item) => item.level < items[i].level);
    const to = event.key === "ArrowLeft" ? above : items[i + 1]?.level > items[i].level ? i + 1 : -1;
    if (to < 0) return;
    go(items[to].key);
    tree.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
  });

  const flat = () =>
    data.records.flatMap((record) => [
      { key: `r${record.n}`, record, level: 1, inner: true },
      ...(record.sealed ? [] : record.fields.map((field, i) => ({ key: `f${field.id}`, record, field, level: field.depth + 2, inner: record.fields[i + 1]?.depth > field.depth }))),
    ]);
  const branch = ({ key, record, field, level, inner }) => {
    const item = { class: "lm-leaf", role: "treeitem", "aria-level": level, "aria-expanded": inner && !record.sealed ? "true" : null, "data-by": record.by, style: `--d:${level - 1}`, "data-key": key };
    if (field) return h("li", item, h("span", { class: "lm-muted" }, field.name), h("code", { class: "lm-wire" }, field.value));
    const lock = h("span", { class: "lm-lock", "data-open": !record.sealed }, record.sealed ? "sealed" : "readable");
    return h("li", { ...item, "data-record": true }, h("span", { class: "lm-who" }, speaks[record.by]), h("b", {}, record.head), lock);
  };
  /* Offset, octets, text; each octet knows its field. */
  let drawn = null;
  const dump = (record) => {
    const bytes = record.octets.match(/../g) ?? [];
    const of = new Map(record.fields.flatMap((field) => Array.from({ length: field.size }, (_, i) => [field.at + i, field.id])));
    const rows = [];
    for (let from = 0; from < bytes.length; from += COLUMNS) {
      const part = bytes.slice(from, from + COLUMNS);
      const cell = (byte, i, text) => h("i", { "data-field": of.get(from + i), "data-n": from + i }, text);
      const shown = (byte) => (parseInt(byte, 16) > 31 && parseInt(byte, 16) < 127 ? String.fromCharCode(parseInt(byte, 16)) : "·");
      rows.push(h("span", { class: "o" }, from.toString(16).padStart(4, "0")), h("span", { class: "x" }, ...part.map((byte, i) => cell(byte, i, byte))), h("span", { class: "t" }, ...part.map((byte, i) => cell(byte, i, shown(byte)))));
    }
    octets.replaceChildren(h("div", { class: "lm-octets8", "data-by": record.by }, ...rows));
  };
  octets.addEventListener("click", (event) => {
    const id = event.target.closest("[data-field]")?.dataset.field;
    if (id) go(items.some((item) => item.key === `f${id}`) ? `f${id}` : chosen());
  });
  const paint = ({ record, field }) => {
    if (drawn !== record) dump(record), (drawn = record);
    let first = null;
    for (const cell of octets.querySelectorAll("[data-field]")) {
      const on = Boolean(field) && cell.dataset.field === field.id;
      set(cell, "data-on", on);
      if (on) first ??= cell;
    }
    if (!first) octets.scrollTop = 0;
    else if (first.offsetTop < octets.scrollTop + 20 || first.offsetTop > octets.scrollTop + octets.clientHeight - 60) octets.scrollTop = Math.max(0, first.offsetTop - 60);
  };
  const show = () => {
    const i = index();
    const item = items[i];
    keyed(tree, items, ({ key }) => key, branch, (element, { key }) => mark(element, key));
    if (!item) return;
    const { record, field } = item;
    ends(i, items.length);
    put(count, `row ${i + 1} of ${items.length}`);
    put(live, field ? `${record.head}: ${field.name}, ${field.value}.` : `${record.from} says ${record.head}${record.sealed ? ", sealed" : ""}.`);
    put(name, field ? field.name : `${record.head}, from ${record.from}`);
    paint(item);
    const size = record.octets.length / 2;
    set(octets, "aria-label", `${size} octets of the record${field ? `; ${field.size} of them are ${field.name}, from octet ${field.at} on: ${record.octets.slice(field.at * 2, (field.at + Math.min(field.size, 64)) * 2).match(/../g)?.join(" ") ?? ""}` : ""}`);
    const told = field ? data.meanings[field.key] : record;
    const hex4 = (number) => number.toString(16).padStart(4, "0");
    const where = field && [field.size === 1 ? "Octet" : "Octets", field.size === 1 ? hex4(field.at) : `${hex4(field.at)} to ${hex4(field.at + field.size - 1)}`];
    const value = field && ["Says", h("span", {}, field.value)];
    what.replaceChildren(facts(where, value, !field && ["Octets", String(size)]), prose(h("p", { class: "lm-say" }), told.says), reference(told.rfc) ?? "");
    for (const button of answers.querySelectorAll("button")) set(button, "aria-pressed", String(button.dataset.at === item.key));
  };
  const answer = (fact) => {
    const key = items.find((item) => item.key === `f${fact.at}`) ? `f${fact.at}` : `r${fact.at.split(".")[0]}`;
    return h("li", {}, h("span", { class: "lm-muted" }, fact.name), h("button", { type: "button", "data-at": key, onclick: () => jump(key) }, h("span", { class: "lm-lock", "data-open": fact.open }, fact.value)));
  };
  return (fresh) => {
    data = fresh;
    title(data);
    code(data.code);
    items = flat();
    drawn = null;
    answers.replaceChildren(...data.facts.filter((fact) => fact.at).map(answer));
    show();
  };
});
