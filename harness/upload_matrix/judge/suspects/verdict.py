"""The verdict over all suspects, how sure it is, and what it leaves unexplained."""

from __future__ import annotations

from collections.abc import Sequence

from upload_matrix.judge.isolate.result import Isolation, Stop
from upload_matrix.judge.isolate.words import lost_words
from upload_matrix.model.diagnosis import Answered, Confidence, Fix, Inquiry, Stand
from upload_matrix.wire.carriers.multipart import base_name


def verdict(
    answer: Answered,
    inquiries: Sequence[Inquiry],
    stopped: str | None,
    isolation: Isolation | None = None,
    lost: Sequence[str] = (),
) -> str:
    """One sentence or a few. ``lost`` is what a recorder did not keep of the call."""
    if answer.accepted and lost:
        return (
            f"What the recorder kept of the call is accepted; it lost {'; '.join(lost)}. Nothing follows for "
            "the call that was made."
        )
    if answer.accepted:
        return "The call is accepted now: there is nothing to diagnose."
    causes = [inquiry for inquiry in inquiries if inquiry.stand is Stand.CAUSE]
    who = f"emulated, {isolation.disputed}" if isolation is not None and isolation.disputed else "emulated"
    emulated = f" ({who})" if answer.emulated or any(each.emulated for each in causes) else ""
    if causes:
        return " ".join(f"{cause.says[:1].upper()}{cause.says[1:]}{emulated}." for cause in causes)
    open_ = [inquiry.name for inquiry in inquiries if inquiry.stand is Stand.OPEN]
    out = [inquiry.name for inquiry in inquiries if inquiry.stand is Stand.RULED_OUT]
    text = "No cause was found"
    if stopped is not None:
        text += f" before it had to stop ({stopped})"
    text += f"; ruled out: {', '.join(out)}" if out else ""
    return f"{text}; open: {', '.join(open_)}." if open_ else f"{text}."


def confidence(inquiries: Sequence[Inquiry], isolation: Isolation | None, fix: Fix | None) -> Confidence:
    """How sure. What the server itself says of a model or an account is likely, never proven: a message
    alone is no proof, and neither is an emulated rejection that is disputed."""
    causes = [inquiry for inquiry in inquiries if inquiry.stand is Stand.CAUSE]
    if not causes:
        return Confidence.NONE
    isolated = (
        isolation is not None
        and isolation.stopped is Stop.FOUND
        and isolation.sufficient
        and isolation.necessary is True
        and not isolation.disputed
    )
    if isolated and fix is not None and fix.accepted:
        return Confidence.PROVEN
    return Confidence.LIKELY


def unexplained(
    answer: Answered,
    inquiries: Sequence[Inquiry],
    isolation: Isolation | None,
    fix: Fix | None,
    real: str,
    lost: Sequence[str] = (),
) -> tuple[str, ...]:
    """Sentences on what the verdict does not account for; a reader should not have to find them.

    ``real`` is the target at which the real server is asked, ``lost`` what a recorder did not keep.
    """
    found = []
    if lost:
        found.append(lost_words(lost))
    if isolation is not None and isolation.causes:
        about = {base_name(change.part or change.where) for change in isolation.cause}
        param = None if answer.param is None else base_name(answer.param)
        if param is not None and param not in about:
            found.append(
                f"The server's message names `{param}`, and that is not what decides; why it does is its own "
                "affair."
            )
        if isolation.necessary is not True:
            found.append("Whether the failing request passes without the cause was not confirmed.")
        if isolation.inconclusive:
            found.append(
                f"{isolation.inconclusive} answers said nothing about the upload (429, 5xx, silence)."
            )
    if fix is not None and fix.accepted and fix.code_accepted is None and fix.note:
        found.append(f"The fix's code was not run: {fix.note}.")
    if fix is not None and fix.code is not None and fix.code_accepted is False:
        found.append("The fixed request is accepted, but the code that was to send it was not.")
    found += [
        f"Not settled: {inquiry.name} ({inquiry.says})."
        for inquiry in inquiries
        if inquiry.stand is Stand.OPEN
    ]
    if isolation is not None and isolation.disputed:
        found.append(f"The emulated rejection is {isolation.disputed}.")
    if answer.emulated or any(inquiry.emulated for inquiry in inquiries):
        found.append(
            "Emulated answers are not the vendor's words: whether the real server decides alike, only asking "
            f"it (`--target {real}`) can tell."
        )
    return tuple(found)
