"""The hop of a case for its panel: what a gateway made of each call, and who answered, in words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upload_matrix.model.hop import Crossing, Forwarded, Hop
from upload_matrix.report.gateway import MEANING, distinct, findings_line, headline, told
from upload_matrix.report.html.prose import capital
from upload_matrix.report.wording import of_source

Document = dict[str, Any]


def hop_document(hop: Hop, places: Mapping[str, int], absent: int) -> Document:
    """A hop as data. ``places`` numbers the wire forms by digest, ``absent`` stands for one that is not kept.

    Each crossing has the forms that were forwarded for it, one that a retry repeats only once.
    """
    return {
        "gateway": hop.gateway,
        "says": headline(hop),
        "faithful": hop.faithful,
        "effects": [[effect.value, MEANING[effect]] for effect in hop.effects],
        "crossings": [_crossing(crossing, places, absent) for crossing in hop.crossings],
    }


def _crossing(crossing: Crossing, places: Mapping[str, int], absent: int) -> Document:
    return {
        "says": capital(told(crossing)),
        "forwarded": [
            {"number": number, "form": places.get(each.wire, absent), **_forwarded(each)}
            for number, each in distinct(crossing.forwarded)
        ],
        "answers": [_answer(each) for each in crossing.forwarded],
    }


def _forwarded(each: Forwarded) -> Document:
    found: Document = {
        "wire": each.wire,
        "rewritings": [[rewriting.effect.value, rewriting.where] for rewriting in each.rewritings],
    }
    line = findings_line(each)
    return found if line is None else found | {"findings": line}


def _answer(each: Forwarded) -> Document:
    """What the target said to one upstream attempt, and who it was that spoke."""
    return {
        "status": each.status,
        "no_answer": each.no_answer,
        "says": None if each.source is None else of_source(each.source, each.rule),
        "provenance": None if each.source is None else each.source.provenance.value,
    }
