/* The verdict on an exercise: one result, one sentence, and the evidence as aligned text. */
const RESULTS = { pass: ["pass", "right"], fail: ["fail", "not yet"], open: ["neutral", "still open"] };

export default face(({ root }) => {
  const title = h("h3");
  const result = h("span");
  const sentence = h("p", { class: "lm-say" });
  const evidence = h("pre", { class: "lm-text", tabindex: "0", "aria-label": "Evidence" });
  root.append(h("div", { class: "lm-check" }, h("div", { class: "lm-checked" }, title, result), sentence, evidence));
  return (data) => {
    put(title, data.title);
    result.replaceChildren(is(...RESULTS[data.kind]));
    prose(sentence, data.sentence);
    put(evidence, data.evidence);
    evidence.hidden = !data.evidence;
  };
});
