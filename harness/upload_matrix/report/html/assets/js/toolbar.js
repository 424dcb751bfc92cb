/* Everything a reader can choose: matrix, view, search, filters, layout. */
const Toolbar = (() => {
  const { el, icon } = Dom;
  const VIEWS = [["matrix", "Matrix"], ["cases", "Cases"], ["wires", "Wire forms"]];
  let parts = null;

  const pressed = (button, on) => button.setAttribute("aria-pressed", String(on));

  const tabs = (label, entries, choose) => {
    const buttons = entries.map(([key, title]) => el("button", { type: "button", "data-key": key, onclick: () => choose(key) }, title));
    return { element: el("div.tabs", { role: "group", "aria-label": label }, buttons), buttons };
  };

  const toggled = (list, value) => (list.includes(value) ? list.filter((each) => each !== value) : [...list, value]);

  const choose = (facet, value) => {
    const { now } = State;
    if (!facet.axis) return State.change({ [facet.key]: toggled(now[facet.key], value) });
    const axes = { ...now.axes, [facet.axis]: toggled(now.axes[facet.axis] ?? [], value) };
    if (!axes[facet.axis].length) delete axes[facet.axis];
    return State.change({ axes });
  };

  const search = () => {
    const input = el("input", { type: "search", placeholder: "Search id, message, finding, wire form", "aria-label": "Search cases", spellcheck: "false", autocomplete: "off" });
    let waiting = 0;
    input.addEventListener("input", () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => State.change({ text: input.value }));
    });
    return { element: el("div.search", {}, icon("search"), input, el("kbd", { "aria-hidden": true }, "/")), input };
  };

  const build = (matrixChoices) => {
    const matrices = matrixChoices.length > 1 ? tabs("Matrix", matrixChoices, (key) => State.change({ matrix: key, rows: null, columns: null })) : null;
    const views = tabs("View", VIEWS, (key) => State.change({ view: key }));
    const find = search();
    const menus = el("div.tool-row.menus", { role: "group", "aria-label": "Filters" });
    const layout = Menus.menu("Layout", "layout");
    const tally = el("div.tally", { role: "group", "aria-label": "Outcomes" });
    const constants = el("p.constants");
    parts = { matrices, views, find, menus, layout, tally, constants, byKey: new Map() };
    return el("div.toolbar", {},
      matrices && el("div.tool-row", {}, matrices.element),
      el("div.tool-row", {}, views.element, find.element, el("span.grow"), layout.element),
      menus, tally, constants);
  };

  const fillMenu = (menu, facet, counts, state) => {
    const chosen = Filter.chosen(facet, state);
    const says = (value) => (facet.key === "verdicts" ? Model.run.verdictWords.get(value).says : value);
    menu.sheet.replaceChildren(...[...counts].filter(([value, amount]) => amount || chosen.includes(value) || facet.axis).map(([value, amount]) => {
      const box = el("input", { type: "checkbox", onchange: () => choose(facet, value) });
      box.checked = chosen.includes(value);
      box.dataset.value = value;
      return el("label.pick", { "data-none": amount === 0 }, box, el("span", {}, el("bdi", {}, says(value))), el("span.count", {}, Dom.number.format(amount)));
    }));
  };

  /* A menu's boxes are drawn anew while one has the focus: it must not lose it. */
  const keepingFocus = (menu, redraw) => {
    const held = menu.sheet.contains(document.activeElement) ? document.activeElement.dataset.value : undefined;
    redraw();
    if (held !== undefined) [...menu.sheet.querySelectorAll("input")].find((box) => box.dataset.value === held)?.focus();
  };

  const title = (facet) => facet.axis ?? { verdicts: "verdict", findings: "finding" }[facet.key];

  const facetMenus = (counted, state) => {
    for (const { facet, counts } of counted) {
      if (facet.key === "outcomes" || facet.axis === "matrix") continue;
      const present = [...counts].filter(([, amount]) => amount > 0).length;
      const chosen = Filter.chosen(facet, state).length;
      if (!parts.byKey.has(facet.key)) {
        const made = Menus.menu(title(facet), facet.key, () => fillMenu(made, facet, made.counts, State.now));
        parts.byKey.set(facet.key, made);
        parts.menus.append(made.element);
      }
      const menu = parts.byKey.get(facet.key);
      menu.counts = counts;
      menu.element.hidden = !chosen && (facet.key === "findings" ? present === 0 : present < 2);
      menu.active(chosen);
      if (menu.isOpen()) keepingFocus(menu, () => fillMenu(menu, facet, counts, state));
    }
  };

  const outcomes = (counted, state, shown, total) => {
    const { counts } = counted.find(({ facet }) => facet.key === "outcomes");
    const facet = counted.find((each) => each.facet.key === "outcomes").facet;
    const held = parts.tally.contains(document.activeElement) ? document.activeElement.dataset.value : null;
    const buttons = [...counts].filter(([kind, amount]) => amount || state.outcomes.includes(kind)).map(([kind, amount]) => {
      const button = el("button.o-" + kind + (Model.run.surprising.has(kind) ? "" : ".expected"), { type: "button", "data-value": kind, onclick: () => choose(facet, kind) },
        icon(kind), el("b", {}, Dom.number.format(amount)), el("span", {}, Model.run.outcomeWords.get(kind).says));
      pressed(button, state.outcomes.includes(kind));
      return button;
    });
    const wire = state.wire && el("button", { type: "button", "aria-pressed": "true", "aria-label": `Wire form ${state.wire}: remove this filter`, onclick: () => State.change({ wire: null }) }, el("span", {}, "wire form ", el("code", {}, state.wire.slice(0, 8))), icon("close"));
    const clear = Filter.isOn(state) && el("button.push", { type: "button", "data-clear": true, onclick: () => { parts.find.input.value = ""; State.change(Filter.none); } }, "Clear filters");
    const words = shown === total ? Dom.count(total, "case") : `${Dom.number.format(shown)} of ${Dom.count(total, "case")}`;
    parts.tally.replaceChildren(...[...buttons, wire, clear, el("span.shown", { "data-shown": shown }, words)].filter(Boolean));
    if (held) parts.tally.querySelector(`[data-value="${held}"]`)?.focus();
  };

  const PLACES = [["rows", "rows"], ["columns", "columns"], ["folded", "folded"]];

  const arrange = (axes, layout, move) => {
    const placeOf = (name) => (layout.rows.includes(name) ? "rows" : layout.columns.includes(name) ? "columns" : "folded");
    const sets = axes.map((axis) => el("fieldset.arrange", {}, el("legend", {}, axis.name),
      el("div", {}, PLACES.map(([place, says]) => {
        const radio = el("input", { type: "radio", name: "place-" + axis.name, onchange: () => move(axis.name, place) });
        radio.checked = placeOf(axis.name) === place;
        radio.dataset.value = axis.name + " " + place;
        return el("label", {}, radio, says);
      }))));
    keepingFocus(parts.layout, () => parts.layout.sheet.replaceChildren(
      el("p.sheet-title", {}, "Where each axis stands; folded ones share a cell"), ...sets,
      el("div.sheet-foot", {},
        el("button.push", { type: "button", onclick: () => State.change({ rows: layout.columns, columns: layout.rows }) }, "Swap"),
        el("button.push", { type: "button", onclick: () => State.change({ rows: null, columns: null }) }, "As it was"))));
  };

  /* Bring everything in line with the state. */
  const show = ({ state, matrix, counted, shown, total, axes, layout, move, constants }) => {
    for (const button of parts.matrices?.buttons ?? []) pressed(button, button.dataset.key === (matrix ?? "*"));
    for (const button of parts.views.buttons) pressed(button, button.dataset.key === state.view);
    if (document.activeElement !== parts.find.input) parts.find.input.value = state.text;
    parts.layout.element.hidden = state.view !== "matrix";
    arrange(axes, layout, move);
    facetMenus(counted, state);
    outcomes(counted, state, shown, total);
    parts.constants.hidden = !constants.length || state.view !== "matrix";
    parts.constants.replaceChildren("Everywhere: ", ...constants.flatMap(([axis, value], at) => [at ? ", " : "", axis + " ", el("code", {}, value)]));
  };

  return { build, show, focusSearch: () => { parts.find.input.focus(); parts.find.input.select(); }, get input() { return parts.find.input; } };
})();
