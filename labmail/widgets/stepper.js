/* The dialog stepper. Looking back is the browser's own; saying a line, taking a reply and committing ask the kernel. */
export default face(({ root, model, act, notices }) => {
  const at = shared(model, "lm_at", () => show()); // the line that is looked at; null: the newest
  const picked = shared(model, "lm_picked", () => show());
  const [header, title] = head();
  const [details, code] = recreate();
  const { back, next, count, live } = walk((by) => step(by));
  set(live, "tabindex", "-1");
  const strip = h("ol", { class: "lm-strip", "aria-label": "How far the server has come" });
  const memory = h("p", { class: "lm-muted" });
  const list = h("ol", { class: "lm-dialog", role: "listbox", "aria-label": "The dialog so far" });
  const held = h("p", { class: "lm-line", "data-by": "server", "data-held": true });
  const own = h("input", { type: "text", "aria-label": "Your own line", spellcheck: "false", autocomplete: "off" });
  const send = h("button", {}, "Send");
  const type = h("form", { class: "lm-type", onsubmit: (event) => say(event) }, h("span", { class: "lm-who", "data-by": "client", "aria-hidden": "true" }, "C"), own, send);
  const form = asking((key) => picked.set(key));
  const commit = h("button", { type: "button", "data-main": true, onclick: () => release() }, "Commit and release the answer");
  const costs = h("p", { class: "lm-muted" }, "Once committed, a prediction stays. Being wrong costs nothing.");
  const told = h("div", { class: "lm-told" });
  const side = h("aside", { class: "lm-side", "aria-label": "What it means" }, form.box, commit, costs, told);
  root.append(
    header,
    h("div", { class: "lm-bar" }, back, next, count, live),
    notices,
    h("div", { class: "lm-cols" }, h("div", { class: "lm-pad" }, strip, memory, list, held, type), side),
    h("footer", { class: "lm-foot" }, legend("client", "server", "codes", "right", "wrong", "end"), details),
  );

  let data;
  let here; // the line that is looked at
  const newest = () => data.lines.at(-1);
  const mark = listbox(list, { keys: () => data.lines.map((line) => line.n), chosen: () => here?.n, pick: (key) => look(Number(key)), detail: side });
  const look = (n) => at.set(n >= (newest()?.n ?? 0) ? null : n);

  const step = async (by) => {
    if (by < 0) return look((here?.n ?? 1) - 1);
    if (here !== newest()) return look(here.n + 1);
    const focused = next.matches(":focus");
    await act(data.done ? "again" : "next");
    if (focused && data.asked) form.focus();
  };
  const say = async (event) => {
    event.preventDefault();
    const [line, inside] = [own.value, newest()?.state === "text"];
    if (own.disabled || (!line.trim() && !inside)) return;
    at.set(null);
    own.value = "";
    await act("say", { line: inside ? line : line.trim() });
    (own.disabled ? live : own).focus({ preventScroll: true });
  };
  const release = async () => {
    if (!picked.get()) return;
    live.focus({ preventScroll: true }); // before the fieldset is disabled under it
    await act("commit", { key: picked.get() });
    picked.set(null);
    next.focus({ preventScroll: true });
  };

  const row = (line) => h("li", { class: "lm-line", role: "option", "data-by": line.by }, h("span", { class: "lm-who" }, speaks[line.by]), wire(line), h("span", { class: "lm-tag" }, line.note));

  const show = () => {
    here = data.lines.find((line) => line.n === at.get()) ?? newest();
    const now = here === newest();
    keyed(list, data.lines, (line) => line.n, row, (element, line) => mark(element, line.n));
    list.hidden = !data.lines.length;
    showState(now ? data.state : here.state);
    put(memory, data.open ? remembers(here) : "Not connected yet.");
    put(live, happened(now));
    put(count, here ? `line ${here.n}${now ? "" : ` of ${data.lines.length}`}` : "");
    idle(back, !here || here.n === 1);
    put(next, now && data.done ? "Start over" : "Next");
    idle(next, now && (Boolean(data.asked) || data.retired || !(data.next || data.done)));
    held.hidden = !now || !data.held;
    held.replaceChildren(h("span", { class: "lm-who" }, "S"), h("span", { class: "lm-muted" }, data.lines.length ? "the answer waits on the wire" : "the greeting waits on the wire"), h("span", { class: "lm-tag" }, data.asked ? "predict" : ""));
    showForm();
    showMeaning(now);
  };
  const showState = (state) => {
    const reached = data.states.indexOf(state);
    const stood = new Set(data.lines.filter((line) => line.n <= (here?.n ?? 0)).map((line) => line.state));
    keyed(strip, data.states, (name) => name, (name) => h("li", {}, name), (element, name) => {
      const i = data.states.indexOf(name);
      set(element, "aria-current", i === reached && "step");
      set(element, "data-done", i < reached && stood.has(name)); // a cut wire leaps over the states between
    });
  };
  const showForm = () => {
    const closed = data.retired || data.done;
    own.disabled = send.disabled = Boolean(data.asked) || closed || !data.open;
    own.placeholder = data.retired
      ? "an earlier run"
      : data.asked
        ? "predict first"
        : data.done
          ? "the connection is closed"
          : !data.open
            ? "first connect: Next"
            : newest()?.state === "text"
              ? "a line of the letter, or . to end"
              : "type a command of your own";
  };
  const showMeaning = (now) => {
    const asked = now && data.asked ? data.asked : here?.asked;
    form.box.hidden = !asked;
    commit.hidden = costs.hidden = !(now && data.asked);
    set(commit, "aria-disabled", String(!picked.get()));
    if (asked) form.show(asked, picked.get());
    if (now && data.asked) told.replaceChildren();
    else if (here?.asked) told.replaceChildren(reason(here));
    else if (here) told.replaceChildren(meaning(here));
    else told.replaceChildren(h("p", { class: "lm-say" }, data.open ? "The connection is open, and nobody has said a word. In SMTP the server speaks first." : "Next opens a connection. Then each Next is one line: the client’s, or the server’s answer."));
  };
  /* A line that was predicted: as any other, but the sentence is about the prediction, and the bytes are folded under it. */
  const reason = (line) => meaning({ ...line, says: line.asked.says || line.says, folded: true });
  const remembers = (line) => (line?.remembers.length ? `It remembers: ${line.remembers.join(", ")}.` : line?.state === "connected" || !line ? "It remembers nothing yet." : "It remembers nothing.");
  const happened = (now) => {
    if (data.retired) return "This is from an earlier run of its cell; the newer one goes on.";
    if (!here) return data.open ? "Connected." : "";
    if (now && data.asked) return `The client said ${spoken(here)}. What will the server answer?`;
    if (now && data.done && here.code !== "221") return "The connection is closed, without a goodbye.";
    if (here.asked) return `The server answered ${here.code}. You said ${here.asked.chosen}.`;
    return `The ${here.by} said ${spoken(here)}.`;
  };
  return (fresh) => {
    data = { ...fresh, done: fresh.state === "closed" && !fresh.retired };
    title(data);
    code(data.code);
    show();
  };
});
