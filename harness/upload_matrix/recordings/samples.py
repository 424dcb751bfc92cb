"""Several recordings of one wire form in one file, in the order of their sample numbers. Pure.

A file is put together from the bytes of its recordings, so that adding one changes no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings.read import Recording

_START = b"- request:\n"


def entries(data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """What stands before the first recording of a file, and the lines of each recording.

    No line of ours but a recording's first starts so: texts are indented. Line ends as a checkout on
    Windows may have made them count as line feeds.
    """
    head, *rest = (b"\n" + data.replace(b"\r\n", b"\n")).split(b"\n" + _START)
    return head[1:] + b"\n", tuple(_START + piece.rstrip(b"\n") + b"\n" for piece in rest)


def with_sample(old: bytes, recordings: Iterable[Recording], new: bytes, sample: int, path: Path) -> bytes:
    """The file ``old``, which holds ``recordings``, with the one of the file ``new`` as number ``sample``.

    Raises CassetteError when ``old`` was laid out by somebody else.
    """
    head, (piece,) = entries(new)
    pieces = _numbered(old, recordings, path)
    pieces[sample] = piece
    return _joined(head, pieces)


def without_samples(old: bytes, recordings: Iterable[Recording], first: int, path: Path) -> bytes | None:
    """The file without the samples from number ``first`` on; None when no other is left."""
    pieces = {number: piece for number, piece in _numbered(old, recordings, path).items() if number < first}
    return _joined(entries(old)[0], pieces) if pieces else None


def _numbered(old: bytes, recordings: Iterable[Recording], path: Path) -> dict[int, bytes]:
    numbers = [recording.sample for recording in recordings]
    pieces = entries(old)[1]
    if len(pieces) != len(numbers):
        raise CassetteError(
            f"{path}: not laid out as this harness writes it, so nothing can be added; delete the file and "
            "record it again with --record-mode new_episodes"
        )
    return dict(zip(numbers, pieces, strict=True))


def _joined(head: bytes, pieces: Mapping[int, bytes]) -> bytes:
    return head + b"".join(pieces[number] for number in sorted(pieces))
