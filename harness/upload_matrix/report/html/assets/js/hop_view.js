/* The way through a gateway: what was sent against what was forwarded, and who answered. */
const HopView = (() => {
  const { el, icon, value } = Dom;

  const answerOf = (answer, at, several) =>
    el("li", {}, several && el("b", {}, `${at + 1}. `), answer.status === null ? value(answer.no_answer ?? "nothing") : el("b", {}, String(answer.status)), " ",
      answer.says && (answer.provenance === "emulated" ? el("span.chip.emulated", {}, icon("emulated"), answer.says) : el("span.none", {}, answer.says)));

  const forwardedOf = async (each, mine, several) => {
    const other = await Model.row("wires", each.form);
    return el("div.forwarded", {},
      several && el("p.hint", {}, `Forwarded as number ${each.number}:`),
      each.rewritings.length > 0 && el("ul.effects", {}, each.rewritings.map(([effect, where]) => el("li", {}, el("b", {}, effect), " ", el("code", {}, where)))),
      each.findings && el("p", {}, "Findings ", value(each.findings)),
      mine && other && (each.rewritings.length || mine.digest !== other.digest
        ? Requests.sides(mine, other, ["sent", "forwarded"], "plainly")
        : el("p.hint", {}, "It was forwarded as it was sent.")));
  };

  /* `attempts` are the client's, in whose order the crossings are. */
  const section = async (hop, attempts) => {
    const crossings = await Promise.all(hop.crossings.map(async (crossing, at) => {
      const mine = attempts[at] ? await Model.row("wires", attempts[at].form) : null;
      const several = crossing.forwarded.length > 1;
      return el("div.crossing", {}, el("p", {}, hop.crossings.length > 1 && el("b", {}, `Attempt ${at + 1}: `), crossing.says + "."),
        await Promise.all(crossing.forwarded.map((each) => forwardedOf(each, mine, several))),
        crossing.answers.length > 0 && el("p.hint", {}, "The target answered:"),
        crossing.answers.length > 0 && el("ul.answered", {}, crossing.answers.map((answer, place) => answerOf(answer, place, crossing.answers.length > 1))));
    }));
    return Panel.section("Gateway",
      el("p.gateway", {}, el("bdi", {}, hop.gateway), " ", el(hop.faithful ? "span.chip.calm" : "span.chip.warn", {}, hop.says)),
      hop.effects.length > 0 && el("ul.meanings", {}, hop.effects.map(([effect, meaning]) => el("li", {}, el("b", {}, effect), ": " + meaning))),
      !hop.faithful && hop.crossings.some((crossing) => crossing.forwarded.length) && el("p.hint", {}, "The verdict holds for what was forwarded, not for what was sent."), crossings);
  };

  return { section };
})();
