/* DNS, octet by octet: the form that asks, the packets with a word under every field, the hosts in order, the zone. */
const LOG_MAX = 20; // as in dns.py

export default face(({ root, model, act, signal }) => {
  const button = (text, attributes) => h("button", { type: "button", ...attributes }, text);
  const [header, title] = head();
  const over = h("p", { class: "lm-say lm-over", role: "status" });

  /* ---- ask ---- */

  const name = h("input", { type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off", name: "name" });
  const type = h("select", { name: "type" });
  const from = h("span", { class: "lm-muted" });
  const unasked = h("p", { class: "lm-fault", role: "alert" });
  const form = h("form", { class: "lm-form" }, h("label", { for: named(name) }, "Name"), name, h("label", { for: named(type) }, "Type"), type, h("button", { type: "submit" }, "Ask"), from);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const n = await act("ask", { name: name.value, type: type.value });
    if (n != null) show(n);
  });

  /* ---- every exchange, as far as it is kept ---- */

  let log = [];
  let first = 0; // the number, from 0, of the first one that is kept
  const catchUp = () => ask(model, "since", {}).then((more) => (([first, log] = [more.at, more.entries]), draw()), () => {});
  const take = (more) => {
    if (more.at > first + log.length || !log.length) return catchUp();
    log = [...log, ...more.entries.slice(first + log.length - more.at)].slice(-LOG_MAX);
    first = more.at + more.entries.length - log.length;
    draw();
  };
  const at = shared(model, "lm_exchange", () => draw());
  const field = shared(model, "lm_field", () => draw());
  const same = (entry) => entry.name === data.asked.name && entry.type === data.asked.type;
  const shown = () => log.find((entry) => entry.n === at.get()) ?? log.findLast((entry) => same(entry) && entry.packets.length) ?? log.findLast(same) ?? log[log.length - 1];
  const show = (n) => {
    field.set(undefined);
    at.set(n);
    draw();
  };

  /* ---- the packets ---- */

  const { back, next, count, live, ends } = walk((by) => step(by));
  const packets = h("div", { class: "lm-packet lm-pad", role: "listbox", "aria-label": "Fields of question and answer" });
  const what = h("aside", { class: "lm-side lm-beside-line", "aria-label": "The chosen field" });
  let fields = []; // all of the exchange that is shown, in order
  let drawn = null;
  const chosen = () => (fields.some((one) => one.id === field.get()) ? field.get() : fields[0]?.id);
  const index = () => fields.findIndex((one) => one.id === chosen());
  const pick = (id) => (field.get() === id ? draw() : field.set(id));
  const mark = listbox(packets, { keys: () => fields.map((one) => one.id), chosen, pick, detail: what });
  const element = (id) => packets.querySelector(`[data-key="${CSS.escape(id)}"]`);
  const step = (by) => {
    const one = fields[index() + by];
    if (one) pick(one.id);
  };
  packets.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
    element(chosen())?.focus({ preventScroll: true });
  });
  /* What a server wrote looks so everywhere; what we say about it does not. */
  const told = ({ said, wire }) => (wire ? h("code", { class: "lm-wire", "data-by": "server" }, said) : h("span", { class: "lm-muted" }, said));
  const hex4 = (number) => number.toString(16).padStart(4, "0");
  const unpack = (entry) => {
    fields = entry.packets.flatMap((packet, p) => packet.rows.flatMap((row) => row.fields.map((one) => ({ ...one, id: `${p}.${one.start}`, packet, p, row }))));
    let order = 0;
    const rows = entry.packets.flatMap((packet, p) => [
      h("div", { class: "lm-packethead", role: "presentation", style: `order:${(order += 2)}` }, h("b", {}, packet.title), ` ${packet.size} octets`),
      ...packet.rows.map((row) =>
        h(
          "div",
          { role: "group", "aria-label": `${packet.title}, ${row.section}, from octet ${row.at}`, style: `order:${(order += 2)}` },
          h("span", { class: "o", "aria-hidden": "true" }, row.at),
          h(
            "div",
            { class: "lm-fields", "data-by": packet.by, "data-record": row.fields.length > 5 && row.section !== "header" },
            ...row.fields.map((one) => h("div", { class: "lm-field", role: "option", "data-key": `${p}.${one.start}`, "data-kind": one.key }, h("b", {}, one.hex), h("span", {}, one.label))),
          ),
        ),
      ),
    ]);
    packets.replaceChildren(...rows);
  };
  const tell = (one) => {
    const single = one.end - one.start === 1;
    const number = one.end - one.start <= 4 && one.to === null && !one.key.startsWith("flags") && String(parseInt(one.hex.replaceAll(" ", ""), 16));
    const wireText = h("p", { class: "lm-wire lm-octets", "data-by": one.packet.by }, one.hex);
    what.replaceChildren(
      h(
        "div",
        { class: "lm-meaning" },
        h("h3", {}, one.label),
        wireText,
        h("p", { class: "lm-say" }, one.says),
        facts([single ? "Octet" : "Octets", single ? hex4(one.start) : `${hex4(one.start)} to ${hex4(one.end - 1)}`], number && ["As a number", number]),
        reference(one.rfc) ?? "",
      ),
    );
    what.style.order = Number(element(one.id).closest("[role=group]").style.order) + 1; // in a narrow cell right under its row
  };
  /* The meaning stands beside its field, as far down as the packets reach; in one column it stands under its row. */
  const place = () => {
    const [now, meant] = [fields[index()], what.firstElementChild];
    if (!now || !meant) return;
    meant.style.marginTop = "";
    if (getComputedStyle(cols).display === "flex") return;
    const [top, row, beside] = [cols, element(now.id), meant].map((each) => each.getBoundingClientRect());
    const space = packets.getBoundingClientRect().bottom - top.top - beside.height;
    meant.style.marginTop = `${Math.max(0, Math.min(row.top - top.top, space))}px`;
  };
  const unsent = (entry) => {
    fields = [];
    packets.replaceChildren();
    what.replaceChildren();
    set(packets, "hidden", true);
    quiet.replaceChildren(h("p", { class: "lm-say" }, entry.says), h("p", {}, told(entry)), reference(entry.rfc) ?? "");
  };
  const quiet = h("div", { class: "lm-quiet" });

  /* ---- which host comes first ---- */

  const ordered = h("div", { class: "lm-stack" });
  const switching = (host) => {
    if (!(host in data.up)) return "";
    const up = data.up[host];
    return button(up ? "Stop" : "Start", { "aria-label": `${up ? "Stop" : "Start"} ${host}`, "aria-pressed": String(!up), onclick: () => act("switch", { host, up: !up }) });
  };
  const tried = (row) =>
    h(
      "tr",
      {},
      h("td", {}, String(row.preference)),
      h("td", {}, h("code", {}, row.host), h("br"), h("span", { class: "lm-muted" }, row.address)),
      h("td", {}, is(row.result.is, row.result.word), row.said && h("br"), row.said && told(row)),
      h("td", {}, switching(row.host)),
    );
  const drawOrder = () => {
    const order = data.order;
    set(ordered, "hidden", !order);
    if (!order) return;
    const column = (text) => h("th", { scope: "col" }, text);
    ordered.replaceChildren(
      h("h3", {}, order.sent ? "Tried in this order" : "To be tried in this order"),
      order.rows.length
        ? h("table", { class: "lm-table lm-order" }, h("thead", {}, h("tr", {}, column("pref."), column("host"), column("what happened"), h("td"))), h("tbody", {}, ...order.rows.map(tried)))
        : "",
      h("p", { class: "lm-say" }, order.says),
      reference(order.rfc) ?? "",
      button(`Send the cake to ${data.to}`, { onclick: () => act("deliver") }),
    );
  };

  const [zone, drawZone] = zoneEditor(act, button);

  /* ---- questions so far, and what is remembered ---- */

  const asked = h("ol", { class: "lm-asks", role: "listbox", "aria-label": "Questions so far, the latest last" });
  const markAsked = listbox(asked, { keys: () => log.map((entry) => entry.n), chosen: () => shown()?.n, pick: (key) => show(Number(key)) });
  const question = (entry) =>
    h(
      "li",
      { role: "option" },
      h("span", { class: "lm-asked" }, h("code", {}, `${entry.name} ${entry.type}`), h("span", { class: "lm-muted" }, entry.packets.length ? `asked by ${entry.asker}` : `${entry.asker}, from memory`), h("span", { class: "lm-muted" }, `event ${entry.n}`)),
      h("span", { class: "lm-answered" }, told(entry)),
      entry.result && is(entry.result.is, entry.result.word),
    );
  const remembers = h("h3");
  const memory = h("table", { class: "lm-table lm-memory" });
  const clock = h("p", { class: "lm-muted", role: "status" });
  const advance = button("", { onclick: () => act("advance") });
  const drawMemory = () => {
    put(remembers, `What ${data.at} remembers`);
    const column = (text) => h("th", { scope: "col" }, text);
    const row = (entry) =>
      h("tr", {}, h("td", {}, h("code", {}, `${entry.name} ${entry.type}`), h("br"), entry.result ? is(entry.result.is, entry.result.word) : told(entry)), h("td", { class: "lm-left" }, `${entry.left} s`));
    memory.replaceChildren(
      ...(data.memory.length
        ? [h("thead", {}, h("tr", {}, column("question and answer"), column("left"))), h("tbody", {}, ...data.memory.map(row))]
        : [h("tbody", {}, h("tr", {}, h("td", { class: "lm-muted" }, "nothing")))]),
    );
    put(clock, `It is ${data.clock} in the lab.`);
    put(advance, `Let ${data.minutes} minutes pass`);
  };

  const [code, recreates] = recreate();
  const bar = h("div", { class: "lm-bar" }, back, next, count, live);
  const cols = h("div", { class: "lm-cols lm-cols-dns" }, packets, what);
  root.append(
    header,
    over,
    form,
    unasked,
    bar,
    cols,
    quiet,
    h(
      "div",
      { class: "lm-halves" },
      h("div", { class: "lm-column" }, ordered, h("div", { class: "lm-stack" }, h("h3", {}, "Questions so far"), asked)),
      h(
        "div",
        { class: "lm-column" },
        zone,
        h("div", { class: "lm-stack" }, remembers, memory, clock, h("p", {}, advance)),
      ),
    ),
    h("footer", { class: "lm-foot" }, legend("client", "server", "pointer", "pass", "fail", "neutral", "error"), code),
  );

  /* ---- all of it ---- */

  let data = model.get("data");
  let heard = 0;
  const draw = () => {
    const entry = shown();
    if (!entry) return;
    title({ title: entry.title, about: entry.about });
    if (entry.n !== drawn?.n) { // the same one, sent again, is not drawn again: the focus stays
      drawn = entry;
      const sent = entry.packets.length > 0;
      for (const part of [bar, cols, packets]) set(part, "hidden", !sent);
      set(quiet, "hidden", sent);
      sent ? unpack(entry) : unsent(entry);
    }
    const now = fields[index()];
    for (const one of fields) {
      const box = element(one.id);
      mark(box, one.id);
      const pointed = now && now.to !== null && one.p === now.p && one.start <= now.to && now.to < one.end;
      set(box, "data-target", pointed);
    }
    if (now) {
      const i = index();
      ends(i, fields.length);
      put(count, `field ${i + 1} of ${fields.length}`);
      put(live, `${now.packet.title}, octet ${hex4(now.start)}: ${now.label}`);
      tell(now);
      place();
    }
    keyed(asked, log, (one) => one.n, question, (box, one) => markAsked(box, one.n));
    if (asked.childElementCount > heard) asked.scrollTop = asked.scrollHeight; // the latest in sight
    heard = asked.childElementCount;
  };
  const watch = new ResizeObserver(place);
  watch.observe(root);
  const hear = (said) => said.more && take(said.more);
  model.on("msg:custom", hear);
  signal?.addEventListener("abort", () => (model.off("msg:custom", hear), watch.disconnect()));
  catchUp();
  return (fresh) => {
    data = fresh;
    if (!log.length) log = model.get("log") ?? [];
    if (!type.options.length) {
      type.append(...data.types.map((each) => h("option", {}, each)));
      name.value = data.asked.name;
      type.value = data.asked.type;
    }
    put(from, `as ${data.at}`);
    put(unasked, data.words.ask);
    put(over, data.over);
    for (const part of root.children) part.inert = Boolean(data.over) && part !== header && part !== over;
    recreates(data.code);
    drawOrder();
    drawZone(data);
    drawMemory();
    draw();
  };
});


