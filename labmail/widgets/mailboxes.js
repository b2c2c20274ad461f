/* A mailbox as it is, and as each client believes it to be: a row for each letter, a column for each client. One step
   is what one question led to; all steps are here, and the board at any of them is the steps up to it, put together. */
const ROWS_MAX = 40; // letters that are drawn: the newest

export default face(({ root, model, act, signal }) => {
  const button = (text, attributes) => h("button", { type: "button", ...attributes }, text);
  const [header, title] = head();
  const over = h("p", { class: "lm-say lm-over", role: "status" });
  const { back, next, count, live, ends } = walk((by) => step(by));
  const scrub = h("input", { class: "lm-scrub", type: "range", min: 0, "aria-label": "Scrub through what has changed" });
  live.tabIndex = -1;
  const names = h("tr");
  const letters = h("tbody");
  const below = h("tbody", { class: "lm-below" });
  const table = h("table", { class: "lm-beliefs", "aria-label": "The letters, and what each client believes of them" }, h("thead", {}, names), letters, below);
  const older = h("p", { class: "lm-muted" });
  const sums = h("p", { class: "lm-say" });
  const links = h("p", { class: "lm-muted lm-refs" });
  const [code, recreates] = recreate();
  root.append(
    header,
    over,
    h("div", { class: "lm-bar" }, back, next, count, scrub, live),
    older,
    table,
    h("div", { class: "lm-sums" }, sums, links),
    h("footer", { class: "lm-foot" }, legend("late", "unknown", "own", "instep", "truth", "fresh", "told"), code),
  );

  const all = { steps: [], letters: new Map(), columns: [], over: "" };
  const catchUp = () => ask(model, "since", { count: Math.max(all.steps.length - 1, 0) }).then((more) => (take(more), show()), () => {});
  /* The last step of a batch may grow: the next one has it again. */
  const take = (more) => {
    if (more.at > all.steps.length) return catchUp();
    all.steps.splice(more.at, Infinity, ...more.steps);
    for (const letter of more.letters) all.letters.set(letter.uid, letter);
    [all.columns, all.over] = [more.columns, more.over];
  };

  const at = shared(model, "lm_step", () => show());
  const last = () => all.steps.length - 1;
  const index = () => Math.min(at.get() ?? last(), last());
  const go = (i) => at.set(i >= last() ? undefined : i); // at the end it follows what comes
  const step = (by) => {
    const i = index() + by;
    if (i >= 0 && i <= last()) go(i);
  };
  scrub.addEventListener("input", () => go(Number(scrub.value)));

  /* The board after step i. */
  const board = (i) => {
    const now = { cells: new Map(), below: new Map(), server: {}, fresh: new Set() };
    all.steps.slice(0, i + 1).forEach((one, j) => {
      for (const [uid, column, ...cell] of one.cells) {
        now.cells.set(`${uid} ${column}`, cell);
        if (j === i) now.fresh.add(`${uid} ${column}`);
      }
      for (const [column, told] of Object.entries(one.below)) now.below.set(Number(column), told);
      now.server = { counts: one.counts, n: one.did ? one.n : now.server.n };
    });
    return now;
  };

  /* ---- the table: elements stay where they are, so that the focus does ---- */

  const naming = (column) => `${column.title}, ${column.label}`;
  const every = () => [{ key: "server" }, ...all.columns];
  const heading = (column) => h("th", { scope: "col", "data-truth": column.key === "server" }, h("b"), h("span", { class: "lm-muted" }));
  const drawNames = (now) => {
    const columns = [{ key: "letter" }, ...every()];
    keyed(names, columns, (column) => column.key, (column) => (column.key === "letter" ? h("th", { scope: "col" }, h("span", { class: "lm-muted" }, "UID, letter")) : heading(column)), (element, column) => {
      if (column.key === "letter") return;
      const server = column.key === "server";
      put(element.children[0], server ? "server" : column.title);
      put(element.children[1], server ? "the truth" : `${column.label}${now.below.get(all.columns.indexOf(column) + 1)?.idle ?? ""}`);
      set(element, "title", server ? null : `${column.host} ${column.address}`);
    });
  };
  const place = (column) => (column.key === "server" ? 0 : all.columns.indexOf(column) + 1);
  const cellOf = (column) => h("td", { "data-truth": column.key === "server", "data-who": column.key === "server" ? "server" : naming(column), style: `--at:${place(column)}` });
  const row = (cells) => keyed(cells.parent, [{ key: "head" }, ...every()], (column) => column.key, (column) => (column.key === "head" ? cells.head : cellOf(column)), (element, column) => column.key !== "head" && cells.tell(element, column, place(column)));
  /* A long name may go on in the next line behind each dot. */
  const breakable = (line) => line.split(/(?<=\.)/).flatMap((part) => [part, h("wbr")]);
  const filled = (element, key, ...children) => {
    if (element.dataset.told === key) return;
    element.dataset.told = key;
    element.replaceChildren(...children.filter(Boolean));
  };
  const drawLetter = (element, letter, now) => {
    const gone = ["deleted", "moved"].includes(now.cells.get(`${letter.uid} 0`)?.[1]);
    set(element, "data-gone", gone);
    row({
      parent: element,
      head: element.firstChild ?? h("th", { scope: "row" }, h("span", { class: "lm-uid" }, String(letter.uid)), h("b", {}, letter.subject || "(no subject)"), h("span", { class: "lm-muted" }, letter.from && `from ${letter.from}`)),
      tell: (cell, column, i) => {
        const [kind = "", word = "", more = ""] = now.cells.get(`${letter.uid} ${i}`) ?? [];
        set(cell, "data-fresh", now.fresh.has(`${letter.uid} ${i}`));
        filled(cell, `${kind}|${word}|${more}`, word && (kind ? is(kind, word) : h("span", {}, word)), more && h("span", { class: "lm-muted" }, more));
      },
    });
  };
  const FOOT = [
    ["counts", "counts"],
    ["heard", "last heard"],
    ["news", "hears of news"],
    ["bring", "bring in step"],
  ];
  const tellFoot = (key, name, newest, now) => (cell, column, i) => {
    set(cell, "data-what", key === "counts" ? cell.dataset.who : name); // a narrow cell shows them client by client
    const told = i ? (now.below.get(i) ?? {}) : now.server;
    if (key === "counts") return filled(cell, told.counts ?? "", told.counts && h("span", {}, told.counts));
    if (key === "heard") return filled(cell, `${told.n}|${told.line}`, told.n != null && h("span", {}, `event ${told.n}`), told.line && h("code", { class: "lm-wire", "data-by": "server", title: told.line }, ...breakable(told.line)));
    if (key === "news") return filled(cell, told.news ?? "", h("span", {}, i ? (told.news ?? "") : model.get("data").decides));
    if (!i) return;
    const step = told.step ?? { is: "neutral", word: "" };
    const can = newest && step.is !== "pass" && !all.over;
    if (!can || !column.bring) return filled(cell, `${step.word}|${can}`, step.word && is(step.is, step.word), can && h("span", { class: "lm-muted" }, column.hint));
    filled(cell, `button ${column.key}`, button(column.bring, { "aria-label": `${column.bring}: ${naming(column)}`, onclick: () => bring(column) }));
  };
  let busy = false;
  const bring = async (column) => {
    if (busy) return;
    busy = true;
    await act("bring", { key: column.key });
    busy = false;
    if (!root.contains(document.activeElement) && document.activeElement === document.body) live.focus({ preventScroll: true });
  };

  const show = () => {
    const i = index();
    const one = all.steps[i];
    const newest = i === last();
    const now = board(i);
    const known = [...all.letters.values()].sort((a, b) => a.uid - b.uid).filter((letter) => now.cells.has(`${letter.uid} 0`));
    ends(i, all.steps.length);
    scrub.disabled = all.steps.length < 2;
    scrub.max = Math.max(0, last());
    scrub.value = Math.max(0, i);
    set(scrub, "aria-valuetext", one ? `step ${i + 1}, event ${one.n}` : "nothing");
    put(count, one ? `${i + 1} of ${all.steps.length}${one.n ? `, event ${one.n}` : ""}` : "");
    put(live, one ? one.says : "Nothing has happened to this mailbox yet.");
    put(over, all.over);
    put(older, known.length > ROWS_MAX ? `The newest ${ROWS_MAX} of ${known.length} letters are shown.` : "");
    set(older, "hidden", known.length <= ROWS_MAX);
    set(table, "hidden", !known.length && !all.columns.length);
    drawNames(now);
    keyed(letters, known.slice(-ROWS_MAX), (letter) => letter.uid, () => h("tr"), (element, letter) => drawLetter(element, letter, now));
    keyed(below, FOOT, ([key]) => key, () => h("tr"), (element, [key, name]) => row({ parent: element, head: element.firstChild ?? h("th", { scope: "row" }, name), tell: tellFoot(key, name, newest, now) }));
    put(sums, one?.sums ?? "");
    const cited = [...(one?.rfcs ?? []), ...(one?.all ?? [])].filter((rfc, j, each) => each.findIndex((other) => other.name === rfc.name) === j);
    const said = cited.map((rfc) => rfc.name).join();
    if (links.dataset.said !== said) {
      links.dataset.said = said;
      links.replaceChildren(...cited.flatMap((rfc, j) => [j ? ", " : "", h("a", { href: rfc.href, target: "_blank", rel: "noopener" }, rfc.name)]));
    }
  };

  const hear = (said) => said.more && (take(said.more), show());
  model.on("msg:custom", hear);
  signal?.addEventListener("abort", () => model.off("msg:custom", hear));
  catchUp();
  return (data) => {
    title(data);
    recreates(data.code);
    if (data.steps.length >= all.steps.length) take(data);
    show();
  };
});
