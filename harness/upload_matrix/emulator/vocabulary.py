"""The pieces a profile's vocabulary is made of: refusing unknown words, named lists, sizes, placeholders.

Validation runs with a context ``{"lists": {...}, "families": {...}}``: what the profile and those it
extends define, so that a rule may say ``none_of: gpt-sizes`` instead of repeating the sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from upload_matrix import files, vendors

_UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2}
_BYTES = re.compile(r"(\d+) ?(B|KiB|MiB)")


def closest(word: str, known: Iterable[str]) -> str:
    """`` Did you mean 'x'? Known: ...``, to follow an error that names ``word``."""
    names = sorted(known)
    near = files.closest(word, names)
    return (f" Did you mean {near!r}?" if near else "") + f" Known: {', '.join(names) or '(none)'}."


class Words(BaseModel):
    """A mapping of a profile: frozen, and a word it does not know is refused with the nearest one."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _known_words_only(cls, data: Any) -> Any:
        known = {field.alias or name for name, field in cls.model_fields.items()}
        for key in data if isinstance(data, dict) else ():
            if key not in known:
                message = f"unknown word {key!r}.{closest(str(key), known)}"
                # Through the context, so that a message with braces in it is not taken for a template.
                raise PydanticCustomError("unknown_word", "{says}", {"says": message, "key": str(key)})
        return data


def one_or_many(value: Any) -> Any:
    """A single value as a list of one, for words that take one or several."""
    return value if isinstance(value, (list, tuple)) else (value,)


def _named_list(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    lists = (info.context or {}).get("lists", {})
    if value not in lists:
        raise ValueError(f"no list is called {value!r}.{closest(value, lists)}")
    return lists[value]


def _families(value: Any, info: ValidationInfo) -> Any:
    families = (info.context or {}).get("families", {})
    for name in one_or_many(value):
        if name not in families:
            raise ValueError(f"no family of models is called {name!r}.{closest(str(name), families)}")
    return one_or_many(value)


def _byte_size(value: Any) -> Any:
    match = _BYTES.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is not a size: write a number and its unit, such as '4 MiB' or '26214400 B'"
        )
    return int(match[1]) * _UNITS[match[2]]


NamedList = Annotated[tuple[str, ...], BeforeValidator(_named_list)]
"""A list of words, or the name of one under the profile's ``lists``."""

Families = Annotated[tuple[str, ...], BeforeValidator(_families)]
"""One or more names of the profile's ``families``."""

ByteSize = Annotated[int, BeforeValidator(_byte_size)]
"""A number of bytes, written with its unit."""


def in_english(words: tuple[str, ...]) -> str:
    """``'a', 'b', and 'c'``: how the vendor's messages list what is supported."""
    quoted = [f"'{word}'" for word in words]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


PLACEHOLDER = re.compile(r"\{(\w+)\}")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
"""Ids and profile names go out as header values, hence the narrow alphabet."""

NonEmpty = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def known_operation(value: Any) -> Any:
    """Refuse the name of an operation that has no route; raises ValueError."""
    operations = [name for vendor in vendors.known() for name in vendor.routes]
    if value not in operations:
        raise ValueError(f"no operation is called {value!r}.{closest(str(value), operations)}")
    return value


Operations = Annotated[
    tuple[Annotated[str, BeforeValidator(known_operation)], ...], BeforeValidator(one_or_many)
]


def filled(template: str, values: Mapping[str, object]) -> str:
    """A text with its placeholders' values in their places, nothing for one that has none."""
    # Not str.format: a template is a user's file, and format() would reach into attributes.
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], "")), template)
