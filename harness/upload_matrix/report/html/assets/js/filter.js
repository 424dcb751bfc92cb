/* Which cases are shown, and how many each choice would leave: one pass over all cases. */
const Filter = (() => {
  let facets = [];
  let codes = [];

  const build = () => {
    const { run } = Model;
    const kinds = run.words.outcomes.map((each) => each.kind);
    const verdicts = run.words.verdicts.map((each) => each.kind);
    const byOutcome = run.outcomes.map((each) => kinds.indexOf(each.kind));
    const byVerdict = run.verdicts.map((each) => verdicts.indexOf(each.kind));
    codes = [...new Set(run.findings.flat().map((finding) => finding.code))].sort();
    const place = new Map(codes.map((code, at) => [code, at]));
    const byFindings = run.findings.map((found) => [...new Set(found.map((finding) => place.get(finding.code)))]);
    facets = [
      { key: "outcomes", values: kinds, column: run.columns.outcome, through: byOutcome },
      { key: "verdicts", values: verdicts, column: run.columns.verdict, through: byVerdict },
      { key: "findings", values: codes, column: run.columns.findings, through: byFindings, many: true },
      ...run.axes.map((axis) => ({ key: "f." + axis.name, axis: axis.name, values: axis.values, column: axis.column })),
    ];
  };

  const chosen = (facet, state) => (facet.axis ? state.axes[facet.axis] : state[facet.key]) ?? [];

  /* Per entry of a facet's table whether it is let through; null for a facet that lets all through. */
  const gate = (facet, state) => {
    const wanted = chosen(facet, state);
    if (!wanted.length) return null;
    const places = new Set(wanted.map((value) => facet.values.indexOf(value)));
    const table = facet.through ?? facet.values.map((_, at) => at);
    return Uint8Array.from(table, (to) => (facet.many ? to.some((each) => places.has(each)) : places.has(to)) ? 1 : 0);
  };

  /* A function that tells whether a case holds all words; each table is searched once, not once a case. */
  const searcher = (text) => {
    const { run } = Model;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return null;
    run.folded ??= run.ids.map((id) => id.toLowerCase());
    const holds = (document, word) => JSON.stringify(document).toLowerCase().includes(word);
    const tests = words.map((word) => {
      const tables = [
        [run.columns.outcome, run.outcomes.map((each) => holds(Object.values(each), word))],
        [run.columns.findings, run.findings.map((each) => holds(each.map((finding) => Object.values(finding)), word))],
        [run.columns.environment, run.environments.map((each) => holds(each, word))],
        [run.columns.wire, run.wires.map((each) => each.startsWith(word))],
      ].filter(([, table]) => table.includes(true));
      return (i) => run.folded[i].includes(word) || tables.some(([column, table]) => table[column[i]]);
    });
    return (i) => tests.every((test) => test(i));
  };

  /* {cases: numbers of the cases shown, counts: per facet how many cases each value has} */
  const apply = (state, matrix) => {
    const { run } = Model;
    const only = matrix === null ? -1 : run.matrices.indexOf(matrix);
    const wire = state.wire ? run.wireNamed.get(state.wire) ?? -2 : null;
    const search = searcher(state.text);
    const gates = facets.map((facet) => gate(facet, state));
    const closed = gates.map((each, at) => (each ? at : -1)).filter((at) => at >= 0);
    const columns = facets.map((facet) => facet.column);
    const raw = facets.map((facet) => new Uint32Array((facet.through ?? facet.values).length + 1));
    const shown = new Int32Array(run.size);
    let size = 0;
    for (let i = 0; i < run.size; i += 1) {
      if (only >= 0 && run.columns.matrix[i] !== only) continue;
      if (wire !== null && run.columns.wire[i] !== wire) continue;
      let failing = -1;
      let failures = 0;
      for (const at of closed) {
        if (!gates[at][columns[at][i]]) { failing = at; failures += 1; if (failures > 1) break; }
      }
      if (failures > 1 || (search && !search(i))) continue;
      if (failures === 1) raw[failing][columns[failing][i] + 1] += 1;
      else {
        shown[size] = i;
        size += 1;
        for (let at = 0; at < raw.length; at += 1) raw[at][columns[at][i] + 1] += 1;
      }
    }
    return { cases: shown.subarray(0, size), counts: facets.map((facet, at) => counted(facet, raw[at])) };
  };

  const counted = (facet, raw) => {
    const counts = new Map(facet.values.map((value) => [value, 0]));
    const add = (to, amount) => counts.set(facet.values[to], counts.get(facet.values[to]) + amount);
    for (let at = 1; at < raw.length; at += 1) {
      if (!raw[at]) continue;
      const to = facet.through ? facet.through[at - 1] : at - 1;
      if (facet.many) for (const each of to) add(each, raw[at]);
      else add(to, raw[at]);
    }
    return { facet, counts };
  };

  const isOn = (state) =>
    Boolean(state.text || state.wire || state.outcomes.length || state.verdicts.length || state.findings.length ||
      Object.values(state.axes).some((values) => values.length));
  const none = { text: "", wire: null, outcomes: [], verdicts: [], findings: [], axes: {} };

  return { build, apply, chosen, isOn, none };
})();
