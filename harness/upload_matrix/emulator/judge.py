"""The judge: the first rule that holds for a wire form answers; when none does, the request succeeds."""

from __future__ import annotations

import json
from typing import Any

from upload_matrix.emulator.profile import Profile
from upload_matrix.emulator.reading import Reading, read
from upload_matrix.emulator.success import success
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.model.wire import WireForm


def answer(profile: Profile, wire: WireForm, *, target: str | None = None) -> Answer:
    """What ``profile`` says to ``wire``, as ``target`` (by default ``emulator:NAME``).

    The same wire form always gets the same bytes: there is no clock, no randomness and no state. The
    answer says that it is emulated in its source and in its headers, and never carries a vendor's
    header. Its headers leave Content-Length to whoever sends it.
    """
    reading = read(profile, wire)
    status, body, rule = _decide(profile, reading)
    headers = [] if body is None else [("content-type", "application/json")]
    headers += [
        ("x-upload-matrix-provenance", Provenance.EMULATED.value),
        ("x-upload-matrix-profile", profile.name),
    ]
    if rule is not None:
        headers.append(("x-upload-matrix-rule", rule))
    return Answer(
        status=status,
        headers=tuple(headers),
        body=b"" if body is None else json.dumps(body, separators=(",", ":")).encode("ascii"),
        source=Source(
            target=target or f"emulator:{profile.name}",
            provenance=Provenance.EMULATED,
            supply=Supply.EMULATOR,
            profile=profile.name,
        ),
        rule=rule,
    )


def _decide(profile: Profile, reading: Reading) -> tuple[int, dict[str, Any] | None, str | None]:
    """Status, JSON body (None: empty) and the id of the rule that decided (None: success)."""
    for rule in profile.rules:
        error = rule.error(reading)
        if error is not None:
            return rule.answer.status, {"error": error} if error else None, rule.id
    if not reading.method_fits:
        # Only in a user's profile without such a rule. 501 is "no statement", never a rejection.
        says = f"Profile {profile.name} has no rule for {reading.wire.method} {reading.wire.path}."
        return 501, {"error": {"message": says, "type": "emulator", "param": None, "code": None}}, None
    return 200, success(profile, reading), None
