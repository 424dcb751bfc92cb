"""What repros are written of: containers as code, values as literals, input files by name.

Add a container to ``PYTHON`` and ``NODE`` to have repros for it. Expressions may use ``{path}`` (code
for the file's path), ``{data}`` (for its bytes), ``{name}`` and ``{type}`` (literals), ``{second_data}`` and
``{second_name}`` (a companion's) and ``{variable}``.
"""

from __future__ import annotations

import json
import keyword
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from upload_matrix.bugreport.story import Story
from upload_matrix.model.story import GivenFile
from upload_matrix.report.visible import visible
from upload_matrix.wire.carriers.multipart import Part


@dataclass(frozen=True, slots=True)
class Snippet:
    """``expression`` is what is handed over; ``before`` are lines ahead of it, ``imports`` modules,
    ``definition`` code of the script's own. ``guesses``: the client derives the type from the name."""

    expression: str
    before: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    definition: str = ""
    guesses: bool = False


_ONE_WAY = '''\
class OneWay(io.RawIOBase):
    """A stream that can be read once and not rewound, like a pipe or a socket."""

    def __init__(self, data):
        super().__init__()
        self._source = io.BytesIO(data)

    def readable(self):
        return True

    def seekable(self):
        return False

    def readinto(self, buffer):
        return self._source.readinto(buffer)

    def read(self, size=-1):
        return self._source.read(size)
'''

_TUPLE3 = "({name}, {data}, {type})"

PYTHON: dict[str, Snippet] = {
    "handle": Snippet('open({path}, "rb")', guesses=True),
    "closed-handle": Snippet(
        "{variable}", ('with open({path}, "rb") as {variable}:', "    pass  # closed too early")
    ),
    "stream-at-end": Snippet(
        "{variable}",
        ('{variable} = open({path}, "rb")', "{variable}.read()  # and not rewound"),
        guesses=True,
    ),
    "path": Snippet("{path}", guesses=True),
    "str-path": Snippet("str({path})"),
    "spooled": Snippet(
        "{variable}",
        ("{variable} = tempfile.SpooledTemporaryFile()", "{variable}.write({data})", "{variable}.seek(0)"),
        ("tempfile",),
    ),
    "bytes": Snippet("{data}"),
    "empty-bytes": Snippet('b""'),
    "bytesio": Snippet("io.BytesIO({data})", imports=("io",)),
    "named-bytesio": Snippet(
        "{variable}",
        ("{variable} = io.BytesIO({data})", "{variable}.name = {name}"),
        ("io",),
        guesses=True,
    ),
    "one-way": Snippet("OneWay({data})", imports=("io",), definition=_ONE_WAY),
    "tuple2": Snippet("({name}, {data})", guesses=True),
    "tuple3": Snippet(_TUPLE3),
    "tuple3-untyped": Snippet("({name}, {data}, None)", guesses=True),
    "tuple-nameless": Snippet("(None, {data}, {type})"),
    "list-of-one": Snippet(f"[{_TUPLE3}]"),
    "list-of-two": Snippet(f"[{_TUPLE3}, ({{second_name}}, {{second_data}}, {{type}})]"),
}

_TYPED = "await toFile({data}, {name}, {{ type: {type} }})"

NODE: dict[str, Snippet] = {
    "handle": Snippet("fs.createReadStream({path})"),
    "stream-at-end": Snippet(
        "{variable}",
        (
            "const {variable} = fs.createReadStream({path});",
            "for await (const _ of {variable}); // read before, and not again",
        ),
    ),
    "one-way": Snippet("Readable.from([{data}])", imports=('import { Readable } from "node:stream";',)),
    "str-path": Snippet("{path}"),
    "bytes": Snippet("{data}"),
    "empty-bytes": Snippet("Buffer.alloc(0)"),
    "tuple2": Snippet("await toFile({data}, {name})"),
    "tuple3": Snippet(_TYPED),
    "list-of-one": Snippet(f"[{_TYPED}]"),
    "list-of-two": Snippet(
        f"[{_TYPED}, await toFile({{second_data}}, {{second_name}}, {{{{ type: {{type}} }}}})]"
    ),
    "to-file": Snippet("await toFile({data})"),
    "blob": Snippet("new Blob([{data}], {{ type: {type} }})"),
    "file": Snippet("new File([{data}], {name}, {{ type: {type} }})"),
    "file-untyped": Snippet("new File([{data}], {name})"),
}


