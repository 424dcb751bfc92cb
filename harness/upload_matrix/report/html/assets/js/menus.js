/* Menus that open below their button: one at a time, Escape or a click elsewhere closes. */
const Menus = (() => {
  const { el, icon } = Dom;

  /* `fill` puts the entries in when the menu is about to open. */
  const menu = (title, name, fill = () => {}) => {
    const label = el("span", {}, title);
    const count = el("b");
    const sheet = el("div.sheet", { role: "group", "aria-label": title });
    const made = el("details.menu", { "data-menu": name }, el("summary", {}, label, count, icon("down")), sheet);
    // A click comes before the menu opens, the toggle event only some time after: the next key would miss.
    made.querySelector("summary").addEventListener("click", () => { if (!made.open) fill(); });
    made.addEventListener("toggle", () => {
      if (!made.open) return;
      for (const other of document.querySelectorAll("details.menu[open]")) if (other !== made) other.open = false;
      sheet.classList.remove("end");
      if (sheet.getBoundingClientRect().right > document.documentElement.clientWidth - 8) sheet.classList.add("end");
    });
    const active = (amount) => {
      count.textContent = amount ? String(amount) : "";
      made.toggleAttribute("data-active", amount > 0);
    };
    return { element: made, sheet, active, isOpen: () => made.open };
  };

  const close = () => {
    const open = document.querySelector("details.menu[open]");
    if (!open) return false;
    open.open = false;
    open.querySelector("summary").focus();
    return true;
  };

  beginnings.push(() => document.addEventListener("pointerdown", (event) => {
    for (const open of document.querySelectorAll("details.menu[open]")) if (!open.contains(event.target)) open.open = false;
  }));

  return { menu, close };
})();
