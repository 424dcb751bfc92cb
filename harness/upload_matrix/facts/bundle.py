"""A contribution: facts of somebody's own live calls, redacted, which a maintainer merges into the evidence.

Facts are never overwritten: one that is known stays as it is, and a wrong one is withdrawn, with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from upload_matrix import vendors
from upload_matrix.facts.fact import Fact, Grade, Withdrawal, name_of, named
from upload_matrix.facts.read import of_file, written
from upload_matrix.files import closest, read_bounded, shown, write_whole
from upload_matrix.model import codec
from upload_matrix.model.errors import ConfigurationError

CONTRIBUTED = "contributed"
"""The repository of a contribution: it is in none."""

_MOST_CHARACTERS = 10_000_000
_FOLDER = re.compile(r"[a-z0-9][a-z0-9-]*")
_FILE = re.compile(r"[A-Za-z0-9]+([._][A-Za-z0-9]+)*")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"|`([^`]*)`")
_WORD = re.compile(r"[A-Za-z0-9_.+/\[\]-]{1,60}")
_TUNED = re.compile(r"ft:([^:]+):.*")
_DEPLOYMENT = re.compile(r"(?<=/deployments/)[^/]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Facts with the day, the program's version and those of the clients that made the calls.

    The ``entry`` of a fact's source is the digest of the wire form that it was seen of.
    """

    format: Literal["upload-matrix facts bundle"] = "upload-matrix facts bundle"
    version: Literal[1] = 1
    made: date
    program: str
    versions: Mapping[str, str]
    facts: tuple[Fact, ...]


def anonymous(fact: Fact) -> Fact:
    """The fact without what is its user's own: names of files, models and deployments, quoted words."""
    said = fact.error
    deployed = fact.path is not None and _DEPLOYMENT.search(fact.path) is not None
    model = None if fact.model is None or deployed else _TUNED.sub(r"ft:\1:<name>", fact.model)
    return named(
        replace(
            fact,
            filename=_without_stem(fact.filename),
            filename_has_path=False,
            model=model,
            path=None if fact.path is None else _DEPLOYMENT.sub("{...}", fact.path),
            echo=None if fact.echo is None else replace(fact.echo, filename=None),
            error=None if said is None else replace(said, message=_unquoted(said.message, fact.filename)),
        )
    )


def _without_stem(filename: str | None) -> str | None:
    if not filename:
        return filename
    ending = _ENDING.fullmatch(Path(filename).suffix)
    return f"<name>{ending[0] if ending else ''}"


def _unquoted(message: str | None, filename: str | None) -> str | None:
    """A message in which quotes hold single words alone: a field, a type, never a prompt or a file's name."""
    if message is None:
        return None
    plain = message.replace(filename, "<name>") if filename else message

    def clean(found: re.Match[str]) -> str:
        inner = next((group for group in found.groups() if group is not None), "")
        return found[0] if _WORD.fullmatch(inner) else found[0][0] + "..." + found[0][-1]

    return _QUOTED.sub(clean, plain)


def read_bundle(path: Path) -> Bundle:
    """A bundle whose facts are what their ids say and as anonymous as those of ``facts contribute``.

    Raises ConfigurationError for anything else.
    """
    text = read_bounded(path, "a bundle", _MOST_CHARACTERS)
    way_out = "Make it with `upload-matrix facts contribute`."
    found: Bundle = codec.load(Bundle, text, shown(path), what="bundle of facts", way_out=way_out)
    for fact in found.facts:
        fault = _fault(fact)
        if fault:
            raise ConfigurationError(f"{shown(path)}: fact {fact.id} {fault}")
    return found


def _fault(fact: Fact) -> str | None:
    if fact.id != name_of(fact):
        return f"is really {name_of(fact)}: it was changed by hand"
    if fact.grade is not Grade.CONTRIBUTED or any(each.repository != CONTRIBUTED for each in fact.sources):
        return "is no contribution"
    if not _FOLDER.fullmatch(fact.vendor) or not _FILE.fullmatch(fact.operation):
        return f"has no vendor and operation that can be kept: {fact.vendor!r:.40}, {fact.operation!r:.40}"
    if fact.recorded is None:
        return "does not say when it was seen"
    if fact.withdrawn is not None:
        return "is withdrawn already"
    return (
        None if anonymous(fact).id == fact.id else "holds what is its user's own: names, or words in quotes"
    )


@dataclass(frozen=True, slots=True)
class MergedFacts:
    """What became of each fact of a bundle."""

    added: tuple[Fact, ...]
    known: tuple[Fact, ...]
    withdrawn: tuple[Fact, ...]


def merge(facts: Iterable[Fact], root: Path) -> MergedFacts:
    """Add facts to the evidence below ``root``, each to the end of its operation's file.

    One that is there stays as it is; one that was withdrawn is not added again.
    """
    added: list[Fact] = []
    known: list[Fact] = []
    gone: list[Fact] = []
    files: dict[Path, list[Fact]] = {}
    for fact in facts:
        path = root / fact.vendor / "evidence" / f"{fact.operation}.jsonl"
        there = files.setdefault(path, list(of_file(path)) if path.exists() else [])
        same = next((each for each in there if each.id == fact.id), None)
        if same is None:
            there.append(fact)
            added.append(fact)
        else:
            (known if same.withdrawn is None else gone).append(same)
    touched = {(fact.vendor, fact.operation) for fact in added}
    for path, there in files.items():
        if (path.parent.parent.name, path.stem) in touched:
            write_whole(path, "".join(written(there)).encode("utf-8"))
    return MergedFacts(tuple(added), tuple(known), tuple(gone))


def withdraw(name: str, withdrawal: Withdrawal, root: Path | None = None) -> Fact:
    """Mark the one fact whose id begins so; it stays in its file. Raises ConfigurationError where none is."""
    root = vendors.ROOT if root is None else root
    ids: list[str] = []
    found: list[tuple[Path, Fact]] = []
    for path in sorted(root.glob("*/evidence/*.jsonl")):
        for fact in of_file(path):
            ids.append(fact.id)
            found += [(path, fact)] if fact.id.startswith(name) else []
    if len(found) != 1:
        near = closest(name, ids)
        hint = (
            f"{len(found):,} begin so" if found else f"did you mean {near!r}?" if near else "none begins so"
        )
        raise ConfigurationError(f"no one fact is called {name!r}: {hint}")
    path, fact = found[0]
    if fact.withdrawn is not None:
        raise ConfigurationError(
            f"{fact.id} was withdrawn on {fact.withdrawn.on.isoformat()}: {fact.withdrawn.reason}"
        )
    gone = replace(fact, withdrawn=withdrawal)
    there = (gone if each.id == fact.id else each for each in of_file(path))
    write_whole(path, "".join(written(there)).encode("utf-8"))
    return gone
