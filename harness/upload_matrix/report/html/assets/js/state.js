/* What the reader chose, kept in the address after #, so that a link shows the same view. */
const State = (() => {
  const VIEWS = ["matrix", "cases", "wires"];
  const listeners = [];
  let now = null;

  const blank = () => ({
    matrix: null, view: "matrix", rows: null, columns: null, text: "", outcomes: [], verdicts: [],
    findings: [], wire: null, axes: {}, open: null, openWire: null,
  });

  const read = () => {
    const from = new URLSearchParams(location.hash.slice(1));
    const state = blank();
    state.matrix = from.get("m");
    if (VIEWS.includes(from.get("v"))) state.view = from.get("v");
    if (from.has("rows") || from.has("cols")) {
      state.rows = from.getAll("rows").filter(Boolean);
      state.columns = from.getAll("cols").filter(Boolean);
    }
    state.text = from.get("q") ?? "";
    state.outcomes = from.getAll("o");
    state.verdicts = from.getAll("d");
    state.findings = from.getAll("n");
    state.wire = from.get("w");
    state.open = from.get("c");
    state.openWire = from.get("x");
    for (const [key, value] of from) {
      if (key.startsWith("f.")) (state.axes[key.slice(2)] ??= []).push(value);
    }
    return state;
  };

  const write = (state) => {
    const to = new URLSearchParams();
    if (state.matrix !== null) to.set("m", state.matrix);
    if (state.view !== "matrix") to.set("v", state.view);
    if (state.rows) {
      for (const axis of state.rows.length ? state.rows : [""]) to.append("rows", axis);
      for (const axis of state.columns) to.append("cols", axis);
    }
    if (state.text) to.set("q", state.text);
    for (const kind of state.outcomes) to.append("o", kind);
    for (const kind of state.verdicts) to.append("d", kind);
    for (const code of state.findings) to.append("n", code);
    if (state.wire) to.set("w", state.wire);
    for (const [axis, values] of Object.entries(state.axes)) for (const value of values) to.append("f." + axis, value);
    if (state.open) to.set("c", state.open);
    if (state.openWire) to.set("x", state.openWire);
    return to.toString();
  };

  const tell = () => { for (const listener of listeners) listener(now); };
  const isView = () => location.hash.length < 2 || location.hash.includes("=");

  /* Change some of it. `step` makes a place to come back to with the browser's Back. */
  const change = (some, { step = false } = {}) => {
    now = { ...now, ...some };
    const address = "#" + write(now);
    if (step) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    tell();
  };

  const start = () => {
    now = isView() ? read() : blank();
    const again = () => { if (isView()) { now = read(); tell(); } };
    addEventListener("popstate", again);
    addEventListener("hashchange", again);
  };

  return { get now() { return now; }, blank, change, start, listen: (listener) => listeners.push(listener) };
})();
