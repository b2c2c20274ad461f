/* A small browser: address bar, the page, and below it how it was asked for, line by line, each with its meaning. */
export default face(({ root, model, act, notices, signal }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const over = h("p", { class: "lm-say lm-over", role: "status" });
  const back = h("button", { type: "button", onclick: () => act("back") }, "Back");
  const reload = h("button", { type: "button", onclick: () => act("reload") }, "Reload");
  const bar = h("input", { type: "text", name: "address", spellcheck: "false", autocomplete: "off", autocapitalize: "off" });
  const form = h("form", { class: "lm-form lm-address" }, back, reload, h("label", { for: named(bar), class: "lm-hidden" }, "Address"), bar, h("button", { type: "submit" }, "Go"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act("open", { url: bar.value });
  });
  const [live, result] = [h("span"), h("span")];
  const answered = h("div", { class: "lm-bar lm-answered", "aria-live": "polite" }, live, result);
  const [page, draw] = framed({
    follow: (link) => act("follow", { link }),
    submit: (form, button, values) => act("submit", { form, button, values }),
    missing: (says) => put(live, says),
    signal,
  });

  /* ---- how it was asked for ---- */

  const all = h("button", { type: "button" }, "Every line");
  const main = h("button", { type: "button" }, "Main lines");
  const count = h("span", { class: "lm-muted lm-count" });
  const list = h("div", { class: "lm-scroll", role: "listbox", "aria-label": "Requests and answers, line by line", style: "--hosts:2" });
  const detail = h("aside", { class: "lm-side lm-beside-line", "aria-label": "The chosen line" });
  const every = shared(model, "lm_every", () => lines());
  const at = shared(model, "lm_line", () => lines());
  all.addEventListener("click", () => every.set(true));
  main.addEventListener("click", () => every.set(false));
  root.append(
    header,
    over,
    form,
    notices,
    answered,
    page,
    h("div", { class: "lm-bar" }, h("div", { class: "lm-switch", role: "group", "aria-label": "Lines shown" }, main, all), count),
    h("div", { class: "lm-cols" }, h("div", { class: "lm-rows lm-talk lm-pad", style: "--hosts:2" }, list), detail),
    h("footer", { class: "lm-foot" }, legend("client", "server", "end"), details),
  );

  let data = model.get("data");
  let items = []; // headings and lines as they are shown
  const rows = () => items.filter((item) => item.line);
  const chosen = () => (rows().some((item) => item.key === at.get()) ? at.get() : (rows().find((item) => item.line.part === "request") ?? rows()[0])?.key);
  const mark = listbox(list, { keys: () => rows().map((item) => item.key), chosen, pick: (key) => at.set(key), detail });

  const laid = () => {
    const shown = [];
    const heading = (key, ...words) => shown.push({ key: `${data.page.key} before ${key}`, words });
    const line = (one) => shown.push({ key: `${data.page.key} ${one.n}`, line: one });
    const beside = (lines, first) => {
      let ends = "";
      for (const one of lines) {
        const [client, server] = one.by === "server" ? [one.to, one.from] : [one.from, one.to];
        const now = `${client} to ${client === server ? "itself" : server}, ${one.over}`;
        if (now !== ends) heading(one.n, ends ? "And" : first, now);
        ends = now;
        line(one);
      }
    };
    const began = data.asked[0]?.lines[0]?.n ?? Infinity;
    beside(data.behind.filter((one) => one.n < began), "First");
    for (const [i, asked] of data.asked.entries()) {
      heading(`asked ${i}`, i ? "Then" : "Asked", asked.what);
      asked.lines.filter((one) => every.get() || one.main).forEach(line);
    }
    beside(data.behind.filter((one) => one.n > began), "Behind it");
    if (data.more) heading("more", "And", `${data.more} more lines: the timeline has them`);
    return shown;
  };
  const make = ({ key, words, line }) =>
    words
      ? h("div", { class: "lm-stage", role: "none" }, h("span", { class: "lm-lanes" }), h("span", { class: "lm-stagename" }, h("b", {}, words[0]), ` ${words[1]}`))
      : h(
          "div",
          { class: "lm-row", role: "option", "data-by": line.by, "data-dir": line.by === "server" ? "left" : "right", style: line.by === "server" ? "--f:1;--t:0" : "--f:0;--t:1" },
          h("span", { class: "lm-lanes", "aria-hidden": "true" }),
          h("span", { class: "lm-n" }, String(line.n)),
          h("span", { class: "lm-who" }, speaks[line.by]),
          line.part === "body" ? h("span", { class: "lm-muted" }, line.text) : wire(line),
          h("span", { class: "lm-note lm-muted" }, line.result ? is(line.result.is, line.result.word) : ""),
        );

  const lines = () => {
    const much = data.asked.flatMap((asked) => asked.lines).length;
    items = laid();
    const now = chosen();
    keyed(list, items, (item) => item.key, make, (element, item) => item.line && mark(element, item.key));
    const line = items.find((item) => item.key === now)?.line;
    const told = line && meaning({ ...line, folded: line.part === "body" });
    detail.replaceChildren(told ? h("div", {}, told, line.details.length ? facts(...line.details) : "") : h("p", { class: "lm-say" }, "Nothing was asked."));
    set(all, "aria-pressed", String(Boolean(every.get())));
    set(main, "aria-pressed", String(!every.get()));
    put(count, `${data.asked.length} ${data.asked.length === 1 ? "request" : "requests"}, ${much} lines`);
    place();
  };
  /* The meaning stands beside its line, as far down as the list reaches; in one column it stands below. */
  const place = () => {
    const [row, told] = [list.querySelector("[aria-selected=true]"), detail.firstElementChild];
    told.style.marginTop = "";
    if (!row || detail.offsetTop > list.offsetTop + 8) return;
    const space = list.offsetTop + list.offsetHeight - told.offsetTop - told.offsetHeight;
    told.style.marginTop = `${Math.max(0, Math.min(row.offsetTop - list.scrollTop - told.offsetTop, space))}px`;
  };
  list.addEventListener("scroll", place, { passive: true });
  new ResizeObserver(place).observe(root);

  return (fresh) => {
    const changed = data.page.key !== fresh.page.key || !items.length;
    data = fresh;
    title(data);
    code(data.code);
    put(over, data.over);
    back.disabled = !data.back;
    if (changed) bar.value = data.url;
    put(live, data.status ? data.page.title : "No page is open.");
    result.replaceChildren(data.status ? is(data.status.is, data.status.word) : "");
    draw(data.page, data.fields);
    lines();
  };
});
