"""A profile: how one vendor's server behaved around one date, as far as the evidence goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from fnmatch import fnmatchcase

from upload_matrix.emulator.document import Model, built_in_names, locate, merge
from upload_matrix.emulator.reading import ModelState
from upload_matrix.emulator.rule import Rule


@dataclass(frozen=True, slots=True)
class Profile:
    """``rules`` in the order in which they are asked; each has an ``id`` and a ``source`` to show.

    ``families`` are named sets of model name patterns (``gpt-image-*``); ``defaults`` the model an
    operation takes when a request names none.
    """

    name: str
    date: date
    summary: str
    rules: tuple[Rule, ...]
    models: tuple[Model, ...] = ()
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)

    @property
    def timestamp(self) -> int:
        """The profile's date as Unix seconds at midnight UTC: the only time an answer ever shows."""
        return int(datetime.combine(self.date, time(), UTC).timestamp())

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


def profile_names() -> tuple[str, ...]:
    """The names of the built-in profiles, sorted."""
    return built_in_names()


def load_profile(name_or_path: str) -> Profile:
    """Load a built-in profile by name, or a user's by the path of its YAML file.

    Raises ConfigurationError naming file, line, what is wrong and the closest word that would be right.
    """
    merged = merge(locate(name_or_path))
    return Profile(
        name=merged.head.name,
        date=merged.head.date,
        summary=merged.head.summary,
        rules=merged.validated_rules(),
        models=merged.models,
        families=merged.families,
        defaults=merged.defaults,
    )
