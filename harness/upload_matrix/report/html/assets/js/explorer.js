/* Puts the pieces together: state changes, the cases are filtered, the view and the panel follow. */
const Explorer = (() => {
  const { el, icon } = Dom;
  const ALL = "*";
  const narrow = matchMedia("(max-width: 760px)");
  let table = null;
  let left = null;
  let current = { cases: [], matrix: null };
  let turn = 0;

  const defaultMatrix = () => {
    const { run } = Model;
    if (run.matrices.length === 1) return null;
    for (let i = 0; i < run.size; i += 1) if (Model.isRed(i)) return run.matrices[run.columns.matrix[i]];
    return run.matrices[0];
  };

  const matrixOf = (state) => {
    if (state.matrix === ALL) return null;
    if (state.matrix !== null && Model.run.matrices.includes(state.matrix)) return state.matrix;
    // A case that a link opens brings its matrix along.
    const open = state.open === null ? undefined : Model.run.caseNamed.get(state.open);
    if (open !== undefined && Model.run.matrices.length > 1) return Model.run.matrices[Model.run.columns.matrix[open]];
    return Model.run.standard;
  };

  const layoutOf = (state, matrix) => {
    const { run } = Model;
    if (state.rows) return { rows: state.rows, columns: state.columns };
    if (matrix !== null) return run.layouts[run.matrices.indexOf(matrix)];
    if (run.matrices.length === 1) return run.layouts[0];
    const union = (part) => [...new Set(run.layouts.flatMap((layout) => layout[part]))];
    const columns = union("columns");
    return { rows: ["matrix", ...union("rows").filter((axis) => !columns.includes(axis))], columns };
  };

  /* Axes with more than one value in this matrix: the others have nothing to lay out. */
  const varying = (matrix) => {
    const { run } = Model;
    const only = matrix === null ? -1 : run.matrices.indexOf(matrix);
    return run.axes.filter((axis) => {
      let first = null;
      for (let i = 0; i < run.size; i += 1) {
        if (only >= 0 && run.columns.matrix[i] !== only) continue;
        if (first === null) first = axis.column[i];
        else if (axis.column[i] !== first) return true;
      }
      return false;
    });
  };
  const varyingBy = new Map();
  const varyingIn = (matrix) => {
    if (!varyingBy.has(matrix)) varyingBy.set(matrix, varying(matrix));
    return varyingBy.get(matrix);
  };

  const move = (layout, axes) => (name, place) => {
    const order = (names) => axes.map((axis) => axis.name).filter((each) => names.includes(each));
    const rows = layout.rows.filter((each) => each !== name);
    const columns = layout.columns.filter((each) => each !== name);
    if (place === "rows") rows.push(name);
    if (place === "columns") columns.push(name);
    State.change({ rows: order(rows), columns: order(columns) });
  };

  const nothing = () => el("div", {}, el("p", {}, "No case fits."), el("button.push", { type: "button", onclick: () => State.change(Filter.none) }, "Clear filters"));

  const draw = (state) => {
    const matrix = matrixOf(state);
    const { cases, counts } = Filter.apply(state, matrix);
    const layout = layoutOf(state, matrix);
    const axes = varyingIn(matrix);
    const total = matrix === null ? Model.run.size : Model.run.matrixSizes[Model.run.matrices.indexOf(matrix)];
    const constants = matrix === null && Model.run.matrices.length > 1 ? [] : Object.entries(Model.run.layouts[matrix === null ? 0 : Model.run.matrices.indexOf(matrix)].constants);
    const before = current;
    current = { cases, matrix, layout, view: state.view };
    Toolbar.show({ state, matrix, counted: counts, shown: cases.length, total, axes, layout, move: move(layout, axes), constants });
    if (before.view !== current.view || before.matrix !== matrix) table.top();
    if (state.view === "matrix") {
      MatrixView.build(cases, layout.rows, layout.columns);
      table.show(MatrixView.content(narrow.matches, nothing()));
    } else if (state.view === "cases") table.show(CaseView.content(cases, narrow.matches, nothing()));
    else table.show(WireView.content(cases, narrow.matches, nothing()));
    const over = state.view === "matrix" ? MatrixView.left : 0;
    left.hidden = over === 0;
    left.textContent = `${Dom.count(over, "more column")} not shown: put an axis on the rows, or filter.`;
  };

  const close = () => State.change({ open: null, openWire: null });
  const openCase = (i, fresh) => State.change({ open: Model.run.ids[i], openWire: null }, { step: fresh });

  const opened = (row, column) => {
    const { view } = State.now;
    if (view === "wires") {
      const group = WireView.at(row);
      if (group) State.change({ openWire: group.wire < 0 ? "none" : Model.run.wires[group.wire], open: null }, { step: !Panel.isOpen() });
      return;
    }
    const pinned = view === "matrix" ? firstColumn() : 0;
    const cases = view === "cases" ? [CaseView.at(row)] : MatrixView.at(row, column - pinned);
    if (!cases) return;
    openCase(cases.find(Model.isRed) ?? cases[0], !Panel.isOpen());
  };

  const firstColumn = () => {
    const heads = Math.max(1, current.layout.rows.filter((name) => Model.run.axisNamed.has(name)).length);
    return narrow.matches && heads > 1 ? 1 : heads;
  };

  /* The cases among which the panel steps: those of the cell, else all that are shown. */
  const siblings = (i) => {
    if (State.now.view === "matrix") {
      const found = MatrixView.find(i);
      if (found && found.cases.length > 1) return { list: found.cases, of: "in this cell", place: found };
      if (found) return { list: current.cases, of: "shown", place: found };
    }
    return { list: current.cases, of: "shown", place: null };
  };

  const differing = (cases) => new Set(cases.length > 2000 ? [] : Model.run.axes.filter((axis) => cases.some((i) => axis.column[i] !== axis.column[cases[0]])).map((axis) => axis.name));

  const showCase = async (i, mine) => {
    const { list, of, place } = siblings(i);
    const at = list.indexOf(i);
    const cell = of === "in this cell";
    const nodes = await CasePanel.ofCase(i, cell ? differing(list) : new Set());
    if (mine !== turn) return;
    const pinned = State.now.view === "matrix" ? firstColumn() : 0;
    table.open(place ? { row: place.row, column: place.column + pinned } : State.now.view === "cases" ? { row: CaseView.find(i), column: 0 } : null);
    Panel.show({
      where: at < 0 ? "not among the cases shown" : `${Dom.number.format(at + 1)} of ${Dom.count(list.length, "case")} ${of}`,
      nodes, close, steps: list.length > 1 && at >= 0 ? [at > 0, at < list.length - 1] : null,
      step: (by) => { if (list[at + by] !== undefined) openCase(list[at + by], false); },
    }, true);
    Dom.say(`${Model.outcome(i).heading}: ${Model.run.ids[i]}`);
  };

  const showWire = async (digest, mine) => {
    const wire = digest === "none" ? -1 : Model.run.wireNamed.get(digest);
    const cases = Array.from(current.cases).filter((i) => Model.run.columns.wire[i] === wire);
    if (wire === undefined || !cases.length) { Panel.hide(); return; }
    const nodes = await CasePanel.ofWire({ wire, cases }, (i) => openCase(i, true), () => State.change({ wire: digest, view: "cases", openWire: null }, { step: true }));
    if (mine !== turn) return;
    table.open(State.now.view === "wires" ? { row: WireView.find(wire), column: 0 } : null);
    Panel.show({ where: wire < 0 ? "no request" : Model.wireLine(wire), nodes, close, steps: null, step: () => {} }, true);
  };

  /* The panel follows the state; of two openings in a row the later one counts. */
  const showOpen = async (state) => {
    turn += 1;
    const i = state.open === null ? undefined : Model.run.caseNamed.get(state.open);
    if (i !== undefined) await showCase(i, turn);
    else if (state.openWire !== null) await showWire(state.openWire, turn);
    else { table.open(null); Panel.hide(); }
  };

  /* Only what is open changed: the view need not be drawn again. */
  const drawnFrom = (state) => JSON.stringify({ ...state, open: null, openWire: null, matrix: matrixOf(state) });
  let drawn = null;

  const update = (state) => {
    const now = drawnFrom(state);
    if (now !== drawn) { drawn = now; draw(state); }
    return showOpen(state);
  };

  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches?.("input[type=search]");
    if (event.key === "Escape") {
      if (Menus.close()) return;
      if (typing && event.target.value) { event.target.value = ""; State.change({ text: "" }); event.preventDefault(); return; }
      if (Panel.isOpen()) close();
      else if (typing) table.focus();
    } else if (typing) {
      if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); table.focus(); }
    } else if (event.key === "/") { event.preventDefault(); Toolbar.focusSearch(); }
    else if (Panel.isOpen() && event.key === "[") Panel.step(-1);
    else if (Panel.isOpen() && event.key === "]") Panel.step(1);
  };

  const legend = () => el("p.legend", {},
    Model.run.columns.answered.includes(2) && el("span", {}, el("span.swatch"), "dashed: the answer is emulated, not the vendor's"),
    el("span", {}, el("span.swatch.red"), "red edge: not as the matrix says"),
    el("span", {}, "×4: four cases share the cell"));

  const sizes = () => {
    const found = Model.run.matrices.map(() => 0);
    for (const matrix of Model.run.columns.matrix) found[matrix] += 1;
    return found;
  };

  beginnings.push(async () => {
    const app = document.getElementById("app");
    if (!app) return;
    try {
      await Model.load();
    } catch (error) {
      // A browser too old to unpack, or a file cut short: the reader must know, not guess.
      document.getElementById("loading").textContent = `The cases could not be unpacked (${error}). The JSON report has them.`;
      throw error;
    }
    const { run } = Model;
    run.matrixSizes = sizes();
    run.standard = defaultMatrix();
    Filter.build();
    State.start();
    table = Table.make("Cases", opened);
    left = el("p.hint", { hidden: true });
    const choices = run.matrices.length > 1 ? [...run.matrices.map((name) => [name, name]), [ALL, "all"]] : [];
    app.replaceChildren(Toolbar.build(choices), table.element, left, legend());
    delete app.dataset.loading;
    for (const help of document.querySelectorAll(".keys")) help.hidden = false;
    State.listen(update);
    narrow.addEventListener("change", () => { drawn = null; update(State.now); });
    document.addEventListener("keydown", keys);
    await update(State.now);
    app.dataset.ready = "";
  });
})();
