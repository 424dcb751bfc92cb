"""Which forwarded part is which sent one: gateways rename, reorder, drop and add."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from upload_matrix.wire.difference import base_name, labels
from upload_matrix.wire.form import Part

_WAYS: tuple[Callable[[Part], Hashable], ...] = (
    lambda part: (part.name, part.content),
    lambda part: part.name,
    lambda part: (base_name(part.name), part.content),
    lambda part: base_name(part.name),
    # A part under another name altogether is known by its bytes, if it has any.
    lambda part: part.content if part.size else object(),
)
"""What two parts may have in common, the surest first."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """``sent`` and ``forwarded`` under one set of labels, each label once, so that they can be compared.

    ``renamed`` maps the label of a part to its name as it was sent and as it was forwarded.
    """

    sent: tuple[Part, ...]
    forwarded: tuple[Part, ...]
    renamed: Mapping[str, tuple[str, str]]


def pair(sent: tuple[Part, ...], forwarded: tuple[Part, ...]) -> Pairing:
    """Pair the parts of two bodies. What has no partner keeps a label of its own."""
    partners = _partners(sent, forwarded)
    names = labels(sent)
    own = dict(enumerate(names))
    taken = set(names)
    relabelled = []
    renamed = {}
    for place, part in enumerate(forwarded):
        partner = partners.get(place)
        if partner is None:
            relabelled.append(_labelled(part, _free(part.name, taken)))
            continue
        label = own[partner]
        relabelled.append(_labelled(part, label))
        if sent[partner].name != part.name:
            renamed[label] = (sent[partner].name, part.name)
    aligned = tuple(_labelled(part, name) for part, name in zip(sent, names, strict=True))
    return Pairing(aligned, tuple(relabelled), renamed)


def _partners(sent: Sequence[Part], forwarded: Sequence[Part]) -> dict[int, int]:
    """By the place of a forwarded part that of the sent one; each part is paired once."""
    found: dict[int, int] = {}
    left = set(range(len(sent)))
    for way in _WAYS:
        waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
        for place in sorted(left):
            waiting[way(sent[place])].append(place)
        for place, part in enumerate(forwarded):
            candidates = waiting.get(way(part))
            if place not in found and candidates:
                found[place] = candidates.pop(0)
                left.discard(found[place])
    return found


def _free(name: str, taken: set[str]) -> str:
    number, label = 1, name
    while label in taken:
        number += 1
        label = f"{name}#{number}"
    taken.add(label)
    return label


def _labelled(part: Part, label: str) -> Part:
    """The part under a label; its disposition follows, so that a name alone makes no difference there."""
    if part.name == label:
        return part
    disposition = re.sub(
        rf'(?<![\w*])name="?{re.escape(part.name)}"?(?=;|$)', lambda _: f'name="{label}"', part.disposition
    )
    return replace(part, name=label, disposition=disposition)
