"""Reads facts: those of the vendors, and those of a file from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from upload_matrix import vendors
from upload_matrix.facts.fact import Fact, Fate, name_of, of_observation
from upload_matrix.files import hint, read_bytes, read_text, shown
from upload_matrix.model.codec import MalformedError, decode, encode, line, parsed
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.wire.content import Examiner


def vendors_with_facts() -> tuple[str, ...]:
    """The vendors that have facts, by name; one may have nothing else."""
    return tuple(folder.parent.name for folder in vendors.folders("evidence"))


def of_vendor(vendor: str) -> tuple[Fact, ...]:
    """The facts of a vendor in the order of their files; none for one without. Withdrawn ones are left out.

    Raises ConfigurationError for a file that was changed by hand into something else.
    """
    return tuple(fact for fact in _in_folder(vendors.ROOT / vendor) if fact.withdrawn is None)


@cache
def _in_folder(folder: Path) -> tuple[Fact, ...]:
    files = sorted((folder / "evidence").glob("*.jsonl"))
    facts = tuple(fact for path in files for fact in of_file(path))
    for fact in facts:
        if fact.vendor != folder.name:
            raise ConfigurationError(f"{fact.id}: a fact about {fact.vendor} among those about {folder.name}")
    return facts


def all_facts(names: Iterable[str] | None = None) -> tuple[Fact, ...]:
    """The facts of all vendors, or of these."""
    return tuple(fact for vendor in names or vendors_with_facts() for fact in of_vendor(vendor))


def ever_known() -> tuple[Fact, ...]:
    """The facts of all vendors with those that were withdrawn."""
    return tuple(fact for vendor in vendors_with_facts() for fact in _in_folder(vendors.ROOT / vendor))


def of_file(path: Path) -> tuple[Fact, ...]:
    """The facts in a file of JSON lines: our own, or observations. Raises ConfigurationError."""
    facts = tuple(_facts(path, read_text(path)))
    seen: dict[str, str] = {}
    for fact in facts:
        if seen.setdefault(fact.id, fact.identity) != fact.identity:
            raise ConfigurationError(f"{shown(path)}: two facts are called {fact.id}")
    return facts


def _facts(path: Path, text: str) -> Iterator[Fact]:
    for number, each in enumerate(text.splitlines(), start=1):
        if not each.strip():
            continue
        try:
            yield of_data(parsed(each))
        except ValueError as error:
            fault = f"the fact {error}" if isinstance(error, MalformedError) else str(error)
            raise ConfigurationError(f"{shown(path)}:{number}: {fault}") from error


def of_data(data: Any) -> Fact:
    """A fact of plain data: our own form, or an observation's. Raises ValueError."""
    if not isinstance(data, dict):
        raise MalformedError("is no object")
    if "source" in data:
        if not isinstance(data["source"], str) or not isinstance(data.get("sources") or [], list):
            raise MalformedError("has a wrong value at source")
        return of_observation(data)
    fact: Fact = decode(Fact, data)
    if not fact.sources:
        raise MalformedError("has no source")
    if fact.id != name_of(fact):
        raise MalformedError(f"{fact.id} is really {name_of(fact)}: it was changed by hand")
    return fact


def written(facts: Iterable[Fact]) -> Iterator[str]:
    """Facts as the lines of a file, where each was read last."""
    for fact in facts:
        data = encode(fact)
        sources = data.pop("sources")
        yield line({**data, "sources": sources}) + "\n"


def found(name: str, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts whose id begins so."""
    return tuple(fact for fact in facts if fact.id.startswith(name))


def selected(
    facts: Iterable[Fact],
    *,
    vendor: str | None = None,
    operation: str | None = None,
    model: str | None = None,
    carrier: str | None = None,
    declared: str | None = None,
    sniffed: str | None = None,
    grade: str | None = None,
    accepted: bool | None = None,
) -> tuple[Fact, ...]:
    """The facts that count of which all that is asked for is known and so; ``model`` is a pattern.

    Raises ConfigurationError for a vendor or an operation that none of the facts is about.
    """
    facts = tuple(facts)
    for name, asked in (("vendor", vendor), ("operation", operation)):
        known = sorted({getattr(fact, name) for fact in facts})
        if asked is not None and asked not in known:
            raise ConfigurationError(f"no fact is about the {name} {asked!r}; {hint(asked, known)}")
    same = {"vendor": vendor, "operation": operation, "carrier": carrier, "declared": declared}
    same |= {"sniffed": sniffed, "grade": grade}
    verdicts = {None: tuple(Fate), True: (Fate.ACCEPTED, Fate.IGNORED), False: (Fate.REJECTED,)}
    return tuple(
        fact
        for fact in facts
        if fact.withdrawn is None
        and all(value is None or getattr(fact, name) == value for name, value in same.items())
        and (model is None or (fact.model is not None and fnmatchcase(fact.model, model)))
        and (accepted is None or fact.verdict in verdicts[accepted])
    )


_TEXTS = {".csv": "csv", ".json": "json", ".jsonl": "json"}
UNKNOWN = "of no known format"


def format_of(path: Path) -> str:
    """What a file is by its bytes, in the words of facts; text by its extension, where it is text."""
    data = read_bytes(path)
    examined = Examiner()
    examined.add(data)
    if not data:
        return "empty"
    if examined.format is not None:
        return examined.format
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return UNKNOWN
    return _TEXTS.get(path.suffix.lower(), "text")
