/* A question before its result: choose, commit, and the choice stays in sight. It never learns the answer. */
export default face(({ root, model, act }) => {
  const picked = shared(model, "lm_picked", () => show());
  const number = h("p", { class: "lm-muted lm-number" });
  const form = asking((key) => picked.set(key));
  const live = h("p", { class: "lm-live", "aria-live": "polite", tabindex: "-1" });
  const commit = h("button", { type: "button", "data-main": true, onclick: () => send() }, "Commit");
  root.append(h("div", { class: "lm-predict" }, number, form.box, h("div", { class: "lm-commit" }, commit, live)));

  let data;
  const send = async () => {
    if (commit.getAttribute("aria-disabled") === "true") return;
    live.focus({ preventScroll: true }); // before the fieldset is disabled under it
    await act("commit", { key: picked.get() });
  };
  const show = () => {
    const done = data.chosen != null;
    put(number, data.number ? `prediction ${data.number} of ${data.of}` : "prediction");
    form.show(data, picked.get());
    commit.hidden = done;
    set(commit, "aria-disabled", String(!picked.get()));
    put(live, done ? `Committed: ${data.chosen}. The result opens below.` : picked.get() ? "" : "Choose one. Being wrong costs nothing.");
  };
  return (fresh) => {
    data = fresh;
    show();
  };
});
