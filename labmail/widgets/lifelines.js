/* Events on lifelines, for each widget that shows them. Only the rows in sight are in the DOM; the chosen one always is.

   lifelines(place, { top, quiet, heard, moved }) builds it in place.root: `top` are elements above it, `quiet` leaves
   the main button to them, heard(more) hears each batch and each answer, moved(row, all, drawing) hears which row is
   chosen or, while `drawing`, has just been drawn. Its result:
     update(data)    as a face's own
     draw()          from now on, what comes is drawn row by row, in order: the learner caused it. Where motion is
                     unwanted, all at once when it has come
     arrived()       all has come; a promise that holds once the last row is drawn
     skip()          all at once: the learner wants to go on
     open(n)         event n is chosen and has the focus, or, where it is not shown, opens(n), the next one
     recreates(code) */
const AROUND_PX = 240; // rows kept above and below the window
const UNDER_PX = 16; // below the meaning, where it ends with the list
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const DRAW_MS = 150; // for each row that is drawn: one cause, one motion
const LINK_MAX_PX = 3 * ROW_PX; // a longer band would look like a scrollbar
const LANES_WIDE_MAX = 6; // with more hosts the lanes are drawn closer

const lifelines = ({ root, model, signal }, { top = [], quiet = false, moved, heard } = {}) => {
  const button = (text, attributes) => h("button", { type: "button", ...attributes }, text);
  const [header, title] = head();
  const over = h("p", { class: "lm-say lm-over", role: "status" });
  const { back, next, count, live, ends: endsAt } = walk((by) => step(by), { main: !quiet });
  const scrub = h("input", { class: "lm-scrub", type: "range", min: 0, "aria-label": "Scrub through the events" });
  const every = button("Every line", { "aria-pressed": "false" });
  const bar = h("div", { class: "lm-bar" }, back, next, count, scrub, every, live);
  const above = h("div", { class: "lm-above" });
  const canvas = h("ol", { role: "none", class: "lm-canvas" });
  const list = h("div", { class: "lm-scroll lm-window", role: "listbox", "aria-label": "Events, in order of time" }, canvas);
  const what = h("div", { class: "lm-beside" });
  const fate = h("section", { class: "lm-fate" });
  const link = h("i", { class: "lm-link", "aria-hidden": "true" });
  const detail = h("aside", { class: "lm-side lm-track", "aria-label": "The chosen event" }, fate, link, what);
  const cols = h("div", { class: "lm-cols" }, h("div", { class: "lm-rows lm-stretch" }, above, list), detail);
  const [code, recreates] = recreate();
  root.append(
    header,
    over,
    ...top,
    bar,
    cols,
    h("footer", { class: "lm-foot" }, legend("client", "server", "decided", "sealed", "pass", "fail", "neutral", "error", "end"), code),
  );

  const catchUp = () => ask(model, "since", { count: all.rows.length }).then(accept, () => {});
  const [all, take] = keep(catchUp);
  const accept = (more) => {
    take(more);
    heard?.(more);
    renew();
  };
  let limit = Infinity; // how many rows are drawn: all, but while they are drawn one by one
  let floor = 0; // px that the list must have, so that what was drawn in sight stays where it is
  let view = laid(all, false, limit);
  let drawn = null; // the row whose meaning is drawn
  const at = shared(model, "lm_at", () => show());
  const chosen = () => at.get() ?? view.rows[0]?.row.n;
  const whole = () => every.getAttribute("aria-pressed") === "true";
  const index = () => view.rows.findIndex((item) => item.row.n === chosen());

  const ends = (row) => [row.from, row.to].map((i) => all.hosts[i]?.name ?? "the lab");
  const where = (row) => (row.from === row.to ? ends(row)[0] : ends(row).join(" to "));
  const speak = (row) => `${where(row)}: ${row.text || (row.by ? "an empty line" : row.kind)}${row.result ? ` (${row.result.word})` : ""}`;

  const pick = (key) => {
    skip();
    if (at.get() === Number(key)) show();
    else at.set(Number(key));
  };
  const mark = listbox(list, { keys: () => view.rows.map((item) => item.key), chosen, pick, detail });
  const rowAt = (top) => view.items.findLast((item) => item.top <= top)?.top ?? 0; // no row is cut at the top
  /* A step brings the row to where its meaning ends with the list, so that the eye need not move. */
  const lead = () => {
    const item = view.rows[index()];
    const room = list.clientHeight - (beyond() ? list.clientHeight / 2 : what.offsetHeight + UNDER_PX + STAGE_PX);
    if (item) list.scrollTop = rowAt(item.top - Math.max(0, Math.min(room, list.clientHeight - 2 * ROW_PX)));
    draw();
  };
  list.addEventListener("keydown", (event) => ["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) && lead());
  const step = (by) => {
    const item = view.rows[index() + by];
    if (!item) return;
    pick(item.key);
    lead();
  };
  scrub.addEventListener("input", () => {
    pick(view.rows[Number(scrub.value)].key);
    lead();
  });
  every.addEventListener("click", () => {
    skip();
    const on = !whole();
    set(every, "aria-pressed", String(on));
    const now = chosen();
    floor = 0;
    view = laid(all, on, limit);
    fit();
    if (index() < 0) at.set((view.rows.findLast((item) => item.row.n < now) ?? view.rows[0])?.row.n);
    show();
    lead();
  });

  /* ---- the list ---- */

  const make = (item) => (item.stage ? heading(item.stage) : event(item.row));
  const lock = () => h("span", { class: "lm-lock", "aria-hidden": "true" }); // in words: in the name of each row
  const heading = (stage) =>
    h("li", { class: "lm-stage", role: "none" }, h("span", { class: "lm-lanes" }), h("span", { class: "lm-stagename" }, h("b", {}, stage.name), ` ${stage.about}`), lock());
  const event = (row) => {
    const said = row.by && !row.words ? wire({ text: row.text ?? "", code: row.code, end: row.text ? "" : row.end }) : h("span", { class: "lm-note" }, row.text ?? row.kind);
    const place = row.from === undefined ? "nowhere" : row.from === row.to ? "at" : row.to < row.from ? "left" : "right";
    return h(
      "li",
      { class: "lm-row", role: "option", "aria-label": `${row.n}. ${speak(row)}${row.lock ? `, under ${row.lock}` : ""}`, "data-by": row.by, "data-sealed": Boolean(row.lock), "data-dir": place, "data-at": place === "at", "data-new": limit < Infinity && row === all.rows[limit - 1], style: `--f:${row.from ?? 0};--t:${row.to ?? 0}` },
      h("span", { class: "lm-lanes", "aria-hidden": "true" }, row.lock && h("i")),
      h("span", { class: "lm-n" }, String(row.n)),
      h("span", { class: "lm-who" }, speaks[row.by] ?? ""),
      said,
      row.result && is(row.result.is, row.result.word),
      row.lock && lock(),
    );
  };
  /* Room at the end, so that no row is cut at the top of a list that is scrolled all the way. */
  const fit = () => {
    const end = view.height - list.clientHeight;
    const first = end > 0 && view.items.find((item) => item.top >= end);
    canvas.style.height = `${Math.max(floor, first ? first.top + list.clientHeight : view.height)}px`;
  };
  const draw = () => {
    const from = firstAt(view.items, list.scrollTop - AROUND_PX);
    const to = firstAt(view.items, list.scrollTop + list.clientHeight + AROUND_PX);
    const seen = view.items.slice(from, to + 1);
    const now = view.rows[index()];
    if (now && !seen.includes(now)) seen[now.top < (seen[0]?.top ?? 0) ? "unshift" : "push"](now);
    keyed(canvas, seen, (item) => item.key, make, (element, item) => {
      element.style.top = `${item.top}px`;
      if (!item.row) return set(element, "data-sealed", item.sealed);
      mark(element, item.row.n);
      set(element, "aria-posinset", item.row.n - all.rows[0].n + 1);
      set(element, "aria-setsize", all.rows.length);
    });
    beside(now);
  };
  let due = 0;
  const soon = () => (due ||= requestAnimationFrame(() => ((due = 0), draw())));
  list.addEventListener("scroll", soon, { passive: true });

  /* ---- the chosen event ---- */

  const lifelines = (row) =>
    hosts(all.hosts.map((host, i) => ({ ...host, by: row && i === row.from ? row.by || "none" : row && i === row.to ? OTHERS[row.by] || "none" : undefined })));
  const quietly = (...said) => h("p", { class: "lm-muted" }, said.filter(Boolean).join("; "));
  const saying = (row) => {
    const octets = row.octets ?? (row.by ? hexOf((row.text ?? "") + (row.end ?? "")) : "");
    const through = all.wires[row.wire];
    const length = octets.length / 2;
    const kind = through?.protocol === "dns" ? ", one message" : row.end === "\r\n" ? " with CR LF" : "";
    return [
      meaning({ by: row.by, head: `Event ${row.n}: ${row.by ? `${ends(row)[0]} says` : row.from === row.to && row.from !== undefined ? `at ${ends(row)[0]}` : where(row)}`, octets, binary: row.binary, ...all.meanings[row.meaning] }),
      row.details?.length ? facts(...row.details) : "",
      quietly(
        octets && `${length} ${length === 1 ? "octet" : "octets"}${kind}`,
        row.by && (row.lock ? `under ${row.lock}: between the two, nobody can read it` : "readable by everyone between"),
        through && `connection ${through.number}, ${through.ends}`,
        row.at && `lab time ${row.at}`,
      ),
    ];
  };
  const becomes = (row) => {
    if (!all.letters.length) return [];
    const letter = all.letters[row.letter];
    const about = letter
      ? facts(["Kept by", letter.kept], ["From", letter.from === null ? "not said yet" : letter.from || "<> (nobody)"], ["To", letter.to.join(", ") || "none accepted yet"])
      : h("p", { class: "lm-muted" }, "No letter has been spoken of here yet.");
    return [h("h3", {}, `The letter after event ${row.n}`), about];
  };
  const beyond = () => getComputedStyle(detail).borderLeftStyle === "none"; // a narrow cell: the meaning is below the list
  /* The meaning stands beside its row, and never hangs below the list; where it cannot, a band leads to it. */
  const beside = (item) => {
    const wide = !beyond();
    what.style.marginTop = "";
    above.style.minHeight = wide ? `${fate.offsetTop + fate.offsetHeight - detail.offsetTop}px` : "";
    set(link, "hidden", true);
    if (!wide || !item) return;
    const start = fate.offsetHeight + (fate.firstChild ? UNDER_PX : 0);
    const top = list.offsetTop - detail.offsetTop + item.top - list.scrollTop;
    const room = list.offsetTop + list.offsetHeight - detail.offsetTop - what.offsetHeight - UNDER_PX;
    const y = Math.max(start, Math.min(top, room));
    what.style.marginTop = `${y - fate.offsetHeight}px`;
    const inside = item.top - list.scrollTop > -ROW_PX && item.top - list.scrollTop < list.clientHeight;
    set(link, "hidden", !inside || Math.abs(y - top) > LINK_MAX_PX);
    link.style.top = `${Math.min(y, top)}px`;
    link.style.height = `${Math.abs(y - top) + ROW_PX}px`;
  };

  const show = () => {
    const item = view.rows[index()];
    const row = item?.row;
    const i = index();
    endsAt(i, view.rows.length);
    scrub.disabled = view.rows.length < 2;
    scrub.max = Math.max(0, view.rows.length - 1);
    scrub.value = Math.max(0, i);
    set(scrub, "aria-valuetext", row ? `event ${row.n}` : "nothing");
    const left = all.rows.length - view.rows.length;
    put(count, !row ? "" : left ? `event ${row.n} (${i + 1} of ${view.rows.length} shown)` : `event ${row.n} of ${all.rows[all.rows.length - 1].n}`);
    title({ title: model.get("data").title, about: left ? `${all.about} The ${view.rows.length} that carry the story are shown.` : all.about });
    if (row !== drawn) {
      drawn = row;
      put(live, row ? speak(row) : "");
      above.replaceChildren(lifelines(row));
      what.replaceChildren(...(row ? saying(row) : quiet ? [] : [h("p", { class: "lm-say" }, all.about)]));
      fate.replaceChildren(...(row ? becomes(row) : []));
    }
    if (limit === Infinity) moved?.(row, all, false);
    draw();
  };

  /* New rows are here, or another selection of them is wanted. */
  const renew = () => {
    const last = limit === Infinity && !floor && list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
    view = laid(all, whole(), limit);
    root.style.setProperty("--hosts", Math.max(1, all.hosts.length));
    root.style.setProperty("--lm-lane", all.hosts.length > LANES_WIDE_MAX ? "16px" : "24px");
    for (const part of [bar, cols]) set(part, "hidden", quiet && !all.rows.length);
    fit();
    put(over, all.over);
    if (!above.firstChild || above.firstChild.children.length !== all.hosts.length) above.replaceChildren(lifelines(drawn));
    show();
    if (last && list.scrollTop > 0) list.scrollTop = list.scrollHeight;
  };

  /* ---- row by row ---- */

  let [timer, led, ready] = [0, undefined, null]; // led: the row that was chosen here, not by the learner
  const leads = () => at.get() === undefined || at.get() === led; // otherwise a row is being read: nothing moves
  const begin = () => {
    if (limit < Infinity) return;
    limit = all.rows.length;
    set(list, "data-tall", true); // at once, and not row by row
    if (!STILL.matches) timer = setInterval(one, DRAW_MS);
  };
  const one = () => {
    const next = all.rows.findIndex((row, i) => i >= limit && (whole() || row.main));
    if (next < 0) return ready && skip();
    limit = next + 1;
    renew();
    follow();
    moved?.(all.rows[next], all, true);
  };
  /* What is drawn stays where it is; when the window is full, it goes on by half a window. */
  const follow = () => {
    const item = view.rows[view.rows.length - 1];
    if (!leads() || item.top + ROW_PX <= list.scrollTop + list.clientHeight) return;
    const from = rowAt(item.top - list.clientHeight / 2);
    floor = from + list.clientHeight;
    fit();
    list.scrollTop = from;
    draw();
  };
  const skip = () => {
    if (limit === Infinity) return;
    clearInterval(timer);
    timer = 0;
    const began = limit;
    limit = Infinity;
    renew();
    if (view.height < list.clientHeight) set(list, "data-tall", null);
    const end = view.rows[view.rows.length - 1]?.row.n;
    if (began > 0 && leads() && end !== undefined) at.set((led = end));
    show();
    ready?.();
    ready = null;
  };
  const arrived = () =>
    new Promise((done) => {
      if (limit === Infinity) return done();
      ready = done;
      if (!timer) skip();
    });

  const hear = (said) => said.more && accept(said.more);
  model.on("msg:custom", hear);
  const watch = new ResizeObserver(() => (fit(), soon()));
  watch.observe(list);
  watch.observe(root);
  signal?.addEventListener("abort", () => (clearInterval(timer), model.off("msg:custom", hear), watch.disconnect()));
  catchUp();
  const update = (data) => {
    recreates(data.code);
    const tables = Object.fromEntries(TABLES.map((name) => [name, { at: 0, items: data[name] }]));
    if (data.rows.length >= all.rows.length) take({ at: 0, rows: data.rows, tables, about: data.about, over: data.over });
    renew();
  };
  const opens = (n) => (view.rows.find((one) => one.row.n >= n) ?? view.rows[view.rows.length - 1])?.row.n;
  const open = (n) => (skip(), pick(opens(n)), lead(), list.querySelector("[aria-selected=true]").focus({ preventScroll: true }));
  return { update, recreates, draw: begin, arrived, skip, open, opens };
};
