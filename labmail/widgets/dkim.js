/* A DKIM verdict: the steps of each signature, the letter with what is signed of it, and any octet to be changed. */

LEGEND.isSigned = () => [h("span", { class: "lm-swatch", "data-signed": true }), "signed"];
LEGEND.isChanged = () => [h("mark", { class: "lm-altered" }, "a"), "changed by you"];

export default face(({ root, model, act, notices }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const verdict = h("div", { class: "lm-finding" });
  const which = h("div", { class: "lm-switch", role: "group", "aria-label": "Signatures" });
  const steps = h("ol", { class: "lm-judged", "aria-label": "What was judged" });
  const remarks = h("div", { class: "lm-remarks" });
  const letter = h("ul", { class: "lm-signed-letter", role: "listbox", "aria-label": "The letter, field by field and line by line" });
  const more = h("p", { class: "lm-muted" });
  const detail = h("aside", { class: "lm-side lm-beside", "aria-label": "The chosen line" });
  const restore = h("button", { type: "button", onclick: () => act("restore") }, "Undo all changes");
  const live = h("p", { class: "lm-live", "aria-live": "polite" });
  root.append(
    header,
    verdict,
    h("div", { class: "lm-bar" }, live, which, restore),
    notices,
    steps,
    remarks,
    h("div", { class: "lm-cols lm-dkim" }, h("div", { class: "lm-pad" }, letter, more), detail),
    h("footer", { class: "lm-foot" }, legend("pass", "fail", "neutral", "error", "isSigned", "isChanged", "end"), details),
  );

  let data = { rows: [], signatures: [] };
  const at = shared(model, "lm_at", () => show()); // the chosen line
  const by = shared(model, "lm_by", () => show()); // the chosen signature
  const octetAt = shared(model, "lm_octet", () => show());
  const signature = () => data.signatures.find((one) => one.key === by.get()) ?? data.signatures[0];
  const row = () => data.rows.find((one) => one.key === at.get()) ?? data.rows.find((one) => one.key === data.chosen);
  const seen = (one) => signature()?.rows[Number(one.key)] ?? { kind: "unsigned", word: "not signed" };
  const pick = (key) => (at.get() === key ? show() : (octetAt.set(null), at.set(key)));
  const mark = listbox(letter, { keys: () => data.rows.map((one) => one.key), chosen: () => row()?.key, pick, detail });

  /* ---- the letter ---- */

  const altered = ({ text, end }, from, to) => {
    const part = (start, stop) => [...wire({ text: text.slice(start, stop) }).childNodes];
    return h("code", { class: "lm-wire" }, ...part(0, from), h("mark", { class: "lm-altered" }, ...part(from, to)), ...part(to), eol(end) || "");
  };
  const lines = (one) => {
    let passed = 0;
    return one.lines.map((line) => {
      const from = Math.min(Math.max(one.changed[0] - passed, 0), line.text.length);
      const to = Math.min(Math.max(one.changed[1] - passed, 0), line.text.length);
      passed += line.text.length + line.end.length;
      return h("div", {}, from < to ? altered(line, from, to) : octetLine(line));
    });
  };
  const item = (one) => {
    const { kind, word } = seen(one);
    return h("li", { role: "option", "data-key": one.key, "data-part": kind }, h("span", { class: "lm-muted" }, word), h("div", {}, ...lines(one)));
  };

  /* ---- one octet ---- */

  const bytes = () => row().octets.match(/../g) ?? [];
  const octet = () => Math.min(Number(octetAt.get() ?? row().changed[0] ?? 0), bytes().length - 1);
  const change = async (hex, gone = 1) => {
    const [line, place] = [row(), octet()];
    octetAt.set(String(place));
    at.set(line.key);
    await act("change", { at: line.start + place, octets: hex, gone });
  };
  const hexOf = (text) => [...new TextEncoder().encode(text)].map((each) => each.toString(16).padStart(2, "0")).join("");
  const ends = { "0d": ["lm-cr", "␍"], "0a": ["lm-lf", "␊"] };
  const shown = (byte) => (ends[byte] ? h("i", { class: ends[byte][0] }, ends[byte][1]) : ({ "09": "⇥", 20: "␣" })[byte]) ?? (byte > "20" && byte < "7f" ? String.fromCharCode(parseInt(byte, 16)) : "·");
  const strip = h("div", { class: "lm-octetstrip", role: "listbox", "aria-label": "Octets of this line: arrows choose, a key replaces, Delete removes", "aria-orientation": "horizontal" });
  const here = h("p", { class: "lm-muted" });
  const field = h("input", { type: "text", size: 2, maxlength: 1, autocomplete: "off" });
  const missing = h("p", { class: "lm-say", role: "status" });
  field.addEventListener("input", () => put(missing, ""));
  const submit = async () => {
    put(missing, field.value ? "" : "Type one character into the field first.");
    if (!field.value) return field.focus({ preventScroll: true });
    await change(hexOf(field.value));
    field.value = "";
  };
  const doIt = h("button", { type: "submit", "data-main": true }, "Change");
  const form = h(
    "form",
    { class: "lm-tamper", onsubmit: (event) => (event.preventDefault(), submit()) },
    h("label", {}, "Change it to ", field),
    doIt,
    h("button", { type: "button", onclick: () => change("", 1) }, "Delete it"),
    h("button", { type: "button", onclick: () => change("20", 0) }, "Put a space before it"),
    missing,
  );
  const choose = (place) => {
    octetAt.set(String(Math.max(0, Math.min(bytes().length - 1, place))));
    strip.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
  };
  strip.addEventListener("click", (event) => {
    const one = event.target.closest("[role=option]");
    if (one) choose(Number(one.dataset.at));
  });
  strip.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowRight: octet() + 1, ArrowLeft: octet() - 1, Home: 0, End: bytes().length - 1 }[event.key];
    if (to !== undefined) choose(to);
    else if (event.key === "Delete") change("", 1);
    else if (event.key.length === 1) change(hexOf(event.key));
    else return;
    event.preventDefault();
  });

  /* ---- the chosen line ---- */

  const formOf = ({ form }) => {
    if (form == null) return h("p", { class: "lm-muted" }, "It is not hashed.");
    const end = form.endsWith("\r\n") ? "\r\n" : "";
    return h("p", { class: "lm-canonical" }, octetLine({ text: form.slice(0, form.length - end.length), end }));
  };
  const tell = () => {
    const one = row();
    if (!one) return detail.replaceChildren();
    const mine = seen(one);
    const place = octet();
    const focused = strip.contains(document.activeElement) || strip.getRootNode().activeElement?.parentElement === strip;
    strip.replaceChildren(
      ...bytes().map((byte, i) =>
        h("span", { role: "option", "data-at": i, "aria-selected": String(i === place), "aria-label": `octet ${i}: hex ${byte}`, "data-altered": one.touched && i >= one.changed[0] && i < one.changed[1], tabindex: i === place ? 0 : -1, title: `hex ${byte}` }, shown(byte)),
      ),
    );
    put(here, `octet ${place} of this line, ${one.start + place} of the letter: hex ${bytes()[place]}${one.left ? `; ${one.left} more are not shown` : ""}`);
    detail.replaceChildren(
      h("h3", {}, mine.word || "not hashed"),
      prose(h("p", { class: "lm-say" }), mine.says ?? ""),
      reference(mine.rfc) ?? "",
      h("p", { class: "lm-label" }, "Made canonical"),
      formOf(mine),
      h("p", { class: "lm-label" }, one.touched ? "With your changes" : "As it came"),
      strip,
      here,
      form,
    );
    if (focused) strip.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
  };

  /* ---- the signatures ---- */

  const step = (one) => h("li", {}, h("span", { class: "lm-label" }, one.name), is(one.result.is, one.result.word), h("span", {}, one.says), reference(one.rfc));
  const told = (one) => {
    steps.replaceChildren(...(one ? one.steps.map(step) : []));
    const hashes = one?.hashes.length && one.hashes[0] !== one.hashes[1] ? facts(["bh= says", h("code", { class: "lm-hash" }, one.hashes[0])], ["found", h("code", { class: "lm-hash" }, one.hashes[1])]) : "";
    remarks.replaceChildren(
      one?.broke ? h("p", { class: "lm-say" }, h("b", {}, "What changed: "), one.broke) : "",
      hashes,
      one?.absent ? h("p", { class: "lm-muted" }, `Signed as absent, so that none can be added: ${one.absent}`) : "",
      ...(one?.warnings ?? []).map((each) => h("p", { class: "lm-warned" }, is("neutral", "weak"), h("span", {}, each.says), reference(each.rfc))),
    );
  };
  const tab = (one) => h("button", { type: "button", onclick: () => by.set(one.key) }, "");

  const show = () => {
    const one = signature();
    verdict.replaceChildren(is(data.result.is, data.result.word), h("div", {}, prose(h("p", { class: "lm-say" }), data.says), one ? h("p", { class: "lm-wire lm-tags" }, one.tags) : "", reference(data.rfc)));
    keyed(which, data.signatures.length > 1 ? data.signatures : [], (each) => each.key, tab, (button, each) => {
      put(button, `${Number(each.key) + 1} ${each.name}: ${each.result.word}`);
      set(button, "aria-pressed", String(each === one));
    });
    put(live, one ? one.why : "Nobody signed this letter.");
    restore.disabled = !data.changed;
    told(one);
    letter.replaceChildren(...data.rows.map(item));
    for (const element of letter.children) mark(element, element.dataset.key);
    put(more, data.more ? `${data.more} lines more` : "");
    tell();
  };

  return (fresh) => {
    const focused = letter.contains(letter.getRootNode().activeElement);
    data = fresh;
    title(data);
    code(data.code);
    show();
    if (focused) letter.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
  };
});
