"""``repro.sh``: the request with curl; ``-F`` where it can say it, else the body byte by byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.bugreport.code import BODY, file_for, plain_parts, shell
from upload_matrix.bugreport.repro_python import BROKEN_OFF, NOTHING_SENT
from upload_matrix.bugreport.story import Story, mark, title, where
from upload_matrix.model.story import Repro, Runtime, Script, Told
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing

FILE = "repro.sh"


def write(story: Story, files: dict[str, bytes]) -> Repro:
    """The last request of the story; ``files`` are the input files, to which parts may be added."""
    if not story.told:
        return Repro(FILE, missing=NOTHING_SENT)
    told = story.told[-1]
    if not told.complete:
        return Repro(FILE, missing=BROKEN_OFF)
    scripts = []
    if told.parts is not None and _sayable(told.parts):
        form = list(_form(told.parts, files))
        scripts.append(Script(FILE, Runtime.SHELL, _text(story, told, form), "the request with curl -F"))
    needs = {BODY: told.body} if told.body else {}
    raw = _text(story, told, list(_raw(told)))
    scripts.append(Script(FILE, Runtime.SHELL, raw, "the request with curl, byte by byte", needs))
    return Repro(FILE, tuple(scripts))


def _text(story: Story, told: Told, body: Sequence[str]) -> str:
    place = where(story, told)
    given = f":-{_within(place.default)}" if place.default else ":?the endpoint"
    words = [
        f"--request {shell(told.wire.method)}",
        f'"${{{place.url_variable}{given}}}"{shell(place.suffix)}',
        f'--header "{_within(place.header)}: {_credential(place.credential, place.key_variable)}"',
        *(["--header 'Transfer-Encoding: chunked'"] if told.wire.framing is Framing.CHUNKED else []),
        *body,
    ]
    lines = [
        "#!/bin/sh",
        f"# {title(story)}: the request without the SDK.",
        *([f"# {mark(story)}"] if mark(story) else []),
        f"#     {place.key_variable}=... sh {FILE}",
        'cd "$(dirname "$0")" || exit 1',
        "curl -q --silent --show-error --include \\",
        " \\\n".join(f"  {word}" for word in words),
        "",
    ]
    return "\n".join(lines)


def _within(text: str) -> str:
    """``text`` inside double quotes."""
    return "".join(f"\\{letter}" if letter in '"$`\\' else letter for letter in text)


def _credential(template: str, variable: str) -> str:
    before, _, after = template.partition("{key}")
    return f"{_within(before)}${{{variable}:?your key}}{_within(after)}"


def _sayable(parts: Sequence[tuple[Part, bytes]]) -> bool:
    """Whether ``-F`` can say these parts; a file without a Content-Type it cannot, it always sends one."""
    return plain_parts(parts) and all(
        part.name and "=" not in part.name and (part.is_file or b"\0" not in data) for part, data in parts
    )


def _form(parts: Sequence[tuple[Part, bytes]], files: dict[str, bytes]) -> Iterator[str]:
    for part, data in parts:
        if not part.is_file:
            # Unlike -F, --form-string leaves a text alone that begins with @ or <.
            yield f"--form-string {shell(f'{part.name}={data.decode()}')}"
            continue
        name = file_for(files, part, data)
        value = f"@{_quoted(name)};type={part.content_type};filename={_quoted(part.filename or '')}"
        yield f"--form {shell(f'{part.name}={value}')}"


def _quoted(name: str) -> str:
    """A name within ``-F``, where a comma or a semicolon would end it."""
    if all(letter.isalnum() or letter in "._- " for letter in name) and name:
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _raw(told: Told) -> Iterator[str]:
    # Without one of our own, curl would send a Content-Type of its own.
    yield f"--header {shell(f'Content-Type: {told.content_type}' if told.content_type else 'Content-Type:')}"
    coding = next((value for name, value in told.headers if name.lower() == "content-encoding"), None)
    if coding is not None:
        yield f"--header {shell(f'Content-Encoding: {coding}')}"
    if told.body:
        yield f"--data-binary @{BODY}"
