"""What somebody's words hold that differs between two equal calls."""

from __future__ import annotations

import re
from urllib.parse import quote

_PER_RUN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<uuid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\breq_[0-9A-Za-z]+"), "<request id>"),
    (re.compile(r"\b0x[0-9a-fA-F]{6,}\b"), "<address>"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d+"), r"\1:<port>"),
    (re.compile(r"\btmp[a-z0-9_]{8}\b"), "<temporary name>"),
)
"""What differs, with what stands for it."""


def without_per_run(text: str | None) -> str | None:
    """``text`` with request ids, ports, addresses, times and temporary names replaced; None stays None."""
    if text is None:
        return None
    for pattern, stand_in in _PER_RUN:
        text = pattern.sub(stand_in, text)
    return text


FILE_DESCRIPTOR_NAME = "<file descriptor>"


TEMPORARY_NAME = "<temporary name>"


LOCAL_PATH = "<local path>"
"""Stands for the folders of an absolute path that a client gave as filename; the file's own name follows."""


# As few names as may be: a name is what is tested. 2024 and xtmpab12cd_9 are names like any other.
_DESCRIPTOR = re.compile(r"\d{1,3}")


_TEMPORARY = re.compile(r"(?<![A-Za-z0-9_])tmp[a-z0-9_]{8}(?![A-Za-z0-9_])")


# The folders: of POSIX, of a Windows drive, of a Windows share; any of them as a URL. A relative path is the
# same on every machine, and some APIs want one.
_FOLDERS = re.compile(
    r"(file://)?"
    r"(?:/?[A-Za-z]:[\\/](?:.*[\\/])?(?=[^\\/]*\Z)|\\\\.*\\(?=[^\\/]*\Z)|/(?:.*/)?(?=[^/]*\Z))",
    re.DOTALL,
)


_PLACED = re.compile(rf"(?:file://)?{re.escape(LOCAL_PATH)}[\\/]")


def stable_filename(filename: str) -> str:
    """``filename`` with what differs from run to run or from machine to machine normalised.

    That is a descriptor's number, a temporary name, and the folders of an absolute path: those of POSIX, of
    Windows and of a URL stay apart (``<local path>/avatar.webp``, ``<local path>\\avatar.webp``,
    ``file://<local path>/avatar.webp``). What is normalised already stays as it is.
    """
    if _DESCRIPTOR.fullmatch(filename):
        return FILE_DESCRIPTOR_NAME
    folders = _FOLDERS.match(filename)
    if folders is not None:
        filename = _placed(folders) + filename[folders.end() :]
    return _TEMPORARY.sub(TEMPORARY_NAME, filename)


def stable_disposition(disposition: str, filename: str) -> str:
    """A Content-Disposition with its ``filename`` normalised, also where that is written escaped."""
    if (stable := stable_filename(filename)) == filename:
        return disposition
    before, word, after = disposition.partition("filename")
    folders = _FOLDERS.match(filename)
    if folders is None:
        return before + word + after.replace(filename, stable)
    for way in _ways_to_write(folders[0]):
        after = after.replace(way, _placed(folders))
    return before + word + _TEMPORARY.sub(TEMPORARY_NAME, after)


def local_name(filename: str) -> str | None:
    """The file's own name (``avatar.webp``) where the filename is a whole local path; else None."""
    placed = _PLACED.match(stable_filename(filename))
    return None if placed is None else stable_filename(filename)[placed.end() :]


def _placed(folders: re.Match[str]) -> str:
    return f"{folders[1] or ''}{LOCAL_PATH}{folders[0][-1]}"


def _ways_to_write(text: str) -> tuple[str, ...]:
    """How clients write a text into a header's quoted value: as it is, with escapes, percent-encoded."""
    doubled = text.replace("\\", "\\\\")
    ways = (each.replace('"', quotes) for each in (text, doubled) for quotes in ('"', "%22", '\\"'))
    return tuple(dict.fromkeys((*ways, quote(text, safe="/"), quote(text, safe=""))))
