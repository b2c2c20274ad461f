/* DMARC reports: two figures, and below them a row for each kind of letter, with what it means beside it. */

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const says = h("div", { class: "lm-reports-about" });
  const faults = h("div", { class: "lm-notices" });
  const figures = h("div", { class: "lm-figures" });
  const names = h("p", { class: "lm-reported-head lm-muted", "aria-hidden": "true" }, ...["day", "source", "letters", "DKIM", "SPF", "result", "done"].map((word) => h("span", {}, word)));
  const list = h("ul", { class: "lm-reported", role: "listbox", "aria-label": "The rows of the reports" });
  const more = h("p", { class: "lm-muted" });
  const detail = h("aside", { class: "lm-side lm-beside", "aria-label": "The chosen row" });
  const columns = h("div", { class: "lm-cols lm-flow" }, h("div", { class: "lm-pad" }, names, list, more), detail);
  const foot = h("footer", { class: "lm-foot" }, legend("pass", "fail"), details);
  root.append(header, says, faults, figures, columns, foot);

  let data = { rows: [] };
  const at = shared(model, "lm_at", () => show());
  const chosen = () => data.rows.find((one) => one.key === at.get()) ?? data.rows.find((one) => one.key === data.chosen);
  const pick = (key) => (at.get() === key ? show() : at.set(key));
  const mark = listbox(list, { keys: () => data.rows.map((one) => one.key), chosen: () => chosen()?.key, pick, detail });

  /* Both themes are there; the style shows one of them, and one of them speaks. */
  const figure = (one) =>
    h(
      "figure",
      { role: "group", "aria-label": one.title },
      h("figcaption", { class: "lm-label" }, one.title),
      ...["light", "dark"].map((theme) => h("img", { src: one[theme], alt: one.alt, "data-theme": theme })),
    );

  const item = (one) =>
    h(
      "li",
      { role: "option" },
      h("span", { class: "lm-when" }, one.when),
      h("code", {}, one.source),
      h("span", { class: "lm-count" }, String(one.count), h("span", { class: "lm-hidden" }, one.count === 1 ? " letter" : " letters")),
      h("span", { class: "lm-bothchecks" }, ...[["DKIM", one.dkim], ["SPF", one.spf]].map(([name, { word }]) => h("span", { "data-name": name }, word))),
      is(one.result.is, one.result.word),
      h("span", { class: "lm-done" }, one.done),
    );

  const show = () => {
    const now = chosen();
    columns.hidden = !now;
    if (!now) return;
    keyed(list, data.rows, (one) => one.key, item, (element, one) => mark(element, one.key));
    const xml = h("details", { class: "lm-code" }, h("summary", {}, "The row in the report"), h("pre", { tabindex: 0, "aria-label": "The row in the report" }, now.xml));
    detail.replaceChildren(
      h("h3", {}, `${now.count} ${now.count === 1 ? "letter" : "letters"} from ${now.source}`),
      ...now.says.map((text) => prose(h("p", { class: "lm-say" }), text)),
      facts(["From:", now.from], ...now.facts),
      reference(now.rfc),
      xml,
    );
  };

  return (fresh) => {
    data = fresh;
    title(data);
    code(data.code);
    details.hidden = !data.code;
    says.replaceChildren(prose(h("p", { class: "lm-say" }), data.says), reference(data.rfc) ?? "");
    faults.replaceChildren(...data.faults.map((text) => h("p", { class: "lm-fault" }, is("error", "not read"), h("span", {}, text))));
    figures.replaceChildren(...data.figures.map(figure));
    put(more, data.more ? `and ${data.more} more rows` : "");
    foot.firstElementChild.hidden = !data.rows.length;
    list.replaceChildren();
    show();
  };
});
