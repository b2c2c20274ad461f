/* A certificate under check: the chain as links or gaps, the three checks, and the meaning of the chosen one. */
export default face(({ root, model, act, notices }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const verdict = h("p", { class: "lm-say" });
  const word = h("span");
  const shelf = h("div", { class: "lm-switch lm-shelf", role: "group", "aria-label": "Which certificate the server shows" });
  const live = h("p", { class: "lm-live", "aria-live": "polite" });
  const chain = h("ol", { class: "lm-chain", "aria-label": "The chain" });
  const list = h("ol", { role: "listbox", class: "lm-cases", "aria-label": "The three checks" });
  const above = h("div", { class: "lm-certcheck lm-case-head", "aria-hidden": "true" }, ...["", "the certificate says", "the client wants", ""].map((text) => h("span", {}, text)));
  const detail = h("aside", { class: "lm-side lm-beside-line", "aria-label": "The chosen check" });
  const careless = h("p", { class: "lm-say" });
  const where = h("div");
  const seen = { who: h("h3"), word: h("div"), says: h("p", { class: "lm-say" }), where: h("div") };
  root.append(
    header,
    h("div", { class: "lm-bar" }, shelf, live),
    notices,
    h("div", { class: "lm-certverdict" }, word, verdict),
    chain,
    h("div", { class: "lm-cols lm-certcols" }, h("div", { class: "lm-pad" }, above, list), detail),
    h(
      "div",
      { class: "lm-halves" },
      h("section", { "aria-label": "What the server saw" }, ...Object.values(seen)),
      h("section", { "aria-label": "A client that does not check" }, h("h3", {}, "A client that does not check"), careless, where),
    ),
    h("footer", { class: "lm-foot" }, legend("pass", "fail"), details),
  );

  let data = { checks: [], chain: [], kinds: [] };
  let told = null; // the kind that was told last
  const at = shared(model, "lm_at", () => show());
  const failed = () => data.checks.find((check) => check.is === "fail") ?? data.checks[0];
  const chosen = () => at.get() ?? failed()?.key;
  const mark = listbox(list, { keys: () => data.checks.map((check) => check.key), chosen, pick: (key) => at.set(key), detail });
  const choose = async (kind) => {
    at.set(undefined);
    await act("choose", { kind });
  };
  const fill = (element, check) => {
    element.replaceChildren(h("b", {}, check.name), h("span", {}, check.has), h("span", {}, check.wants), is(check.is, check.word));
  };
  const show = () => {
    keyed(list, data.checks, (check) => check.key, () => h("li", { class: "lm-certcheck", role: "option" }), (element, check) => (fill(element, check), mark(element, check.key)));
    const check = data.checks.find((each) => each.key === chosen());
    detail.replaceChildren(h("div", { class: "lm-meaning" }, h("h3", {}, check.name), facts(["Certificate", check.has], ["Client wants", check.wants]), is(check.is, check.word), prose(h("p", { class: "lm-say" }), check.says), reference(check.rfc) ?? ""));
  };
  const link = (node) => [
    h("li", { class: "lm-node" }, h("b", {}, node.name), h("span", { class: "lm-muted" }, node.role)),
    ...(node.link === null ? [] : [h("li", { class: "lm-joint", "data-gap": !node.link }, h("span", {}, node.word))]),
  ];
  return (fresh) => {
    data = fresh;
    title(data);
    code(data.code);
    keyed(shelf, data.kinds, (kind) => kind, (kind) => h("button", { type: "button", onclick: () => choose(kind) }, kind), (button, kind) => set(button, "aria-pressed", String(kind === data.kind)));
    word.replaceChildren(is(data.verdict.is, data.verdict.code ? `${data.verdict.word}, error ${data.verdict.code}` : data.verdict.word));
    prose(verdict, data.verdict.says);
    put(live, told === null || told === data.kind ? "" : `${data.kind}: ${data.verdict.word}.`);
    told = data.kind;
    chain.replaceChildren(...data.chain.flatMap(link));
    put(seen.who, `What ${data.seen.who} saw`);
    const octets = data.seen.octets.replace(/../g, "$& ").trim();
    seen.word.replaceChildren(data.seen.alert ? facts(["Alert", wire({ text: data.seen.alert })], octets && ["On the wire", wire({ text: octets })]) : "No alert.");
    prose(seen.says, data.seen.says);
    seen.where.replaceChildren(reference(data.seen.rfc) ?? "");
    prose(careless, data.careless.says);
    where.replaceChildren(reference(data.careless.rfc) ?? "");
    show();
  };
});
