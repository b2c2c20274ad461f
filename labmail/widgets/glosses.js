/* What each word of a record is, and what is wrong with it. All records of one name are read together. No kernel.

   glosses(lines, words) gives for each word { word, label, fault, result }: `fault` where it does not count, `result` is what a
   match comes to. `words` are the labels and rules that the bench's data bring. */

const tagsOf = (text) => text.split(";").map((word) => word.trim()).filter(Boolean);
const matches = (pattern, text, flags) => new RegExp(`^(?:${pattern})`, flags).exec(text);
const faulty = (word, label, fault) => ({ word, label, fault });

/* ---- DMARC, by the rules that its verdict goes by ---- */

const dmarcNames = (text, rules) => tagsOf(text).map((word) => matches(rules.tag, word)?.[1].toLowerCase());
const secondOf = (names) => names.findIndex((name, i) => name && names.indexOf(name) < i);

/* None of its words counts, and the one at `at` says why. */
const dmarcNone = (text, { unread }, at, why) => tagsOf(text).map((word, i) => (i === at ? faulty(word, why, "no record") : faulty(word, unread, "")));

const dmarcTag = (word, { labels, other, rules }) => {
  const { values, policies, says } = rules;
  const [, name, value] = matches(rules.tag, word)?.map((part) => part.toLowerCase()) ?? [];
  const uri = (one) => matches(`(?:${rules.uri})$`, one.trim().split("!")[0], "i");
  if (name in values && !values[name].includes(value)) return faulty(word, policies.includes(name) ? says.policy : says.value.replace("{tag}", name), "not valid");
  if ((name === "rua" || name === "ruf") && !value.split(",").filter((one) => one.trim()).every(uri)) return faulty(word, says.address, "not valid");
  const label = labels[`${name}=${value}`] ?? labels[name];
  return label ? { word, label } : faulty(word, other, "unknown");
};

const dmarcGlosses = (lines, words) => {
  const { rules } = words;
  const { says } = rules;
  const begins = (text) => matches(rules.version, text);
  const records = lines.filter((text) => begins(text) && secondOf(dmarcNames(text, rules)) < 0);
  const gloss = (text) => {
    const names = dmarcNames(text, rules);
    const twice = secondOf(names);
    if (!begins(text)) return dmarcNone(text, says, 0, says.version);
    if (twice > 0) return dmarcNone(text, says, twice, says.twice.replace("{tag}", names[twice]));
    if (records.length > 1) return dmarcNone(text, says, 0, says.several.replace("{count}", records.length));
    const read = tagsOf(text).map((word) => dmarcTag(word, words));
    return names.includes("p") ? read : [...read, faulty("p=", says.missing, "missing")];
  };
  return lines.flatMap(gloss);
};

/* ---- keys of DKIM ---- */

const keyGlosses = (lines, { labels, other }) =>
  lines.flatMap(tagsOf).map((word) => {
    const [name, value] = [word.split("=")[0].trim().toLowerCase(), word.slice(word.indexOf("=") + 1).trim().toLowerCase()];
    const label = word.includes("=") ? labels[`${name}=${value}`] ?? labels[name] : undefined;
    return label ? { word, label } : faulty(word, other, "unknown");
  });

/* ---- SPF ---- */

const spfWord = (word, { labels, other, signs, rules }) => {
  const sign = signs[word[0]] ? word[0] : "+";
  const bare = signs[word[0]] ? word.slice(1) : word;
  const name = bare.match(/^[^:/=]*/)[0].toLowerCase();
  if (bare[name.length] !== "=") return labels[name] && !rules.modifiers.includes(name) ? { word, label: labels[name], result: signs[sign] } : faulty(word, other, "unknown");
  if (rules.modifiers.includes(name)) return { word, label: labels[name], result: null };
  return faulty(word, matches(rules.modifier, word, "i") ? rules.says.modifier : other, "unknown");
};

const spfGlosses = (lines, words) => {
  const { labels, rules } = words;
  const begins = (text) => matches(rules.version, text, "i");
  const count = lines.filter(begins).length;
  return lines.flatMap((text) => {
    const [first, ...others] = text.split(/ +/).filter(Boolean);
    const none = (why) => [faulty(first, why, "no record"), ...others.map((word) => faulty(word, rules.says.unread, ""))];
    if (!begins(text)) return none(rules.says.version);
    if (count > 1) return none(rules.says.several.replace("{count}", count));
    return [{ word: first, label: labels["v=spf1"] }, ...others.map((word) => spfWord(word, words))];
  });
};

const glosses = (lines, words) => {
  const texts = lines.map((text) => text.replace(/"\s*"/g, "").replace(/^"|"$/g, "")).filter((text) => text.trim());
  return ({ dmarc: dmarcGlosses, spf: spfGlosses }[words.kind] ?? keyGlosses)(texts, words);
};

