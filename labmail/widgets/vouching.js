/* The evidence of DMARC: From: beside what SPF and DKIM judged, the policy that was found, and what the receiver did. */
export default face(({ root }) => {
  const [header, title] = head();
  const [details, code] = recreate();
  const parts = h("div", { class: "lm-proofs" });
  root.append(header, parts, h("footer", { class: "lm-foot" }, legend("client", "server", "pass", "fail", "neutral", "error"), details));

  const part = (name, result, rest) => h("section", { class: "lm-proof", "aria-label": name }, h("div", {}, h("h3", {}, name), ...[result].flat()), h("div", {}, ...rest.filter(Boolean)));
  const written = ([name, value]) => [name, /^\d{3} |: /.test(value) ? h("code", { class: "lm-wire", "data-by": /^\d/.test(value) ? "server" : null }, value) : value];
  return (data) => {
    title(data);
    code(data.code);
    const { spf, dkim, dmarc } = data;
    parts.replaceChildren(
      dmarc ? part("DMARC", [is(dmarc.result.is, dmarc.result.word), dmarc.domain ? h("p", { class: "lm-muted" }, `for ${dmarc.domain}`) : ""], [h("div", { class: "lm-because" }, prose(h("p", { class: "lm-say" }), dmarc.says), reference(dmarc.rfc)), ...dmarcParts(dmarc)]) : "",
      spf ? part("SPF", [is(spf.result.is, spf.result.word), h("p", { class: "lm-muted" }, `for ${spf.domain}`)], [h("div", { class: "lm-because" }, prose(h("p", {}), spf.says), reference(spf.rfc))]) : "",
      dkim ? part("DKIM", dkim.length === 1 ? is(dkim[0].result.is, dkim[0].result.word) : dkim.length ? "" : is("neutral", "none"), signatures(dkim)) : "",
      data.did.length || data.acted.says
        ? part("Then", "", [data.did.length ? facts(...data.did.map(written)) : null, data.acted.says ? h("div", { class: "lm-because" }, prose(h("p", { class: "lm-say" }), data.acted.says), reference(data.acted.rfc)) : null])
        : "",
    );
  };
});
