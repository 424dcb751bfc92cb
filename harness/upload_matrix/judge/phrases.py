"""Elements of a wire form and their values in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from upload_matrix.wire.form import WireForm

VALUES_SHOWN = 6
"""Values that a sentence lists before it counts the rest."""

_WHOLE = {
    "query": "the query",
    "media_type": "the request's `Content-Type`",
    "framing": "the framing of the body",
    "order": "the order of the parts",
    "body": "the body",
    "fault": "whether the body can be read",
}

_OF_PART = {
    "filename": "the filename of part",
    "content_type": "the `Content-Type` of part",
    "content": "the content of part",
    "format": "the format of part",
    "headers": "the further headers of part",
    "disposition": "the way `Content-Disposition` is written for part",
    "name": "the notation of field",
    "encoding": "the encoding of part",
}

_OF_TEXT = {
    "prefix": "the prefix of",
    "spelling": "the spelling of",
    "content": "the file in",
    "text": "the text of",
}
"""The same of a file as text in JSON, whose place has more than one step."""


_WHETHER = "whether "


def piecewise(wires: Iterable[WireForm]) -> str:
    """How requests are alike that have one wire form, by what their bodies are made of."""
    kinds = {_pieces(wire) for wire in wires}
    return kinds.pop() if len(kinds) == 1 else "in all that counts"


def _pieces(wire: WireForm) -> str:
    if wire.parts is not None:
        return "part by part"
    return "byte for byte" if wire.json is None else "field by field"


def phrase(where: str) -> str:
    """``image.content_type`` as ``the `Content-Type` of part `image```."""
    if where in _WHOLE:
        return _WHOLE[where]
    if where.startswith("fields."):
        return f"the field `{where.removeprefix('fields.')}`"
    part, _, element = where.rpartition(".")
    if element in _OF_TEXT and (element in ("prefix", "spelling", "text") or "." in part):
        return f"{_OF_TEXT[element]} `{part}`"
    if part and element in _OF_PART:
        return f"{_OF_PART[element]} `{part}`"
    return f"{_WHETHER}`{where}` is sent"


def holding(where: str, value: str | None) -> str:
    """An element at a value: ``the field `n` is `2```, ```mask` is not sent``."""
    subject = phrase(where)
    if subject.startswith(_WHETHER) and where not in _WHOLE:
        return f"`{where}` is {'not sent' if value is None else f'sent as {value_shown(value)}'}"
    return f"{subject} is {value_shown(value)}"


def sentence(text: str, *, emulated: bool) -> str:
    """``text`` with a capital, a full stop and, when a stand-in spoke, the word for it."""
    return f"{text[:1].upper()}{text[1:]}{' (emulated)' if emulated else ''}."


def value_shown(value: str | None) -> str:
    """A value in backquotes; ``(absent)`` where there is none, ``(empty)`` for an empty text."""
    return "(absent)" if value is None else f"`{value}`" if value else "(empty)"


def listed(values: Sequence[str | None]) -> str:
    """Values as a list in words, long ones cut with the number of the rest."""
    shown = [value_shown(value) for value in values]
    if len(shown) > VALUES_SHOWN:
        return f"{', '.join(shown[:VALUES_SHOWN])} and {len(shown) - VALUES_SHOWN} more"
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def counted(number: int, noun: str) -> str:
    """``1 case``, ``2 cases``; a plural of ``pair of`` is ``pairs of``."""
    first, space, rest = noun.partition(" ")
    return f"{number} {first}{'' if number == 1 else 's'}{space}{rest}"
