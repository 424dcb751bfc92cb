"""Repros in Python: ``repro.py`` makes the call with the SDK, ``repro_rest.py`` sends it with httpx."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl

from upload_matrix import vendors
from upload_matrix.bugreport.code import (
    BODY,
    PYTHON,
    Snippet,
    arguments,
    docstring,
    file_for,
    filled,
    plain_parts,
    python,
)
from upload_matrix.bugreport.repro_json import write_sdk_of_json
from upload_matrix.bugreport.story import Story, mark, title, where
from upload_matrix.judge.fix_code import SDK_CALLS
from upload_matrix.model.case import NODE
from upload_matrix.model.story import Call, GivenFile, Repro, Runtime, Script, Told
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing
from upload_matrix.wire.media import extension

SDK_FILE = "repro.py"
REST_FILE = "repro_rest.py"

SDK_CLIENTS = frozenset({"openai", "openai-async", "openai-raw-response", "azure"})
"""Clients of the matrix that are the official SDK for Python."""

_PATH, _DATA = "HERE / NAME", "(HERE / NAME).read_bytes()"


def write_sdk(story: Story) -> Repro:
    """The SDK's repro; none for a request without a call, or a container that only a matrix knows."""
    if any(told.wire.embedded for told in story.told):
        return write_sdk_of_json(story, SDK_FILE)
    call = story.call
    if call is None:
        return Repro(SDK_FILE, missing="not written: only the request is known, not the call that made it")
    if call.client.startswith(NODE):
        return Repro(SDK_FILE, missing="not written: the case is about the SDK for Node, see repro.mjs")
    if vendors.vendor_of(call.operation.name).sdk != vendors.usual().sdk:
        return Repro(SDK_FILE, missing="not written: no script is written with the SDK of this API")
    unknown = [file.container for file in call.files if file.container not in PYTHON]
    if unknown:
        return Repro(SDK_FILE, missing=f"not written: the container {unknown[0]} is the matrix's own")
    own = call.client in SDK_CLIENTS
    summary = (
        "the call of the case, with the SDK"
        if own
        else f"the same call with the SDK; the case itself is about {call.client}"
    )
    return Repro(SDK_FILE, (Script(SDK_FILE, Runtime.SDK, _text(story, call), summary, own=own, every=own),))


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
    return docstring(f"{title(story)}.", mark(story), f"    {install}", f"    {variables} python {SDK_FILE}")


def _pinned(call: Call) -> str:
    """Lines that make ``mimetypes`` say what it said in the case; "" where the type is not guessed."""
    file = call.files[0] if call.files else None
    if file is None or not file.named or not PYTHON[file.container].guesses or not extension(file.name):
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
    *path, method = SDK_CALLS.get(call.operation.name, call.operation.name).split(".")
    raw = kind == "openai-raw-response"
    target = ".".join(["client", *path, *(["with_raw_response"] if raw else []), method])
    awaited = "await " if kind == "openai-async" else ""
    end = ").parse()" if raw else ")"
    return [f"answer = {awaited}{target}(", *(f"    {each}," for each in arguments(values)), end]


# -- the request without the SDK: as a form, or else byte by byte --


NOTHING_SENT = "not written: nothing was sent, so there is no request to repeat"
BROKEN_OFF = "not written: the client broke off in the middle of its request"


def write_rest(story: Story, files: dict[str, bytes]) -> Repro:
    """The last request of the story; ``files`` are the input files, to which parts may be added."""
    if not story.told:
        return Repro(REST_FILE, missing=NOTHING_SENT)
    told = story.told[-1]
    if not told.complete:
        return Repro(REST_FILE, missing=BROKEN_OFF)
    scripts = []
    if told.parts is not None and told.wire.framing is Framing.CONTENT_LENGTH and plain_parts(told.parts):
        if _texts_first(told.parts):
            scripts.append(_script(story, told, _form(told.parts, files), "the request as a form"))
        scripts.append(_script(story, told, _listed(told.parts, files), "the request as a form"))
    raw = list(_raw(told))
    needs = {BODY: told.body} if told.body else {}
    scripts.append(_script(story, told, raw, "the request byte by byte", needs))
    return Repro(REST_FILE, tuple(scripts))


def _script(
    story: Story, told: Told, body: Sequence[str], summary: str, needs: dict[str, bytes] | None = None
) -> Script:
    place = where(story, told)
    base = (
        f"os.environ[{python(place.url_variable)}]"
        if place.default is None
        else f"os.environ.get({python(place.url_variable)}, {python(place.default)})"
    )
    before, _, after = place.credential.partition("{key}")
    key = " + ".join(
        each
        for each in (
            python(before) if before else "",
            f"os.environ[{python(place.key_variable)}]",
            python(after) if after else "",
        )
        if each
    )
    headers = [f"{python(place.header)}: {key}", *_headers(told, raw=needs is not None)]
    text = "\n".join(
        [
            docstring(f"{title(story)}: the request without the SDK.", mark(story), "    pip install httpx"),
            "",
            "import os",
            "from pathlib import Path",
            "",
            "import httpx",
            "",
            "HERE = Path(__file__).resolve().parent",
            "",
            "answer = httpx.request(",
            f"    {python(told.wire.method)},",
            f"    {base} + {python(place.suffix)},",
            "    headers={",
            *(f"        {each}," for each in headers),
            "    },",
            *(f"    {line}" for line in body),
            "    timeout=120,",
            ")",
            'print(answer.status_code, answer.headers.get("x-request-id", "no request id"))',
            "print(answer.text[:2000])",
            "",
        ]
    )
    return Script(REST_FILE, Runtime.PYTHON, text, summary, needs or {})


def _headers(told: Told, *, raw: bool) -> Iterator[str]:
    if not raw:
        return
    for name in ("Content-Type", "Content-Encoding"):
        value = next((each for key, each in told.headers if key.lower() == name.lower()), None)
        if value is not None:
            yield f"{python(name)}: {python(value)}"


def _raw(told: Told) -> Iterator[str]:
    if not told.body:
        return
    data = f"(HERE / {python(BODY)}).read_bytes()"
    # An iterator has no length, and so goes out in chunks.
    yield f"content=iter([{data}])," if told.wire.framing is Framing.CHUNKED else f"content={data},"


def _texts_first(parts: Sequence[tuple[Part, bytes]]) -> bool:
    kinds = [part.is_file for part, _ in parts]
    names = [part.name for part, _ in parts if not part.is_file]
    return kinds == sorted(kinds) and len(set(names)) == len(names)


def _form(parts: Sequence[tuple[Part, bytes]], files: dict[str, bytes]) -> list[str]:
    texts = [(part, data) for part, data in parts if not part.is_file]
    lines = ["data={", *(f"    {python(part.name)}: {python(data.decode())}," for part, data in texts), "},"]
    named = [(part, data) for part, data in parts if part.is_file]
    listed = [f"    ({python(part.name)}, {_file(part, data, files)})," for part, data in named]
    return [*(lines if texts else []), *(["files=[", *listed, "],"] if listed else [])]


def _listed(parts: Sequence[tuple[Part, bytes]], files: dict[str, bytes]) -> list[str]:
    lines = []
    for part, data in parts:
        value = _file(part, data, files) if part.is_file else f"(None, {python(data.decode())})"
        lines.append(f"    ({python(part.name)}, {value}),")
    return ["files=[", *lines, "],"]


def _file(part: Part, data: bytes, files: dict[str, bytes]) -> str:
    content = f"(HERE / {python(file_for(files, part, data))}).read_bytes()"
    return f"({python(part.filename)}, {content}, {python(part.content_type)})"
