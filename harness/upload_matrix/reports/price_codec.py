"""Price lines as plain JSON data and back, with their schema and that of usage. Amounts are exact: texts."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from upload_matrix.model.price import Price
from upload_matrix.model.usage import Usage
from upload_matrix.reports.decode import MalformedError, may, need, texts
from upload_matrix.reports.schema_words import Schema, list_of, object_of

if TYPE_CHECKING:
    from upload_matrix.model.money import Money
    from upload_matrix.reports.encode import Document

RATES = ("text_in", "image_in", "cached_text_in", "cached_image_in", "text_out", "image_out")

_PATTERNS = ("models", "operations", "targets")
_TEXT: Schema = {"type": "string"}
_AMOUNT: Schema = {"type": "string", "pattern": r"^\d+(\.\d+)?$"}


def usage_schema() -> Schema:
    """The schema of a usage."""
    count: Schema = {"type": "integer", "minimum": 0}
    return object_of({field.name: count for field in fields(Usage)})


def encode_price(price: Price) -> Document:
    """A line without its token counts, which are for estimates."""
    document: Document = {name: list(getattr(price, name)) for name in _PATTERNS}
    amounts = ((name, getattr(price, name)) for name in (*RATES, "per_call"))
    document |= {name: f"{amount:f}" for name, amount in amounts if amount is not None}
    document |= {"source": price.source, "as_of": price.as_of.isoformat(), "table": price.table}
    return document if price.note is None else document | {"note": price.note}


def decode_price(document: Document) -> Price:
    """The inverse; raises MalformedError."""
    try:
        as_of = date.fromisoformat(need(document, "as_of", str))
    except ValueError as error:
        raise MalformedError(f"has an 'as_of' that is no day: {error}") from error
    return Price(
        source=need(document, "source", str),
        as_of=as_of,
        note=may(document, "note", str),
        table=need(document, "table", str),
        models=texts(need(document, "models", list), "models"),
        operations=texts(need(document, "operations", list), "operations"),
        targets=texts(need(document, "targets", list), "targets"),
        text_in=_amount(document, "text_in"),
        image_in=_amount(document, "image_in"),
        cached_text_in=_amount(document, "cached_text_in"),
        cached_image_in=_amount(document, "cached_image_in"),
        text_out=_amount(document, "text_out"),
        image_out=_amount(document, "image_out"),
        per_call=_amount(document, "per_call"),
    )


def _amount(document: Document, name: str) -> Money | None:
    text = may(document, name, str)
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise MalformedError(f"{name!r} is no amount in USD")
    return amount


def price_schema() -> Schema:
    """The schema of a line."""
    return object_of(
        {
            **{name: list_of(_TEXT) for name in _PATTERNS},
            "source": _TEXT,
            "as_of": {"type": "string", "format": "date"},
            "table": _TEXT,
        },
        {
            **{name: {**_AMOUNT, "description": "USD per million tokens"} for name in RATES},
            "per_call": {**_AMOUNT, "description": "USD for one call"},
            "note": _TEXT,
        },
    )
