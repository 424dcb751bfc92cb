/* The run: columns of numbers over all cases, and the tables the numbers point into. */
const Model = (() => {
  const run = {};
  const chunks = new Map();

  const load = async () => {
    const [index, numbers] = await Promise.all([Blocks.take("index"), Blocks.take("columns")]);
    Object.assign(run, index);
    run.size = index.ids.length;
    const column = (at) => numbers.subarray(at * run.size, (at + 1) * run.size);
    run.columns = Object.fromEntries(index.columns.map((name, at) => [name, column(at)]));
    run.outcomeWords = new Map(index.words.outcomes.map((each) => [each.kind, each]));
    run.verdictWords = new Map(index.words.verdicts.map((each) => [each.kind, each]));
    run.axes = index.axes.map((axis, place) => ({ ...axis, column: column(index.columns.length + place) }));
    // Matrix and target are varied like any axis, where there is more than one.
    const own = new Set(run.axes.map((axis) => axis.name));
    for (const [name, values] of [["target", index.targets], ["matrix", index.matrices]]) {
      if (values.length > 1 && !own.has(name)) run.axes.unshift({ name, values, column: run.columns[name] });
    }
    run.axisNamed = new Map(run.axes.map((axis) => [axis.name, axis]));
    run.caseNamed = new Map(index.ids.map((id, place) => [id, place]));
    // Outcomes that are somewhere not as expected: only these are in colour.
    run.surprising = new Set();
    for (let i = 0; i < run.size; i += 1) if (isRed(i)) run.surprising.add(outcome(i).kind);
    run.wireNamed = new Map(index.wires.map((digest, place) => [digest, place]));
  };

  /* A row of a chunked table; its block is unpacked when the first of its rows is asked for. */
  const row = async (table, place) => {
    if (place < 0) return null;
    const name = table + "." + Math.floor(place / run.chunk);
    if (!chunks.has(name)) chunks.set(name, Blocks.take(name));
    return (await chunks.get(name))[place % run.chunk];
  };

  const outcome = (i) => run.outcomes[run.columns.outcome[i]];
  const verdict = (i) => run.verdicts[run.columns.verdict[i]];
  const isRed = (i) => run.verdictWords.get(verdict(i).kind).red;
  const axisValue = (axis, i) => (axis.column[i] < 0 ? null : axis.values[axis.column[i]]);
  const wireLine = (place) => run.lines.table[run.lines.places[place]];

  return { run, load, row, outcome, verdict, isRed, axisValue, wireLine };
})();
