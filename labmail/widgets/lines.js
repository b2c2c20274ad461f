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

/* A second list that leads to the same detail: Enter goes there, and Escape comes back to where one came from.
   `choose()` makes the row with the focus the chosen one, where none of this list is. */
const second = (list, main, detail, choose) => {
  let here = false;
  for (const each of [list, main])
    each.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      here = each === list;
      if (here) choose();
      detail.focus({ preventScroll: true });
      event.preventDefault();
    });
  set(list, "aria-controls", named(detail));
  detail.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && here) list.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
  });
};

/* Acts whenever an element gets a new width, the first one too. */
const widened = (element, act) => {
  let width = 0;
  new ResizeObserver(() => {
    if (width !== element.offsetWidth) act();
    width = element.offsetWidth;
  }).observe(element);
};
