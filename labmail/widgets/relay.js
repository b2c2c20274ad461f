/* Who may relay: a row for each case, with the answer that the server gave. The dialog of the chosen row stands below. */
export default face(({ root, model, act, notices }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const says = h("p", { class: "lm-say lm-verdict2" });
  const choice = (on, word) => h("button", { type: "button", "data-on": String(on), onclick: () => turn(on) }, word);
  const switches = [choice(false, "Relays for its own"), choice(true, "Open relay")];
  const again = h("button", { type: "button", onclick: () => act("again") }, "Ask again");
  const live = h("p", { class: "lm-live", "aria-live": "polite" });
  const list = h("ol", { role: "listbox", class: "lm-cases", "aria-label": "Who, from where, to whom, and the answer" });
  const above = h("div", { class: "lm-case lm-case-head", "aria-hidden": "true" }, ...["who, and from where", "from, to", "the server’s answer", ""].map((word) => h("span", {}, word)));
  const dialog = h("ol", { class: "lm-dialog", tabindex: 0, "aria-label": "The dialog, line by line" });
  const name = h("h3");
  const detail = h("aside", { class: "lm-pair lm-both", "aria-label": "The chosen row" });
  root.append(header, says, h("div", { class: "lm-bar" }, h("div", { class: "lm-switch", role: "group", "aria-label": "What the server does" }, ...switches), again, live), notices, above, list, detail, h("footer", { class: "lm-foot" }, legend("client", "server", "codes"), details));

  let rows = [];
  let state = null;
  const at = shared(model, "lm_at", () => show());
  const chosen = () => (rows.some((row) => row.key === at.get()) ? at.get() : rows[1]?.key ?? rows[0]?.key);
  const mark = listbox(list, { keys: () => rows.map((row) => row.key), chosen, pick: (key) => at.set(key), detail });
  const turn = (on) => act("switch", { on });

  const answered = ({ answer, code }) => h("code", { class: "lm-wire", "data-by": "server" }, code && h("b", {}, code), answer.slice(code.length));
  const row = () => h("li", { class: "lm-case", role: "option" });
  const fill = (element, line) => {
    const drawn = JSON.stringify([line.answer, line.is]);
    if (element.dataset.drawn === drawn) return;
    element.dataset.drawn = drawn;
    const where = h("span", { class: "lm-muted" }, `${line.client} to ${line.server}, port ${line.port}`);
    element.replaceChildren(
      h("span", {}, h("b", {}, line.who), where),
      h("span", {}, h("code", { class: "lm-wire", "data-by": "client" }, `<${line.sender}>`), h("code", { class: "lm-wire", "data-by": "client" }, `<${line.recipient}>`)),
      answered(line),
      is(line.is, line.word),
    );
  };
  const show = () => {
    keyed(list, rows, (line) => line.key, row, (element, line) => (fill(element, line), mark(element, line.key)));
    const line = rows.find((each) => each.key === chosen());
    if (!line) return;
    put(name, line.who);
    const decided = line.lines.findLast((each) => each.text === line.answer);
    dialog.replaceChildren(...line.lines.map((each) => h("li", { class: "lm-line", "data-by": each.by, "data-decided": each === decided }, h("span", { class: "lm-who" }, speaks[each.by]), wire(each))));
    detail.replaceChildren(
      h("div", { class: "lm-meaning" }, h("h3", {}, line.lines.length ? "The dialog" : "No dialog"), dialog),
      h("div", { class: "lm-meaning" }, name, h("p", {}, answered(line)), is(line.is, line.word), prose(h("p", { class: "lm-say" }), line.says), reference(line.rfc) ?? ""),
    );
    dialog.scrollTop = dialog.scrollHeight; // what decided stands near the end
  };
  return (data) => {
    title(data);
    code(data.code);
    prose(says, data.says);
    for (const button of switches) set(button, "aria-pressed", String(button.dataset.on === String(data.open)));
    const let_through = data.rows.filter((line) => line.is === "fail").length;
    const strangers = data.rows.filter((line) => ["stranger", "pretender", "hidden"].includes(line.key)).length;
    put(live, state === null ? "" : let_through ? `Asked again: ${let_through} of ${strangers} strangers were let through.` : "Asked again: no stranger was let through.");
    state = data.open;
    rows = data.rows;
    show();
  };
});
