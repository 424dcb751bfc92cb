"""How a difference on the wire comes from the code: which client makes it of which container.

``ORIGINS`` is a table to add to: the first row that fits explains. What the clients send is measured in
``tests/probe/test_client_wires.py``; ``tests/isolate/test_isolate_origins.py`` sends some of it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from upload_matrix.wire.difference import Change, ChangeKind

HTTPX_LIKE = frozenset(
    {"openai", "openai-async", "openai-raw-response", "azure", "litellm", "httpx", "httpx2"}
)
"""Clients whose multipart bodies httpx (or httpx2) writes."""

UNNAMED = frozenset({"bytes", "bytesio", "one-way", "empty-bytes"})
NAMED_FILES = frozenset({"handle", "tuple2", "named-bytesio", "path", "stream-at-end"})
_OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Origin:
    """``clients`` and ``containers`` that make it (empty: any), and what the failing side then has.

    ``values`` are the failing values it explains, of changes of this ``kind``.
    """

    kind: ChangeKind
    values: frozenset[str | None]
    says: str
    clients: frozenset[str] = frozenset()
    containers: frozenset[str] = frozenset()


ORIGINS: tuple[Origin, ...] = (
    Origin(
        ChangeKind.CONTENT_TYPE,
        frozenset({_OCTETS}),
        "bytes and an unnamed BytesIO have no filename, so the client calls the part `upload`; from that no "
        f"type can be guessed, and it is sent as `{_OCTETS}`",
        HTTPX_LIKE,
        UNNAMED,
    ),
    Origin(
        ChangeKind.FILENAME,
        frozenset({"upload"}),
        "bytes and an unnamed BytesIO have no filename, so the client calls the part `upload`",
        HTTPX_LIKE,
        UNNAMED,
    ),
    Origin(
        ChangeKind.CONTENT_TYPE,
        frozenset({_OCTETS}),
        "the type is guessed from the filename with Python's `mimetypes`; where its table does not know the "
        f"extension (`.webp` before Python 3.13 without a system table), it is `{_OCTETS}`",
        HTTPX_LIKE,
        NAMED_FILES,
    ),
    Origin(
        ChangeKind.CONTENT_TYPE,
        frozenset({None}),
        "`requests` never guesses: a part has a Content-Type only where the caller gives one, as the third "
        "place of a tuple",
        frozenset({"requests"}),
    ),
    Origin(
        ChangeKind.FILENAME,
        frozenset({"image", "mask", "file"}),
        "`requests` gives bytes and unnamed streams the field's own name as filename",
        frozenset({"requests"}),
        UNNAMED,
    ),
    Origin(
        ChangeKind.FILENAME,
        frozenset({None}),
        "bare bytes are a plain text field for `urllib3`: a part without filename",
        frozenset({"urllib3"}),
        frozenset({"bytes"}),
    ),
    Origin(
        ChangeKind.CONTENT_TYPE,
        frozenset({_OCTETS}),
        "`curl -F image=@a.webp` knows few extensions and sends the others as "
        f"`{_OCTETS}`; `;type=image/webp` behind the name says it",
        frozenset({"curl"}),
    ),
    Origin(
        ChangeKind.CONTENT_TYPE,
        frozenset({_OCTETS}),
        "the Node SDK sends a stream of `fs.createReadStream` without guessing its type; "
        "`toFile(stream, name, {type})` says it",
        frozenset({"node-openai"}),
    ),
    Origin(
        ChangeKind.NAME,
        frozenset({"image[]", "file[]"}),
        "a list is sent as an array, one part `image[]` each; a single file as `image`",
    ),
)


def origins(changes: Iterable[Change], client: str | None, container: str | None) -> tuple[str, ...]:
    """How the failing side's values come about, where that is known; a sentence each without its full stop.

    Without ``client`` only rows that hold for any client apply; likewise without ``container``.
    """
    found = []
    for change in changes:
        fits = (
            origin.says
            for origin in ORIGINS
            if origin.kind is change.kind
            and change.failing in origin.values
            and (not origin.clients or client in origin.clients)
            and (not origin.containers or container in origin.containers)
        )
        found.append(next(fits, None))
    return tuple(dict.fromkeys(says for says in found if says is not None))
