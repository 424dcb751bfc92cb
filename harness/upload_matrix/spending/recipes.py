"""Recipes to compare, from YAML: the calls each takes, their tokens, and what was reported of the cost."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from upload_matrix.model.recipe import Basis, Recipe, RecipeCall
from upload_matrix.model.usage import Usage
from upload_matrix.spending.amounts import Amount, Strict, Text, Tokens
from upload_matrix.spending.placed import read_placed

FIELD_REPORT = Path(__file__).parent / "recipes" / "field-report.yaml"


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


def load_recipes(path: Path = FIELD_REPORT) -> tuple[Recipe, ...]:
    """The recipes of a file, by default the field report's; raises ConfigurationError with file and line."""
    file = read_placed(path, "a list of recipes")
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
