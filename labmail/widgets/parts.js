/* The parts of the picture: wire text, bytes, results, hosts, legend. The same thing looks the same in every widget. */

const speaks = { client: "C", server: "S" };

const spoken = (line) => (line.text === "." ? "a dot alone" : line.text || "an empty line");

/* The end of a line, mark by mark: a line that ends in LF alone shows LF alone. */
const eol = (end) =>
  end && h("span", { class: "lm-eol", "aria-hidden": "true" }, ...[...end].map((octet) => (octet === "\r" ? h("i", { class: "lm-cr" }, "␍") : h("i", { class: "lm-lf" }, "␊"))));

/* Wire text with the reply code in bold; a control character within it shows as its picture, a tab as the space it is. */
const wire = ({ text, code = "", end = "" }) => {
  const plain = (part) => part.replace(/[\0-\x08\n-\x1f]/g, (octet) => String.fromCharCode(0x2400 + octet.charCodeAt(0))).replace(/\x7f/g, "␡");
  return h("code", { class: "lm-wire" }, code && h("b", {}, code), plain(text.slice(code.length)), eol(end));
};

const ROWS_SEEN = 8; // of bytes, before they scroll
/* offset | hex | text, eight octets a line, from a string of hex digits */
const hexdump = (octets, { columns = 8, marks = true } = {}) => {
  const bytes = octets.match(/../g) ?? [];
  const box = h("div", { class: "lm-hex", role: "img", "aria-label": `${bytes.length} octets: ${bytes.join(" ")}` });
  if (bytes.length > ROWS_SEEN * columns) set(box, "data-long", true), set(box, "tabindex", 0);
  for (let at = 0; at < bytes.length; at += columns) {
    const hex = h("span", { class: "x" });
    const text = h("span", { class: "t" });
    bytes.slice(at, at + columns).forEach((byte, i) => {
      const value = parseInt(byte, 16);
      const mark = marks && { 13: ["lm-cr", "␍"], 10: ["lm-lf", "␊"] }[value];
      hex.append(h(mark ? "i" : "span", {}, (i ? " " : "") + byte));
      text.append(mark ? h("i", { class: mark[0] }, mark[1]) : value > 31 && value < 127 ? String.fromCharCode(value) : "·");
    });
    box.append(h("span", { class: "o" }, at.toString(16).padStart(4, "0")), hex, text);
  }
  return box;
};

/* A sentence from the data; `code` in it is set as code. */
const prose = (element, text) => {
  if (element.dataset.text === text) return element;
  element.dataset.text = text;
  element.replaceChildren(...text.split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part)));
  return element;
};

/* A result: glyph, word and colour, never one alone. `kind` is pass, fail, neutral or error; the word is the RFC's. */
const is = (kind, word) => h("span", { class: "lm-is", "data-is": kind }, word);

const reference = (rfc) => rfc && h("p", { class: "lm-ref" }, h("a", { href: rfc.href, target: "_blank", rel: "noopener" }, rfc.name));

const dumped = (octets, how) => {
  const [all, seen] = [octets.length / 2, ROWS_SEEN * 8];
  return [hexdump(octets, how), all > seen && h("p", { class: "lm-muted lm-more" }, `${seen} of ${all} octets are in sight: scroll`)].filter(Boolean);
};
const folded = (octets) => h("details", { class: "lm-bytes" }, h("summary", {}, `${octets.length / 2} octets`), ...dumped(octets));

/* What one line is and means: the bytes, then the sentence, then where the RFC says so. */
const meaning = (line) =>
  h(
    "div",
    { class: "lm-meaning", "data-by": line.by },
    h("h3", {}, line.head),
    ...(line.octets ? (line.folded ? [folded(line.octets)] : dumped(line.octets, { marks: !line.binary })) : []),
    prose(h("p", { class: "lm-say" }), line.says ?? ""),
    reference(line.rfc),
  );

/* Names and values: facts(["Length", "27 octets"], ...); what is false is left out. */
const facts = (...pairs) => h("dl", { class: "lm-facts" }, ...pairs.filter(Boolean).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]).flat());

/* A staircase of names; each stands on its lifeline. hosts: [{name, address, by}] from left to right. */
const hosts = (all) =>
  h(
    "ul",
    { class: "lm-hosts", "aria-label": "Hosts" },
    ...all.map(({ name, address, by }, i) => h("li", { style: `--i:${i}`, "data-by": by, "data-on": Boolean(by) }, h("b", {}, name), h("span", {}, address))),
  );

/* Title, and one quiet line below it. */
const head = () => {
  const [title, about] = [h("h2"), h("p")];
  const show = (data) => {
    put(title, data.title);
    put(about, data.about ?? "");
  };
  return [h("header", { class: "lm-head" }, title, about), show];
};

const LEGEND = {
  client: () => [h("span", { class: "lm-dot", "data-by": "client" }), "C client"],
  server: () => [h("span", { class: "lm-dot", "data-by": "server" }), "S server"],
  codes: () => [["2", "yes"], ["3", "go on"], ["4", "not now"], ["5", "no"]].map(([digit, word]) => h("span", {}, h("b", {}, digit), ` ${word}`)),
  statuses: () => [["+OK", "yes"], ["-ERR", "no"]].map(([word, means]) => h("span", {}, h("b", {}, word), ` ${means}`)),
  conditions: () => [["OK", "yes"], ["NO", "no"], ["BAD", "not understood"], ["*", "data"], ["+", "go on"]].map(([word, means]) => h("span", {}, h("b", {}, word), ` ${means}`)),
  pass: () => [is("pass", "pass")],
  fail: () => [is("fail", "fail")],
  neutral: () => [is("neutral", "neutral")],
  error: () => [is("error", "error")],
  right: () => [is("pass", "right")],
  wrong: () => [is("fail", "wrong")],
  instep: () => [is("pass", "in step")],
  late: () => [is("stale", "stale: has not heard since")],
  unknown: () => [is("unknown", "unknown: was never told")],
  own: () => [is("own", "a copy of its own")],
  gone: () => [is("gone", "gone, and knows it")],
  truth: () => [h("span", { class: "lm-swatch", "data-truth": true }), "the truth"],
  fresh: () => [h("span", { class: "lm-swatch", "data-fresh": true }), "changed in this step"],
  told: () => [h("span", { class: "lm-dot", "data-by": "server" }), "said by the server"],
  pointer: () => ["→ 000c: the name that stands at octet 000c"],
  decided: () => [h("span", { class: "lm-diamond" }), "decided inside one host"],
  sealed: () => [h("span", { class: "lm-swatch lm-seal" }), h("span", { class: "lm-lock" }, "encrypted")],
  end: () => [eol("\r\n"), "CR LF, the end of a line"],
};

/* Only what the widget uses: legend("client", "server", "end"). */
const legend = (...entries) => h("ul", { class: "lm-legend", "aria-label": "Legend" }, ...entries.filter(Boolean).map((name) => h("li", {}, ...LEGEND[name]())));

const recreate = () => {
  const code = h("pre", { tabindex: 0, "aria-label": "Code that recreates this" });
  return [h("details", { class: "lm-code" }, h("summary", {}, "Code that recreates this"), code), (text) => put(code, text)];
};
