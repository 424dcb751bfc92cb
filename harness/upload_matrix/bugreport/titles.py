"""What a bug report and its scripts are called, and the words for who answered."""

from __future__ import annotations

from upload_matrix.bugreport.story import Story
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.report.gateway import headline
from upload_matrix.report.wording import heading, visible

LIBRARY_KINDS = frozenset({OutcomeKind.REFUSED, OutcomeKind.UNPARSED, OutcomeKind.ALTERED})
"""Outcomes that the client brings about by itself, whatever the server says."""

_WHAT = {
    OutcomeKind.REFUSED: "is refused by the client before anything is sent",
    OutcomeKind.UNPARSED: "succeeds, but the client cannot read the answer",
    OutcomeKind.ALTERED: "succeeds after a retry that sent another upload",
    OutcomeKind.REJECTED: "is rejected",
    OutcomeKind.INCONCLUSIVE: "gets no usable answer",
}


def title(story: Story) -> str:
    """``images.edit with a bytesio is rejected (400 invalid_value)``, fit for one line."""
    call = story.call
    if call is None:
        subject = f"{story.told[-1].wire.method} {story.told[-1].wire.path}" if story.told else story.id
    else:
        files = ", ".join(dict.fromkeys(file.container for file in call.files))
        subject = call.operation.name + (f" with {files}" if files else "")
    if story.gateway is not None and story.gateway.hop.effects:
        # Whatever became of it: the gateway is whom this report is for.
        hop = story.gateway.hop
        return visible(f"{hop.gateway}: {subject} is not forwarded as it was sent ({headline(hop)})")
    what = _WHAT.get(story.outcome.kind, heading(story.outcome))
    words = heading(story.outcome).removeprefix(story.outcome.kind.value).strip()
    return visible(f"{subject} {what}" + (f" ({words})" if words else ""))


def mark(story: Story) -> str:
    """The line that a script of an emulated case begins with, "" for a live one."""
    if not story.emulated:
        return ""
    return "The answers seen were EMULATED by upload-matrix: they are not the vendor's words."
