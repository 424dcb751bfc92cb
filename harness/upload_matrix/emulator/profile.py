"""A profile: how one vendor's server behaved around one date, as far as the evidence goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from upload_matrix import vendors
from upload_matrix.emulator.reading import ModelState, Reading, items, json_fields, part_fields
from upload_matrix.emulator.rule import Rule
from upload_matrix.emulator.vocabulary import Name, NonEmpty, Operations, Words, closest, known_operation
from upload_matrix.files import YamlFile, read_yaml
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.wire.carriers.multipart import base_name
from upload_matrix.wire.form import WireForm

# From profile files to one merged, validated description: the work behind ``load_profile``.
#
# A profile may extend another. Lists and families are merged by name, ``models`` and ``defaults`` replace
# the other's as a whole, and rules are taken over one by one: same id replaces in place, a new one goes in
# front of the one its ``before`` names or to the end, and ``remove`` takes rules out. Every rule is
# validated last, with the merged lists, so a changed list also reaches the rules that were taken over.


class Model(Words):
    """A model a profile knows: what may be asked of it, and the day it is shut down (None: no day known)."""

    id: NonEmpty
    operations: Operations
    shutdown: date | None = None


class ProfileFile(Words):
    """The outermost words of a profile file. ``rules`` stay plain here: see the module's docstring."""

    name: Name
    date: date
    summary: NonEmpty
    extends: str | None = None
    remove: tuple[str, ...] = ()
    leaves_out: tuple[Annotated[str, BeforeValidator(known_operation)], ...] = ()
    lists: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    families: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    defaults: dict[Annotated[str, BeforeValidator(known_operation)], str] | None = None
    models: tuple[Model, ...] | None = None
    rules: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class RawRule:
    """A rule before validation, with the file and the position in it that it comes from."""

    data: dict[str, Any]
    file: YamlFile
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
            raise self.file.errors(Rule, error, below=("rules", self.index)) from error


