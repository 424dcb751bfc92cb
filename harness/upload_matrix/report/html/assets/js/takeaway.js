/* A case to take along: the command that runs it alone, and its request with curl and in Python. */
const Takeaway = (() => {
  const { el, copyable } = Dom;
  const shell = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'");
  const python = (text) => JSON.stringify(text);

  /* The command that runs just this case: by its id, or by its axes where other ids contain that one. */
  const command = (i) => {
    const { run } = Model;
    const id = run.ids[i];
    const at = Model.verdict(i).at;
    const file = at ? [at.says.replace(/:\d+$/, "")] : [];
    const alone = /^[\w./:+-]+$/.test(id) && run.ids.filter((each) => each.toLowerCase().includes(id.toLowerCase())).length === 1;
    const axes = run.axes.filter((axis) => !["matrix", "target"].includes(axis.name) && /^[a-z_]\w*$/i.test(axis.name) && Model.axisValue(axis, i) !== null && Model.axisValue(axis, i) !== run.neutral[axis.name]);
    const chosen = alone ? ["-k", id] : ["-m", `upload(${axes.map((axis) => `${axis.name}=${python(Model.axisValue(axis, i))}`).join(", ")})`];
    return ["upload-matrix", "run", ...file, ...chosen, ...(run.asked ? ["--target", run.asked] : [])].map(shell).join(" ");
  };

  const quoted = /^\u201c([\s\S]*)\u201d$/;
  const PLAIN = /^[\w.\- []*\]?$/;

  /* A form's parts as they can be written down again; null where something of them is not in the report. */
  const parts = (wire) => {
    const told = wire.parts.map((part) => ({ ...part, text: part.file ? null : quoted.exec(part.content)?.[1] ?? null }));
    return told.length && told.every((part) => part.file || (part.text !== null && part.filename === null)) ? told : null;
  };
  const local = (part) => (part.filename && /\.\w+$/.test(part.filename) ? part.filename : `${part.name.replace(/\W/g, "")}.${part.format ?? "bin"}`);
  const files = (told) => told.filter((part) => part.file).map((part) => `# ${local(part)}: ${part.content}`);

  const curl = (told, method, path) => {
    const plain = told.every((part) => PLAIN.test(part.name) && (!part.file || (PLAIN.test(part.filename ?? "") && (part.type || part.filename === null))));
    if (!plain) return null;
    const options = told.map((part) => {
      if (!part.file) return `--form-string ${shell(`${part.name}=${part.text}`)}`;
      const from = part.filename === null ? `<${local(part)}` : `@${local(part)};filename=${part.filename}`;
      return `-F ${shell(`${part.name}=${from}${part.type ? `;type=${part.type}` : ""}`)}`;
    });
    return [...files(told), [`curl -X ${method} "$BASE_URL"${shell(path)}`, '-H "Authorization: Bearer $API_KEY"', ...options].join(" \\\n  ")].join("\n");
  };

  const script = (told, method, path) => {
    const rows = told.map((part) => {
      if (!part.file) return `    (${python(part.name)}, (None, ${python(part.text)})),`;
      const type = part.type === null ? "" : `, ${python(part.type)}`;
      return `    (${python(part.name)}, (${part.filename === null ? "None" : python(part.filename)}, open(${python(local(part))}, "rb").read()${type})),`;
    });
    return [...files(told), "import os", "", "import requests", "", "parts = [", ...rows, "]",
      'headers = {"Authorization": "Bearer " + os.environ["API_KEY"]}',
      `answer = requests.request(${python(method)}, os.environ["BASE_URL"] + ${python(path)}, headers=headers, files=parts)`,
      "print(answer.status_code, answer.text)"].join("\n");
  };

  const folded = (title, text) => text && el("details.attempt", {}, el("summary", {}, title), el("div.inside", {}, copyable(text, title)));

  /* The nodes: what can be said of the request only where the report holds all of it. */
  const nodes = (i, wire) => {
    const told = wire ? parts(wire) : null;
    const [method, ...rest] = wire ? wire.about[0][1].split(" ") : [];
    const path = rest.join(" ");
    return [copyable(command(i), "the command that runs just this case"),
      told && folded("The request with curl", curl(told, method, path)),
      told && folded("The request in Python", script(told, method, path)),
      told && el("p.hint", {}, "BASE_URL is the server's address without a path, API_KEY its key.")];
  };

  return { nodes };
})();
