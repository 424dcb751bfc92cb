"""The built-in redaction as plain functions; see ``redactor`` for what is looked for."""

from __future__ import annotations

from upload_matrix.recordings.patterns import SECRET as SECRET_VALUE
from upload_matrix.recordings.patterns import SECRET_NAMES
from upload_matrix.recordings.redactor import DEFAULT

__all__ = ["SECRET_NAMES", "SECRET_VALUE", "redact_headers", "redact_text"]


def redact_text(text: str) -> str:
    """``text`` with everything secret replaced by placeholders."""
    return DEFAULT.text(text)


def redact_headers(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The answer's headers that may be kept, by allowlist, their values redacted too."""
    return DEFAULT.headers(headers)