def filled(
    code: str, file: GivenFile, variable: str, literal: Callable[[str | None], str], path: str, data: str
) -> str:
    """``code`` with its places filled in; ``path`` and ``data`` are templates around a ``{name}`` literal."""
    second = literal(file.companion[0] if file.companion else file.name)
    name = literal(file.name)
    return code.format(
        variable=variable,
        name=name if file.named else literal(None),
        type=literal(file.type),
        path=path.replace("NAME", name),
        data=data.replace("NAME", name),
        second_name=second if file.named else literal(None),
        second_data=data.replace("NAME", second),
    )


# -- values written as source code, so that they mean the same whatever stands in them --


Value = str | int | float | bool


def python(value: Value | bytes | None) -> str:
    """``value`` as a Python literal; text in double quotes, with escapes for what cannot be seen."""
    return _text(value) if isinstance(value, str) else repr(value)


def javascript(value: Value | None) -> str:
    """``value`` as a JavaScript literal."""
    return _text(value) if isinstance(value, str) else json.dumps(value)


def docstring(title: str, *lines: str) -> str:
    """A Python docstring: the title, a line apart, and the lines that are not empty."""
    text = "\n".join([title, "", *filter(None, lines)])
    return '"""' + text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '\n"""'


def shell(value: str) -> str:
    """``value`` as one word of a POSIX shell."""
    return shlex.quote(value)


def _text(value: str) -> str:
    # What hides in a line or turns its direction must not hide in a source file either.
    return json.dumps(value, ensure_ascii=visible(value) != value)


def arguments(values: Mapping[str, str]) -> tuple[str, ...]:
    """Keyword arguments of a Python call, a line each; ``values`` are expressions by name."""
    plain = [f"{name}={code}" for name, code in values.items() if _is_name(name)]
    odd = [f"{python(name)}: {code}" for name, code in values.items() if not _is_name(name)]
    return (*plain, *([f"**{{{', '.join(odd)}}}"] if odd else []))


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


# -- input files by name: what was handed over, and parts whose bytes are in none of them --


BODY = "body.bin"

TWO_FILES = frozenset({"list-of-two"})
"""Containers that hand over a file's companion too."""

_UNSAFE = re.compile(r"[^\w.-]+")

TAKEN = frozenset(
    {"report.md", "repro.py", "repro_rest.py", "repro.sh", "repro.mjs", "server.py", "answers.json", BODY,
     "exchange.har", "passing"}
)  # fmt: skip
"""Names that the report itself needs."""


def inputs(story: Story) -> dict[str, bytes]:
    """The files as they were handed over; they keep their names, because names decide."""
    files: dict[str, bytes] = {}
    for file in story.call.files if story.call is not None else ():
        files[file.name] = file.content
        if file.companion is not None and file.container in TWO_FILES:
            files[file.companion[0]] = file.companion[1]
    return files


def file_for(files: dict[str, bytes], part: Part, content: bytes) -> str:
    """The name of a file with these bytes, added to ``files`` when there is none."""
    found = next((name for name, data in files.items() if data == content), None)
    if found is not None:
        return found
    ending = PurePath(part.filename or "").suffix or ".bin"
    stem = _UNSAFE.sub("-", part.name).strip("-.") or "part"
    name, number = f"part-{stem}{ending}", 1
    while name in files or name in TAKEN:
        number += 1
        name = f"part-{stem}-{number}{ending}"
    files[name] = content
    return name


def plain_parts(parts: Sequence[tuple[Part, bytes]]) -> bool:
    """Whether a form can be written part by part: files with a type, texts that are text without one."""
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
