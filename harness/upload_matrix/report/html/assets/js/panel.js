/* What is open stands at the side; Escape closes it and the focus goes back where it was. */
const Panel = (() => {
  const { el, icon } = Dom;
  let parts = null;
  let back = null;

  const button = (name, label, onclick) => el("button.quiet", { type: "button", "aria-label": label, title: label, onclick }, icon(name));

  const build = () => {
    const where = el("span.where");
    const before = button("left", "Previous case ([)", () => parts.step(-1));
    const after = button("right", "Next case (])", () => parts.step(1));
    const body = el("div.panel-body", { tabindex: 0, role: "group", "aria-labelledby": "panel-title" });
    const element = el("aside.panel", { role: "dialog", "aria-labelledby": "panel-title", hidden: true },
      el("div.panel-head", {}, where, before, after, button("close", "Close (Escape)", () => parts.close())), body);
    document.body.append(element);
    parts = { element, where, before, after, body, step: () => {}, close: () => {} };
  };

  const isOpen = () => Boolean(parts && !parts.element.hidden);

  /* content: {where, nodes, steps: [can go back, can go on] or null, step, close} */
  const show = (content, fresh) => {
    if (!parts) build();
    if (!isOpen()) back = document.activeElement;
    parts.where.textContent = content.where;
    parts.step = content.step;
    parts.close = content.close;
    parts.before.hidden = parts.after.hidden = !content.steps;
    if (content.steps) [parts.before.disabled, parts.after.disabled] = content.steps.map((can) => !can);
    parts.body.replaceChildren(...content.nodes.filter(Boolean));
    const opening = parts.element.hidden;
    parts.element.hidden = false;
    document.body.classList.add("has-panel");
    if (fresh) parts.body.scrollTop = 0;
    if (opening) parts.body.focus({ preventScroll: true });
  };

  const hide = () => {
    if (!isOpen()) return;
    parts.element.hidden = true;
    document.body.classList.remove("has-panel");
    back?.focus({ preventScroll: true });
  };

  const section = (title, ...content) => el("section", {}, el("h3", {}, title), content);

  return { show, hide, isOpen, section, close: () => parts?.close(), step: (by) => parts?.step(by) };
})();
