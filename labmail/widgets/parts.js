/* The parts of the picture: wire text, bytes, results, hosts, legend. The same thing looks the same in every widget. */

const speaks = { client: "C", server: "S" };

const spoken = (line) => (line.text === "." ? "a dot alone" : line.text || "an empty line");

/* The end of a line, mark by mark: a line that ends in LF alone shows LF alone. */
const eol = (end) =>
  end && h("span", { class: "lm-eol", "aria-hidden": "true" }, ...[...end].map((octet) => (octet === "\r" ? h("i", { class: "lm-cr" }, "␍") : h("i", { class: "lm-lf" }, "␊"))));

/* What takes no place or turns round the order of what follows, as U+202E does: its number is shown instead. */
const UNSEEN = /([\r\n\u0080-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff])/;
const unseen = (sign) => ({ "\r": () => h("i", { class: "lm-cr" }, "␍"), "\n": () => h("i", { class: "lm-lf" }, "␊") })[sign]?.() ?? h("span", { class: "lm-unseen" }, `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);

/* Wire text with the reply code in bold; a control character within it shows as its picture, a tab as the space it is. */
const wire = ({ text, code = "", end = "" }) => {
  const plain = (part) => part.replace(/[\0-\x08\n-\x1f]/g, (octet) => String.fromCharCode(0x2400 + octet.charCodeAt(0))).replace(/\x7f/g, "␡");
  const seen = text.slice(code.length).split(UNSEEN).map((part, i) => (i % 2 ? unseen(part) : plain(part)));
  return h("code", { class: "lm-wire", "data-folded": /^[ \t]\S{24,}$/.test(text) }, code && h("b", {}, code), ...seen, eol(end));
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
/* For whatever is walked step by step: Back, Next, where one is, what it says. `ends(i, of)` tells where the walk ends: a
   button there is idle and keeps the focus. */
const walk = (step, { main = true } = {}) => {
  const button = (text, by, attributes) =>
    h("button", { type: "button", ...attributes, onclick: (event) => event.currentTarget.getAttribute("aria-disabled") || step(by) }, text);
  const [back, next] = [button("Back", -1), button("Next", 1, { "data-main": main })];
  const ends = (i, of) => {
    idle(back, i <= 0);
    idle(next, i < 0 || i >= of - 1);
  };
  return { back, next, count: h("span", { class: "lm-muted lm-count" }), live: h("p", { class: "lm-live", "aria-live": "polite" }), ends };
};

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
  truth: () => [h("span", { class: "lm-swatch", "data-truth": true }), "the truth"],
  fresh: () => [h("span", { class: "lm-swatch", "data-fresh": true }), "changed in this step"],
  told: () => [h("span", { class: "lm-dot", "data-by": "server" }), "said by the server"],
  pointer: () => ["→ 000c: the name that stands at octet 000c"],
  decided: () => [h("span", { class: "lm-diamond" }), "decided inside one host"],
  sealed: () => [h("span", { class: "lm-swatch lm-seal" }), h("span", { class: "lm-lock" }, "encrypted")],
  open: () => [h("span", { class: "lm-lock", "data-open": true }, "readable on the wire")],
  scale: () => [h("span", { class: "lm-swatch lm-seal" }), h("span", { class: "lm-lock" }, "encrypted"), "(length to scale)"],
  altered: () => [is("fail", "changed on the way")],
  end: () => [eol("\r\n"), "CR LF, the end of a line"],
};

/* Only what the widget uses: legend("client", "server", "end"). */
const legend = (...entries) => h("ul", { class: "lm-legend", "aria-label": "Legend" }, ...entries.filter(Boolean).map((name) => h("li", {}, ...LEGEND[name]())));

const recreate = () => {
  const code = h("pre", { tabindex: 0, "aria-label": "Code that recreates this" });
  return [h("details", { class: "lm-code" }, h("summary", {}, "Code that recreates this"), code), (text) => put(code, text)];
};
