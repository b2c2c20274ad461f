/* A report beside the dialog that caused it: the field that repeats the reply and the line that is repeated are one. */

LEGEND.isJoined = () => [h("span", { class: "lm-swatch", "data-joined": true }), "the same line, here and there"];

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const which = h("div", { class: "lm-switch", role: "group", "aria-label": "Recipients" });
  const joins = h("p", { class: "lm-say" });
  const list = h("ul", { class: "lm-report", role: "listbox", "aria-label": "The report, field by field" });
  const field = h("aside", { class: "lm-meaning lm-report-means", "aria-label": "The chosen field" });
  const name = h("h3");
  const dialog = h("ol", { class: "lm-dialog lm-caused", tabindex: 0, "aria-label": "The dialog, line by line" });
  const spoken = h("div", {}, name, dialog);
  const parts = h("div", { class: "lm-proofs" });
  root.append(
    header,
    h("div", { class: "lm-bounce-head" }, joins, which),
    h("div", { class: "lm-bounce" }, h("div", {}, h("h3", {}, "The report"), list, field), spoken),
    parts,
    h("footer", { class: "lm-foot" }, legend("client", "server", "codes", "isJoined"), details),
  );

  let data = { recipients: [] };
  const by = shared(model, "lm_by", () => show());
  const at = shared(model, "lm_at", () => show());
  const chosen = () => data.recipients.find((each) => each.key === by.get()) ?? data.recipients[0];
  const row = () => chosen().fields.find((each) => each.key === at.get()) ?? chosen().fields.find((each) => each.key === chosen().chosen);
  const mark = listbox(list, { keys: () => chosen().fields.map((each) => each.key), chosen: () => row().key, pick: (key) => (at.get() === key ? show() : at.set(key)), detail: field });

  const item = (one) => h("li", { role: "option", "data-joined": one.joined }, h("span", { class: "lm-muted" }, one.name), h("code", { class: "lm-wire", "data-by": one.joined ? "server" : null }, one.text));
  const line = (each, decided) => h("li", { class: "lm-line", "data-by": each.by, "data-joined": each.n === decided }, h("span", { class: "lm-who" }, speaks[each.by]), wire(each));
  const tab = () => h("button", { type: "button" });
  const part = (heading, result, rest) => h("section", { class: "lm-proof", "aria-label": heading }, h("div", {}, h("h3", {}, heading), ...[result].flat()), h("div", {}, ...rest.filter(Boolean)));
  const because = (one) => h("div", { class: "lm-because" }, prose(h("p", { class: "lm-say" }), one.says), reference(one.rfc));

  const show = () => {
    const one = chosen();
    if (!one) return;
    keyed(which, data.recipients.length > 1 ? data.recipients : [], (each) => each.key, tab, (button, each) => {
      put(button, each.recipient);
      button.onclick = () => by.set(each.key);
      set(button, "aria-pressed", String(each === one));
    });
    prose(joins, one.joins);
    const drawn = `${one.key} ${one.fields.length}`;
    if (list.dataset.drawn !== drawn) list.replaceChildren(), (list.dataset.drawn = drawn);
    keyed(list, one.fields, (each) => each.key, item, (element, each) => mark(element, each.key));
    const now = row();
    field.replaceChildren(h("h3", {}, now.name), prose(h("p", { class: "lm-say" }), now.says), reference(now.rfc) ?? "");
    spoken.hidden = !one.lines.length;
    set(spoken.parentElement, "data-alone", spoken.hidden);
    put(name, one.dialog);
    dialog.replaceChildren(...one.lines.map((each) => line(each, one.decided)));
    const decided = dialog.querySelector("[data-joined]");
    const seek = () => decided && (dialog.scrollTop = decided.offsetTop - dialog.clientHeight / 2);
    seek();
    requestAnimationFrame(seek); // at the first drawing nothing has a height yet
    const { spf, dkim, dmarc } = one.evidence;
    const checked = (name, found, rest = []) => (found ? part(name, is(found.result.is, found.result.word), [because(found), ...rest]) : "");
    parts.replaceChildren(
      part("It means", is(one.is, one.status), one.meanings.map((each) => h("div", { class: "lm-means" }, h("b", {}, each.code), because(each)))),
      part("To do", h("p", { class: "lm-muted" }, one.who), [because(one)]),
      checked("SPF", spf),
      dkim ? part("DKIM", dkim.length === 1 ? is(dkim[0].result.is, dkim[0].result.word) : dkim.length ? [] : is("neutral", "none"), signatures(dkim)) : "",
      checked("DMARC", dmarc, dmarc ? dmarcParts(dmarc) : []),
    );
  };
  return (fresh) => {
    data = fresh;
    title(data);
    code(data.code);
    show();
  };
});
