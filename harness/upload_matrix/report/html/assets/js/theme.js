/* Light, dark, or as the system has it. */
const Theme = (() => {
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  const SAYS = { auto: "as the system has them", light: "light", dark: "dark" };
  const KEY = "upload-matrix-theme";
  let now = "auto";

  // A browser may keep a page from disk away from its storage: then the choice lasts as long as the page.
  const remembered = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const remember = (word) => { try { localStorage.setItem(KEY, word); } catch { /* see above */ } };

  const apply = (word) => {
    now = word;
    if (word === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = word;
    const button = document.getElementById("theme");
    button.setAttribute("aria-label", "Colours: " + SAYS[word]);
    button.title = "Colours: " + SAYS[word];
    button.replaceChildren(Dom.icon(word));
  };

  beginnings.push(() => {
    const button = document.getElementById("theme");
    const known = remembered();
    apply(known in NEXT ? known : "auto");
    button.hidden = false;
    button.addEventListener("click", () => { apply(NEXT[now]); remember(now); });
  });
})();
