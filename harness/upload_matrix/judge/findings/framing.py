"""Findings about how the request says where its body ends."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.findings._sent import Family, SentForm
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.form import Framing

_CODES = {
    "chunked-framing": "The body went out in chunks without a Content-Length, which some gateways refuse.",
}


def _check(sent: SentForm) -> Iterator[Finding]:
    if sent.form.framing is Framing.CHUNKED:
        yield Finding(
            "chunked-framing",
            None,
            "The body was sent with `Transfer-Encoding: chunked`, without a Content-Length.",
            "Hand over bytes or a file that can seek, not a stream or a generator, so that the client can "
            "count the body before it sends it.",
            Severity.WARNING,
        )


FAMILY = Family(_CODES, _check)
