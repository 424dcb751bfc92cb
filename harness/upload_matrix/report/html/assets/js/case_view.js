/* The cases one below the other. */
const CaseView = (() => {
  const { el } = Dom;
  let cases = [];

  const content = (shown, narrow, empty) => {
    cases = shown;
    const { run } = Model;
    const columns = narrow ? [{ width: 150 }, { width: 330 }] : [{ width: 200 }, { width: 540 }, { width: 150 }, { width: 320 }];
    const titles = ["outcome", "case", "wire form", "findings"].slice(0, columns.length);
    return {
      name: "c", count: cases.length, height: 40, pinned: 0, first: 0, lines: true, columns, empty,
      heads: [titles.map((title) => el("th", { scope: "col" }, title))],
      row: (number) => {
        const i = cases[number];
        const wire = run.columns.wire[i];
        const found = run.findings[run.columns.findings[i]];
        return [
          el("td.cell", {}, Marks.cell([i])),
          el("td.mono", { title: run.ids[i] }, el("bdi", {}, run.ids[i])),
          el("td.mono", {}, wire < 0 ? el("span.none", {}, "none sent") : run.wires[wire]),
          el("td", {}, found.map((finding) => finding.code).join(", ")),
        ].slice(0, columns.length);
      },
    };
  };

  return { content, at: (row) => cases[row], find: (i) => cases.indexOf(i) };
})();
