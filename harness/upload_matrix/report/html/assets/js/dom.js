/* Elements from data. Text goes in as text nodes only: nothing here turns a string into markup. */
const beginnings = []; // functions that start.js calls once the page is there

const Dom = (() => {
  // As `visible` in upload_matrix.report.wording: control characters, changes of direction, no width, lone
  // surrogates, and what a CI system would take for a command.
  const UNSEEN =
    /[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\u{e0000}-\u{e007f}]/gu;
  const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

  const writtenOut = (character) => {
    if (SHORT[character]) return SHORT[character];
    const code = character.codePointAt(0);
    if (code < 0x100) return "\\x" + code.toString(16).padStart(2, "0");
    if (code < 0x10000) return "\\u" + code.toString(16).padStart(4, "0");
    return "\\U" + code.toString(16).padStart(8, "0");
  };
  const ANYWHERE = /##(?=(?:vso|teamcity)?\[)/g;
  const OPENS_LINE = /^([^\S\n]*):(?=:)/gm;
  const visible = (text) =>
    String(text).replace(UNSEEN, writtenOut).replace(ANYWHERE, "\\x23#").replace(OPENS_LINE, "$1\\x3a");
  const visibleLines = (text) => String(text).split(/\r?\n/).map(visible).join("\n");

  /* el("p.note", {title: "..."}, "text", child, [more]): null and false children are left out. */
  const el = (name, attributes, ...children) => {
    const [tag, ...classes] = name.split(".");
    const made = document.createElement(tag);
    if (classes.length) made.className = classes.join(" ");
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else made.setAttribute(key, value === true ? "" : visible(value));
    }
    made.append(...children.flat(Infinity).filter(isChild).map(asNode));
    return made;
  };
  const isChild = (child) => child !== null && child !== undefined && child !== false;
  const asNode = (child) => (child instanceof Node ? child : document.createTextNode(visible(child)));

  const SVG = "http://www.w3.org/2000/svg";
  const icon = (name) => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", "#i-" + name);
    svg.append(use);
    return svg;
  };

  /* Somebody else's word, apart from ours in direction; null is said to be absent. */
  const value = (text) => (text === null || text === undefined ? el("i.none", {}, "(none)") : el("bdi.value", {}, text));

  /* One of our sentences, with its `code`. */
  const marked = (text) =>
    text.split(/`([^`]+)`/).map((piece, index) => (index % 2 ? el("code", {}, piece) : piece));

  /* An id whose words stay whole: it is broken after a slash. */
  const id = (text) => el("bdi.id", {}, String(text).split(/(?<=\/)/).map((word) => el("span", {}, word)));

  const pre = (text) => {
    const made = el("pre.raw", { tabindex: 0 });
    made.textContent = visibleLines(text);
    return made;
  };

  const copyable = (text, what) => {
    const code = el("code");
    code.textContent = visibleLines(text);
    return el("div.code-box", {}, el("pre", {}, code),
      el("button.copy", { type: "button", "data-copy": true, "aria-label": "Copy " + what }, icon("copy"), el("span", {}, "Copy")));
  };

  const pairs = (rows, name = "dl.pairs") =>
    el(name, {}, rows.filter(Boolean).map(([key, said]) => el("div", {}, el("dt", {}, key), el("dd", {}, said instanceof Node || Array.isArray(said) ? said : value(said)))));

  const number = new Intl.NumberFormat("en-US");
  const count = (amount, noun) => number.format(amount) + " " + noun + (amount === 1 ? "" : "s");
  const say = (text) => { document.getElementById("said").textContent = text; };

  return { el, icon, value, marked, id, pre, copyable, pairs, visible, number, count, say };
})();
