"""Price tables: YAML files to lines of ``model.price``. ``vendors/openai/prices`` says how to write one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from upload_matrix import vendors
from upload_matrix.files import YamlFile, read_yaml
from upload_matrix.model.price import (
    IMAGE_OPERATIONS,
    Basis,
    Price,
    PriceTable,
    Recipe,
    RecipeCall,
    Span,
    TokenCounts,
    Usage,
)

# How amounts and sizes are written in this room's YAML files, as types for pydantic.


_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


class Strict(BaseModel):
    """A mapping of a file: frozen, and a word it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError("give a number, such as 2.50")  # noqa: TRY004 - pydantic wants a ValueError
    try:
        # Through its shortest spelling, so that 2.5 is 2.5 and not the nearest binary fraction.
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("give a number, such as 2.50") from None
    if not amount.is_finite() or not 0 <= amount <= 1_000_000:
        raise ValueError("give a number from 0 to 1000000")
    return amount


def _integer(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("give a whole number")  # noqa: TRY004 - as above
    return value


def _pixels(value: Any) -> tuple[int, int]:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("give a size in pixels, such as 1536x1024")
    return int(match[1]), int(match[2])


Amount = Annotated[Decimal, BeforeValidator(_decimal)]
"""USD, or a factor: exact, not negative."""

Tokens = Annotated[int, Field(ge=0, le=100_000_000, strict=True), BeforeValidator(_integer)]
"""A number of tokens."""

Pixels = Annotated[tuple[int, int], BeforeValidator(_pixels)]
"""Width and height, written 1536x1024."""

Text = Annotated[str, Field(min_length=1, strict=True)]
"""Words; not empty."""


_RATES = ("text_in", "image_in", "cached_text_in", "cached_image_in", "text_out", "image_out")


class _Span(Strict):
    expected: Tokens
    worst: Tokens

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expected > self.worst:
            raise ValueError(f"expected ({self.expected}) is more than worst ({self.worst})")
        return self


class _Counts(Strict):
    published: bool = Field(strict=True)
    image_out: dict[Text, Tokens] = Field(min_length=1)
    largest: Pixels
    image_in: _Span
    text_overhead: Tokens
    text_out: _Span
    partial_image: Tokens
    margin: Amount = Decimal(1)
    source: Text

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.margin < 1:
            raise ValueError(f"margin {self.margin} would make the worst case better; give 1 or more")
        return self


class _Line(Strict):
    models: tuple[Text, ...] = Field(min_length=1)
    operations: tuple[Text, ...] = Field(default=IMAGE_OPERATIONS, min_length=1)
    targets: tuple[Text, ...] = Field(default=("*",), min_length=1)
    text_in: Amount | None = None
    image_in: Amount | None = None
    cached_text_in: Amount | None = None
    cached_image_in: Amount | None = None
    text_out: Amount | None = None
    image_out: Amount | None = None
    per_call: Amount | None = None
    tokens: Text | None = None
    source: Text
    as_of: date | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        rates = [name for name in _RATES if getattr(self, name) is not None]
        if self.per_call is not None and rates:
            raise ValueError(f"per_call is the price of everything; drop it or {', '.join(rates)}")
        if self.per_call is None and not rates and self.note is None:
            raise ValueError("a line without a price says why, in note")
        return self


class _Table(Strict):
    name: Text
    as_of: date
    summary: str = ""
    tokens: dict[Text, _Counts] = Field(default_factory=dict)
    prices: tuple[_Line, ...] = Field(min_length=1)


def load_prices(folders: Iterable[Path] = (), files: Iterable[Path] = ()) -> PriceTable:
    """The vendors' tables and every ``*.yaml`` of ``folders`` (which need not exist) and ``files``.

    ``files`` count before folders, a later folder before an earlier one, the vendors' tables last; within
    a folder files count by name, within a file lines from the top. Raises ConfigurationError with file,
    line, value and the way out.
    """
    paths = [*files]
    for folder in reversed(list(folders)):
        paths += sorted(folder.glob("*.yaml"))
    paths += vendors.files("prices")
    return PriceTable(tuple(line for path in paths for line in _read(path)))


def _read(path: Path) -> tuple[Price, ...]:
    file = read_yaml(path, "a price table")
    try:
        table = _Table.model_validate(file.data)
    except ValidationError as error:
        raise file.errors(_Table, error) from error
    counts = {name: _token_counts(words) for name, words in table.tokens.items()}
    return tuple(_price(file, table, counts, index, line) for index, line in enumerate(table.prices))


def _token_counts(words: _Counts) -> TokenCounts:
    return TokenCounts(
        image_out=words.image_out,
        largest=words.largest,
        image_in=Span(words.image_in.expected, words.image_in.worst),
        text_overhead=words.text_overhead,
        text_out=Span(words.text_out.expected, words.text_out.worst),
        partial_image=words.partial_image,
        published=words.published,
        margin=words.margin,
        source=words.source,
    )


def _price(file: YamlFile, table: _Table, counts: dict[str, TokenCounts], index: int, line: _Line) -> Price:
    if line.tokens is not None and line.tokens not in counts:
        known = ", ".join(sorted(counts)) or "(none)"
        raise file.error(
            ("prices", index, "tokens"), f"no entry of `tokens` is called {line.tokens!r}; there are {known}"
        )
    return Price(
        models=line.models,
        source=line.source,
        as_of=line.as_of or table.as_of,
        operations=line.operations,
        targets=line.targets,
        text_in=line.text_in,
        image_in=line.image_in,
        cached_text_in=line.cached_text_in,
        cached_image_in=line.cached_image_in,
        text_out=line.text_out,
        image_out=line.image_out,
        per_call=line.per_call,
        tokens=None if line.tokens is None else counts[line.tokens],
        note=line.note,
        table=table.name,
    )


# Recipes to compare, from YAML: the calls each takes, their tokens, and what was reported of the cost.


class _Usage(Strict):
    text_in: Tokens = 0
    image_in: Tokens = 0
    cached_text_in: Tokens = 0
    cached_image_in: Tokens = 0
    text_out: Tokens = 0
    image_out: Tokens = 0


class _Call(Strict):
    step: Text
    operation: Text
    model: Text | None = None
    usage: _Usage | None = None
    basis: Basis
    source: Text

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.basis is Basis.UNKNOWN) != (self.usage is None):
            raise ValueError("give a usage and where it is from, or neither: basis unknown")
        return self


class _Recipe(Strict):
    name: Text
    says: Text
    reported: Amount | None = None
    source: Text
    calls: tuple[_Call, ...] = Field(min_length=1)


class _Recipes(Strict):
    recipes: tuple[_Recipe, ...] = Field(min_length=1)


def load_recipes(*paths: Path) -> tuple[Recipe, ...]:
    """The recipes of the files, by default the vendors'; raises ConfigurationError with file and line."""
    return tuple(recipe for path in paths or vendors.files("recipes") for recipe in _recipes(path))


def _recipes(path: Path) -> tuple[Recipe, ...]:
    file = read_yaml(path, "a list of recipes")
    try:
        document = _Recipes.model_validate(file.data)
    except ValidationError as error:
        raise file.errors(_Recipes, error) from error
    return tuple(_recipe(words) for words in document.recipes)


def _recipe(words: _Recipe) -> Recipe:
    calls = tuple(
        RecipeCall(
            step=call.step,
            operation=call.operation,
            model=call.model,
            usage=None if call.usage is None else Usage(**call.usage.model_dump()),
            basis=call.basis,
            source=call.source,
        )
        for call in words.calls
    )
    return Recipe(words.name, words.says, calls, words.reported, words.source)
