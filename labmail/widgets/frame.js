/* A page that was asked for elsewhere, drawn: a sandbox in which no script runs and nothing is fetched. What a click or
   Enter would have asked for is told to `follow(link)` and `submit(form, button, values)`.

   A form in a sandbox without allow-forms is never sent, and so tells nobody: clicks and Enter are heard instead. */
const PAGE_PX = [96, 520]; // how high a page stands, at least and at most
const SENDS = "button:not([type]), button[type=submit], input[type=submit], input[type=image]";
const DARK = /\(\s*prefers-color-scheme:\s*(dark|light)\s*\)/;

const framed = ({ follow, submit, missing, signal }) => {
  const frame = h("iframe", { class: "lm-page", sandbox: "allow-same-origin", title: "The page" });
  let [key, fields, within] = [null, [], false];

  const sending = (form, button) => {
    const wrong = !button?.formNoValidate && !form.noValidate && [...form.elements].find((each) => each.willValidate && !each.checkValidity());
    if (wrong) return wrong.focus({ preventScroll: true }), missing(wrong.validationMessage);
    const buttons = [...form.querySelectorAll(SENDS)].filter((each) => !each.disabled);
    const values = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    submit(Number(form.dataset.lmForm), button ? buttons.indexOf(button) : null, values);
  };
  const hear = (doc) => {
    doc.addEventListener("click", (event) => {
      const [link, button] = [event.target.closest?.("a, area"), event.target.closest?.(SENDS)];
      if (!link && !button) return;
      event.preventDefault();
      if (link?.dataset.lmTo) follow(Number(link.dataset.lmTo));
      else if (button?.form) sending(button.form, button);
    });
    doc.addEventListener("auxclick", (event) => event.preventDefault());
    doc.addEventListener("submit", (event) => event.preventDefault());
    doc.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.target.matches(SENDS) || !event.target.form) return;
      event.preventDefault();
      sending(event.target.form, null);
    });
  };
  /* Its colours follow the notebook's, as a browser's follow the system's. */
  const dress = (doc) => {
    const scheme = getComputedStyle(frame).colorScheme;
    doc.documentElement.style.colorScheme = scheme;
    for (const sheet of doc.styleSheets)
      for (const rule of sheet.cssRules) {
        if (!rule.media) continue;
        rule.lmAsked ??= rule.media.mediaText;
        const asked = rule.lmAsked.match(DARK);
        if (asked) rule.media.mediaText = asked[1] === scheme ? "all" : "not all";
      }
  };
  const inner = (doc) => [...doc.querySelectorAll("iframe")];
  const each = (what) => {
    const doc = frame.contentDocument;
    if (!doc?.body) return;
    what(doc);
    for (const one of inner(doc)) if (one.contentDocument?.body) what(one.contentDocument);
  };
  const write = () => {
    const doc = frame.contentDocument;
    for (const { form, name, kind, value, on } of fields)
      for (const one of doc.querySelectorAll(`[data-lm-form="${form}"] [name="${CSS.escape(name)}"]`))
        if (kind !== "checkbox" && kind !== "radio") one.value = value;
        else if (one.value === value) one.checked = on;
  };
  const measure = () => {
    const doc = frame.contentDocument;
    if (!doc?.body) return;
    frame.style.height = "";
    frame.style.height = `${Math.min(Math.max(doc.documentElement.scrollHeight + 2, PAGE_PX[0]), PAGE_PX[1])}px`;
  };
  frame.addEventListener("load", () => {
    const doc = frame.contentDocument;
    hear(doc);
    for (const one of inner(doc)) {
      const ready = () => (hear(one.contentDocument), dress(one.contentDocument));
      if (one.contentDocument?.readyState === "complete" && one.contentDocument.URL === "about:srcdoc") ready();
      else one.addEventListener("load", ready, { once: true });
    }
    each(dress);
    write();
    measure();
    frame.dataset.shown = key;
    if (within) doc.body.setAttribute("tabindex", "-1"), doc.body.focus({ preventScroll: true });
  });
  const themes = new MutationObserver(() => each(dress));
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  let width = 0;
  const sizes = new ResizeObserver(() => {
    if (width !== frame.offsetWidth) requestAnimationFrame(measure);
    width = frame.offsetWidth;
  });
  sizes.observe(frame);
  signal?.addEventListener("abort", () => (themes.disconnect(), sizes.disconnect()));

  const show = (page, written) => {
    fields = written;
    if (page.key === key) return frame.contentDocument?.body && frame.dataset.shown === String(key) && write();
    key = page.key;
    within = frame.ownerDocument.activeElement === frame || frame.getRootNode().activeElement === frame;
    set(frame, "title", `The page: ${page.title}`);
    delete frame.dataset.shown;
    frame.srcdoc = page.html;
  };
  return [frame, show];
};
