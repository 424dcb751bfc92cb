/* Cases laid out by the axes on rows and columns; axes on neither are folded into the cells. */
const MatrixView = (() => {
  const { el } = Dom;
  const MOST_COLUMNS = 200;
  let grid = null;

  /* Numbers that order cases by their values on some axes; equal for cases that share them all. */
  const keyed = (axes, cases) => {
    const keys = new Float64Array(cases.length);
    for (const axis of axes) {
      const base = axis.values.length + 1;
      for (let at = 0; at < cases.length; at += 1) keys[at] = keys[at] * base + axis.column[cases[at]] + 1;
    }
    return keys;
  };

  const distinct = (keys, cases) => {
    const first = new Map();
    for (let at = 0; at < keys.length; at += 1) if (!first.has(keys[at])) first.set(keys[at], cases[at]);
    const sorted = [...first.keys()].sort((a, b) => a - b);
    return { place: new Map(sorted.map((key, at) => [key, at])), examples: sorted.map((key) => first.get(key)) };
  };

  const build = (cases, rowNames, columnNames) => {
    const named = (names) => names.map((name) => Model.run.axisNamed.get(name)).filter(Boolean);
    const rowAxes = named(rowNames);
    const columnAxes = named(columnNames);
    const rowKeys = keyed(rowAxes, cases);
    const columnKeys = keyed(columnAxes, cases);
    const rows = distinct(rowKeys, cases);
    const columns = distinct(columnKeys, cases);
    const width = columns.examples.length;
    const cells = new Map();
    for (let at = 0; at < cases.length; at += 1) {
      const key = rows.place.get(rowKeys[at]) * width + columns.place.get(columnKeys[at]);
      const cell = cells.get(key);
      if (cell) cell.push(cases[at]);
      else cells.set(key, [cases[at]]);
    }
    grid = { rowAxes, columnAxes, rows: rows.examples, columns: columns.examples.slice(0, MOST_COLUMNS), all: width, cells, width };
    return grid;
  };

  const at = (row, column) => grid.cells.get(row * grid.width + column) ?? null;

  /* Where a case stands: {row, column, cases}. */
  const find = (wanted) => {
    for (const [key, cases] of grid?.cells ?? []) {
      if (cases.includes(wanted)) return { row: Math.floor(key / grid.width), column: key % grid.width, cases };
    }
    return null;
  };

  const label = (axis, i) => {
    const value = Model.axisValue(axis, i);
    const absent = value === null || value === Model.run.not_applicable;
    return el(absent ? "span.none" : "bdi", {}, absent ? "–" : value);
  };
  const wide = (text) => [...String(text)].reduce((sum, character) => sum + (character.codePointAt(0) > 0x2e80 ? 1.8 : 1), 0);
  /* A name on a narrow screen: it is broken behind a sign, not inside a word. */
  const pieces = (text) => String(text).split(/(?<=[\/:._-])/);
  const STACK = 136;
  const FITS = Math.floor((STACK - 18) / 6.7); // characters in a line of it
  const linesOf = (text) => pieces(text).reduce(([lines, used], piece) => {
    const size = wide(piece);
    return used + size <= FITS ? [lines, used + size] : [lines + Math.ceil(size / FITS), size % FITS];
  }, [1, 0])[0];
  /* Of all rows, the lines of the highest: they share one height. */
  const mostLines = (heads) => {
    const sizes = heads.map((axis) => axis.values.map(linesOf));
    return grid.rows.reduce((most, example) => Math.max(most, heads.reduce((sum, axis, at) => sum + (sizes[at][axis.column[example]] ?? 1), 0)), 1);
  };
  const stacked = (axis, example) => {
    const made = label(axis, example);
    const words = pieces(made.textContent);
    made.replaceChildren(...words.flatMap((piece, at) => (at ? [el("wbr"), piece] : [piece])));
    return made;
  };
  const clamp = (low, number, high) => Math.round(Math.max(low, Math.min(high, number)));

  const headWidth = (axis, narrow) => {
    const longest = Math.max(wide(axis.name), ...axis.values.slice(0, 400).map(wide));
    return clamp(74, longest * 7.6 + 26, narrow ? 130 : 250);
  };

  /* On a narrow screen one row of upright heads, so that they stay in view above columns of icons. */
  const uprightHeads = (corner) => [[...corner, ...grid.columns.map((example) => {
    const words = grid.columnAxes.map((axis) => Model.axisValue(axis, example)).filter((said) => said !== null && said !== Model.run.not_applicable);
    return el("th.upright", { scope: "col" }, el("bdi", {}, words.reverse().join(" · ") || "outcome"));
  })]];

  const columnHeads = (pinnedCells, cornerSpan) => {
    const levels = grid.columnAxes.length ? grid.columnAxes : [null];
    return levels.map((axis, level) => {
      const cells = [];
      let run = null;
      grid.columns.forEach((example, column) => {
        const same = run && column > 0 && level < levels.length - 1 &&
          grid.columnAxes.slice(0, level + 1).every((each) => each.column[example] === each.column[grid.columns[column - 1]]);
        if (same) { run.colSpan += 1; return; }
        run = el("th.span", { scope: "col", title: axis ? `${axis.name}: ${Model.axisValue(axis, example) ?? "none"}` : null }, axis ? label(axis, example) : "outcome");
        cells.push(run);
      });
      const last = level === levels.length - 1;
      const corner = last ? pinnedCells() : [el("th.pin", { colspan: cornerSpan, scope: "col" }, el("span.unseen", {}, axis ? axis.name : ""))];
      return [...corner, ...cells];
    });
  };

  const content = (narrow, empty) => {
    const heads = grid.rowAxes.length ? grid.rowAxes : [null];
    const one = narrow && heads.length > 1;
    const headWidths = one ? [STACK] : heads.map((axis) => (axis ? headWidth(axis, narrow) : 90));
    const words = new Set();
    for (const cases of grid.cells.values()) {
      const flag = cases.some(Model.isRed) ? 17 : 0;
      words.add(Marks.bare(Model.outcome(cases[0])).length + flag + (cases.length > 1 ? 4 : 0));
      if (words.size > 60) break;
    }
    const width = narrow ? 52 : clamp(128, Math.max(0, ...words) * 7.4 + 58, 350);
    const pinned = headWidths.length;
    return {
      name: "m", count: grid.cells.size ? grid.rows.length : 0, height: one ? 10 + 16 * mostLines(heads) : 40, pinned, first: pinned, empty,
      columns: [...headWidths.map((each) => ({ width: each, pinned: true })), ...grid.columns.map(() => ({ width }))],
      icons: narrow,
      heads: (narrow ? (corner, _) => uprightHeads(corner()) : columnHeads)(
        () => (one ? [el("th", { scope: "col" }, heads.map((axis) => axis.name).join(" · "))]
          : heads.map((axis) => el("th", { scope: "col" }, axis ? axis.name : "all"))),
        pinned,
      ),
      row: (number) => {
        const example = grid.rows[number];
        const above = number > 0 ? grid.rows[number - 1] : null;
        let again = above !== null;
        const own = heads.map((axis) => {
          if (!axis) return el("th", { scope: "row" }, "all");
          again &&= axis.column[example] === axis.column[above];
          return el("th" + (again && !one ? ".again" : ""), { scope: "row", title: Model.axisValue(axis, example) ?? "" }, label(axis, example));
        });
        const first = one ? [el("th.stack", { scope: "row" }, heads.map((axis) => el("div", {}, stacked(axis, example))))] : own;
        return [...first, ...grid.columns.map((_, column) => {
          const cases = at(number, column);
          return cases ? el("td.cell", {}, Marks.cell(cases)) : el("td.cell.empty", {}, "·", el("span.unseen", {}, "no case"));
        })];
      },
    };
  };

  return { build, content, at, find, get left() { return grid ? Math.max(0, grid.all - grid.columns.length) : 0; } };
})();
