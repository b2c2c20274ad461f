/* An SPF verdict as a tree: the record with the word that is being read, a row for each word, and what was asked for it. */

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const { back, next, count, live, ends } = walk((by) => step(by));
  const verdict = h("div", { class: "lm-finding" });
  const records = h("div", { class: "lm-records", role: "group", "aria-label": "The record that is being read" });
  const tree = h("ul", { class: "lm-evidence", role: "tree", "aria-label": "The evaluation, word by word" });
  const columns = h("p", { class: "lm-evidence-head lm-muted", "aria-hidden": "true" }, ...["word", "looked at", "result", "lookup"].map((word) => h("span", {}, word)));
  const detail = h("aside", { class: "lm-chosen lm-meaning", "aria-label": "The chosen word" });
  const meters = h("div", { class: "lm-meters" });
  root.append(
    header,
    verdict,
    h("div", { class: "lm-bar" }, back, next, count, live),
    records,
    h("div", {}, columns, tree),
    detail,
    meters,
    h("footer", { class: "lm-foot" }, legend("client", "server", "pass", "fail", "neutral", "error"), details),
  );

  let data = { rows: [], meters: [] };
  const at = shared(model, "lm_at", () => show());
  const row = (key) => data.rows.find((one) => one.key === String(key));
  const chosen = () => row(at.get()) ?? row(data.chosen);
  const pick = (key) => (at.get() === key ? show() : at.set(key));
  const mark = listbox(tree, { keys: () => data.rows.map((one) => one.key), chosen: () => chosen().key, pick, detail, role: "treeitem" });
  tree.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    const now = chosen();
    const to = event.key === "ArrowRight" ? data.rows.find((one) => one.above === now.key) : row(now.above);
    if (!to) return;
    pick(to.key);
    tree.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
  });
  const index = () => data.rows.indexOf(chosen());
  const step = (by) => pick(data.rows[index() + by].key);

  /* ---- the tree ---- */

  const last = (one) => data.rows.filter((other) => other.above === one.above).at(-1) === one;
  const above = (one) => (one.above ? [...above(row(one.above)), row(one.above)] : []);
  const rails = (one) => above(one).filter((each) => !last(each)).map((each) => h("i", { class: "lm-rail", style: `--d:${each.level - 1}` }));
  const item = (one) =>
    h(
      "li",
      { role: "treeitem", "aria-level": one.level, "aria-expanded": data.rows.some((other) => other.above === one.key) ? "true" : null, "data-skipped": one.skipped, "data-last": last(one), "data-decides": one.decides, style: `--d:${one.level - 1}` },
      h("span", { class: "lm-rails", "aria-hidden": "true" }, ...rails(one)),
      h("code", {}, one.code),
      h("span", { class: "lm-looked" }, one.looked),
      is(one.result.is, one.result.word),
      h("span", { class: "lm-count" }, one.number ? h("span", { class: "lm-unseen" }, "lookup ") : null, one.number ? String(one.number) : ""),
    );

  /* ---- the records around the chosen word: what was read, what is being read, what comes after ---- */

  const record = ({ domain, text, start, end }, i) =>
    h(
      "p",
      { class: "lm-wire lm-record", "data-by": "server", style: `--d:${i}` },
      h("span", { class: "lm-muted" }, `${domain} `),
      start === undefined ? `"${text}"` : [`"${text.slice(0, start)}`, h("mark", {}, text.slice(start, end)), h("span", { class: "lm-later" }, `${text.slice(end)}"`)],
    );

  /* ---- the chosen word ---- */

  const asked = (ask) => [
    ["asked", h("code", { class: "lm-wire", "data-by": "client" }, ask.question)],
    ["answered", [...ask.answer.map((text) => h(ask.wire ? "code" : "span", { class: ask.wire && "lm-wire", "data-by": "server" }, text)), ask.void ? is("neutral", `void lookup ${ask.void}`) : null]],
  ];

  const boxes = (spent, max) => {
    const box = (_, i) => h("i", { "data-on": i < spent, "data-over": i >= max });
    return h("span", { class: "lm-meter", "aria-hidden": "true" }, ...Array.from({ length: Math.max(max, spent) }, box));
  };
  const meter = (one) => {
    const spent = chosen().spent[one.key];
    const more = spent === one.used ? "" : `, ${one.used} in the end`;
    return h("p", { class: "lm-muted" }, boxes(spent, one.max), h("span", {}, `${spent} of ${one.max} ${one.name}${more}`));
  };

  const show = () => {
    const now = chosen();
    if (!now) return;
    keyed(tree, data.rows, (one) => one.key, item, (element, one) => mark(element, one.key));
    const i = index();
    ends(i, data.rows.length);
    put(count, `step ${i + 1} of ${data.rows.length}`);
    put(live, `${now.code}: ${now.result.word}`);
    records.replaceChildren(...now.records.map(record));
    detail.replaceChildren(
      h("h3", {}, h("code", {}, now.code), is(now.result.is, now.result.word)),
      prose(h("p", { class: "lm-say" }), now.says),
      now.asks.length ? facts(...now.asks.flatMap(asked)) : "",
      reference(now.rfc),
    );
    meters.replaceChildren(...data.meters.map(meter), reference(data.limits));
  };

  return (fresh) => {
    data = fresh;
    title(data);
    code(data.code);
    set(records, "style", `--lines:${Math.max(1, ...data.rows.map((one) => one.records.length))}`); // it does not grow while one steps
    verdict.replaceChildren(
      is(data.result.is, data.result.word),
      h("div", {}, prose(h("p", { class: "lm-say" }), data.says), data.explanation && h("p", { class: "lm-say" }, "The owner explains: ", h("q", {}, data.explanation)), reference(data.rfc)),
    );
    tree.replaceChildren();
    show();
  };
});
