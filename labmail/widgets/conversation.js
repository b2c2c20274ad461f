/* A dialog on two lifelines. One selection: the line on the left, its bytes and meaning beside it. */
const CODES = { smtp: "codes", pop3: "statuses", imap: "conditions" }; // how a server of this protocol says yes and no

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const { back, next, count, live, ends } = walk((by) => step(by));
  const above = h("div", { class: "lm-lifelines" });
  const list = h("ol", { role: "listbox", "aria-label": "The dialog, line by line", style: "--hosts:2" });
  const key = h("div");
  const detail = h("aside", { class: "lm-side lm-beside-line", "aria-label": "The chosen line" });
  root.append(
    header,
    h("div", { class: "lm-bar" }, back, next, count, live),
    h("div", { class: "lm-cols" }, h("div", { class: "lm-rows lm-talk", style: "--hosts:2" }, above, list), detail),
    h("footer", { class: "lm-foot" }, key, details),
  );

  let lines = [];
  const at = shared(model, "lm_at", () => show());
  const chosen = () => at.get() ?? lines[0]?.n;
  const mark = listbox(list, { keys: () => lines.map((line) => line.n), chosen, pick: (key) => at.set(Number(key)), detail });

  const index = () => lines.findIndex((line) => line.n === chosen());
  const step = (by) => at.set(lines[index() + by].n);

  const row = (line) =>
    h(
      "li",
      {
        class: "lm-row",
        role: "option",
        "data-by": line.by,
        "data-dir": line.by === "server" ? "left" : "right",
        style: line.by === "server" ? "--f:1;--t:0" : "--f:0;--t:1",
      },
      h("span", { class: "lm-lanes", "aria-hidden": "true" }),
      h("span", { class: "lm-n" }, String(line.n)),
      h("span", { class: "lm-who" }, speaks[line.by]),
      wire(line),
      h("span", { class: "lm-note lm-muted" }, line.result ? is(line.result.is, line.result.word) : ""),
    );

  const show = () => {
    keyed(list, lines, (line) => line.n, row, (element, line) => mark(element, line.n));
    const i = index();
    const line = lines[i];
    ends(i, lines.length);
    put(count, line ? `line ${i + 1} of ${lines.length}` : "");
    put(live, line ? `The ${line.by} said ${spoken(line)}.` : "");
    detail.replaceChildren(line ? meaning(line) : h("p", { class: "lm-say" }, "Nothing was said."));
    place();
  };
  /* The meaning stands beside its line, as far down as the list reaches; in one column it stands below. */
  const place = () => {
    const [row, told] = [list.querySelector("[aria-selected=true]"), detail.firstElementChild];
    told.style.marginTop = "";
    if (!row || detail.offsetTop > list.offsetTop) return;
    const space = list.offsetTop + list.offsetHeight - told.offsetTop - told.offsetHeight;
    told.style.marginTop = `${Math.max(0, Math.min(row.offsetTop - told.offsetTop, space))}px`;
  };
  new ResizeObserver(place).observe(root);
  return (data) => {
    title(data);
    code(data.code);
    above.replaceChildren(hosts([{ ...data.client, by: "client" }, { ...data.server, by: "server" }]));
    key.replaceChildren(legend("client", "server", CODES[data.protocol], "end"));
    lines = data.lines;
    show();
  };
});
