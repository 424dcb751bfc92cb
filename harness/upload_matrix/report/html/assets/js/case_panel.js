/* All that is known of one case, or of one wire form, in the order in which one asks. */
const CasePanel = (() => {
  const { el, icon, value, marked, pairs, pre, copyable } = Dom;
  const { section } = Panel;

  const answerChip = (attempt) => {
    if (!attempt.source) return el("span.chip.calm", {}, "no answer");
    const { provenance } = attempt.source;
    const emulated = provenance === "emulated";
    return el({ emulated: "span.chip.emulated", live: "span.chip.live" }[provenance] ?? "span.chip.warn", {}, emulated && icon("emulated"), attempt.says);
  };

  /* The class of what is as the matrix expects: full colour is for surprises. */
  const calm = (i) => (Model.verdict(i).kind === "as-expected" ? ".expected" : "");

  const heading = (i, last) => {
    const outcome = Model.outcome(i);
    return el("header", {},
      el("h2", { id: "panel-title" }, Marks.outcome(outcome, undefined, calm(i))),
      el("p.case-id", {}, Dom.id(Model.run.ids[i])),
      el("div.chips", {}, Marks.verdictChip(Model.verdict(i)), last && answerChip(last)));
  };

  const answer = (i, outcome) => {
    const fields = ["status", "type", "code", "param"].filter((name) => outcome[name] !== undefined);
    if (!outcome.message && !outcome.detail && fields.length < 2) return null;
    return section(outcome.message ? "Answer" : "What was told", el("div.message.o-" + outcome.kind + calm(i), {},
      outcome.message && el("p.says", {}, value(outcome.message)),
      outcome.detail && el("p", {}, value(outcome.detail)),
      fields.length > 0 && pairs(fields.map((name) => [name, String(outcome[name])]), "dl.pairs")));
  };

  const grounds = (attempt) => {
    const key = `${attempt?.source?.profile} ${attempt?.rule}`;
    if (!Object.hasOwn(Model.run.grounds, key)) return null;
    const found = Model.run.grounds[key];
    return section("What the emulated answer rests on",
      el("p", {}, "The rule ", el("code", {}, attempt.rule), ` is ${found.grade}.`),
      found.facts.length > 0 && el("ul", {}, found.facts.map((fact) => el("li", {}, el("code", {}, fact.fact), " ",
        fact.address ? el("a", { href: fact.address, rel: "noreferrer noopener", target: "_blank" }, fact.words) : value(fact.words)))),
      found.more > 0 && el("p.hint", {}, `and ${found.more} more facts`));
  };

  const findings = (i) => {
    const found = Model.run.findings[Model.run.columns.findings[i]];
    if (!found.length) return null;
    return section(found.length === 1 ? "Finding and fix" : "Findings and fixes", found.map((finding) =>
      el("div.finding", {}, el("p", {}, el("code", {}, finding.code), " ", marked(finding.says)),
        finding.code_to_copy ? copyable(finding.fix, "the fix") : el("p", {}, el("b", {}, "Fix: "), marked(finding.fix)))));
  };

  const compared = async (place, near, why) => {
    const mine = await Model.row("wires", place);
    if (!mine) return null;
    const other = near?.form >= 0 ? await Model.row("wires", near.form) : null;
    if (!other) return section("Request", near && el("p.hint", {}, near.says), Requests.alone(mine));
    return section(why, Requests.sides(mine, other, ["this request", el("span", {}, "passes ", el("code", {}, other.digest.slice(0, 8)))]));
  };

  const request = async (place, outcome, last) => {
    if (place < 0) return null;
    if (last?.nearest_form >= 0) {
      const [mine, other] = await Promise.all([Model.row("wires", place), Model.row("wires", last.nearest_form)]);
      return section("Request, beside the nearest recording", Requests.sides(mine, other, ["this request", el("span", {}, "recorded ", el("code", {}, other.digest.slice(0, 8)))]));
    }
    const near = Model.run.outcomeWords.get(outcome.kind).failed ? await Model.row("nearest", place) : null;
    return compared(place, near, "Request, beside the nearest that passes");
  };

  const attempts = async (list) => {
    if (!list.length) return section("Attempts", el("p.hint", {}, "No request reached the tap."));
    const made = await Promise.all(list.map(async (attempt, at) => {
      const wire = await Model.row("wires", attempt.form);
      return el("details.attempt", {},
        el("summary", {}, el("b", {}, String(at + 1)), attempt.status !== undefined && el("span", {}, String(attempt.status)),
          el("code", {}, attempt.wire), answerChip(attempt)),
        el("div.inside", {},
          wire && el("div", {}, el("h3", {}, "Sent"), el("p", {}, el("code", {}, wire.line)), wire.parts.length > 0 && pre(Requests.raw(wire))),
          attempt.headers?.length > 0 && el("div", {}, el("h3", {}, "Request headers beside the wire form"), pre(attempt.headers.map((pair) => pair.join(": ")).join("\n"))),
          attempt.answer !== undefined && el("div", {}, el("h3", {}, "Answer"), pre(attempt.answer)),
          attempt.no_answer !== undefined && el("div", {}, el("h3", {}, "No answer"), el("p", {}, value(attempt.no_answer))),
          attempt.nearest_differences?.length > 0 && el("div", {}, el("h3", {}, "From the nearest recording to this request"), pre(attempt.nearest_differences.join("\n")))));
    }));
    return section(made.length === 1 ? "Attempt" : `Attempts (${made.length})`, made);
  };

  const client = (said) => {
    if (!Object.keys(said).length) return null;
    return section("What the client told its caller",
      said.returned !== undefined && el("p", {}, "returned ", el("code", {}, said.returned)),
      (said.raised ?? []).map((each, at) => el("p", {}, at ? "caused by " : "raised ", el("code", {}, each.name), each.message && [": ", value(each.message)])),
      said.body !== undefined && el("details.attempt", {}, el("summary", {}, "the answer as the exception carries it"), el("div.inside", {}, pre(said.body))));
  };

  const expected = (verdict) => section("Expected", el("p", {}, value(verdict.expected)),
    verdict.beyond && el("p", {}, value(verdict.beyond)),
    verdict.at && el("p.hint", {}, "in ", verdict.at.address ? el("a", { href: verdict.at.address }, el("code", {}, verdict.at.says)) : el("code", {}, verdict.at.says)),
    verdict.link && el("p", {}, /^https?:\/\//i.test(verdict.link)
      ? el("a", { href: verdict.link, rel: "noreferrer noopener", target: "_blank" }, verdict.link) : value(verdict.link)));

  const environment = (i, facts) => {
    const { run } = Model;
    const name = run.environments[run.columns.environment[i]];
    const known = run.surroundings.find((each) => each.name === name);
    return section("Where it ran", pairs([
      ["environment", name],
      ["target", run.targets[run.columns.target[i]]],
      known && ["Python", known.python],
      known && ["mime table", known.mime_table],
      known && Object.keys(known.clients).length > 0 && ["versions", Object.entries(known.clients).map((pair) => pair.join(" ")).join(", ")],
      ...Object.entries(facts).map(([fact, said]) => [fact, said]),
    ], "dl.pairs"));
  };

  const axes = (i, differing) => {
    const { run } = Model;
    const shown = run.axes.filter((axis) => {
      const said = Model.axisValue(axis, i);
      return said !== null && said !== run.not_applicable && said !== run.neutral[axis.name];
    });
    return section("Case", pairs(shown.map((axis) => [axis.name + (differing.has(axis.name) ? " *" : ""), Model.axisValue(axis, i)]), "dl.pairs.axes"),
      shown.some((axis) => differing.has(axis.name)) && el("p.hint", {}, "* differs among the cases that share the cell"));
  };

  const wayOut = (outcome) => {
    const words = Model.run.outcomeWords.get(outcome.kind).way_out;
    return words && section("Way out", el("p", {}, marked(words)));
  };

  /* The nodes for a case; `differing` are axes in which the cases of its cell differ. */
  const ofCase = async (i, differing) => {
    const { columns } = Model.run;
    const [list, said, facts, hop] = await Promise.all([
      Model.row("attempts", columns.attempts[i]), Model.row("clients", columns.client[i]), Model.row("facts", columns.facts[i]),
      Model.row("hops", columns.hop[i]),
    ]);
    const outcome = Model.outcome(i);
    const last = list[list.length - 1];
    return [
      heading(i, last), answer(i, outcome), grounds(last), wayOut(outcome), findings(i), hop && await HopView.section(hop, list), await request(columns.wire[i], outcome, last),
      axes(i, differing), expected(Model.verdict(i)), section("Run just this case", Takeaway.nodes(i, await Model.row("wires", columns.wire[i]))), client(said), await attempts(list), environment(i, facts),
    ];
  };

  const MOST_LISTED = 100;

  /* The nodes for a wire form and the cases shown that sent it. */
  const ofWire = async (group, openCase, onlyThese) => {
    const { run } = Model;
    const sent = group.wire >= 0;
    const near = sent ? await Model.row("nearest", group.wire) : null;
    const kinds = [...new Set(group.cases.map((i) => Model.outcome(i)))];
    const list = group.cases.slice(0, MOST_LISTED).map((i) =>
      el("li", {}, el("button", { type: "button", onclick: () => openCase(i) }, Marks.kind(Model.outcome(i).kind, ""), el("bdi.mono", {}, run.ids[i]))));
    return [
      el("header", {}, el("h2", { id: "panel-title" }, sent ? ["Wire form ", el("code", {}, run.wires[group.wire])] : "No request was sent"),
        el("div.chips", {}, kinds.slice(0, 6).map((each) => Marks.outcome(each)), Marks.answered(group.cases[0]))),
      sent && await compared(group.wire, near, "Request, beside the nearest that passes"),
      section(Dom.count(group.cases.length, "case"), el("ol.case-list", {}, list),
        group.cases.length > MOST_LISTED && el("p.hint", {}, `and ${Dom.number.format(group.cases.length - MOST_LISTED)} more`),
        sent && el("p", {}, el("button.push", { type: "button", onclick: onlyThese }, "Show only these cases"))),
    ];
  };

  return { ofCase, ofWire };
})();
