/* The rows of a timeline as they grow, and what a list shows of them. No DOM. */
const ROW_PX = 24;
const STAGE_PX = 32;
const OTHERS = { client: "server", server: "client" };
const hexOf = (text) => Array.from(new TextEncoder().encode(text), (octet) => octet.toString(16).padStart(2, "0")).join("");
const TABLES = ["hosts", "wires", "stages", "meanings", "letters"];

/* Rows and tables as they grow; a batch that begins later than what is here is a gap, and `missing` is called. */
const keep = (missing) => {
  const all = { rows: [], about: "", over: "" };
  for (const name of TABLES) all[name] = [];
  const take = (more) => {
    if (more.at > all.rows.length) return missing();
    all.rows.push(...more.rows.slice(all.rows.length - more.at));
    for (const name of TABLES) all[name].splice(more.tables[name].at, Infinity, ...more.tables[name].items);
    all.about = more.about;
    all.over = more.over;
  };
  return [all, take];
};

/* What the list shows of the first `limit` rows: rows and the headings of their stages, each with its place. */
const laid = (all, every, limit) => {
  const items = [];
  let [top, stage, heading] = [0, undefined, null];
  for (const row of limit < all.rows.length ? all.rows.slice(0, limit) : all.rows) {
    if (!every && !row.main) continue;
    if (row.stage !== stage && row.stage !== undefined) {
      items.push((heading = { key: `s${row.n}`, top, stage: all.stages[row.stage], sealed: false }));
      top += STAGE_PX;
    }
    stage = row.stage;
    if (row.lock && heading) heading.sealed = true;
    items.push({ key: String(row.n), top, row });
    top += ROW_PX;
  }
  return { items, height: top, rows: items.filter((item) => item.row) };
};

/* The first item that ends below `y`. */
const firstAt = (items, y) => {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].top + (items[middle].row ? ROW_PX : STAGE_PX) <= y) low = middle + 1;
    else high = middle;
  }
  return low;
};
