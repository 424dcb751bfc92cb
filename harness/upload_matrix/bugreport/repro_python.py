"""``repro.py``: the call as its caller wrote it, with the official SDK for Python."""

from __future__ import annotations

from urllib.parse import parse_qsl

from upload_matrix.bugreport.containers import PYTHON, Snippet, filled
from upload_matrix.bugreport.literals import arguments, python
from upload_matrix.bugreport.story import Story
from upload_matrix.bugreport.titles import mark, title
from upload_matrix.model.client import NODE
from upload_matrix.model.story import Call, GivenFile, Repro, Runtime, Script
from upload_matrix.wire.media import extension

FILE = "repro.py"

SDK_CLIENTS = frozenset({"openai", "openai-async", "openai-raw-response", "azure"})
"""Clients of the matrix that are the official SDK for Python."""

_PATH, _DATA = "HERE / NAME", "(HERE / NAME).read_bytes()"


def write(story: Story) -> Repro:
    """The SDK's repro; none for a request without a call, or a container that only a matrix knows."""
    call = story.call
    if call is None:
        return Repro(FILE, missing="not written: only the request is known, not the call that made it")
    if call.client.startswith(NODE):
        return Repro(FILE, missing="not written: the case is about the SDK for Node, see repro.mjs")
    unknown = [file.container for file in call.files if file.container not in PYTHON]
    if unknown:
        return Repro(FILE, missing=f"not written: the container {unknown[0]} is the matrix's own")
    own = call.client in SDK_CLIENTS
    summary = (
        "the call of the case, with the SDK"
        if own
        else f"the same call with the SDK; the case itself is about {call.client}"
    )
    return Repro(FILE, (Script(FILE, Runtime.SDK, _text(story, call), summary, own=own, every=own),))


def _text(story: Story, call: Call) -> str:
    kind = call.client if call.client in SDK_CLIENTS else "openai"
    snippets = [(file, PYTHON[file.container]) for file in call.files]
    pinned = _pinned(call)
    modules = {"os", *(name for _, snippet in snippets for name in snippet.imports)}
    modules |= {"asyncio"} if kind == "openai-async" else set()
    modules |= {"mimetypes"} if pinned else set()
    here = "HERE" in "".join(
        "".join((*snippet.before, snippet.expression)) for _, snippet in snippets
    ) or any(
        "{path}" in code or "{data}" in code or "second_data" in code
        for _, snippet in snippets
        for code in (*snippet.before, snippet.expression)
    )
    maker = {"openai-async": "AsyncOpenAI", "azure": "AzureOpenAI"}.get(kind, "OpenAI")
    blocks = [
        _docstring(story),
        "\n".join(f"import {name}" for name in sorted(modules))
        + ("\nfrom pathlib import Path" if here else "")
        + f"\n\nfrom openai import {maker}",
    ]
    if here:
        blocks.append("HERE = Path(__file__).resolve().parent")
    if pinned:
        blocks.append(pinned)
    blocks += [
        f"\n{snippet.definition}"
        for snippet in dict.fromkeys(each for _, each in snippets)
        if snippet.definition
    ]
    lines, values = [], {name: python(value) for name, value in call.fields.items()}
    for file, snippet in snippets:
        before, expression = _file_code(snippet, file)
        lines += before
        values[file.field] = expression
    lines += _client(story, call, kind, maker)
    lines += _call(call, kind, values)
    if kind == "openai-async":
        body = "\n".join(f"    {line}" if line else "" for line in [*lines, "return answer"])
        blocks.append(f"async def main():\n{body}")
        blocks.append("answer = asyncio.run(main())\nprint(type(answer).__name__)")
    else:
        blocks.append("\n".join([*lines, "print(type(answer).__name__)"]))
    return "\n\n".join(blocks) + "\n"


def _docstring(story: Story) -> str:
    version = (story.environment.clients.get("openai") if story.environment else None) or ""
    install = f'pip install "openai=={version}"' if version else "pip install openai"
    azure = story.call is not None and story.call.client == "azure"
    variables = (
        "AZURE_OPENAI_API_KEY=... AZURE_OPENAI_ENDPOINT=https://..." if azure else "OPENAI_API_KEY=..."
    )
    lines = [f"{title(story)}.", "", mark(story), f"    {install}", f"    {variables} python {FILE}"]
    text = "\n".join(line for number, line in enumerate(lines) if line or number == 1)
    return '"""' + text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '\n"""'


def _pinned(call: Call) -> str:
    """Lines that make ``mimetypes`` say what it said in the case; "" where the type is not guessed."""
    file = call.files[0] if call.files else None
    if file is None or not PYTHON[file.container].guesses or not extension(file.name):
        return ""
    ending = python(extension(file.name))
    if call.guess is None:
        says = "# As where it failed: nothing there knew the type of this extension. It differs by machine."
        return f"{says}\nmimetypes.init()\nmimetypes.types_map.pop({ending}, None)"
    says = "# As where it was seen: the mime table there knew this extension. It differs by machine."
    return f"{says}\nmimetypes.add_type({python(call.guess)}, {ending})"


def _file_code(snippet: Snippet, file: GivenFile) -> tuple[list[str], str]:
    variable = "".join(letter if letter.isalnum() else "_" for letter in file.field)
    codes = (*snippet.before, snippet.expression)
    *before, expression = (filled(code, file, variable, python, _PATH, _DATA) for code in codes)
    return before, expression


def _client(story: Story, call: Call, kind: str, maker: str) -> list[str]:
    settings = [f"max_retries={call.retries}", f"timeout={call.timeout}"]
    if kind == "azure":
        query = dict(parse_qsl(story.told[0].wire.query)) if story.told else {}
        version = query.get("api-version", "2025-04-01-preview")
        settings = [
            'azure_endpoint=os.environ["AZURE_OPENAI_ENDPOINT"]',
            'api_key=os.environ["AZURE_OPENAI_API_KEY"]',
            f"api_version={python(version)}",
            *settings,
        ]
    else:
        settings = ['base_url=os.environ.get("OPENAI_BASE_URL")', *settings]
    return [f"client = {maker}(", *(f"    {each}," for each in settings), ")"]


def _call(call: Call, kind: str, values: dict[str, str]) -> list[str]:
    *path, method = call.operation.name.split(".")
    raw = kind == "openai-raw-response"
    target = ".".join(["client", *path, *(["with_raw_response"] if raw else []), method])
    awaited = "await " if kind == "openai-async" else ""
    end = ").parse()" if raw else ")"
    return [f"answer = {awaited}{target}(", *(f"    {each}," for each in arguments(values)), end]
