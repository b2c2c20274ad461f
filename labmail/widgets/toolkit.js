/* What all widgets share. A widget's own file is joined behind this one, so each name here is at hand there, and ends in

     export default face(({ root, model, act, notices, host, signal }) => {
       // build the DOM in root, once
       return (data) => { // bring it up to the data: called at the start and whenever the kernel sends new data };
     });

   h(tag, attributes, ...children)      an element; on… attributes are listeners, false and null are left out
   put(element, text)                   new text, only where it differs, so that a live line speaks once
   keyed(parent, items, key, make, update)   a list whose elements, and so the focus, survive new data
   listbox(list, {...})                 one selection: arrows, Home, End; Enter opens the detail, Escape comes back
   idle(button, yes)                    a button that can do nothing now, and keeps the focus all the same
   shared(model, name, changed)         what all views of one widget share, and the kernel never hears of
   act(name, args)                      asks the kernel to act; undefined after a fault, which is shown. Never ask it to look
   walk(step)                           Back, Next, the count and the live line of what is walked step by step
   wire, eol, hexdump, is, reference, meaning, hosts, head, legend, recreate    the parts of the picture

   Never innerHTML. Never scroll the notebook. The root's data-ready is set by the last act of render. */

const h = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
};

const set = (element, name, value) => {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (value == null || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
};

const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const idle = (button, yes) => set(button, "aria-disabled", yes ? "true" : null);

let names = 0;
const named = (element) => element.id || (element.id = `labmail-${Math.random().toString(36).slice(2, 8)}-${++names}`);

/* ---- lists ---- */

const keyed = (parent, items, keyOf, make, update) => {
  const had = new Map([...parent.children].map((element) => [element.dataset.key, element]));
  const keys = items.map((item) => String(keyOf(item)));
  const wanted = new Set(keys);
  for (const [key, element] of had) if (!wanted.has(key)) element.remove(); // first: a row that is moved loses the focus
  let at = parent.firstElementChild;
  items.forEach((item, i) => {
    const element = had.get(keys[i]) ?? make(item);
    element.dataset.key = keys[i];
    update?.(element, item);
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  });
};

/* `keys()` are all rows in order, in the DOM or not; `pick(key)` makes one the chosen row and draws it. */
const listbox = (list, { keys, chosen, pick, detail, role = "option" }) => {
  const rows = `[role="${role}"]`;
  const row = (key) => list.querySelector(`${rows}[data-key="${CSS.escape(key)}"]`);
  const go = (key, still) => {
    pick(key);
    const element = row(key);
    element?.focus({ preventScroll: true });
    if (element && !still) within(list, element);
  };
  list.addEventListener("click", (event) => {
    const element = event.target.closest(rows);
    if (element) go(element.dataset.key, true);
  });
  list.addEventListener("keydown", (event) => {
    const all = keys().map(String);
    const at = all.indexOf(String(chosen()));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Enter" && detail) detail.focus({ preventScroll: true });
    else if (to === undefined) return;
    else if (to >= 0 && to < all.length) go(all[to]);
    event.preventDefault(); // at either end too: the notebook does not scroll
  });
  if (detail) {
    set(list, "aria-controls", named(detail));
    detail.tabIndex = -1;
    detail.addEventListener("keydown", (event) => {
      if (event.key === "Escape") row(String(chosen()))?.focus({ preventScroll: true });
    });
  }
  return (element, key) => {
    set(element, "aria-selected", String(String(key) === String(chosen())));
    element.tabIndex = String(key) === String(chosen()) ? 0 : -1;
  };
};

/* Moves a row into its list's own window, never the notebook. */
const within = (list, row) => {
  if (list.scrollHeight <= list.clientHeight) return;
  const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.top < outer.top) list.scrollTop += inner.top - outer.top;
  if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
};

const shared = (model, name, changed) => {
  model.on(`change:${name}`, changed);
  return { get: () => model.get(name), set: (value) => model.set(name, value) };
};

/* ---- the kernel ---- */

const ask = (model, what, args = {}) =>
  new Promise((resolve, reject) => {
    const id = Math.random().toString(36).slice(2);
    const hear = (said) => {
      if (said.id !== id) return;
      model.off("msg:custom", hear);
      if (said.fault) reject(new Error(said.fault));
      else resolve(said.answer ?? null);
    };
    model.on("msg:custom", hear);
    model.send({ id, ask: what, args }); // throws once the kernel has gone
  });

const GONE = "The kernel has gone. Run this cell again.";
const WAITING = "Waiting for the cell that is running.";
const WAITING_MS = 600;

const face = (draw) => ({
  render({ model, el, host, signal }) {
    el.classList.add("lm-face");
    const root = h("div", { role: "group" });
    const waiting = h("p", { class: "lm-muted", role: "status" });
    const fault = h("p", { class: "lm-fault", role: "alert" });
    const notices = h("div", { class: "lm-notices" }, waiting, fault); // a widget may put it nearer to its buttons
    const frame = h("div", { class: "lm" }, root, notices);
    const gone = h("p", { class: "lm-say", role: "status" });
    const knock = () => {
      try {
        model.send({});
        frame.inert = false;
      } catch {
        frame.inert = true;
      }
      put(gone, frame.inert ? GONE : "");
    };
    const act = async (what, args) => {
      const late = setTimeout(() => put(waiting, WAITING), WAITING_MS);
      put(fault, "");
      set(root, "aria-busy", "true");
      try {
        return await ask(model, what, args);
      } catch (error) {
        knock();
        if (!frame.inert) fault.append(is("error", "not done"), h("span", {}, error.message.replace(/[^.?!]$/, "$&.")));
      } finally {
        clearTimeout(late);
        put(waiting, "");
        set(root, "aria-busy", null);
      }
    };
    frame.addEventListener("keydown", (event) => {
      // JupyterLab binds a, b, x, Enter ... to the focused element; Ctrl+S and its kin stay the notebook's
      if (event.key === "Enter" || !(event.ctrlKey || event.metaKey || event.altKey)) event.stopPropagation();
    });
    el.append(frame, h("div", { class: "lm" }, gone));
    const update = draw({ root, model, act, notices, host, signal });
    const show = () => {
      const data = model.get("data");
      set(root, "aria-label", data.title);
      update(data);
    };
    model.on("change:data", show);
    model.on("comm_live_update", knock);
    show();
    frame.dataset.ready = "";
  },
});
