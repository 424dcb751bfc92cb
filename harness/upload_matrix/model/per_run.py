"""What somebody's words hold that differs between two equal calls."""

from __future__ import annotations

import re

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
