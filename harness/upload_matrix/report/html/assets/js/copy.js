/* Buttons that copy the code beside them. */
beginnings.push(() => {
  const select = (code) => {
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };
  const copy = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      // No clipboard without permission: the older way needs none.
      select(code);
      if (!document.execCommand("copy")) return false;
    }
    return true;
  };
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const done = await copy(button.parentElement.querySelector("code"));
    const word = done ? "Copied" : "Press Ctrl+C";
    button.querySelector("span").textContent = word;
    button.toggleAttribute("data-done", done);
    Dom.say(word);
    setTimeout(() => {
      button.querySelector("span").textContent = "Copy";
      button.removeAttribute("data-done");
    }, 1800);
  });
});
