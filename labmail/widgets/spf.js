/* An SPF verdict as a tree: the record with the word that is being read, a row for each word, and what was asked for it. */

export default face(({ root, model }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const [parts, draw] = spfTree(model, "lm_at");
  root.append(header, ...parts, h("footer", { class: "lm-foot" }, legend("client", "server", "pass", "fail", "neutral", "error"), details));
  return (data) => {
    title(data);
    code(data.code);
    draw(data);
  };
});
