"""The words of a target file that are more than text: API flavours, header names and values. Pure."""

from __future__ import annotations

import re
from enum import StrEnum

ENV_PROXY = "env"
NO_PROXY = "none"

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_FRAMING = frozenset({"host", "connection", "content-length", "transfer-encoding", "content-type"})
_CONFIDENTIAL = re.compile(r"auth|key|token|secret|cookie|password|organization|project", re.IGNORECASE)


class Api(StrEnum):
    """How a server wants its paths: as the public API has them, or as Azure has them."""

    OPENAI = "openai"
    AZURE = "azure"


def sound_header(name: str, value: str) -> tuple[str, str]:
    """A header to add to each request; raises ValueError, which never repeats the value.

    Name and value as RFC 9110, sections 5.1 and 5.5, but ASCII only.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a header name")
    if name.lower() in _FRAMING:
        raise ValueError(f"the header {name} is the request's own: it is part of what is under test")
    if not _VALUE.fullmatch(value):
        raise ValueError(f"the value of the header {name} has characters that no header may hold")
    return name, value.strip()


def is_confidential(name: str) -> bool:
    """Whether a header of this name is likely to hold what must not be written anywhere."""
    return _CONFIDENTIAL.search(name) is not None
