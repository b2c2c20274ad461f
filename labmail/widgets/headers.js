/* The header of a message: the way it came as a lane of machines, its fields, and what the chosen field means. */

const TRUST = { own: ["pass", "your own server’s"], claim: ["neutral", "a claim"], anyone: ["neutral", "unproven"] };
LEGEND.own = () => [is("pass", "your own server’s")];
LEGEND.claim = () => [is("neutral", "a claim: of another server, perhaps")];
LEGEND.tab = () => ["→ a tab"];
LEGEND.anyone = () => [is("neutral", "unproven: anyone can write it")];

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const { back, next, count, live, ends } = walk((by) => step(by));
  const begins = h("p", { class: "lm-begins" });
  const trail = h("ol", { class: "lm-trail", role: "listbox", "aria-label": "The way, the oldest hop first" });
  const way = h("div", { class: "lm-way" }, h("h3", {}, "The way it came, oldest first"), begins, trail);
  const list = h("ol", { class: "lm-fieldlist", role: "listbox", "aria-label": "The fields, as they came" });
  const detail = h("aside", { class: "lm-side lm-beside lm-about", "aria-label": "The chosen field" });
  root.append(
    header,
    way,
    h("div", { class: "lm-bar" }, back, next, count, live),
    h("div", { class: "lm-cols" }, h("div", { class: "lm-pad lm-fieldbox" }, list), detail),
    h("footer", { class: "lm-foot" }, legend("own", "claim", "anyone", "tab", "end"), details),
  );

  let data = { fields: [], hops: [] };
  const at = shared(model, "lm_at", () => show());
  const first = () => data.fields.find((one) => one.name.toLowerCase() === "from")?.n ?? 0;
  const chosen = () => at.get() ?? first();
  const pick = (n) => (at.get() === Number(n) ? show() : at.set(Number(n)));
  const mark = listbox(list, { keys: () => data.fields.map((one) => one.n), chosen, pick, detail });
  const hopAt = () => data.hops.find((hop) => hop.field === chosen())?.field;
  const markHop = listbox(trail, { keys: () => data.hops.map((hop) => hop.field), chosen: hopAt, pick });
  second(trail, list, detail, () => hopAt() ?? pick(data.hops[0].field));
  const step = (by) => data.fields[chosen() + by] && pick(chosen() + by);
  const sight = () => within(list, list.querySelector("[aria-selected=true]") ?? list);
  widened(root, sight); // before it is shown nothing has a place

  /* ---- the way ---- */

  const machine = (name, address) => [h("b", {}, name), address && h("span", { class: "lm-muted" }, address)].filter(Boolean);
  const stop = (hop, i) =>
    h(
      "li",
      { role: "option", "data-key": hop.field, "data-own": hop.own, "data-last": i === data.hops.length - 1 },
      h("span", { class: "lm-station" }, ...machine(hop.by), hop.with && h("span", { class: "lm-muted" }, `took it with ${hop.with}`)),
      h("span", { class: "lm-when" }, hop.at || "no time"),
      h("span", { class: "lm-believe" }, is(hop.own ? "pass" : "neutral", hop.own ? "your own server" : "a claim")),
      hop.delay && h("span", { class: "lm-delay lm-muted" }, hop.delay),
    );

  /* ---- the fields ---- */

  const field = (one) =>
    h(
      "li",
      { role: "option", "data-key": one.n, "data-trust": one.trust },
      h("div", { class: "lm-raw" }, ...one.lines.map((line, i) => h("div", {}, octetLine(line, i === 0 && line.text.startsWith(one.name) ? one.name : "")))),
      one.encoded && h("div", { class: "lm-reads" }, h("span", { class: "lm-muted" }, "reads "), one.value),
      one.defects.length > 0 && is("error", "defect"),
    );
  /* ---- the chosen field ---- */

  const word = (piece) => [
    h("p", { class: "lm-wire lm-octets" }, piece.raw),
    facts(
      ["Charset", piece.charset],
      ["Encoding", piece.encoding === "B" ? "B, base64" : "Q, quoted-printable"],
      ["Octets", h("code", {}, piece.octets || "none")],
      ["Text", piece.text],
      piece.fault && ["But", is("error", piece.fault)],
    ),
  ];
  const tell = (one) => {
    const hop = data.hops.find((each) => each.field === one.n);
    detail.replaceChildren(
      h("h3", {}, one.name || "No field"),
      h("p", { class: "lm-say" }, one.says),
      reference(one.rfc) ?? "",
      ...one.defects.map((each) => h("div", { class: "lm-wrong" }, h("p", { class: "lm-say" }, is("error", "defect"), ` ${each.says}`), reference(each.rfc) ?? "")),
      h("h3", {}, "Can it be believed?"),
      h("p", { class: "lm-say" }, is(...TRUST[one.trust]), ` ${one.believe}`),
      facts(
        ["Written by", one.writer],
        hop && ["Hop", `${hop.number} of ${data.hops.length}`],
        hop?.from && ["From", h("code", {}, hop.from), hop.address && h("span", {}, hop.address)],
        hop && ["By", h("code", {}, hop.by)],
        hop?.with && ["With", hop.with],
        hop?.id && ["Id", h("code", {}, hop.id)],
        hop?.for && ["For", h("code", {}, hop.for)],
        hop && ["At", hop.at || "no time that can be read"],
        hop?.delay && ["Next hop", hop.delay],
        ["In the message", `octets ${one.start} to ${one.end - 1}`],
      ),
      ...(one.pieces.length ? [h("h3", {}, "Encoded words"), ...one.pieces.flatMap(word)] : []),
    );
  };

  const show = () => {
    const n = chosen();
    const one = data.fields[n];
    let group = null;
    data.fields.forEach((each, i) => {
      const element = list.children[i];
      mark(element, each.n);
      set(element, "data-group", each.group === group ? null : each.group);
      group = each.group;
    });
    data.hops.forEach((hop, i) => markHop(trail.children[i], hop.field));
    if (hopAt() === undefined && data.hops.length) trail.children[0].tabIndex = 0; // the way in, by keyboard
    ends(n, data.fields.length);
    put(count, data.fields.length ? `field ${n + 1} of ${data.fields.length}` : "");
    put(live, one ? `${one.name || "No field"}: ${TRUST[one.trust][1]}.` : "This message has no header.");
    if (one) tell(one);
    else detail.replaceChildren(h("p", { class: "lm-say" }, "There is no field."));
    sight();
  };
  return (fresh) => {
    data = fresh;
    title(data);
    code(data.code);
    set(way, "hidden", !data.hops.length);
    if (data.begins) begins.replaceChildren(...machine(data.begins.name, data.begins.address), h("span", { class: "lm-muted" }, "handed it over"));
    trail.replaceChildren(...data.hops.map(stop));
    list.replaceChildren(...data.fields.map(field));
    show();
  };
});
