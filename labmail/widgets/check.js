/* The verdict on an exercise: one result, one sentence, and the evidence as aligned text. */
const RESULTS = { pass: ["pass", "right"], fail: ["fail", "not yet"], open: ["neutral", "still open"] };

/* §4.5.2 as a link that names its RFC */
const cited = (text, rfc) => text.split(/§(\d+(?:\.\d+)*)/).map((part, i) => (i % 2 ? section(part, rfc) : part));
const section = (number, rfc) =>
  rfc ? h("a", { href: `https://www.rfc-editor.org/rfc/rfc${rfc}#section-${number}`, target: "_blank", rel: "noopener" }, `RFC ${rfc} §${number}`) : `§${number}`;
/* A line of columns; where the cell is too narrow, it goes on below its last column. */
const hanging = (line, rfc) => {
  const columns = /^.*\s{2,}/.exec(line)?.[0].length ?? 0;
  return h("span", { class: "lm-hanging", style: `--columns:${columns}ch` }, ...cited(line, rfc));
};

export default face(({ root }) => {
  const title = h("h3");
  const result = h("span");
  const sentence = h("p", { class: "lm-say" });
  const evidence = h("pre", { class: "lm-text", tabindex: "0", "aria-label": "Evidence" });
  root.append(h("div", { class: "lm-check" }, h("div", { class: "lm-checked" }, title, result), sentence, evidence));
  return (data) => {
    put(title, data.title);
    result.replaceChildren(is(...RESULTS[data.kind]));
    sentence.replaceChildren(...data.sentence.split("`").flatMap((part, i) => (i % 2 ? h("code", {}, part) : cited(part, data.rfc))));
    sentence.hidden = !data.sentence;
    evidence.replaceChildren(...data.evidence.split("\n").map((line) => hanging(line, data.rfc)));
    evidence.hidden = !data.evidence;
  };
});
