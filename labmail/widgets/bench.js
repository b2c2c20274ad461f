/* The bench: a record is edited, rows are ticked that will change, the letters are replayed, and old and new stand side by
   side. What each word is, is said as it is typed, from the labels that the data bring. */

const ROWS_MAX = 12; // of the field: a longer record is scrolled
const WORDS_MAX = 60; // that are said one by one

LEGEND.isChanged2 = () => ["before → now"];

export default face(({ root, model, act, notices }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const asks = h("p", { class: "lm-say lm-bench-asks" });
  const field = h("textarea", { spellcheck: "false", autocapitalize: "off", autocomplete: "off", rows: 2, wrap: "soft" });
  const fieldName = h("label", { class: "lm-label" });
  const undo = h("button", { type: "button", onclick: () => (write(data.records.join("\n")), field.focus({ preventScroll: true })) }, "Undo my edits");
  const words = h("ul", { class: "lm-words-of", "aria-label": "What each word is" });
  const nothing = h("input", { type: "checkbox", onchange: () => tick("nothing", nothing.checked) });
  const replay = h("button", { type: "button", "data-main": true, onclick: () => go() }, "Replay");
  const live = h("p", { class: "lm-live", "aria-live": "polite", tabindex: -1 });
  const columns = h("tr");
  const body = h("tbody");
  const table = h("table", { class: "lm-table lm-bench-rows" }, h("thead", {}, columns), body);
  const name = h("h3");
  const story = h("p", { class: "lm-muted" });
  const decided = h("p");
  const choice = (key, word) => h("button", { type: "button", "data-on": key, onclick: () => by.set(key) }, word);
  const views = [choice("evidence", "Evidence"), choice("dialog", "Dialog"), choice("letter", "Letter")];
  const [tree, drawTree] = spfTree(model, "lm_word");
  const [spfResult, spfSays] = [h("div"), h("div")];
  const bySpf = h("section", { class: "lm-proof" }, h("div", {}, h("h3", {}, "SPF"), spfResult), h("div", {}, spfSays, ...tree.slice(1)));
  const byOthers = h("div", { class: "lm-proofs" });
  const dialog = h("ol", { class: "lm-dialog", "aria-label": "The dialog, line by line" });
  const paper = h("textarea", { spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "soft", "aria-label": "The letter, as it will be sent" });
  const asBefore = h("button", { type: "button", onclick: () => (rewrite(chosen().first), paper.focus({ preventScroll: true })) }, "As it was at first");
  const letter = h("div", { class: "lm-bench-letter" }, paper, h("p", { class: "lm-buttons" }, asBefore));
  const detail = h("section", { class: "lm-bench-detail", tabindex: -1, "aria-label": "The chosen letter" }, h("div", { class: "lm-bench-name" }, h("div", {}, name, story), h("div", { class: "lm-switch", role: "group", "aria-label": "What of it" }, ...views)), decided, bySpf, byOthers, dialog, letter);
  set(fieldName, "for", named(field));
  const editor = h("div", { class: "lm-bench-record" }, fieldName, field, words, h("p", { class: "lm-buttons" }, undo));
  const top = h("div", { class: "lm-bench" }, editor, table);
  root.append(
    header,
    asks,
    top,
    h("div", { class: "lm-bar" }, h("label", { class: "lm-tick" }, nothing, h("span", {}, "nothing changes")), replay, live),
    notices,
    detail,
    h("footer", { class: "lm-foot" }, legend("client", "server", "pass", "fail", "neutral", "error", "isChanged2"), details),
  );

  let data = { rows: [], records: [], words: { labels: {}, signs: {} } };
  const by = shared(model, "lm_by", () => show());
  const at = shared(model, "lm_at", () => show());
  const draft = shared(model, "lm_draft", () => show());
  const ticked = shared(model, "lm_ticked", () => show());
  const papers = shared(model, "lm_papers", () => show());

  /* What is not yet replayed belongs to one round: after the next it is gone, in every view of this widget. */
  const written = () => (draft.get()?.round === data.round ? draft.get().text : data.records.join("\n"));
  const ticks = () => (ticked.get()?.round === data.round ? ticked.get().keys : []);
  const rewritten = () => (papers.get()?.round === data.round ? papers.get().texts : {});
  const rewrite = (text) => papers.set({ round: data.round, texts: { ...rewritten(), [chosen().key]: text } });
  const onPaper = (row) => rewritten()[row.key] ?? row.letter;
  const write = (text) => draft.set({ round: data.round, text });
  const tick = (key, on) => {
    const others = key === "nothing" ? [] : ticks().filter((each) => each !== key && each !== "nothing");
    ticked.set({ round: data.round, keys: on ? [...others, key] : ticks().filter((each) => each !== key) });
  };
  const chosen = () => data.rows.find((row) => row.key === at.get()) ?? data.rows.find((row) => row.changed) ?? data.rows.at(-1);
  paper.addEventListener("input", () => rewrite(paper.value));
  field.addEventListener("input", () => write(field.value));
  const go = async () => {
    if (replay.getAttribute("aria-disabled")) return;
    const keys = ticks().filter((key) => key !== "nothing");
    const letters = Object.fromEntries(data.rows.filter((row) => onPaper(row) !== row.letter).map((row) => [row.key, onPaper(row)]));
    await act("replay", { records: written().split("\n"), ticks: keys, letters });
  };

  /* ---- the rows ---- */

  const open = (row) => h("button", { type: "button", class: "lm-opens", onclick: () => at.set(row.key) });
  const make = (row) => {
    const box = h("input", { type: "checkbox", onchange: () => tick(row.key, box.checked), "aria-label": `${row.host} will change` });
    const element = h("tr", {}, h("td", { class: "lm-tick" }, h("label", {}, box, h("span", { class: "lm-only-narrow" }, "will change")), h("span", { class: "lm-was-right" })), h("td", {}, open(row), h("span", { class: "lm-muted" }), h("span", { class: "lm-muted lm-story" })), ...row.now.map(() => h("td")));
    element.addEventListener("click", (event) => event.target.closest("input, button, label") || at.set(row.key));
    return element;
  };
  const side = (was, now) => {
    if (!was) return [is(now.is, now.word)];
    if (was.word === now.word && was.is === now.is) return [h("span", { class: "lm-same" }, is(now.is, now.word))];
    return [h("span", { class: "lm-turned" }, is(was.is, was.word), h("span", { class: "lm-to" }, "→"), is(now.is, now.word))];
  };
  const fill = (element, row) => {
    const [box, host, ...cells] = element.children;
    box.querySelector("input").checked = ticks().includes(row.key);
    const right = row.ticked === row.changed;
    box.querySelector(".lm-was-right").replaceChildren(...(row.before && (row.ticked || row.changed) ? [is(right ? "pass" : "fail", right ? "right" : row.changed ? "changed" : "did not")] : []));
    const [button, address, about] = host.children;
    put(button, row.host);
    set(button, "aria-pressed", String(row === chosen()));
    put(address, row.address);
    put(about, [row.story, onPaper(row) === row.first ? "" : "the letter was edited"].filter(Boolean).join("; "));
    set(element, "data-chosen", row === chosen());
    set(element, "data-same", Boolean(row.before) && !row.changed);
    cells.forEach((cell, i) => {
      set(cell, "data-name", [...data.checks, `${data.server} answers`][i]);
      cell.replaceChildren(...side(row.before?.[i], row.now[i]));
    });
  };
  body.addEventListener("keydown", (event) => {
    const buttons = [...body.querySelectorAll(".lm-opens")];
    const i = buttons.indexOf(event.target);
    const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (i < 0) return;
    if (event.key === "Enter") detail.focus({ preventScroll: true }), at.set(data.rows[i].key);
    else if (to === undefined) return;
    else if (buttons[to]) buttons[to].focus({ preventScroll: true }), at.set(data.rows[to].key);
    event.preventDefault();
  });
  detail.addEventListener("keydown", (event) => {
    if (event.key === "Escape") body.querySelector(".lm-opens[aria-pressed=true]")?.focus({ preventScroll: true });
  });

  /* ---- the record, word by word ---- */

  const short = (word) => (word.length > 48 ? `${word.slice(0, 46)}…` : word);
  const said = ({ word, label, fault, result }) => h("li", { "data-unknown": fault != null }, h("code", { "data-by": "server", class: "lm-wire" }, short(word)), h("span", {}, label), result ? is(result.is, result.word) : fault ? is("error", fault) : "");
  const label = () => {
    const found = glosses(written().split("\n"), data.words);
    const rest = found.length - WORDS_MAX;
    words.replaceChildren(
      ...(found.length ? found.slice(0, WORDS_MAX).map(said) : [h("li", { class: "lm-muted" }, "No record at all.")]),
      ...(rest > 0 ? [h("li", {}, h("span", { class: "lm-muted" }, `… ${rest} more`))] : []),
    );
  };

  /* ---- the chosen letter ---- */

  const proof = (name, result, rest) => h("section", { class: "lm-proof" }, h("div", {}, h("h3", {}, name), result), h("div", {}, ...rest));
  const tell = () => {
    const row = chosen();
    if (!row) return;
    const how = by.get() ?? "evidence";
    for (const button of views) set(button, "aria-pressed", String(button.dataset.on === how));
    put(name, row.host);
    put(story, [row.address, row.from && `MAIL FROM:<${row.from}>`, row.story].filter(Boolean).join(", "));
    const { spf, dkim, dmarc } = row.evidence;
    decided.replaceChildren(h("span", { class: "lm-muted" }, `${data.server} answered `), h("code", { class: "lm-wire", "data-by": "server" }, row.decided));
    bySpf.hidden = byOthers.hidden = how !== "evidence";
    dialog.hidden = how !== "dialog";
    letter.hidden = how !== "letter";
    const text = onPaper(row);
    if (paper.value !== text) paper.value = text;
    set(paper, "rows", Math.min(24, text.split("\n").length + 1));
    idle(asBefore, text === row.first);
    if (spf) {
      drawTree(spf);
      spfResult.replaceChildren(is(spf.result.is, spf.result.word));
      spfSays.replaceChildren(prose(h("p", { class: "lm-say" }), spf.says), reference(spf.rfc));
    } else bySpf.hidden = true;
    for (const part of tree.slice(1)) part.hidden = data.words.kind !== "spf"; // elsewhere the result is enough
    byOthers.replaceChildren(
      dkim ? proof("DKIM", dkim.length === 1 ? is(dkim[0].result.is, dkim[0].result.word) : dkim.length ? "" : is("neutral", "none"), signatures(dkim)) : "",
      dmarc ? proof("DMARC", is(dmarc.result.is, dmarc.result.word), dmarcParts(dmarc).filter(Boolean)) : "",
      !spf && !dkim && !dmarc ? h("p", { class: "lm-say" }, `${data.server} checked nothing about this letter.`) : "",
    );
    const last = row.lines.findLast((line) => line.text === row.decided);
    dialog.replaceChildren(...row.lines.map((line) => h("li", { class: "lm-line", "data-by": line.by, "data-decided": line === last }, h("span", { class: "lm-who" }, speaks[line.by]), wire(line))));
  };

  const show = () => {
    const text = written();
    if (field.value !== text) field.value = text;
    set(field, "rows", Math.min(ROWS_MAX, Math.max(2, Math.ceil(Math.max(...text.split("\n").map((line) => line.length)) / 40) + text.split("\n").length - 1)));
    idle(undo, text === data.records.join("\n"));
    label();
    nothing.checked = ticks().includes("nothing");
    idle(replay, !ticks().length);
    keyed(body, data.rows, (row) => row.key, make, fill);
    live.replaceChildren(...(ticks().length || !data.told.says ? [ticks().length ? "" : data.start] : [is(data.told.is, data.told.word), h("span", {}, data.told.says)]));
    tell();
  };
  return (fresh) => {
    data = fresh;
    title(data);
    code(data.code);
    prose(asks, data.asks);
    put(fieldName, `TXT at ${data.place}`);
    set(top, "data-wide", data.checks.length > 1);
    set(words, "data-kind", data.words.kind);
    columns.replaceChildren(...["will change", "host", ...(data.checks.length > 1 ? data.checks : ["result"]), `${data.server} answers`].map((word) => h("th", { scope: "col" }, word)));
    if (body.firstChild && body.firstChild.children.length !== data.checks.length + 3) body.replaceChildren();
    show();
  };
});
