"""From profile files to one merged, validated description: the work behind ``load_profile``.

A profile may extend another. Lists and families are merged by name, ``models`` and ``defaults`` replace
the other's as a whole, and rules are taken over one by one: same id replaces in place, a new one goes
in front of the one its ``before`` names or to the end, and ``remove`` takes rules out. Every rule is
validated last, with the merged lists, so a changed list also reaches the rules that were taken over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from upload_matrix.emulator.rule import Name, NonEmpty, Operations, Rule, known_operation
from upload_matrix.emulator.source_file import SourceFile, read_source
from upload_matrix.emulator.words import Words, closest
from upload_matrix.model.errors import ConfigurationError

BUILT_IN = Path(__file__).with_name("profiles")


class Model(Words):
    """A model a profile knows: what may be asked of it, and the day it is shut down (None: no day known)."""

    id: NonEmpty
    operations: Operations
    shutdown: date | None = None


class Document(Words):
    """The outermost words of a profile file. ``rules`` stay plain here: see the module's docstring."""

    name: Name
    date: date
    summary: NonEmpty
    extends: str | None = None
    remove: tuple[str, ...] = ()
    lists: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    families: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    defaults: dict[Annotated[str, BeforeValidator(known_operation)], str] | None = None
    models: tuple[Model, ...] | None = None
    rules: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class RawRule:
    """A rule before validation, with the file and the position in it that it comes from."""

    data: dict[str, Any]
    file: SourceFile
    index: int

    @property
    def id(self) -> str:
        """The rule's id, or an empty string when it has none (validation will say so)."""
        return str(self.data.get("id", ""))

    def validated(self, context: dict[str, Any]) -> Rule:
        """The rule, its lists and families resolved; raises ConfigurationError."""
        try:
            return Rule.model_validate(self.data, context=context)
        except ValidationError as error:
            raise self.file.errors(("rules", self.index), error) from error


@dataclass(frozen=True, slots=True)
class Merged:
    """A profile file together with all it extends."""

    head: Document
    models: tuple[Model, ...] = ()
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    families: dict[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    rules: tuple[RawRule, ...] = ()

    def validated_rules(self) -> tuple[Rule, ...]:
        """Every rule in order; raises ConfigurationError."""
        context = {"lists": self.lists, "families": self.families}
        return tuple(rule.validated(context) for rule in self.rules)


def locate(name_or_path: str, beside: Path | None = None) -> Path:
    """The file of a built-in profile's name or of a path, relative to ``beside`` when that is given."""
    built_in = BUILT_IN / f"{name_or_path}.yaml"
    if Path(name_or_path).name == name_or_path and built_in.is_file():
        return built_in
    path = (beside or Path()) / name_or_path
    if path.is_file():
        return path
    hint = closest(name_or_path, built_in_names())
    raise ConfigurationError(f"no profile {name_or_path!r}: neither a built-in name nor a file.{hint}")


def built_in_names() -> tuple[str, ...]:
    """The names of the profiles that come with the package, sorted."""
    return tuple(sorted(path.stem for path in BUILT_IN.glob("*.yaml")))


def merge(path: Path, above: tuple[Path, ...] = ()) -> Merged:
    """Read ``path`` and what it extends; ``above`` are the files that led here. Raises ConfigurationError."""
    file = read_source(path)
    try:
        head = Document.model_validate(file.data)
    except ValidationError as error:
        raise file.errors((), error) from error
    base = Merged(head) if head.extends is None else _extended(file, head.extends, (*above, path))
    return Merged(
        head=head,
        models=base.models if head.models is None else head.models,
        lists={**base.lists, **head.lists},
        families={**base.families, **head.families},
        defaults=base.defaults if head.defaults is None else head.defaults,
        rules=_merged_rules(base.rules, file, head),
    )


def _extended(file: SourceFile, name: str, above: tuple[Path, ...]) -> Merged:
    try:
        path = locate(name, beside=file.path.parent)
    except ConfigurationError as error:
        raise file.error(("extends",), str(error)) from error
    if path.resolve() in {other.resolve() for other in above}:
        raise file.error(
            ("extends",), f"{name!r} extends this profile in turn; one of them has to stand alone"
        )
    return merge(path, above)


def _merged_rules(base: tuple[RawRule, ...], file: SourceFile, head: Document) -> tuple[RawRule, ...]:
    rules, seen = list(base), set[str]()
    for index, data in enumerate(head.rules):
        rule = RawRule(data, file, index)
        if rule.id in seen:
            raise file.error(
                ("rules", index, "id"), f"{rule.id!r} is the id of an earlier rule: ids are unique"
            )
        seen.add(rule.id)
        ids = [other.id for other in rules]
        before = data.get("before")
        if rule.id in ids:
            rules[ids.index(rule.id)] = rule
        elif before is None:
            rules.append(rule)
        elif before in ids:
            rules.insert(ids.index(before), rule)
        else:
            raise file.error(
                ("rules", index, "before"), f"no rule is called {before!r}.{closest(str(before), ids)}"
            )
    known = {rule.id for rule in rules}
    for index, gone in enumerate(head.remove):
        if gone not in known:
            raise file.error(("remove", index), f"no rule is called {gone!r}.{closest(gone, known)}")
    return tuple(rule for rule in rules if rule.id not in head.remove)
