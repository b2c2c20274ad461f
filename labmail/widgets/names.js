/* A letter's two names: its envelope and its From: side by side, and below them what was looked up, with a gap between. */
export default face(({ root }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const half = (name) => [h("h3", {}, name), h("dl", { class: "lm-facts" })];
  const hidden = half("What a mail program leaves out");
  const shown = half("What it shows");
  const line = h("div", { class: "lm-two-names", role: "img" });
  const says = h("p", { class: "lm-say" });
  const rfc = h("div");
  root.append(header, h("div", { class: "lm-two-halves" }, h("section", {}, ...hidden), h("section", {}, ...shown)), line, says, rfc, h("footer", { class: "lm-foot" }, details));

  const fill = (list, pairs, by) => list.replaceChildren(...pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, h("code", { class: "lm-wire", "data-by": by }, value))]));
  return (data) => {
    title(data);
    code(data.code);
    fill(hidden[1], data.hidden, "server");
    fill(shown[1], data.shown, "client");
    const { looked, gap, compared } = data;
    set(line, "aria-label", `SPF looked up ${looked.domain}: ${looked.word}. From: shows ${data.from}. ${gap}.`);
    line.replaceChildren(
      h("div", { class: "lm-node" }, h("span", { class: "lm-muted" }, "SPF looked up"), h("code", {}, looked.domain), is(looked.is, looked.word)),
      h("div", { class: "lm-tie", "data-gap": compared !== "pass", "data-open": !compared }, h("span", {}, gap)),
      h("div", { class: "lm-node" }, h("span", { class: "lm-muted" }, "From: shows"), h("code", {}, data.from)),
    );
    prose(says, data.says);
    rfc.replaceChildren(reference(data.rfc) ?? "");
  };
});
