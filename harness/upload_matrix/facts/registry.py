"""The registry: all facts as one document that other programs read, with what changed since the last one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from upload_matrix.facts.fact import Fact
from upload_matrix.facts.handing import Handing, ways
from upload_matrix.model import codec
from upload_matrix.model.codec import Schema, encode
from upload_matrix.model.errors import ConfigurationError

UNKNOWN_FORMAT = "unknown"
"""The format of a file whose bytes nobody recorded, as one behind a URL or an id."""

_FIRST = "1.0.0"


@dataclass(frozen=True, slots=True)
class RegistryRelease:
    """What a release of the registry changed, by ids of facts.

    ``added`` are new, ``withdrawn`` no longer count, ``changed`` were seen again, or are known better.
    ``removed`` are in no file any more, which is not supposed to happen: facts are withdrawn.
    """

    release: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    withdrawn: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not (self.added or self.changed or self.withdrawn or self.removed)


@dataclass(frozen=True, slots=True)
class Repository:
    """Where facts were read: how many, and under which licence the repository is (None: not known)."""

    name: str
    licence: str | None
    facts: int


Index = Mapping[str, Mapping[str, Mapping[str, tuple[Handing, ...]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Facts by id, and what follows from those that count.

    ``index`` is by vendor, operation and format of the file (``unknown``: nobody recorded its bytes), and
    has the ways in which such files were handed over, what nothing speaks against first. ``releases`` are
    newest first; ``release`` is the first of them. ``version`` is that of this form.
    """

    format: Literal["upload-matrix registry"] = "upload-matrix registry"
    version: Literal[1] = 1
    release: str
    index: Index
    facts: Mapping[str, Fact]
    sources: tuple[Repository, ...]
    releases: tuple[RegistryRelease, ...]

    @property
    def counting(self) -> tuple[Fact, ...]:
        """The facts that were not withdrawn."""
        return tuple(fact for fact in self.facts.values() if fact.withdrawn is None)


def registry(facts: Iterable[Fact], previous: Registry | None = None) -> Registry:
    """The registry of facts, those that were withdrawn among them, as the release after ``previous``.

    Where nothing changed it is the same release: the same facts make the same document. A release counts
    up its last number where facts were added alone, and its middle one for anything else.
    Raises ConfigurationError where two facts have one id.
    """
    by_id: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda fact: (fact.vendor, fact.operation, fact.id)):
        if by_id.setdefault(fact.id, fact).identity != fact.identity:
            raise ConfigurationError(f"two facts are called {fact.id}")
    counting = tuple(fact for fact in by_id.values() if fact.withdrawn is None)
    change = _change(by_id, {} if previous is None else previous.facts)
    releases = () if previous is None else previous.releases
    if previous is None or not change.is_empty:
        number = _FIRST if previous is None else _after(previous.release, change)
        releases = (replace(change, release=number), *releases)
    return Registry(
        release=releases[0].release,
        index=_index(counting),
        facts=by_id,
        sources=_repositories(counting),
        releases=releases,
    )


def of_text(text: str, name: str) -> Registry:
    """What ``as_text`` wrote; raises ConfigurationError, with the file's ``name``, for anything else."""
    way_out = "Name a folder that `facts export` wrote, or a new one."
    return codec.load(Registry, text, name, what="registry", way_out=way_out)


_LEVELS = {"index": 4, "facts": 1, "sources": 1, "releases": 1}
"""Levels of these that are laid out a line an entry: a difference between two registries can be read."""


def as_text(document: Registry) -> str:
    """The registry as JSON: a fact a line, and a way to hand a file over a line."""
    claims = {"format": document.format, "version": document.version}
    data = {**claims, **encode(document)}
    entries = (
        f"{codec.line(name)}: {_laid_out(value, _LEVELS.get(name, 0))}" for name, value in data.items()
    )
    return f"{{{''.join(codec.separated(entries))}}}\n"


def _laid_out(value: Any, levels: int) -> str:
    if levels and isinstance(value, dict):
        entries = (f"{codec.line(name)}: {_laid_out(each, levels - 1)}" for name, each in value.items())
        return f"{{{''.join(codec.separated(entries))}}}"
    if levels and isinstance(value, list):
        return f"[{''.join(codec.separated(_laid_out(each, levels - 1) for each in value))}]"
    return codec.line(value)


def registry_schema() -> Schema:
    """The JSON Schema of the registry."""
    return codec.json_schema(Registry, "registry")


def _index(facts: Iterable[Fact]) -> Index:
    groups: dict[str, dict[str, dict[str, list[Fact]]]] = {}
    for fact in facts:
        by_format = groups.setdefault(fact.vendor, {}).setdefault(fact.operation, {})
        by_format.setdefault(fact.sniffed or UNKNOWN_FORMAT, []).append(fact)
    return {
        vendor: {
            operation: {
                name: found
                for name, group in sorted(by_format.items())
                if (found := ways(group, None if name == UNKNOWN_FORMAT else name))
            }
            for operation, by_format in sorted(operations.items())
        }
        for vendor, operations in sorted(groups.items())
    }


def _repositories(facts: Iterable[Fact]) -> tuple[Repository, ...]:
    seen: dict[str, tuple[str | None, set[str]]] = {}
    for fact in facts:
        for source in fact.sources:
            _, ids = seen.setdefault(source.repository, (source.licence, set()))
            ids.add(fact.id)
    return tuple(Repository(name, licence, len(ids)) for name, (licence, ids) in sorted(seen.items()))


def _change(now: Mapping[str, Fact], before: Mapping[str, Fact]) -> RegistryRelease:
    both = [name for name in now if name in before]
    gone = tuple(name for name, fact in now.items() if fact.withdrawn and not _is_withdrawn(before.get(name)))
    return RegistryRelease(
        "",
        added=tuple(name for name, fact in now.items() if name not in before and fact.withdrawn is None),
        changed=tuple(name for name in both if now[name] != before[name] and name not in gone),
        withdrawn=gone,
        removed=tuple(name for name in before if name not in now),
    )


def _is_withdrawn(fact: Fact | None) -> bool:
    return fact is not None and fact.withdrawn is not None


def _after(release: str, change: RegistryRelease) -> str:
    try:
        major, minor, patch = map(int, release.split("."))
    except ValueError as error:
        raise ConfigurationError(f"no release of a registry: {release!r}") from error
    adds_alone = not (change.changed or change.withdrawn or change.removed)
    return f"{major}.{minor}.{patch + 1}" if adds_alone else f"{major}.{minor + 1}.0"
