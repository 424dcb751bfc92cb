"""``repro_rest.py``: the request without the SDK, with httpx; as a form, or else byte by byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.bugreport.inputs import BODY, file_for
from upload_matrix.bugreport.literals import python
from upload_matrix.bugreport.story import Story
from upload_matrix.bugreport.titles import mark, title
from upload_matrix.bugreport.where import where
from upload_matrix.model.story import Repro, Runtime, Script, Told
from upload_matrix.wire.form import Framing, Part

FILE = "repro_rest.py"

NOTHING_SENT = "not written: nothing was sent, so there is no request to repeat"
BROKEN_OFF = "not written: the client broke off in the middle of its request"


def write(story: Story, files: dict[str, bytes]) -> Repro:
    """The last request of the story; ``files`` are the input files, to which parts may be added."""
    if not story.told:
        return Repro(FILE, missing=NOTHING_SENT)
    told = story.told[-1]
    if not told.complete:
        return Repro(FILE, missing=BROKEN_OFF)
    scripts = []
    if told.parts is not None and told.wire.framing is Framing.CONTENT_LENGTH and _sayable(told.parts):
        if _texts_first(told.parts):
            scripts.append(_script(story, told, _form(told.parts, files), "the request as a form"))
        scripts.append(_script(story, told, _listed(told.parts, files), "the request as a form"))
    raw = list(_raw(told))
    needs = {BODY: told.body} if told.body else {}
    scripts.append(_script(story, told, raw, "the request byte by byte", needs))
    return Repro(FILE, tuple(scripts))


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
            '"""' + _about(story).replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '\n"""',
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
    return Script(FILE, Runtime.PYTHON, text, summary, needs or {})


def _about(story: Story) -> str:
    lines = [f"{title(story)}: the request without the SDK.", "", mark(story), "    pip install httpx"]
    return "\n".join(line for number, line in enumerate(lines) if line or number == 1)


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


def _sayable(parts: Sequence[tuple[Part, bytes]]) -> bool:
    """Whether httpx can be told these parts one by one."""
    return all(
        not part.headers
        and (part.content_type is not None if part.is_file else part.content_type is None and _is_text(data))
        for part, data in parts
    )


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


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
