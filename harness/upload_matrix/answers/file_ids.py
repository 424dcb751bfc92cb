"""Ids of files that a live server gave, put back into what goes to it: recordings have marks instead."""

from __future__ import annotations

import re
from dataclasses import replace

from upload_matrix.model.answer import Answer, NoAnswer
from upload_matrix.recordings.identity import apart
from upload_matrix.recordings.patterns import FILE, RULES, is_key
from upload_matrix.wire.coding import plain_body
from upload_matrix.wire.form import Captured

_MARK = re.compile(re.escape(FILE[:-1]).encode() + rb"\.[0-9a-f]{12}\]")
_RULES = tuple(rule for rule in RULES if rule.placeholder == FILE)

UNKNOWN = (
    "its file was uploaded in an earlier run, whose id for it is not recorded: record that upload anew "
    "(--record-mode all)"
)


class FileIds:
    """Remembers ids for as long as the process lives; nothing of them is written."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}

    def remember(self, reply: Answer | NoAnswer) -> None:
        """The ids in an answer, by the marks that will stand for them."""
        if not isinstance(reply, Answer) or not 200 <= reply.status < 300:
            return
        text = plain_body(reply).decode("utf-8", "replace")
        for rule in _RULES:
            if any(needle in text.lower() for needle in rule.needles):
                rule.within(text, self._note)

    def _note(self, placeholder: str, secret: str, masked: bool) -> str:  # noqa: ARG002 - the rule's signature
        if is_key(secret):
            self._known[apart(placeholder, secret, b"", guessable=False).encode()] = secret.encode()
        return secret

    def restored(self, request: Captured) -> Captured | None:
        """The request with ids in place of marks; None where one is not known here."""
        marks = set(_MARK.findall(request.body))
        if not marks:
            return request
        if not marks <= self._known.keys():
            return None
        return replace(request, body=_MARK.sub(lambda found: self._known[found[0]], request.body))
