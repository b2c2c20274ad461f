/* A map of the machines that matter, a button that sends the letter, plugs to pull; below it, the lifelines. */

export default face((frame) => {
  const { root, model, act, notices } = frame;
  const send = h("button", { type: "button", "data-main": true }, "Send Alice’s letter");
  const says = h("p", { class: "lm-say", "aria-live": "polite" });
  const stations = h("ol", { class: "lm-stations", "aria-label": "The machines that matter" });
  const top = [h("div", { class: "lm-send" }, send, says), notices, stations];
  let { map } = model.get("data");
  let drawing = false; // the letter's way is being drawn: the map keeps to what is drawn so far
  let letter = null; // where the letter is as far as it is drawn
  let busy = false;

  const line = lifelines(frame, {
    top,
    quiet: true,
    heard: (more) => {
      if (more.map.serial < map.serial) return;
      map = more.map;
      line.recreates(map.code);
      if (!busy) show();
    },
    moved: (row, all, fresh) => {
      if (fresh && !drawing) [drawing, letter] = [true, 0];
      if (fresh && row.kind === "stored") letter = map.stations.length - 1;
      speak(row, all);
      for (const part of top) part.inert = Boolean(all.over);
      if (fresh) show();
    },
  });

  send.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    set(send, "aria-disabled", "true"); // not disabled: that would lose the focus
    line.skip();
    line.draw();
    const done = await act("deliver");
    if (done === undefined) line.skip();
    await line.arrived();
    busy = drawing = false;
    set(send, "aria-disabled", null);
    show();
  });
  const pull = (at) => {
    line.skip();
    act("switch", { host: at.name, up: !at.up });
  };

  const make = () => {
    const plug = h("button", { type: "button" });
    const parts = { letter: h("span", { class: "lm-letter" }), role: h("span", { class: "lm-muted lm-role" }), name: h("b"), address: h("span", { class: "lm-muted lm-address" }), state: h("span") };
    const element = h("li", {}, parts.letter, parts.role, parts.name, parts.address, h("span", { class: "lm-state" }, parts.state, plug));
    plug.addEventListener("click", () => pull(element.at));
    return Object.assign(element, { parts, plug });
  };
  const tell = (element, at) => {
    const { parts, plug } = element;
    element.at = at;
    const here = map.stations.indexOf(at) === (drawing ? letter : map.letter);
    put(parts.letter, here ? "the letter" : "");
    put(parts.role, at.role);
    put(parts.name, at.name);
    put(parts.address, at.address);
    set(element, "data-up", String(at.up ?? true));
    if (parts.state.textContent !== at.result.word) parts.state.replaceChildren(is(at.result.is, at.result.word));
    set(plug, "hidden", at.up === null);
    put(plug, at.up ? "Unplug" : "Plug in");
    set(plug, "aria-label", `${at.up ? "Unplug" : "Plug in"} ${at.name}`);
  };
  /* Who speaks, and who hears it, in the row that is chosen or drawn. */
  const speak = (row, all) => {
    const others = { client: "server", server: "client" };
    const ends = row && [row.from, row.to].map((i) => all.hosts[i]?.name);
    for (const element of stations.children) {
      const name = element.at?.name;
      const by = !row?.by || !ends.includes(name) ? null : name === ends[0] ? row.by : others[row.by];
      set(element, "data-by", by);
    }
  };
  let kept = map; // the map as it was when the drawing began
  const show = () => {
    const now = drawing ? kept : map;
    if (!drawing) kept = map;
    keyed(stations, now.stations, (at) => at.name, make, tell);
    put(says, drawing ? now.going : now.says);
  };
  show();
  return (data) => {
    line.update(data);
    line.recreates(map.code);
  };
});
