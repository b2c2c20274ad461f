/* A message taken apart: the tree, every octet of the source, and the chosen part with what a reader sees of it. */

const DEFECTS_SEEN = 8; // above the tree; each part tells all of its own
LEGEND.chosen = () => [h("span", { class: "lm-swatch lm-own" }), "the chosen part’s own octets"];
LEGEND.inside = () => [h("span", { class: "lm-swatch lm-within" }), "its parts"];
LEGEND.defect = () => [is("error", "defect")];

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const { back, next, count, live, ends } = walk((by) => step(by));
  const verdict = h("span");
  const wrong = h("ul", { class: "lm-defects", "aria-label": "What is wrong with the message" });
  const tree = h("ul", { class: "lm-tree", role: "tree", "aria-label": "The parts of the message" });
  const source = h("ol", { class: "lm-source", role: "listbox", "aria-label": "The source, piece by piece" });
  const none = h("p", { class: "lm-muted" }, "There is none: the message has no octet.");
  const detail = h("aside", { class: "lm-side lm-beside lm-about", "aria-label": "The chosen part" });
  root.append(
    header,
    h("div", { class: "lm-bar" }, back, next, count, live, verdict),
    wrong,
    h(
      "div",
      { class: "lm-cols lm-mime" },
      h("div", { class: "lm-pad lm-treebox" }, h("p", { class: "lm-tree-head lm-muted", "aria-hidden": "true" }, ...["type", "part", "encoding", "octets"].map((word) => h("span", {}, word))), tree),
      detail,
      h("div", { class: "lm-pad lm-sourcebox" }, h("h3", {}, "Source"), none, source),
    ),
    h("footer", { class: "lm-foot" }, legend("chosen", "inside", "defect", "end"), details),
  );

  let data = { parts: [], source: [] };
  const part = (number) => data.parts.find((one) => one.number === number);
  const first = () => data.parts.find((one) => one.role.key === "shown") ?? data.parts[0];
  /* One selection: "p:2.1" is a part, "s:7" a piece of the source, and so its part as well. */
  const at = shared(model, "lm_at", () => show());
  const spanAt = () => (at.get()?.startsWith("s:") ? Number(at.get().slice(2)) : null);
  const chosen = () => {
    const span = data.source[spanAt() ?? -1];
    return part(span ? span.number : at.get()?.slice(2)) ?? first();
  };
  const chosenSpan = () => spanAt() ?? Math.max(0, data.source.findIndex((span) => span.number === chosen().number));
  const pick = (number) => (at.get() === `p:${number}` ? show() : at.set(`p:${number}`));
  const markPart = listbox(tree, { keys: () => data.parts.map((one) => one.number), chosen: () => chosen().number, pick, detail, role: "treeitem" });
  const markSpan = listbox(source, { keys: () => data.source.map((_, i) => i), chosen: chosenSpan, pick: (i) => (at.get() === `s:${i}` ? show() : at.set(`s:${i}`)) });
  second(source, tree, detail, () => spanAt() ?? at.set(`s:${chosenSpan()}`));
  tree.addEventListener("keydown", (event) => {
    const now = chosen();
    const to = { ArrowRight: data.parts.find((one) => one.above === now.number), ArrowLeft: part(now.above) }[event.key];
    if (!event.key.startsWith("Arrow") || (event.key !== "ArrowRight" && event.key !== "ArrowLeft")) return;
    event.preventDefault();
    if (!to) return;
    pick(to.number);
    tree.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
  });
  const step = (by) => {
    const to = data.parts[data.parts.indexOf(chosen()) + by];
    if (to) pick(to.number);
  };
  const octets = (number) => number.toLocaleString("en");
  const count_ = (number, thing) => `${octets(number)} ${thing}${number === 1 ? "" : "s"}`;
  const brief = (number) => (number.length > 7 ? `…${number.slice(-5)}` : number); // of parts deep inside

  /* ---- the tree ---- */

  const branch = (one, i) => {
    const goesOn = (each) => data.parts.slice(i + 1).some((other) => other.above === each.above);
    const rails = []; // lines that pass this row on their way to a later part
    for (let each = part(one.above); each && each.depth > 0; each = part(each.above)) if (goesOn(each)) rails.push(each.depth - 1);
    return h(
      "li",
      { role: "treeitem", "data-key": one.number, "aria-level": one.depth + 1, "aria-expanded": one.leaf ? null : "true", "data-inside": one.depth > 0, "data-last": !goesOn(one), style: `--d:${Math.min(one.depth, 8) - 1}` },
      ...rails.map((depth) => h("i", { class: "lm-rail", style: `--d:${Math.min(depth, 7)}` })),
      h("span", { class: "lm-tree-type" }, h("code", {}, one.type), one.file && h("span", { class: "lm-muted" }, ` ${one.file}`), one.defects.length > 0 && is("error", count_(one.defects.length, "defect"))),
      h("span", { class: "lm-muted", title: one.number }, brief(one.number) || "all"),
      h("span", {}, one.leaf ? one.encoding : ""),
      h("span", { class: "lm-count" }, octets(one.size)),
    );
  };

  /* ---- the source ---- */

  const line = (one) =>
    "left" in one
      ? h("div", { class: "lm-muted" }, `${octets(one.left)} lines more`)
      : h("div", {}, octetLine(one), one.more && h("span", { class: "lm-muted" }, ` ${octets(one.more)} octets more`));
  const piece = (span, i) => {
    const owner = part(span.number);
    return h(
      "li",
      { role: "option", "data-key": i, "data-kind": span.kind, "aria-label": `${span.kind} of ${owner.number ? `part ${owner.name}` : "the message"}, ${count_(span.end - span.start, "octet")}` },
      h("span", { class: "lm-n" }, span.kind === "header" || span.start === owner.start ? brief(owner.number) : ""),
      h("div", {}, ...span.lines.map(line)),
    );
  };

  /* ---- the chosen part ---- */

  const said = ({ says, rfc }) => [h("p", { class: "lm-say" }, says), reference(rfc)].filter(Boolean);
  const defect = (one) => h("div", { class: "lm-wrong" }, h("p", { class: "lm-say" }, is("error", "defect"), ` ${one.says}`), reference(one.rfc));
  const seen = ({ shown, leaf }) => {
    if (!leaf) return [];
    const made = {
      text: () => h("pre", { tabindex: 0, "aria-label": "The text, decoded" }, shown.text || "(no text)"),
      html: () => h("iframe", { sandbox: "", "data-short": shown.excerpt.length < 160, srcdoc: shown.frame, title: "The HTML, made harmless", referrerpolicy: "no-referrer" }),
      picture: () => h("img", { src: shown.address, alt: shown.name }),
    }[shown.kind];
    return [
      made && h("h3", {}, "What the reader sees"),
      made && h("div", { class: "lm-seen" }, made()),
      shown.blocked && h("p", { class: "lm-say" }, is("neutral", "blocked"), ` ${shown.blocked}`),
      shown.says && h("p", { class: "lm-muted" }, shown.says),
      shown.links?.length > 0 && h("p", { class: "lm-muted lm-links" }, "Its links lead to ", ...shown.links.flatMap((link, i) => [i ? ", " : "", h("code", {}, link)]), "."),
    ].filter(Boolean);
  };
  const tell = (one) => {
    const span = data.source[spanAt() ?? -1];
    const kind = span && data.kinds[span.kind];
    detail.replaceChildren(
      h("h3", {}, one.number ? `Part ${one.name}: ` : "The message: ", h("code", {}, one.type)),
      ...(span ? [h("div", { class: "lm-piece" }, h("p", { class: "lm-muted" }, `${span.kind}, octets ${octets(span.start)} to ${octets(span.end - 1)}`), ...said(kind))] : []),
      ...one.defects.map(defect),
      ...seen(one),
      h("h3", {}, "A mail program"),
      ...said(one.role),
      h("h3", {}, "What it is"),
      facts(
        one.leaf && ["Encoding", one.encoding],
        one.charset && ["Charset", one.charset],
        one.disposition && ["Disposition", one.disposition],
        one.file && ["Name", one.file],
        ["On the way", `${octets(one.size)} octets, ${count_(one.lines, "line")}`],
        one.leaf && ["Decoded", `${octets(one.decoded)} octets`],
        ["In the message", one.end > one.start ? `octets ${octets(one.start)} to ${octets(one.end - 1)}` : "no octet"],
      ),
      ...one.means.flatMap(said),
    );
  };

  const show = () => {
    const one = chosen();
    const index = data.parts.indexOf(one);
    data.parts.forEach((each, i) => markPart(tree.children[i], each.number));
    data.source.forEach((span, i) => {
      const element = source.children[i];
      markSpan(element, i);
      set(element, "data-own", span.number === one.number);
      set(element, "data-within", span.number !== one.number && span.start >= one.start && span.end <= one.end);
    });
    ends(index, data.parts.length);
    put(count, `part ${index + 1} of ${data.parts.length}`);
    put(live, `${one.number ? `Part ${one.name}` : "The whole message"}: ${one.type}${one.file ? `, ${one.file}` : ""}.`);
    tell(one);
    sight();
  };
  /* Where a part was chosen, its octets come into sight; where an octet was, it is in sight. */
  const sight = () => {
    const [box, row] = [source.getBoundingClientRect(), source.children[chosenSpan()]?.getBoundingClientRect()];
    if (row && spanAt() === null && (row.top < box.top || row.bottom > box.bottom)) source.scrollTop += row.top - box.top - 24;
  };
  widened(root, sight); // before it is shown nothing has a place
  return (fresh) => {
    data = fresh;
    title(data);
    code(data.code);
    verdict.replaceChildren(data.wrong ? is("error", count_(data.wrong, "defect")) : is("pass", "nothing wrong found"));
    const all = data.parts.flatMap((one) => one.defects.map((each) => ({ ...each, part: one })));
    wrong.replaceChildren(
      ...all.slice(0, DEFECTS_SEEN).map((each) => h("li", {}, is("error", each.part.number ? `part ${brief(each.part.name)}` : "message"), h("span", {}, each.says))),
      ...(all.length > DEFECTS_SEEN ? [h("li", { class: "lm-muted" }, `${all.length - DEFECTS_SEEN} more: each part tells its own`)] : []),
    );
    set(wrong, "hidden", !all.length);
    tree.replaceChildren(...data.parts.map(branch));
    source.replaceChildren(...data.source.map(piece));
    set(source, "hidden", !data.source.length);
    set(none, "hidden", data.source.length > 0);
    show();
  };
});
