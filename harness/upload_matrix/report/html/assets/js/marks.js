/* How an outcome looks: an icon of its own shape, words, and last a colour. */
const Marks = (() => {
  const { el, icon } = Dom;
  const LIVE = 1;
  const EMULATED = 2;
  const GATEWAY = 3;

  const bare = (outcome) => outcome.short.slice(outcome.short.indexOf(" ") + 1);

  const outcome = (it, words = it.heading, more = "") => el("span.outcome.o-" + it.kind + more, {}, icon(it.kind), el("span", {}, words));

  const kind = (name, words) => outcome({ kind: name }, words ?? Model.run.outcomeWords.get(name).says);

  const flag = (verdict) => {
    const words = Model.run.verdictWords.get(verdict.kind);
    return words.mark ? el("span.flag" + (words.red ? "" : ".known"), {}, words.mark) : null;
  };

  /* The worst verdict among cases: red before known, known before calm. */
  const worst = (cases) => {
    let found = null;
    for (const i of cases) {
      const verdict = Model.verdict(i);
      if (Model.isRed(i)) return verdict;
      if (!found || Model.run.verdictWords.get(verdict.kind).mark) found = verdict;
    }
    return found;
  };

  /* A field of the matrix that holds these cases. */
  const cell = (cases) => {
    const { run } = Model;
    const first = Model.outcome(cases[0]);
    const tally = new Map();
    let same = true;
    let emulated = false;
    for (const i of cases) {
      const each = Model.outcome(i);
      tally.set(each.kind, (tally.get(each.kind) ?? 0) + 1);
      same &&= each.short === first.short;
      emulated ||= run.columns.answered[i] === EMULATED;
    }
    const verdict = worst(cases);
    const red = run.verdictWords.get(verdict.kind).red;
    const expected = verdict.kind === "as-expected" ? ".expected" : "";
    const classes = ".mark" + (emulated ? ".emulated" : "") + (red ? ".red" : "") + expected;
    const times = cases.length > 1 && el("span.times", { title: Dom.count(cases.length, "case") }, "×" + Dom.number.format(cases.length));
    const unseen = el("span.unseen", {}, [emulated ? "emulated" : "", verdict.kind === "as-expected" ? "" : verdict.kind].filter(Boolean).join(", "));
    if (same) {
      const words = bare(first);
      return el("div.o-" + first.kind + classes, { title: first.heading + (emulated ? " (emulated)" : "") },
        icon(first.kind), el("span.words", {}, words), !words.includes(first.kind) && el("span.unseen", {}, first.kind), unseen, flag(verdict), times);
    }
    const parts = [...tally].map(([name, amount]) =>
      el("span.outcome.o-" + name, { title: name }, icon(name), el("span", {}, Dom.number.format(amount)), el("span.unseen", {}, name)));
    return el("div.mixed" + classes, {}, parts, unseen, flag(verdict), times);
  };

  const answered = (i) => {
    const how = Model.run.columns.answered[i];
    if (how === EMULATED) return el("span.chip.emulated", {}, icon("emulated"), "emulated");
    if (how === GATEWAY) return el("span.chip.warn", {}, "by the gateway itself");
    return how === LIVE ? el("span.chip.live", {}, "live") : null;
  };

  const verdictChip = (verdict) => {
    const words = Model.run.verdictWords.get(verdict.kind);
    return el("span.chip" + (words.red ? ".red" : ".calm"), {}, words.says);
  };

  return { outcome, kind, cell, answered, verdictChip, flag, bare };
})();
