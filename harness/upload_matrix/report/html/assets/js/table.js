/* A grid that draws only the rows in sight. One place in it is current; arrow keys move it. */
const Table = (() => {
  const { el } = Dom;
  const BEYOND = 6; // rows drawn above and below what is in sight
  const PRINTED = 1500;

  const make = (label, onOpen) => {
    const head = el("thead");
    const body = el("tbody");
    const widths = el("colgroup");
    const grid = el("table.grid", { role: "grid", tabindex: 0, "aria-label": label }, widths, head, body);
    const box = el("div.table-box", {}, grid);
    const nothing = el("div.nothing", { hidden: true });
    let shown = { heads: [], columns: [], count: 0, pinned: 0, height: 40, row: () => [], key: () => "" };
    let at = { row: 0, column: 0 };
    let drawn = { from: -1, to: -1 };
    let opened = null;

    const headHeight = () => head.offsetHeight;
    const inSight = () => ({
      from: Math.max(0, Math.floor(box.scrollTop / shown.height) - BEYOND),
      to: Math.min(shown.count, Math.ceil((box.scrollTop + box.clientHeight) / shown.height) + BEYOND),
    });

    const spacer = (rows) => {
      const cell = el("td", { colspan: shown.columns.length });
      const line = el("tr.spacer", { "aria-hidden": true }, cell);
      cell.style.height = rows * shown.height + "px";
      return line;
    };

    const pin = (cell, column) => {
      if (!shown.columns[column].pinned) return;
      cell.classList.add("pin");
      if (column === shown.pinned - 1) cell.classList.add("pin-last");
      cell.style.left = shown.columns.slice(0, column).reduce((sum, each) => sum + each.width, 0) + "px";
    };

    const line = (number) => {
      const cells = shown.row(number);
      const made = el("tr", { "aria-rowindex": number + shown.heads.length + 1 });
      cells.forEach((cell, column) => {
        cell.id = `${shown.name}-${number}-${column}`;
        cell.setAttribute("role", cell.localName === "th" ? "rowheader" : "gridcell");
        cell.setAttribute("aria-colindex", column + 1);
        cell.dataset.row = number;
        cell.dataset.column = column;
        cell.style.height = shown.height + "px";
        pin(cell, column);
        made.append(cell);
      });
      return made;
    };

    const draw = ({ from, to }) => {
      drawn = { from, to };
      const lines = [];
      for (let number = from; number < to; number += 1) lines.push(line(number));
      body.replaceChildren(spacer(from), ...lines, spacer(shown.count - to));
      mark();
    };

    const refresh = () => {
      const now = inSight();
      if (now.from !== drawn.from || now.to !== drawn.to) draw(now);
    };

    const mark = () => {
      for (const old of body.querySelectorAll(".at, [data-open]")) { old.classList.remove("at"); delete old.dataset.open; }
      const lines = grid.classList.contains("lines");
      const place = (row, column) => {
        const cell = document.getElementById(`${shown.name}-${row}-${column}`);
        return lines ? cell?.parentElement : cell;
      };
      const current = place(at.row, at.column);
      if (current) {
        current.classList.add("at");
        grid.setAttribute("aria-activedescendant", `${shown.name}-${at.row}-${at.column}`);
      } else grid.removeAttribute("aria-activedescendant");
      const open = opened && place(opened.row, opened.column);
      if (open) open.dataset.open = "";
    };

    const reveal = () => {
      const top = at.row * shown.height;
      const room = box.clientHeight - headHeight();
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top + shown.height > box.scrollTop + room) box.scrollTop = top + shown.height - room;
      const left = shown.columns.slice(0, at.column).reduce((sum, each) => sum + each.width, 0);
      const pinned = shown.columns.filter((each) => each.pinned).reduce((sum, each) => sum + each.width, 0);
      if (!shown.columns[at.column]?.pinned) {
        if (left - pinned < box.scrollLeft) box.scrollLeft = left - pinned;
        else if (left + shown.columns[at.column].width > box.scrollLeft + box.clientWidth) box.scrollLeft = left + shown.columns[at.column].width - box.clientWidth;
      }
      refresh();
      mark();
    };

    const go = (row, column) => {
      at = {
        row: Math.max(0, Math.min(shown.count - 1, row)),
        column: Math.max(shown.first, Math.min(shown.columns.length - 1, column)),
      };
      reveal();
    };

    const page = () => Math.max(1, Math.floor((box.clientHeight - headHeight()) / shown.height) - 1);
    const KEYS = {
      ArrowUp: () => go(at.row - 1, at.column), ArrowDown: () => go(at.row + 1, at.column),
      ArrowLeft: () => go(at.row, at.column - 1), ArrowRight: () => go(at.row, at.column + 1),
      PageUp: () => go(at.row - page(), at.column), PageDown: () => go(at.row + page(), at.column),
      Home: (event) => go(event.ctrlKey ? 0 : at.row, 0),
      End: (event) => go(event.ctrlKey ? shown.count - 1 : at.row, shown.columns.length),
      Enter: () => onOpen(at.row, at.column), " ": () => onOpen(at.row, at.column),
    };

    grid.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS) || event.altKey || event.metaKey || event.target !== grid) return;
      event.preventDefault();
      KEYS[event.key](event);
    });
    grid.addEventListener("click", (event) => {
      const cell = event.target.closest("[data-row]");
      if (!cell || getSelection().type === "Range") return;
      go(Number(cell.dataset.row), Number(cell.dataset.column));
      grid.focus({ preventScroll: true });
      onOpen(at.row, at.column);
    });
    box.addEventListener("scroll", () => requestAnimationFrame(refresh), { passive: true });
    new ResizeObserver(() => refresh()).observe(box);
    addEventListener("beforeprint", () => draw({ from: 0, to: Math.min(shown.count, PRINTED) }));
    addEventListener("afterprint", () => draw(inSight()));

    /* Show other content: {name, heads, columns, pinned, first, count, height, row, lines}. */
    const show = (content) => {
      shown = content;
      grid.classList.toggle("lines", Boolean(content.lines));
      grid.classList.toggle("glyphs", Boolean(content.icons));
      grid.setAttribute("aria-rowcount", content.count + content.heads.length);
      grid.setAttribute("aria-colcount", content.columns.length);
      widths.replaceChildren(...content.columns.map((column) => {
        const made = el("col");
        made.style.width = column.width + "px";
        return made;
      }));
      // A fixed layout needs a width of its own; where there is more room, the columns share it.
      grid.style.width = content.columns.reduce((sum, column) => sum + column.width, 0) + "px";
      head.replaceChildren(...content.heads.map((cells, level) => {
        const row = el("tr", { "aria-rowindex": level + 1 });
        let column = 0;
        for (const cell of cells) {
          cell.style.top = level * 32 + "px";
          if (cell.colSpan === 1) pin(cell, column);
          column += cell.colSpan;
          row.append(cell);
        }
        return row;
      }));
      grid.hidden = content.count === 0;
      box.hidden = content.count === 0;
      nothing.hidden = content.count > 0;
      nothing.replaceChildren(...(content.count ? [] : [content.empty]));
      at = { row: Math.min(at.row, Math.max(0, content.count - 1)), column: Math.max(content.first, Math.min(at.column, content.columns.length - 1)) };
      box.scrollTop = Math.min(box.scrollTop, content.count * content.height);
      draw(inSight());
      // The first drawing gives the box its height, and with it the number of rows in sight.
      refresh();
    };

    return {
      element: el("div", {}, box, nothing), show, grid, go,
      focus: () => grid.focus({ preventScroll: true }),
      open: (place) => { opened = place; mark(); },
      top: () => { box.scrollTop = 0; box.scrollLeft = 0; at = { row: 0, column: shown.first }; },
    };
  };

  return { make };
})();
