/* Somebody on the wire: switches for what they do, ways around, a letter to try it on, and the dialog that came of it, seen twice. */
export default face(({ root, model, act, notices }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const way = h("ol", { class: "lm-passage", "aria-label": "The way of the letter" });
  const switches = h("ul", { class: "lm-switches", "aria-label": "What the attacker does" });
  const ways = h("div", { class: "lm-switch lm-shelf", role: "group", "aria-label": "Which way the letter takes" });
  const about = h("p", { class: "lm-say lm-byway" });
  const send = h("button", { type: "button", "data-main": true, onclick: () => act("deliver") }, "Send Alice’s letter");
  const word = h("span");
  const outcome = h("p", { class: "lm-say" });
  const live = h("div", { class: "lm-certverdict", "aria-live": "polite" }, word, outcome);
  const sides = h("section", { class: "lm-nested", "aria-label": "The dialog, seen twice" });
  const foot = h("footer", { class: "lm-foot" }, details);
  root.append(header, way, switches, h("div", { class: "lm-bar" }, ways, send), about, notices, live, sides, foot);

  const show = twoViews({ root: sides, model });
  const draw = (element, { key, name, on, says, rfc }) => {
    if (!element.firstChild) {
      const box = h("input", { type: "checkbox", role: "switch", name: key, onchange: () => act("switch", { name: key, on: box.checked }) });
      element.append(h("label", {}, box, h("b", {}, name)), prose(h("p", {}), says), reference(rfc) ?? "");
    }
    element.querySelector("input").checked = on;
    set(element, "data-on", on);
  };
  return (data) => {
    title(data);
    code(data.code);
    way.replaceChildren(
      h("li", { "data-by": "client" }, h("b", {}, data.client), h("span", { class: "lm-muted" }, "sends")),
      h("li", { class: "lm-between", "data-on": data.between.on }, h("b", {}, data.between.name), h("span", {}, data.between.says)),
      h("li", { "data-by": "server" }, h("b", {}, data.server), h("span", { class: "lm-muted" }, "receives")),
    );
    ways.hidden = about.hidden = !data.ways.length;
    keyed(ways, data.ways, (each) => each.key, (each) => h("button", { type: "button", onclick: () => act("way", { name: each.key }) }, each.name), (button, each) => set(button, "aria-pressed", String(each.on)));
    prose(about, data.ways.find((each) => each.on)?.says ?? "");
    keyed(switches, data.switches, (each) => each.key, () => h("li"), draw);
    word.replaceChildren(...(data.outcome ? [is(data.outcome.is, data.outcome.word)] : []));
    prose(outcome, data.outcome?.says ?? "No letter was sent yet.");
    sides.hidden = !data.views;
    if (data.views) show(data.views);
  };
});
