/* A zone as a text with numbered lines: edited here, published by the act, and answered with a sentence. */
const zoneEditor = (act, button) => {
  let data = { zone: "" };
  const zoneName = h("h3");
  const numbers = h("pre", { "aria-hidden": "true" });
  const zone = h("textarea", { spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off" });
  const editor = h("div", { class: "lm-zone" }, numbers, zone);
  const verdict = h("p", { class: "lm-say", role: "status" });
  const ruling = h("div");
  const publish = button("Publish the zone", { "data-main": true, onclick: () => act("publish", { text: zone.value }) });
  const undo = button("Undo my edits", { onclick: () => ((zone.value = data.zone), lines(), zone.focus({ preventScroll: true })) });
  const lines = () => {
    const many = zone.value.replace(/\n$/, "").split("\n").length;
    set(zone, "rows", zone.value === data.zone ? many : zone.value.split("\n").length); // an empty last line only while it is written
    zone.scrollTop = 0; // the editor scrolls as a whole, numbers and text together
    put(numbers, Array.from({ length: many }, (_, i) => i + 1).join("\n"));
    publish.disabled = undo.disabled = zone.value === data.zone;
  };
  zone.addEventListener("input", lines);
  let published = null; // the text that the lab has, as far as this view knows
  const draw = (fresh) => {
    data = fresh;
    put(zoneName, `Zone ${data.origin}`);
    set(zone, "aria-label", `Zone file of ${data.origin}`);
    if (published === null || zone.value === published || data.words.published) {
      if (zone.value !== data.zone && published !== data.zone) zone.value = data.zone;
    }
    published = data.zone;
    lines();
    const wrong = data.words.zone;
    const good = data.words.published;
    set(zone, "aria-invalid", wrong ? "true" : null);
    set(zone, "aria-describedby", wrong ? named(verdict) : null);
    editor.style.setProperty("--err", wrong?.line ?? -9);
    const where = wrong?.line ? `Line ${wrong.line}` : "";
    const marked = wrong && (where && wrong.says.startsWith(where) ? [is("error", where), wrong.says.slice(where.length)] : [is("error", "Not published"), ` ${wrong.says}`]);
    const text = wrong ? `${where}${wrong.says}` : (good?.says ?? "");
    if (verdict.dataset.said !== text) {
      verdict.dataset.said = text;
      verdict.replaceChildren(...(wrong ? marked : good ? [is("pass", "Published"), ` ${good.says}`] : []));
      ruling.replaceChildren(reference(wrong?.rfc ?? good?.rfc) ?? "");
    }
  };
  const stack = h("div", { class: "lm-stack" }, zoneName, editor, verdict, ruling, h("p", { class: "lm-buttons" }, publish, undo));
  return [stack, draw];
};
