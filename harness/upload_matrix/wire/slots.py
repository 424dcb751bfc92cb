"""One part of the passing request beside its counterpart in the failing one, and all that lies between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from upload_matrix.wire.carriers.multipart import Part, base_name, better_filename, better_type, numbered
from upload_matrix.wire.difference import Difference, Kind
from upload_matrix.wire.write import Piece, disposition, made, text_of

_TEXT_SHOWN = 80
_UNWRITABLE = '"\\%<>'
"""What needs escaping in a header, and the brackets of a normalised name, whose bytes are not at hand."""

_SPACE = 32


@dataclass(frozen=True, slots=True)
class Slot:
    """A part under its ``label``: ``passing`` and ``failing``, None on the side that lacks it.

    ``start`` is what the changes within the part begin from: the passing side's part, else the failing one
    fixed, so that an added part and what is wrong with it are told apart. None when there is nothing within.
    """

    label: str
    passing: Piece | None
    failing: Piece | None
    start: Piece | None
    changes: tuple[Difference, ...]

    def piece(self, kept: AbstractSet[str]) -> Piece | None:
        """The part with the kept changes made; None when it is then not there."""
        if self.failing is None:
            return None if self.label in kept else self.passing
        if self.passing is None and self.label not in kept:
            return None
        if self.start is None:
            return self.failing
        within = [change for change in self.changes if change.kind is not Kind.PRESENCE]
        made = {change.where for change in within if change.where in kept}
        if len(made) == len(within):
            return self.failing
        return _mixed(self.label, self.start, self.failing, made) if made else self.start


def paired(passing: Sequence[Piece], failing: Sequence[Piece]) -> tuple[Slot, ...]:
    """The parts of both, each beside its counterpart, in the passing request's order, then those it lacks.

    Counterparts have the same field name, ``image`` and ``image[]`` counting as one, in order. What is left
    over is one renamed part where it is exactly one file on each side.
    """
    old, new = (
        dict(zip(numbered(base_name(each.part.name) for each in pieces), pieces, strict=True))
        for pieces in (passing, failing)
    )
    gone = [label for label in old if label not in new]
    added = [label for label in new if label not in old]
    renamed = {}
    files = [
        [label for label in labels if pieces[label].part.is_upload]
        for labels, pieces in ((gone, old), (added, new))
    ]
    if len(files[0]) == len(files[1]) == 1:
        renamed[files[0][0]] = files[1][0]
    slots = [_slot(label, piece, new.get(renamed.get(label, label))) for label, piece in old.items()]
    slots += [_slot(label, None, new[label]) for label in added if label not in renamed.values()]
    return tuple(slots)


def _slot(label: str, passing: Piece | None, failing: Piece | None) -> Slot:
    if failing is None:
        gone = Difference(label, _summary(passing), None, Kind.PRESENCE, part=label)
        return Slot(label, passing, None, None, (gone,))
    if passing is not None:
        within = tuple(_within(label, passing, failing, frozenset()))
        return Slot(label, passing, failing, passing if within else None, within)
    start = repaired(failing)
    requires = frozenset({label})
    within = () if start is None else tuple(_within(label, start, failing, requires))
    summary = _summary(start if within else failing)
    added = Difference(label, None, summary, Kind.PRESENCE, part=label)
    return Slot(label, None, failing, start if within else None, (added, *within))


def _within(label: str, old: Piece, new: Piece, requires: frozenset[str]) -> Iterator[Difference]:
    before, after = old.part.identity(), new.part.identity()

    def change(element: str, kind: Kind, was: str | None, is_: str | None) -> Difference:
        return Difference(f"{label}.{element}", was, is_, kind, label, requires)

    headings = [
        change(element, kind, before[element], after[element])
        for element, kind in (("filename", Kind.FILENAME), ("name", Kind.NAME))
        if before[element] != after[element]
    ]
    if not _exchangeable(old, new) and headings:
        # Written in a way that names cannot be put into singly: the first stands for the whole line.
        headings = headings[:1]
        yield headings[0]
    else:
        yield from headings
        needs = requires | {heading.where for heading in headings}
        written = _heading(label, old, new, needs)[1] if headings else before["disposition"]
        if written != after["disposition"]:
            where = f"{label}.disposition"
            yield Difference(
                where, before["disposition"], after["disposition"], Kind.DISPOSITION, label, needs
            )
    if before["content_type"] != after["content_type"]:
        kind = Kind.CONTENT_TYPE
        yield change("content_type", kind, before["content_type"], after["content_type"])
    if before["content"] != after["content"]:
        yield _content(label, old.part, new.part, requires)
    for name, was, is_ in _header_changes(old.part, new.part):
        yield change(f"headers{name and '.'}{name}", Kind.PART_HEADER, was, is_)


def _content(label: str, old: Part, new: Part, requires: frozenset[str]) -> Difference:
    if old.is_upload or new.is_upload:
        was, is_ = old.content, new.content
        if old.format != new.format:
            was, is_ = _with_format(old), _with_format(new)
        return Difference(f"{label}.content", was, is_, Kind.CONTENT, label, requires)
    was, is_ = _text(old), _text(new)
    return Difference(f"fields.{label}", was, is_, Kind.FIELD, label, requires)


def _with_format(part: Part) -> str:
    return f"{part.format or 'no known format'} ({part.content})" if part.size else part.content


def _text(part: Part) -> str:
    if part.text is None or len(part.text) > _TEXT_SHOWN:
        return part.content if part.characters is None else f"({part.characters} characters)"
    return part.text


def _header_changes(old: Part, new: Part) -> list[tuple[str, str | None, str | None]]:
    """Further headers one by one by name; as one change, with an empty name, where names repeat or swap."""
    was, is_ = dict(old.headers), dict(new.headers)
    common = [name for name in was if name in is_]
    repeated = len(was) < len(old.headers) or len(is_) < len(new.headers)
    if repeated or common != [name for name in is_ if name in was]:
        return [] if old.headers == new.headers else [("", old.other_headers, new.other_headers)]
    names = dict.fromkeys((*was, *is_))
    return [(name.lower(), was.get(name), is_.get(name)) for name in names if was.get(name) != is_.get(name)]


def _exchangeable(old: Piece, new: Piece) -> bool:
    """Whether the new name and filename can be written plainly, one without the other."""
    if not old.plain or new.plain:
        return old.plain
    writable = not any(char in _UNWRITABLE for char in new.part.name)
    return writable and (new.part.filename is None or _plain_filename(new) is not None)


def _plain_filename(piece: Piece) -> bytes | None:
    """The filename as it would be written plainly, None when there is none or it cannot be."""
    if piece.plain:
        return piece.filename
    filename = piece.part.filename
    if filename is None or any(char in _UNWRITABLE or ord(char) < _SPACE for char in filename):
        return None
    return filename.encode()


def _heading(label: str, old: Piece, new: Piece, made: AbstractSet[str]) -> tuple[bytes, str]:
    """The Content-Disposition between two: as raw bytes and as a part shows it."""
    if f"{label}.disposition" in made or (not _exchangeable(old, new) and _heads(label, made)):
        return new.disposition, new.part.disposition
    if not _heads(label, made):
        return old.disposition, old.part.disposition
    named = new if f"{label}.name" in made else old
    filed = new if f"{label}.filename" in made else old
    name = named.name if named.plain else named.part.name.encode()
    shown = disposition(
        named.part.name.encode(), None if filed.part.filename is None else filed.part.filename.encode()
    )
    return disposition(name, _plain_filename(filed)), shown.decode()


def _heads(label: str, made: AbstractSet[str]) -> bool:
    return f"{label}.name" in made or f"{label}.filename" in made


def _mixed(label: str, old: Piece, new: Piece, made: AbstractSet[str]) -> Piece:
    whole = not _exchangeable(old, new) and _heads(label, made)
    named = new if whole or f"{label}.name" in made else old
    filed = new if whole or f"{label}.filename" in made else old
    typed = new if f"{label}.content_type" in made else old
    filled = new if not made.isdisjoint({f"{label}.content", f"fields.{label}"}) else old
    raw, shown = _heading(label, old, new, made)
    pairs = _mixed_headers(label, old, new, made)
    text = text_of(filled.content) if filed.part.filename is None else (None, None)
    part = replace(
        filled.part,
        name=named.part.name,
        filename=filed.part.filename,
        content_type=typed.part.content_type,
        disposition=shown,
        headers=tuple(parsed for parsed, _ in pairs),
        text=text[0],
        characters=text[1],
    )
    return Piece(part, raw, typed.content_type, tuple(line for _, line in pairs), filled.content)


def _mixed_headers(
    label: str, old: Piece, new: Piece, made: AbstractSet[str]
) -> list[tuple[tuple[str, str], tuple[bytes, bytes]]]:
    was = list(zip(old.part.headers, old.headers, strict=True))
    is_ = list(zip(new.part.headers, new.headers, strict=True))

    def taken(name: str) -> bool:
        return f"{label}.headers{name and '.'}{name.lower()}" in made

    if all(taken(name) for name, _, _ in _header_changes(old.part, new.part)):
        return is_
    replaced = {pair[0][0]: pair for pair in is_ if taken(pair[0][0])}
    kept = [replaced.pop(pair[0][0], pair) for pair in was if not taken(pair[0][0]) or pair[0][0] in replaced]
    return [*kept, *replaced.values()]


def _summary(piece: Piece | None) -> str | None:
    if piece is None:
        return None
    part = piece.part
    if not part.is_upload:
        return f"text {_text(part)!r}"
    return f"file {part.filename!r} ({part.content_type or 'no type'}, {part.content})"


def repaired(piece: Piece) -> Piece | None:
    """The piece with filename and type made to fit; None for a plain text field and where nothing is wrong.

    None also where its own way of writing its name would have to be touched to do so.
    """
    part = piece.part
    filename, content_type = better_filename(part), better_type(part)
    if not part.is_upload or (filename is None and content_type is None):
        return None
    try:
        return made(
            part.name,
            filename or part.filename,
            content_type or part.content_type,
            piece.content,
            like=part,
        )
    except ValueError:
        return None
