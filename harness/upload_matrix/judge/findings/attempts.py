"""Findings about a retry that does not repeat the request."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.findings._sent import Family, SentForm
from upload_matrix.model.result import Finding
from upload_matrix.wire.difference import diff

_CODES = {
    "attempt-differs": "A retry sent another wire form than attempt 1, so its answer judges another request.",
}


def _check(sent: SentForm) -> Iterator[Finding]:
    if sent.earlier and sent.form.digest != sent.earlier[0].digest:
        deltas = "; ".join(map(str, diff(sent.earlier[0], sent.form))) or "in a part's headers"
        yield Finding(
            "attempt-differs",
            None,
            f"This is not what attempt 1 sent: {deltas}.",
            "Hand over bytes (`data = path.read_bytes()`) or a file that can seek back to its start, or turn "
            "retries off with `max_retries=0`.",
        )


FAMILY = Family(_CODES, _check)
