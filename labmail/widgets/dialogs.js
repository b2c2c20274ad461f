/* Dialogs between servers, an arrow each. One selection: the arrow, and below it the evidence and the lines behind it. */
LEGEND.taken = () => [is("pass", "taken")];
LEGEND.refused = () => [is("fail", "refused")];

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const { back, next, count, live, ends } = walk((by) => at.set(data.rows[index() + by].key));
  const above = h("div", { class: "lm-lifelines" });
  const list = h("ol", { role: "listbox", "aria-label": "Dialogs, oldest first" });
  const name = h("h3");
  const envelope = h("p", { class: "lm-muted" });
  const choice = (key, word) => h("button", { type: "button", "data-on": key, onclick: () => by.set(key) }, word);
  const views = [choice("evidence", "Evidence"), choice("dialog", "Dialog")];
  const [tree, drawTree] = spfTree(model, "lm_word");
  const [spfResult, spfSays] = [h("div"), h("div")];
  const bySpf = h("section", { class: "lm-proof" }, h("div", {}, h("h3", {}, "SPF"), spfResult), h("div", {}, spfSays, ...tree.slice(1)));
  const byOthers = h("div", { class: "lm-proofs" });
  const dialog = h("ol", { class: "lm-dialog", tabindex: 0, "aria-label": "The dialog, line by line" });
  const detail = h("section", { class: "lm-bench-detail", "aria-label": "The chosen dialog" }, h("div", { class: "lm-bench-name" }, h("div", {}, name, envelope), h("div", { class: "lm-switch", role: "group", "aria-label": "What of it" }, ...views)), bySpf, byOthers, dialog);
  const rows = h("div", { class: "lm-rows lm-trips" }, above, list);
  root.append(header, h("div", { class: "lm-bar" }, back, next, count, live), rows, detail, h("footer", { class: "lm-foot" }, legend("taken", "refused", "neutral", "error"), details));

  let data = { hosts: [], rows: [] };
  const at = shared(model, "lm_at", () => show());
  const by = shared(model, "lm_by", () => show());
  const chosen = () => data.rows.find((row) => row.key === at.get()) ?? data.rows.find((row) => row.key === data.chosen);
  const index = () => data.rows.indexOf(chosen());
  const mark = listbox(list, { keys: () => data.rows.map((row) => row.key), chosen: () => chosen()?.key, pick: (key) => at.set(key), detail });

  const host = (i) => data.hosts[i].name;
  const said = (row) => `${host(row.from)} to ${host(row.to)}`;
  const envelopeOf = (row) => [row.sender, row.recipients].filter((text) => text !== "-").join(" → ") || "no letter";
  const make = (row) =>
    h(
      "li",
      { class: "lm-row", role: "option", "data-is": row.is, "data-dir": row.to < row.from ? "left" : "right", style: `--f:${row.from};--t:${row.to}` },
      h("span", { class: "lm-lanes", "aria-hidden": "true" }),
      h("span", { class: "lm-n" }, String(row.number)),
      h("span", { class: "lm-trip" }, h("span", {}, said(row)), h("code", { class: "lm-wire", "data-by": "client" }, envelopeOf(row))),
      h("span", { class: "lm-trip" }, is(row.is, row.outcome), ...row.found.map((one) => h("span", {}, h("span", { class: "lm-muted" }, `${one.name} `), is(one.is, one.word)))),
    );
  const proof = (name, result, rest) => h("section", { class: "lm-proof" }, h("div", {}, h("h3", {}, name), result), h("div", {}, ...rest));

  const tell = (row) => {
    const { spf, dkim, dmarc } = row.evidence;
    const none = !spf && !dkim && !dmarc;
    const how = none ? "dialog" : by.get() ?? "evidence";
    for (const button of views) set(button, "aria-pressed", String(button.dataset.on === how));
    idle(views[0], none);
    put(name, said(row));
    put(envelope, none ? `${host(row.to)} checked nothing about this letter.` : `What ${host(row.to)} found out about a letter from ${row.sender}`);
    bySpf.hidden = byOthers.hidden = how !== "evidence";
    dialog.hidden = how === "evidence";
    if (spf) {
      drawTree(spf);
      spfResult.replaceChildren(is(spf.result.is, spf.result.word));
      spfSays.replaceChildren(prose(h("p", { class: "lm-say" }), spf.says), reference(spf.rfc));
    } else bySpf.hidden = true;
    byOthers.replaceChildren(
      dkim ? proof("DKIM", dkim.length === 1 ? is(dkim[0].result.is, dkim[0].result.word) : dkim.length ? "" : is("neutral", "none"), signatures(dkim)) : "",
      dmarc ? proof("DMARC", is(dmarc.result.is, dmarc.result.word), dmarcParts(dmarc).filter(Boolean)) : "",
    );
    dialog.replaceChildren(...row.lines.map((line) => h("li", { class: "lm-line", "data-by": line.by }, h("span", { class: "lm-who" }, speaks[line.by]), wire(line))));
  };
  const show = () => {
    keyed(list, data.rows, (row) => row.key, make, (element, row) => mark(element, row.key));
    const [i, row] = [index(), chosen()];
    ends(i, data.rows.length);
    put(count, row ? `dialog ${i + 1} of ${data.rows.length}` : "");
    put(live, row ? `${said(row)}: ${row.outcome}` : "");
    detail.hidden = !row;
    if (row) tell(row);
  };
  return (fresh) => {
    data = fresh;
    title(data);
    code(data.code);
    set(rows, "style", `--hosts:${data.hosts.length}`);
    above.replaceChildren(hosts(data.hosts));
    list.replaceChildren();
    show();
  };
});
