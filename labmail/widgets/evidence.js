/* The evidence of a verdict, for whoever shows one: SPF word by word, DKIM's signatures, DMARC's link or gap. */

/* An SPF verdict as a tree. `name` is the shared name of the chosen row; the result is the parts, and what draws them. */
const spfTree = (model, name) => {
  const { back, next, count, live, ends } = walk((by) => step(by));
  const verdict = h("div", { class: "lm-finding" });
  const records = h("div", { class: "lm-records", role: "group", "aria-label": "The record that is being read" });
  const tree = h("ul", { class: "lm-evidence", role: "tree", "aria-label": "The evaluation, word by word" });
  const columns = h("p", { class: "lm-evidence-head lm-muted", "aria-hidden": "true" }, ...["word", "looked at", "result", "lookup"].map((word) => h("span", {}, word)));
  const detail = h("aside", { class: "lm-chosen lm-meaning", "aria-label": "The chosen word" });
  const meters = h("div", { class: "lm-meters" });

  let data = { rows: [], meters: [] };
  const at = shared(model, name, () => show());
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

  const draw = (fresh) => {
    data = fresh;
    const lines = Math.max(0, ...data.rows.map((one) => one.records.length));
    set(records, "style", `--lines:${lines}`); // it does not grow while one steps
    set(records, "data-none", !lines);
    verdict.replaceChildren(
      is(data.result.is, data.result.word),
      h("div", {}, prose(h("p", { class: "lm-say" }), data.says), data.explanation && h("p", { class: "lm-say" }, "The owner explains: ", h("q", {}, data.explanation)), reference(data.rfc)),
    );
    tree.replaceChildren();
    show();
  };
  return [[verdict, h("div", { class: "lm-bar" }, back, next, count, live), records, h("div", {}, columns, tree), detail, meters], draw];
};

/* ---- DKIM in short: a line for each signature ---- */

const signatures = (all) =>
  all.length
    ? all.map((one) =>
        h("div", { class: "lm-sealed-by" }, all.length > 1 ? is(one.result.is, one.result.word) : null, h("code", {}, one.domain), one.selector ? h("span", { class: "lm-muted" }, `selector ${one.selector}`) : null, h("span", {}, one.why), reference(one.rfc)),
      )
    : [h("p", { class: "lm-muted" }, "Nobody signed this letter.")];

/* ---- DMARC: the name in From: in the middle, what was judged on both sides, a link or a gap between ---- */

const judgedName = (tie) => h("div", { class: "lm-node" }, h("span", { class: "lm-muted" }, `${tie.method} judged`), h("code", {}, tie.domain), is(tie.result.is, tie.result.word));
const noName = (method) => h("div", { class: "lm-node" }, h("span", { class: "lm-muted" }, `${method} judged`), h("span", { class: "lm-nobody" }, "no name"));
const link = (tie) => h("div", { class: "lm-tie", "data-gap": !tie || !tie.aligned, "data-open": !tie || !tie.mode, "data-vouches": Boolean(tie?.vouches) }, h("span", {}, tie ? `${tie.mode ? `${tie.mode}: ` : ""}${tie.word}` : "nothing to compare"));

const alignment = (data) => {
  const of = (method) => data.ties.filter((tie) => tie.method === method);
  const [bySpf, byDkim] = [of("SPF"), of("DKIM")];
  const rows = Array.from({ length: Math.max(1, bySpf.length, byDkim.length) }, (_, i) => [bySpf[i], byDkim[i]]);
  const said = (tie, method) => (tie ? `${method} ${tie.result.word} for ${tie.domain}: ${tie.word}` : `${method} judged no name`);
  return rows.map(([left, right], i) =>
    h(
      "div",
      { class: "lm-align", role: "img", "aria-label": `From: shows ${data.domain}. ${i ? "" : `${said(left, "SPF")}. `}${said(right, "DKIM")}.` },
      ...(i && !left ? [h("div", { class: "lm-node" }), h("div")] : [left ? judgedName(left) : noName("SPF"), link(left)]),
      h("div", { class: "lm-node lm-shown" }, h("span", { class: "lm-muted" }, "From: shows"), h("code", {}, data.domain || "no domain")),
      link(right),
      right ? judgedName(right) : noName("DKIM"),
    ),
  );
};

const asksFor = (query) => h("li", { "data-found": query.found }, h("code", { class: "lm-wire", "data-by": "client" }, `${query.name} TXT`), h("code", { class: query.found ? "lm-wire" : "lm-muted", "data-by": "server" }, query.outcome));

/* All of a DMARC verdict but its result: the picture, what it means, how the policy was found, what is asked for. */
const dmarcParts = (data) => [
  ...alignment(data),
  data.sum ? prose(h("p", { class: "lm-say" }), data.sum) : null,
  ...data.ties.filter((tie) => tie.says).map((tie) => h("div", { class: "lm-because" }, prose(h("p", {}), tie.says), reference(tie.rfc))),
  data.walk.queries.length ? h("p", { class: "lm-label" }, "Where the policy was looked for") : null,
  data.walk.queries.length ? h("ol", { class: "lm-walk" }, ...data.walk.queries.map(asksFor)) : null,
  data.walk.says ? h("div", { class: "lm-because" }, prose(h("p", {}), data.walk.says), reference(data.walk.rfc)) : null,
  ...data.walk.others.flatMap((other) => [h("p", { class: "lm-label" }, `Where the organization of ${other.domain} begins`), h("ol", { class: "lm-walk" }, ...other.queries.map(asksFor))]),
  ...data.remarks.map((text) => h("p", { class: "lm-passed-over" }, is("neutral", "passed over"), h("span", {}, text))),
  ...data.wants.map((want) => h("div", { class: "lm-because" }, prose(h("p", { class: "lm-say" }), want.says), reference(want.rfc))),
];
