/* A prediction: radios that are chosen, committed, and then stay as they were. Used by predict, reveal and the stepper. */

const asking = (pick) => {
  const name = `labmail-${Math.random().toString(36).slice(2)}`;
  const question = h("legend");
  const list = h("div", { class: "lm-choices" });
  const box = h("fieldset", { class: "lm-ask" }, question, list);

  /* Columns that the text output aligns by spaces stay columns, however narrow the cell; the last is prose. */
  const worded = (text) => {
    const [, first, rest] = /^(.*? {2,})(.*)$/.exec(text) ?? [];
    if (!first) return h("span", { class: "lm-choice" }, text);
    return h("code", { class: "lm-choice", style: `--first:${first.length}ch` }, h("span", {}, first.trimEnd()), h("span", { class: / {2,}/.test(rest) ? "" : "lm-words" }, rest));
  };
  const make = ({ key, text }) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name, value: key, onchange: () => pick(key) }),
      h("b", {}, key),
      worded(text),
      h("span", { class: "lm-mark" }),
    );
  /* asked: { question, choices: [{key, text}], chosen, answer }; chosen is set once committed, answer once it is out */
  const show = (asked, picked) => {
    put(question, asked.question);
    keyed(list, asked.choices, ({ key, text }) => `${key} ${text}`, make, (label, { key }) => {
      label.querySelector("input").checked = key === (asked.chosen ?? picked);
      const mark = label.querySelector(".lm-mark");
      if (!asked.answer || (key !== asked.answer && key !== asked.chosen)) mark.replaceChildren();
      else if (key !== asked.answer) mark.replaceChildren(is("fail", "wrong"));
      else mark.replaceChildren(is("pass", key === asked.chosen ? "right" : "the answer"));
    });
    box.disabled = asked.chosen != null;
  };
  const focus = () => (list.querySelector("input:checked") ?? list.querySelector("input")).focus({ preventScroll: true });
  return { box, show, focus };
};
