"""The headers of two requests that a server may judge by, and some of one put in the other's place."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from upload_matrix.model.change import Change, ChangeKind
from upload_matrix.model.wire import Framing

Headers = tuple[tuple[bytes, bytes], ...]

_ASIDE = frozenset(
    {
        b"host",
        b"authorization",
        b"api-key",
        b"proxy-authorization",
        b"cookie",
        b"connection",
        b"keep-alive",
        b"content-length",
        b"transfer-encoding",
        b"content-type",
        b"content-encoding",
    }
)
"""Addressing, credentials (never shown, and never what is varied), framing, and what goes with the body."""

_HIDDEN = frozenset({b"openai-organization", b"openai-project"})
"""Whose values are somebody's own: said to differ, not shown."""

_TELEMETRY = b"x-stainless-"


def header_changes(passing: Headers, failing: Headers) -> tuple[Change, ...]:
    """A change for each header that differs, the SDK's telemetry as one, in the failing request's order."""
    old, new = _grouped(passing), _grouped(failing)
    return tuple(
        Change(
            f"headers.{name.decode('latin-1')}",
            ChangeKind.HEADER,
            _shown(name, old.get(name)),
            _shown(name, new.get(name)),
        )
        for name in dict.fromkeys((*new, *old))
        if _values(old.get(name)) != _values(new.get(name))
    )


def mixed_headers(passing: Headers, failing: Headers, kept: AbstractSet[str]) -> Headers:
    """The passing request's headers with the kept changes made, without those that go with the body."""
    old, new = _grouped(passing), _grouped(failing)
    taken = {name for name in (*old, *new) if f"headers.{name.decode('latin-1')}" in kept}
    lines = [pair for name, pairs in old.items() if name not in taken for pair in pairs]
    lines += [pair for name, pairs in new.items() if name in taken for pair in pairs]
    aside = [pair for pair in passing if pair[0].lower() in _ASIDE and not _of_body(pair[0])]
    return (*aside, *lines)


def body_headers(content_type: bytes | None, encoding: bytes | None, framing: Framing, size: int) -> Headers:
    """The headers that say what the body is and where it ends; ``size`` in bytes."""
    found = [(b"Content-Type", content_type)] if content_type is not None else []
    if encoding is not None:
        found.append((b"Content-Encoding", encoding))
    if framing is Framing.CHUNKED:
        found.append((b"Transfer-Encoding", b"chunked"))
    elif framing is Framing.CONTENT_LENGTH:
        found.append((b"Content-Length", b"%d" % size))
    return tuple(found)


def value(headers: Headers, name: bytes) -> bytes | None:
    """The first value of a header by its lower-case name, None when absent."""
    return next((value for key, value in headers if key.lower() == name), None)


def _of_body(name: bytes) -> bool:
    return name.lower() in (b"content-type", b"content-encoding", b"content-length", b"transfer-encoding")


def _grouped(headers: Headers) -> dict[bytes, list[tuple[bytes, bytes]]]:
    found: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for name, held in headers:
        lower = name.lower()
        if lower not in _ASIDE:
            key = _TELEMETRY + b"*" if lower.startswith(_TELEMETRY) else lower
            found.setdefault(key, []).append((name, held))
    return found


def _values(pairs: list[tuple[bytes, bytes]] | None) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), held) for name, held in pairs or ()]


def _shown(name: bytes, pairs: list[tuple[bytes, bytes]] | None) -> str | None:
    if pairs is None:
        return None
    if name in _HIDDEN:
        return "(not shown)"
    if name.startswith(_TELEMETRY):
        return f"({len(pairs)} headers)"
    return ", ".join(held.decode("latin-1") for _, held in pairs)
