/* The result of a prediction. Until the commit the kernel sends nothing of it, so there is nothing here to find. */
export default face(({ root, host, signal }) => {
  const cover = h("p", { class: "lm-cover" });
  const result = h("div", { class: "lm-result" });
  const said = h("dl", { class: "lm-facts lm-said" });
  const says = h("p", { class: "lm-say" });
  const opened = h("div", { "aria-live": "polite" }, says);
  root.append(cover, h("div", { class: "lm-verdict" }, said, opened), result);

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
    const right = data.chosen.key === data.answer.key;
    const line = (name, { key, text }, mark) => [h("dt", {}, name), h("dd", {}, h("b", {}, key), h("span", {}, text), mark)];
    said.replaceChildren(
      ...line("You said", data.chosen, right ? is("pass", "right") : is("fail", "wrong")),
      ...(right ? [] : line("Answer", data.answer, is("pass", "the answer"))),
    );
    prose(says, [data.says, data.because].filter(Boolean).join(" "));
    root.firstElementChild.parentElement.classList.add("lm-reveal");
  };
});