@dataclass(frozen=True, slots=True)
class Merged:
    """A profile file together with all it extends."""

    head: ProfileFile
    models: tuple[Model, ...] = ()
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    families: dict[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    rules: tuple[RawRule, ...] = ()
    leaves_out: frozenset[str] = frozenset()

    def validated_rules(self) -> tuple[Rule, ...]:
        """Every rule in order, but those about what is left out alone; raises ConfigurationError."""
        context = {"lists": self.lists, "families": self.families}
        rules = (rule.validated(context) for rule in self.rules)
        return tuple(
            rule for rule in rules if not rule.when.operation or set(rule.when.operation) - self.leaves_out
        )


def locate(name_or_path: str, beside: Path | None = None) -> Path:
    """The file of a built-in profile's name or of a path, relative to ``beside`` when that is given."""
    built_in = next((path for path in vendors.files("profiles") if path.stem == name_or_path), None)
    if built_in is not None:
        return built_in
    path = (beside or Path()) / name_or_path
    if path.is_file():
        return path
    hint = closest(name_or_path, profile_names())
    raise ConfigurationError(f"no profile {name_or_path!r}: neither a built-in name nor a file.{hint}")


def profile_names() -> tuple[str, ...]:
    """The names of the built-in profiles, sorted."""
    return tuple(sorted(path.stem for path in vendors.files("profiles")))


def merge(path: Path, above: tuple[Path, ...] = ()) -> Merged:
    """Read ``path`` and what it extends; ``above`` are the files that led here. Raises ConfigurationError."""
    file = read_yaml(path, "a profile")
    try:
        head = ProfileFile.model_validate(file.data)
    except ValidationError as error:
        raise file.errors(ProfileFile, error) from error
    base = Merged(head) if head.extends is None else _extended(file, head.extends, (*above, path))
    return Merged(
        head=head,
        models=base.models if head.models is None else head.models,
        lists={**base.lists, **head.lists},
        families={**base.families, **head.families},
        defaults=base.defaults if head.defaults is None else head.defaults,
        rules=_merged_rules(base.rules, file, head),
        leaves_out=base.leaves_out | set(head.leaves_out),
    )


def _extended(file: YamlFile, name: str, above: tuple[Path, ...]) -> Merged:
    try:
        path = locate(name, beside=file.path.parent)
    except ConfigurationError as error:
        raise file.error(("extends",), str(error)) from error
    if path.resolve() in {other.resolve() for other in above}:
        raise file.error(
            ("extends",), f"{name!r} extends this profile in turn; one of them has to stand alone"
        )
    return merge(path, above)


def _merged_rules(base: tuple[RawRule, ...], file: YamlFile, head: ProfileFile) -> tuple[RawRule, ...]:
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


@dataclass(frozen=True, slots=True)
class Profile:
    """``rules`` in the order in which they are asked; each has an ``id`` and a ``source`` to show.

    ``families`` are named sets of model name patterns (``gpt-image-*``); ``defaults`` the model an
    operation takes when a request names none. ``leaves_out`` are operations that it makes no statement
    about, though the profile that it extends does. ``vendor`` is whose folder a shipped profile
    lies in; empty for a user's own.
    """

    name: str
    date: date
    summary: str
    rules: tuple[Rule, ...]
    models: tuple[Model, ...] = ()
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    vendor: str = ""
    leaves_out: frozenset[str] = frozenset()

    @property
    def timestamp(self) -> int:
        """The profile's date as Unix seconds at midnight UTC: the only time an answer ever shows."""
        return int(datetime.combine(self.date, time(), UTC).timestamp())

    @property
    def in_force(self) -> tuple[Rule, ...]:
        """The rules that hold on the profile's date."""
        return tuple(rule for rule in self.rules if rule.since is None or rule.since <= self.date)

    def alive(self, model: Model) -> bool:
        """Whether ``model`` still answers on the profile's date; on its shutdown day it no longer does."""
        return model.shutdown is None or self.date < model.shutdown

    def model_state(self, name: str | None, operation: str | None) -> ModelState:
        """What there is to say of the model called ``name`` for ``operation`` (see ``rule.When``)."""
        if name is None:
            return "missing"
        model = next((model for model in self.models if model.id == name), None)
        if model is None:
            return "unknown"
        if not self.alive(model):
            return "retired"
        return "live" if operation in model.operations else "unsupported"

    def families_of(self, name: str | None) -> frozenset[str]:
        """The families with a pattern that fits ``name``."""
        if name is None:
            return frozenset()
        return frozenset(
            family
            for family, patterns in self.families.items()
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        )


OWN_ROOT = "/v1"
"""Where an API lies that is a profile of a user's own."""

_DATED = re.compile(r"(?P<vendor>[a-z0-9.-]+)@(?P<month>\d{4}-\d{2})(?P<day>-\d{2})?")


def load_profile(name_or_path: str) -> Profile:
    """Load a built-in profile by name, or a user's by the path of its YAML file.

    ``openai@2025-09`` (or a day) is a vendor as of that date: the profile nearest to it, with the models that
    lived then; a month is its last day.
    Raises ConfigurationError naming file, line, what is wrong and the closest word that would be right.
    """
    dated = _DATED.fullmatch(name_or_path)
    if dated is not None:
        return _as_of(name_or_path, dated["vendor"], _day(name_or_path, dated["month"], dated["day"]))
    path = locate(name_or_path)
    merged = merge(path)
    return Profile(
        name=merged.head.name,
        date=merged.head.date,
        summary=merged.head.summary,
        rules=merged.validated_rules(),
        models=merged.models,
        families=merged.families,
        defaults=merged.defaults,
        vendor=path.parent.parent.name if path in vendors.files("profiles") else "",
        leaves_out=merged.leaves_out,
    )


def root_of(name: str) -> str:
    """Where the API lies that a profile of this name emulates; ``/v1`` for a profile of a user's own."""
    dated = _DATED.fullmatch(name)
    path = next((each for each in vendors.files("profiles") if each.stem == name), None)
    vendor = vendors.serving(dated["vendor"] if dated else path.parent.parent.name if path else "")
    return OWN_ROOT if vendor is None else next(iter(vendor.roots), "")


def is_dated(name: str) -> bool:
    """Whether a profile's name is a vendor as of a date."""
    return _DATED.fullmatch(name) is not None


def _day(name: str, month: str, day: str | None) -> date:
    try:
        return date.fromisoformat(f"{month}{day}") if day else last_of(date.fromisoformat(f"{month}-01"))
    except ValueError as error:
        raise ConfigurationError(f"profile {name!r}: {error}") from error


def last_of(month: date) -> date:
    """The last day of a day's month."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _as_of(name: str, vendor: str, day: date) -> Profile:
    profile = profile_at(vendor, day)
    if profile is None:
        known = sorted({path.parent.parent.name for path in vendors.files("profiles")})
        raise ConfigurationError(
            f"profile {name!r}: {vendor} is not emulated. There are profiles of: {', '.join(known)}"
        )
    return replace(profile, name=name, date=day)


def profiles_of(vendor: str) -> tuple[Profile, ...]:
    """The built-in profiles that speak of a vendor, the oldest first; none for most vendors."""
    serving = vendors.serving(vendor)
    return () if serving is None else _in_folder(vendors.ROOT / serving.name)


@cache
def _in_folder(folder: Path) -> tuple[Profile, ...]:
    found = [load_profile(path.stem) for path in sorted((folder / "profiles").glob("*.yaml"))]
    return tuple(sorted(found, key=lambda profile: profile.date))


def profile_at(vendor: str, day: date | None, operation: str = "") -> Profile | None:
    """The profile whose date is the nearest, the newer one of two; the oldest where no day is known.

    Of those that do not leave ``operation`` out. None for a vendor without profiles.
    """
    known = [profile for profile in profiles_of(vendor) if operation not in profile.leaves_out]
    if day is None:
        return known[0] if known else None
    return min(reversed(known), key=lambda profile: abs(profile.date - day), default=None)


def read(profile: Profile, wire: WireForm) -> Reading:
    """Look at ``wire`` with the models and families of ``profile``."""
    route = vendors.addressed(wire.path)
    document = parsed(wire.json) if wire.json is not None else None
    fields = json_fields(document) if wire.json is not None else part_fields(wire.parts or ())
    named = fields["model"].value if "model" in fields else None
    model = named or route.deployment or profile.defaults.get(route.operation or "")
    return Reading(
        wire=wire,
        operation=route.operation,
        method_fits=wire.method == route.method,
        encoding="multipart" if wire.parts is not None else "json" if wire.json is not None else "other",
        model=model,
        model_state=profile.model_state(model, route.operation),
        families=profile.families_of(model),
        fields=fields,
        parts_by_name={
            name: wire.parts_named(name) for name in {base_name(part.name) for part in wire.parts or ()}
        },
        items=items(document),
        unknown_fields=tuple(
            name for name in fields if not vendors.has_field(route.operation, base_name(name))
        ),
    )
