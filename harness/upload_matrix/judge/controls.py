"""Controls: operations that share model and account with an upload but send no file.

When the control passes, a rejection of the upload is not about the model or the account; when it is
rejected too, nothing about the upload is proven yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.judge.evidence import Answered, Evidence, Place


@dataclass(frozen=True, slots=True)
class Control:
    """A control ``operation`` that was asked with a ``model`` for which an upload was rejected."""

    place: Place
    operation: str
    model: str
    passes: bool


def controls(evidence: Evidence) -> tuple[Control, ...]:
    """The controls of all models for which an upload was rejected, in order of appearance.

    A model for which a control was both accepted and rejected is left out: that control says nothing.
    """
    uploads = {name for form in evidence.answered if not _is_control(form) for name in form.operations}
    rejected = {
        (form.place, form.wire.field("model"))
        for form in evidence.answered
        if not form.accepted and not _is_control(form)
    }
    found: dict[tuple[Place, str, str], set[bool]] = {}
    for form in evidence.answered:
        model = form.wire.field("model")
        if model is not None and _is_control(form) and (form.place, model) in rejected:
            for operation in form.operations:
                if operation not in uploads:
                    found.setdefault((form.place, operation, model), set()).add(form.accepted)
    return tuple(
        Control(place, operation, model, passes=True in results)
        for (place, operation, model), results in found.items()
        if len(results) == 1
    )


def _is_control(form: Answered) -> bool:
    return form.wire.parts is None and form.wire.fault is None
