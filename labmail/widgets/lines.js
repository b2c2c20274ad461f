/* A line of a message as wire text: a tab keeps its width and can be seen, and `code` at its beginning is bold. */
const octetLine = ({ text, end }, code = "") => {
  const made = h("code", { class: "lm-wire" });
  text.split("\t").forEach((piece, i) => {
    if (i) made.append(h("span", { class: "lm-tab" }, "\t"));
    made.append(...wire({ text: piece, code: i ? "" : code }).childNodes);
  });
  made.append(eol(end) || "");
  return made;
};

/* A second list that leads to the same detail: Enter goes there, and Escape comes back to where one came from. */
const second = (list, main, detail) => {
  let here = false;
  for (const each of [list, main])
    each.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      here = each === list;
      detail.focus({ preventScroll: true });
      event.preventDefault();
    });
  set(list, "aria-controls", named(detail));
  detail.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && here) list.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
  });
};
