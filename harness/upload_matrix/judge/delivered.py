"""Whether an accepted file reached the model, as far as the answer itself tells; else that is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from upload_matrix import vendors
from upload_matrix.model.codec import parsed
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.form import WireForm


class Delivery(ExplainedWord):
    """What became of a file that was accepted."""

    DELIVERED = "delivered", "By the answer, the model was given something of the file."
    IGNORED = (
        "ignored",
        "By the answer, the model was given nothing of the file, though the call was accepted.",
        "Look for the field or block in which this API takes files: the findings of `inspect` name it.",
    )
    UNKNOWN = "unknown", "The answer does not tell whether the model was given the file."


@dataclass(frozen=True, slots=True)
class DeliveryTold:
    """``says`` how it is known; empty where it is not."""

    delivery: Delivery
    says: str = ""


NOT_TOLD = DeliveryTold(Delivery.UNKNOWN)


def delivered(wire: WireForm, body: bytes, canary: str | None = None) -> DeliveryTold:
    """What a 2xx answer to ``wire`` tells by its ``body`` of the files sent.

    ``canary`` is a word that the file holds and the call asks for: where it does not come back, nothing of
    the file did. Else the vendor's own count of what the model was given tells, where its data say how.
    """
    try:
        answer = parsed(body)
    except ValueError:
        answer = None
    if canary is not None:
        text = "\n".join(_texts(answer)) if answer is not None else body.decode("utf-8", "replace")
        if canary.casefold() in text.casefold():
            return DeliveryTold(Delivery.DELIVERED, f"the word {canary!r} of the file came back")
        return DeliveryTold(Delivery.IGNORED, f"the word {canary!r} of the file did not come back")
    families = {upload.family for upload in wire.uploads() if upload.size}
    for counter in vendors.counters(wire.path):
        if counter.family in families:
            count = _count(answer, counter.at)
            if count is not None:
                kind = Delivery.IGNORED if count == 0 else Delivery.DELIVERED
                return DeliveryTold(
                    kind, f"the answer counts {count} {counter.family} tokens (`{counter.at}`)"
                )
    return NOT_TOLD


_FILTERED = re.compile(r"(\w+)\[(\w+)=(\w+)\]")


def _count(answer: Any, at: str) -> int | None:
    """The number at a place; 0 where a list of counts has none of its kind, None where nothing is counted."""
    value = answer
    for step in at.split("."):
        filtered = _FILTERED.fullmatch(step)
        value = value.get(filtered[1] if filtered else step) if isinstance(value, dict) else None
        if filtered is not None:
            if not isinstance(value, list) or not value:
                return None
            entries = [each for each in value if isinstance(each, dict)]
            value = next((each for each in entries if each.get(filtered[2]) == filtered[3]), None)
            if value is None:
                return 0
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
