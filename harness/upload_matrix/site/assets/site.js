"use strict";
/* What is too wide for the screen begins at its newest run. */
for (const table of document.querySelectorAll(".over-time")) table.parentElement.scrollLeft = table.offsetWidth;
for (const bars of document.querySelectorAll(".bars")) bars.scrollLeft = bars.scrollWidth;

/* The index's filter: words that a matrix or report must hold, kept in the address. */
(() => {
  const input = document.getElementById("filter");
  if (!input) return;
  const rows = [...document.querySelectorAll("[data-words]")];
  const found = document.getElementById("found");
  const KEY = "#q=";

  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => row.dataset.words.includes(word));
      if (!row.hidden) shown += 1;
    }
    for (const section of document.querySelectorAll("main > .section")) {
      const own = [...section.querySelectorAll("[data-words]")];
      section.hidden = own.length > 0 && own.every((row) => row.hidden);
    }
    found.textContent = words.length ? shown + " of " + rows.length : "";
    history.replaceState(null, "", words.length ? KEY + encodeURIComponent(input.value) : location.pathname);
  };

  const remembered = () => {
    if (!location.hash.startsWith(KEY)) return "";
    try { return decodeURIComponent(location.hash.slice(KEY.length)); } catch { return ""; }
  };

  input.closest(".find").hidden = false;
  input.value = remembered();
  if (input.value) apply();
  input.addEventListener("input", apply);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== input && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      input.focus();
    } else if (event.key === "Escape" && event.target === input) {
      input.value = "";
      apply();
    }
  });
})();
