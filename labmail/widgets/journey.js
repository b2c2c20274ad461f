/* A map of the machines that matter, buttons that send and fetch the letter, plugs to pull; below it, the lifelines. */

export default face((frame) => {
  const { root, model, act, notices } = frame;
  const send = h("button", { type: "button", "data-main": true }, "Send Alice’s letter");
  const says = h("p", { class: "lm-say", "aria-live": "polite" });
  const drawn = chart({
    pull: (at) => {
      line.skip();
      act("switch", { host: at.name, up: !at.up });
    },
    fetch: () => go("fetch"),
    open: (n) => line.open(n),
    opens: (n) => line.opens(n),
  });
  const top = [h("div", { class: "lm-send" }, send, says), notices, drawn.stations, drawn.checks];
  let { map } = model.get("data");
  let kept = map; // the map as it was when the drawing began
  let doing = ""; // the act whose way is being drawn: the map keeps to what is drawn so far
  let upto = Infinity;
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
      drawn.speak(row, all);
      for (const part of top) part.inert = Boolean(all.over);
      if (!fresh) return;
      upto = row.n;
      show();
    },
  });

  const go = async (what) => {
    if (busy) return;
    [busy, doing] = [true, what];
    set(send, "aria-disabled", "true"); // not disabled: that would lose the focus
    line.skip();
    line.draw();
    const done = await act(what);
    if (done === undefined) line.skip();
    await line.arrived();
    [busy, upto] = [false, Infinity];
    set(send, "aria-disabled", null);
    show();
  };
  send.addEventListener("click", () => go("deliver"));

  const show = () => {
    if (upto === Infinity) kept = map;
    drawn.show(map, upto, kept);
    put(says, upto === Infinity ? map.says : map.going[doing]);
  };
  show();
  return (data) => {
    line.update(data);
    line.recreates(map.code);
  };
});
