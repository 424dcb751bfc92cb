/* A request as it was sent, alone or beside another one with the differences marked. */
const Requests = (() => {
  const { el, value } = Dom;
  const NO_PART = "(no such part)";

  const written = (part) => part.raw.join("\n");

  /* Rows of a part under a heading: [what, this, that]. */
  const partRows = (mine, other, alone) => {
    const row = (what, field) => [what, mine ? mine[field] : NO_PART, other ? other[field] : NO_PART];
    const rows = [row("filename", "filename"), row("Content-Type", "type"), row("content", "content")];
    if (mine?.format || other?.format) rows.push(row("format", "format"));
    const told = rows.some(([, a, b]) => a !== b);
    // How a header was written is shown where nothing else tells the two parts apart.
    if (!alone && !told && mine && other && written(mine) !== written(other)) rows.push(["as written", written(mine), written(other)]);
    return rows;
  };

  const byLabel = (wire) => new Map((wire?.parts ?? []).map((part) => [part.label, part]));
  const fieldsOf = (wire) => new Map(wire?.fields ?? []);
  const order = (wire) => (wire?.parts ?? []).map((part) => part.label).join(", ");

  const groups = (mine, other) => {
    const alone = !other;
    const about = new Map((other?.about ?? []).map((pair) => pair));
    const found = [{ title: null, rows: mine.about.map(([what, said]) => [what, said, alone ? said : about.get(what) ?? null]) }];
    const [parts, others] = [byLabel(mine), byLabel(other)];
    const [fields, otherFields] = [fieldsOf(mine), fieldsOf(other)];
    for (const name of new Set([...fields.keys(), ...otherFields.keys()])) {
      found.push({ title: null, rows: [[name, fields.get(name) ?? null, alone ? fields.get(name) : otherFields.get(name) ?? null]] });
    }
    if (!alone && parts.size === others.size && [...parts.keys()].every((label) => others.has(label)) && order(mine) !== order(other)) {
      found.push({ title: null, rows: [["order", order(mine), order(other)]] });
    }
    if (mine.body || other?.body) found.push({ title: "body", rows: [["body", mine.body, alone ? mine.body : other.body]] });
    for (const label of new Set([...parts.keys(), ...others.keys()])) {
      const [a, b] = [parts.get(label), others.get(label)];
      const text = [a, b].filter(Boolean).every((part) => !part.file && !part.type && part.raw.length === 1);
      if (text) found.push({ title: null, rows: [[label, a ? a.content : NO_PART, alone ? a.content : b ? b.content : NO_PART]] });
      else found.push({ title: label, rows: partRows(a, alone ? a : b, alone) });
    }
    return found;
  };

  const table = (mine, other, titles, tone) => {
    const body = el("tbody");
    for (const group of groups(mine, other)) {
      if (group.title !== null) body.append(el("tr.part", {}, el("th", { colspan: other ? 3 : 2, scope: "rowgroup" }, "part ", el("bdi", {}, group.title))));
      for (const [what, a, b] of group.rows) {
        const differs = Boolean(other) && a !== b;
        body.append(el("tr" + (differs ? ".differs" : ""), {},
          el("th", { scope: "row" }, what, differs && el("span.unseen", {}, " differs")),
          el("td.this", {}, value(a)), other && el("td.that", {}, value(b))));
      }
    }
    return el("table.sides" + (tone ? "." + tone : ""), {}, el("thead", {}, el("tr", {}, el("th", {}, el("span.unseen", {}, "what")), titles.map((title) => el("th", { scope: "col" }, title)))), body);
  };

  const alone = (wire) => table(wire, null, ["this request"]);

  /* Side by side, with a switch that leaves only the differences; "plainly" where neither side is the good one. */
  const sides = (mine, other, titles, tone = "") => {
    const made = table(mine, other, titles, tone);
    const only = el("input", { type: "checkbox" });
    only.addEventListener("change", () => {
      for (const row of made.tBodies[0].rows) {
        row.hidden = only.checked && !row.classList.contains("differs");
      }
    });
    return el("div", {}, el("label.switch", {}, only, "only what differs"), made);
  };

  const raw = (wire) => wire.parts.map((part) => part.raw.join("\n")).join("\n\n");

  return { alone, sides, raw };
})();
