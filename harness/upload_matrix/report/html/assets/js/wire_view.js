/* The cases by what stood on the wire: many cases, few forms. */
const WireView = (() => {
  const { el } = Dom;
  let groups = [];

  const gather = (cases) => {
    const { run } = Model;
    const found = new Map();
    for (const i of cases) {
      const key = run.columns.wire[i];
      const group = found.get(key);
      if (group) group.cases.push(i);
      else found.set(key, { wire: key, cases: [i] });
    }
    const urgency = (group) => (group.cases.some(Model.isRed) ? 0 : group.cases.every((i) => Model.outcome(i).kind === "accepted") ? 2 : 1);
    for (const group of found.values()) group.urgency = urgency(group);
    groups = [...found.values()].sort((a, b) => a.urgency - b.urgency || b.cases.length - a.cases.length);
  };

  const spread = (group, name) => {
    const axis = Model.run.axisNamed.get(name);
    if (!axis) return "";
    const values = [...new Set(group.cases.map((i) => Model.axisValue(axis, i)))].filter((value) => value !== null && value !== Model.run.not_applicable);
    return values.slice(0, 5).join(", ") + (values.length > 5 ? ` and ${values.length - 5} more` : "");
  };

  const content = (cases, narrow, empty) => {
    gather(cases);
    const { run } = Model;
    const columns = narrow ? [{ width: 170 }, { width: 160 }, { width: 220 }] : [{ width: 220 }, { width: 170 }, { width: 400 }, { width: 260 }, { width: 260 }];
    const titles = ["answer", "wire form", "request", "clients", "containers"].slice(0, columns.length);
    return {
      name: "w", count: groups.length, height: 44, pinned: 0, first: 0, lines: true, columns, empty,
      heads: [titles.map((title) => el("th", { scope: "col" }, title))],
      row: (number) => {
        const group = groups[number];
        const sent = group.wire >= 0;
        return [
          el("td.cell", {}, Marks.cell(group.cases)),
          el("td.mono", {}, sent ? run.wires[group.wire] : el("span.none", {}, "no request")),
          el("td", {}, sent ? el("bdi", {}, Model.wireLine(group.wire)) : "the client raised before it sent one"),
          el("td", {}, spread(group, "client")),
          el("td", {}, spread(group, "container")),
        ].slice(0, columns.length);
      },
    };
  };

  return { content, at: (row) => groups[row], find: (wire) => groups.findIndex((group) => group.wire === wire) };
})();
