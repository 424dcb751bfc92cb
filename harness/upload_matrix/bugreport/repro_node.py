"""``repro.mjs``: the call with the official SDK for Node, where the case is about that."""

from __future__ import annotations

from upload_matrix.bugreport.code import NODE, filled, javascript
from upload_matrix.bugreport.story import Story, mark, title
from upload_matrix.judge.fix_code import SDK_CALLS_JS
from upload_matrix.model.story import Call, Repro, Runtime, Script

FILE = "repro.mjs"
CLIENT = "node-openai"

_PATH, _DATA = "here(NAME)", "fs.readFileSync(here(NAME))"


def write(story: Story) -> Repro | None:
    """The repro for Node; None when Node has nothing to do with the case."""
    call = story.call
    if call is None or call.client != CLIENT:
        return None
    unknown = [file.container for file in call.files if file.container not in NODE]
    if unknown:
        return Repro(FILE, missing=f"not written: the container {unknown[0]} is the matrix's own")
    summary = "the call of the case, with the SDK"
    return Repro(FILE, (Script(FILE, Runtime.NODE, _text(story, call), summary, own=True, every=True),))


def _text(story: Story, call: Call) -> str:
    snippets = [(file, NODE[file.container]) for file in call.files]
    codes = [code for _, snippet in snippets for code in (*snippet.before, snippet.expression)]
    to_file = ", { toFile }" if any("toFile" in code for code in codes) else ""
    files = any("{data}" in code or "{path}" in code for code in codes)
    imports = [line for _, snippet in snippets for line in snippet.imports]
    if files:
        imports += ['import fs from "node:fs";', 'import { fileURLToPath } from "node:url";']
    lines = [
        f"// {title(story)}.",
        *([f"// {mark(story)}"] if mark(story) else []),
        f"//     {_install(story)} && OPENAI_API_KEY=... node {FILE}",
        "",
        *dict.fromkeys(imports),
        f'import OpenAI{to_file} from "openai";',
        "",
    ]
    if files:
        lines += [
            "const here = (name) => fileURLToPath(new URL(encodeURIComponent(name), import.meta.url));",
            "",
        ]
    lines += [
        "const client = new OpenAI({",
        "  apiKey: process.env.OPENAI_API_KEY,",
        "  baseURL: process.env.OPENAI_BASE_URL,",
        f"  maxRetries: {call.retries},",
        f"  timeout: {round(call.timeout * 1000)},",
        "});",
    ]
    values = [f"  {javascript(name)}: {javascript(value)}," for name, value in call.fields.items()]
    for file, snippet in snippets:
        variable = "".join(letter if letter.isalnum() else "_" for letter in file.field)
        *before, expression = (
            filled(code, file, variable, javascript, _PATH, _DATA)
            for code in (*snippet.before, snippet.expression)
        )
        lines += before
        values.append(f"  {javascript(file.field)}: {expression},")
    call_name = f"client.{SDK_CALLS_JS.get(call.operation.name, call.operation.name)}"
    lines += [f"const answer = await {call_name}({{", *values, "});", "console.log(typeof answer);", ""]
    return "\n".join(lines)


def _install(story: Story) -> str:
    version = story.environment.clients.get("openai") if story.environment else None
    return f"npm install openai@{version}" if version else "npm install openai"
