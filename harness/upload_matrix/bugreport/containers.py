"""Every container as the code a caller writes: Python and Node. Add a container here to have repros for it.

Expressions may use ``{path}`` (an expression for the file's path), ``{data}`` (for its bytes), ``{name}`` and
``{type}`` (literals), ``{second_data}`` and ``{second_name}`` (a companion's) and ``{variable}``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from upload_matrix.model.story import GivenFile


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
    code: str, file: GivenFile, variable: str, literal: Callable[[str], str], path: str, data: str
) -> str:
    """``code`` with its places filled in; ``path`` and ``data`` are templates around a ``{name}`` literal."""
    second = literal(file.companion[0] if file.companion else file.name)
    name = literal(file.name)
    return code.format(
        variable=variable,
        name=name,
        type=literal(file.type),
        path=path.replace("NAME", name),
        data=data.replace("NAME", name),
        second_name=second,
        second_data=data.replace("NAME", second),
    )
