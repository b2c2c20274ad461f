/* The result of a prediction. Until the commit the kernel sends nothing of it, so there is nothing here to find. */
export default face(({ root, host, signal }) => {
  const cover = h("p", { class: "lm-cover" });
  const result = h("div", { class: "lm-result" });
  const said = h("dl", { class: "lm-facts lm-said" });
  const says = h("p", { class: "lm-say" });
  const opened = h("div", { "aria-live": "polite" }, says);
  root.append(cover, result, h("div", { class: "lm-verdict" }, said, opened));

  const fill = async (data) => {
    if (data.inner) {
      const inner = h("div");
      result.replaceChildren(inner);
      await (await host.getWidget(data.inner)).render({ el: inner, signal });
    } else if (data.html) {
      const parsed = new DOMParser().parseFromString(data.html, "text/html"); // its scripts do not run
      result.replaceChildren(h("div", { class: "lm-html" }, ...parsed.body.childNodes));
    } else {
      result.replaceChildren(h("pre", { class: "lm-text", tabindex: "0" }, data.text));
    }
  };
  return (data) => {
    put(cover, data.shown ? "" : data.covered);
    cover.hidden = data.shown;
    said.parentElement.hidden = result.hidden = !data.shown;
    if (!data.shown) return;
    fill(data);
    said.replaceChildren(
      h("dt", {}, "You said"),
      h("dd", {}, h("b", {}, data.chosen.key), h("span", {}, data.chosen.text)),
      h("dt", {}, "Answer"),
      h("dd", {}, h("b", {}, data.answer.key), h("span", {}, data.answer.text)),
    );
    prose(says, [data.says, data.because].filter(Boolean).join(" "));
    root.firstElementChild.parentElement.classList.add("lm-reveal");
  };
});
