/* One conversation, seen twice. A row is a line and what the wire had of it; a handshake is a mark across both columns.
   One selection: below both columns stand its two halves, under the side that each belongs to. */
const LONGEST = 200; // octets: of a record whose bar is as wide as there is room; that of a longer one fades out
const ROOM_ABOVE = 96; // px: so much of what came before stays in sight
const SPOKEN = {
  open: () => "a listener reads the same",
  hello: () => "a listener can read it",
  altered: (seen) => `${seen.by} made of it ${seen.text}`,
  sealed: () => "a listener sees a sealed record",
  "sealed-tls": () => "a listener sees a sealed record",
  stolen: (seen) => `sealed, but ${seen.by} has the key`,
};

const twoViews = ({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const { back, next, count, live, ends } = walk((by) => step(by));
  const wall = h("button", { type: "button", onclick: () => go(walls()[0]) }, "To the handshake");
  const scrub = h("input", { class: "lm-scrub", type: "range", min: 0, "aria-label": "Scrub through the conversation" });
  const verdict = h("p", { class: "lm-say lm-verdict2" });
  const above = h("div", { class: "lm-pair lm-pair-head", "aria-hidden": "true" }, h("h3", {}, "What the two ends say"), h("h3", {}, "What a listener on the wire sees"));
  const list = h("ol", { role: "listbox", class: "lm-scroll lm-views", "aria-label": "Left what the two ends say, right what a listener sees" });
  const detail = h("aside", { class: "lm-pair lm-both", "aria-label": "The chosen row" });
  const key = h("div");
  root.append(header, verdict, h("div", { class: "lm-bar" }, back, next, wall, count, scrub, live), above, list, detail, h("footer", { class: "lm-foot" }, key, details));

  let [rows, told, keys] = [[], {}, new Set()];
  const at = shared(model, "lm_at", () => show());
  const chosen = () => (keys.has(at.get()) ? at.get() : rows[0]?.key);
  const mark = listbox(list, { keys: () => rows.map((row) => row.key), chosen, pick: (key) => at.set(key), detail });
  const index = () => rows.findIndex((row) => row.key === chosen());
  const walls = () => rows.filter((row) => row.kind === "wall").map((row) => row.key);
  const go = (key) => {
    at.set(key);
    const element = list.querySelector("[aria-selected=true]");
    if (!element) return;
    if (element.dataset.kind === "wall") list.scrollTop = element.offsetTop - ROOM_ABOVE;
    else within(list, element);
  };
  const step = (by) => go(rows[index() + by].key);
  scrub.addEventListener("input", () => go(rows[Number(scrub.value)].key));

  const row = (line) => {
    const frame = { role: "option", "data-by": line.by || null, "data-kind": line.kind, "data-which": line.which, "data-seen": line.seen.is };
    const said = line.kind === "line" || line.kind === "discarded" ? wire(line) : line.kind === "tls" ? h("span", { class: "lm-part" }, line.text) : h("b", {}, line.text);
    const left = h("div", { class: "lm-ends" }, line.kind !== "wall" && h("span", { class: "lm-who" }, speaks[line.by]), said);
    return h("li", { class: "lm-pair", ...frame }, left, h("div", { class: "lm-overheard", "data-record": Boolean(line.seen.record) }, ...seen(line)));
  };
  /* What the wire has of it: text in the clear with an open lock, or a record, its header and its length. */
  const seen = ({ kind, seen: wired, which, end }) => {
    const gone = kind === "discarded" && is("error", "thrown away");
    if (kind === "wall") return [lock(["none", "stolen"].includes(which)), h("b", {}, wired.text)];
    if (wired.is === "open") return [lock(true, "readable"), wire({ text: wired.text, end }), gone].filter(Boolean);
    if (wired.is === "altered") return [lock(true, "readable"), wire({ text: wired.text, end }), is("fail", `changed by ${wired.by}`)];
    const bar = h("span", { class: "lm-block", style: `--n:${Math.min(1, wired.size / LONGEST)}`, "data-first": wired.first, "data-last": wired.last, "data-more": wired.size > LONGEST });
    if (!wired.first) return [bar];
    const start = h("code", {}, (wired.octets.slice(0, 10).match(/../g) ?? []).join(" "));
    if (wired.is === "hello") return [lock(true, "readable"), start, h("span", { class: "lm-part" }, wired.text)];
    return [lock(wired.is === "stolen", wired.is === "stolen" ? `read by ${wired.by}` : "sealed"), start, bar, h("span", { class: "lm-len" }, `${wired.size} octets`)];
  };
  const lock = (open, word = "") => h("span", { class: "lm-lock", "data-open": Boolean(open), role: word ? "img" : null, "aria-label": word || null });

  const half = (name, octets, by, size, { says, rfc }) =>
    h(
      "div",
      { class: "lm-meaning", "data-by": by || null },
      h("h3", {}, name),
      ...(octets ? dumped(octets) : []),
      size * 2 > octets?.length && h("p", { class: "lm-muted lm-more" }, `the first ${octets.length / 2} of ${size} octets`),
      prose(h("p", { class: "lm-say" }), says),
      reference(rfc),
    );
  const crossed = ({ seen: wired, octets }) => wired.octets ?? (wired.record ? rows.find((line) => line.seen.record === wired.record)?.seen.octets : octets) ?? "";
  const listener = (line) => {
    const { seen: wired, by } = line;
    const speaker = by && ["open", "altered", "hello"].includes(wired.is) ? by : "";
    return half(wired.is === "stolen" ? `A listener has, and ${wired.by} opens` : "A listener has", crossed(line), speaker, wired.size, told[wired.key]);
  };
  const show = () => {
    const i = index();
    const line = rows[i];
    const record = line?.seen.record;
    keyed(list, rows, (each) => each.key, row, (element, each) => {
      mark(element, each.key);
      set(element, "data-same", Boolean(record && each.seen.record === record && each !== line));
    });
    ends(i, rows.length);
    scrub.disabled = rows.length < 2;
    wall.hidden = !walls().length;
    scrub.max = Math.max(0, rows.length - 1);
    scrub.value = Math.max(0, i);
    put(count, line ? `row ${i + 1} of ${rows.length}` : "");
    set(scrub, "aria-valuetext", line ? `row ${i + 1}` : "nothing");
    if (!line) return detail.replaceChildren(h("p", { class: "lm-say" }, "Nothing was said."));
    const spokenRow = line.kind === "wall" ? `${line.text} ${line.seen.text}` : `The ${line.by} said ${spoken(line)}; ${line.kind === "discarded" ? "the server throws it away unread" : SPOKEN[line.seen.is](line.seen)}.`;
    put(live, spokenRow);
    set(detail, "data-one", line.kind === "wall");
    if (line.kind === "wall") return detail.replaceChildren(half(line.text, "", "", 0, line));
    detail.replaceChildren(half(line.head, line.octets ?? "", line.by, 0, line), listener(line));
  };
  return (data) => {
    title(data);
    code(data.code);
    prose(verdict, data.says);
    put(wall, data.verdict === "stripped" ? "To the missing handshake" : "To the handshake");
    const has = (...kinds) => data.rows.some((line) => kinds.includes(line.seen.is));
    key.replaceChildren(legend("client", "server", has("open", "altered", "hello") && "open", has("sealed", "stolen") && "scale", has("altered") && "altered", "end"));
    [rows, told, keys] = [data.rows, data.told, new Set(data.rows.map((line) => line.key))];
    list.replaceChildren(); // of another conversation: rows of the same key are others
    show();
  };
};
