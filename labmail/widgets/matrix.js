/* Every outcome at once: rows are what SPF said, columns what DKIM said; switches choose the policy, how names are compared,
   and the receiver. A cell opens its path. */
LEGEND.isInbox = () => [is("pass", "inbox")];
LEGEND.isJunk = () => [is("neutral", "Junk")];
LEGEND.isRefused = () => [is("fail", "550: refused")];
LEGEND.isFresh = () => [h("span", { class: "lm-swatch", "data-fresh2": true }), "changed by the last switch"];

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const group = (label) => h("div", { class: "lm-switch", role: "group", "aria-label": label });
  const labelled = (text, box) => h("div", { class: "lm-turn" }, h("span", { class: "lm-muted" }, text), box);
  const [policies, modes, receivers] = [group("What the owner publishes"), group("How names are compared"), group("What the receiver does")];
  const live = h("p", { class: "lm-live", "aria-live": "polite" });
  const record = h("code", { class: "lm-wire", "data-by": "server" });
  const grid = h("table", { class: "lm-grid", role: "grid", "aria-label": "SPF down, DKIM across, and what becomes of the letter" });
  const detail = h("aside", { class: "lm-path", tabindex: -1, "aria-label": "The path of the chosen cell" });
  set(grid, "aria-controls", named(detail));
  root.append(
    header,
    h("div", { class: "lm-turns" }, labelled("published", policies), labelled("alignment", modes), labelled("p=reject is", receivers)),
    h("div", { class: "lm-bar" }, record, live),
    h("div", { class: "lm-grid-box" }, grid),
    detail,
    h("footer", { class: "lm-foot" }, legend("isInbox", "isJunk", "isRefused", "isFresh"), details),
  );

  let data = { rows: [], columns: [], cells: {}, pool: [], start: {} };
  const at = shared(model, "lm_at", () => show());
  const turned = shared(model, "lm_turned", () => show());
  const now = () => turned.get()?.now ?? data.start;
  const state = ({ policy, mode, strict }) => data.cells[`${policy || "-"} ${mode} ${strict ? "strict" : "advised"}`];
  const before = () => (turned.get() ? state(turned.get().was) : null);
  const turn = (change) => turned.set({ was: now(), now: { ...now(), ...change } });
  const chosen = () => at.get() ?? "other none";
  const place = () => chosen().split(" ");
  const differs = (key) => before() && before()[key].word !== state(now())[key].word;

  const choice = (box, items, current, change) => {
    keyed(box, items, (one) => String(one.key), () => h("button", { type: "button" }), (button, one) => {
      put(button, one.word);
      button.onclick = () => one.key !== current && turn(change(one.key));
      set(button, "aria-pressed", String(one.key === current));
    });
  };

  /* ---- the grid: arrows go in all four directions ---- */

  const pick = (row, column, still) => {
    at.set(`${row} ${column}`);
    if (!still) grid.querySelector("[role=gridcell][tabindex='0']")?.focus({ preventScroll: true });
  };
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("[role=gridcell]");
    if (cell) pick(...cell.dataset.at.split(" "));
  });
  grid.addEventListener("keydown", (event) => {
    const [row, column] = place();
    const [i, j] = [data.rows.findIndex((one) => one.key === row), data.columns.findIndex((one) => one.key === column)];
    const to = { ArrowDown: [i + 1, j], ArrowUp: [i - 1, j], ArrowRight: [i, j + 1], ArrowLeft: [i, j - 1], Home: [i, 0], End: [i, data.columns.length - 1] }[event.key];
    if (event.key === "Enter") detail.focus({ preventScroll: true });
    else if (!to) return;
    else if (data.rows[to[0]] && data.columns[to[1]]) pick(data.rows[to[0]].key, data.columns[to[1]].key);
    event.preventDefault();
  });
  detail.addEventListener("keydown", (event) => {
    if (event.key === "Escape") grid.querySelector("[role=gridcell][tabindex='0']")?.focus({ preventScroll: true });
  });
  const build = () =>
    grid.replaceChildren(
      h("thead", {}, h("tr", { role: "row" }, h("th", { role: "columnheader", scope: "col", class: "lm-muted" }, "SPF ↓  DKIM →"), ...data.columns.map((one) => h("th", { role: "columnheader", scope: "col" }, one.word)))),
      h("tbody", {}, ...data.rows.map((row) => h("tr", { role: "row" }, h("th", { role: "rowheader", scope: "row" }, row.word), ...data.columns.map((column) => h("td", { role: "gridcell", "data-at": `${row.key} ${column.key}` }))))),
    );

  /* ---- the path ---- */

  const step = (name, result, says, rfc, more) => h("li", { class: "lm-proof" }, h("div", {}, h("h3", {}, name), result), h("div", {}, h("div", { class: "lm-because" }, prose(h("p", { class: "lm-say" }), says), reference(rfc) ?? ""), ...[more].flat().filter(Boolean)));
  const side = (method, one) => {
    const look = one.result === "pass" ? "pass" : one.result === "fail" ? "fail" : "neutral";
    return step(method, is(look, one.result), one.says, one.rfc);
  };
  const path = () => {
    const [rowKey, columnKey] = place();
    const cell = state(now())[chosen()];
    const of = (i) => data.pool[i];
    const [row, column] = [data.rows.find((one) => one.key === rowKey), data.columns.find((one) => one.key === columnKey)];
    const ties = cell.ties.map(of);
    const result = of(cell.result);
    const wants = cell.wants.map(of);
    const published = now().policy;
    detail.replaceChildren(
      h("h3", {}, `SPF ${row.word}; DKIM ${column.word}`),
      ...alignment({ domain: data.domain, ties }),
      h(
        "ol",
        { class: "lm-proofs" },
        side("SPF", row),
        side("DKIM", column),
        step("DMARC", is(result.is, result.word), of(cell.sum) || "No record asks anybody to compare the names.", null),
        ...(published && wants.length ? [step("The owner", h("span", { class: "lm-muted" }, `asks: ${published}`), wants[0].says, wants[0].rfc)] : []),
        step("The receiver", is(cell.is, cell.word), of(cell.rule).says, of(cell.rule).rfc, of(cell.reply) && h("code", { class: "lm-wire", "data-by": "server" }, of(cell.reply))),
      ),
    );
  };

  const show = () => {
    const { policy, mode, strict } = now();
    choice(policies, data.policies, policy, (key) => ({ policy: key }));
    choice(modes, data.modes.map((key) => ({ key, word: key })), mode, (key) => ({ mode: key }));
    choice(receivers, [{ key: false, word: "no ground to refuse" }, { key: true, word: "obeyed" }], strict, (key) => ({ strict: key }));
    const text = data.policies.find((one) => one.key === policy).records[mode];
    put(record, text ? `_dmarc.${data.domain} TXT "${text}"` : `_dmarc.${data.domain}: no record`);
    const cells = state(now());
    const keys = Object.keys(cells);
    const count = (word) => keys.filter((key) => cells[key].word === word).length;
    const changed = keys.filter(differs).length;
    const told = `${count("inbox")} of ${keys.length} reach the inbox, ${count("Junk")} Junk, ${count("550")} are refused`;
    put(live, before() ? `${told}; ${changed || "none"} changed.` : `${told}.`);
    for (const element of grid.querySelectorAll("[role=gridcell]")) {
      const key = element.dataset.at;
      element.replaceChildren(is(cells[key].is, cells[key].word));
      set(element, "aria-selected", String(key === chosen()));
      set(element, "data-fresh2", Boolean(differs(key)));
      element.tabIndex = key === chosen() ? 0 : -1;
    }
    code(data.code.replace("{policy}", policy).replace("{mode}", mode).replace("{strict}", strict ? "True" : "False"));
    path();
  };
  return (fresh) => {
    data = fresh;
    title(data);
    build();
    show();
  };
});
