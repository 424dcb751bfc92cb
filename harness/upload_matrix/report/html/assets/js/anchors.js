/* Links within the page move there and leave the address alone: what follows # is the view.
   A link with data-view changes the view; what it names is where that is to be seen. */
beginnings.push(() => {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (link?.dataset.view) document.getElementById(link.dataset.view)?.scrollIntoView();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]:not([data-view])');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView();
    const within = target.closest("details");
    if (within) within.open = true;
    target.focus({ preventScroll: true });
  });
  /* On paper nothing can be opened: what is folded is open while it is printed. */
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("main details:not([open], .menu)")];
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of folded) each.open = false; });
});
