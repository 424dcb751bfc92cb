"""Money: USD as exact decimals. What is not known is None, never zero."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Annotated, Any, TypeAlias

from pydantic import Field, PlainSerializer

from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.words import ExplainedWord

Money: TypeAlias = Annotated[
    Decimal,
    Field(ge=0, allow_inf_nan=False),
    PlainSerializer(lambda amount: f"{amount:f}", return_type=str, when_used="json"),
]
"""USD. ``Money | None`` everywhere: None is an amount nobody knows."""

NOTHING = Decimal(0)
MILLION = Decimal(1_000_000)
LARGEST = Decimal(1_000_000)
"""The largest amount that may be given by a user: more is a slip of the keyboard."""

BEYOND = LARGEST + 1
"""What is kept of any larger amount: more than every budget, and still a number that adds up."""

_NANO = Decimal(1_000_000_000)


def parse_money(text: str, what: str = "amount") -> Money:
    """USD from ``0.50`` or ``$0.50``; raises ConfigurationError, naming ``what`` it was meant for."""
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= LARGEST:
        raise ConfigurationError(
            f"{what}: {text!r} is no amount in USD; give a number from 0 to {LARGEST}, such as 0.50"
        )
    return amount


def shown(amount: Money | None) -> str:
    """``$0.0156``: at least cents, at most a millionth, rounded up; ``unknown`` for None."""
    if amount is None:
        return "unknown"
    rounded = amount.quantize(Decimal("0.000001"), rounding=ROUND_CEILING)
    digits, _, fraction = f"{rounded:f}".partition(".")
    return f"${digits}.{fraction.rstrip('0').ljust(2, '0')}"


def to_nanos(amount: Money) -> int:
    """Billionths of a dollar, rounded up: what is stored is never less than what is meant, up to ``BEYOND``.

    Raises HarnessError for an amount that is none.
    """
    if not amount.is_finite() or amount < 0:
        raise HarnessError(f"{amount} is no amount in USD")
    return int((min(amount, BEYOND) * _NANO).to_integral_value(rounding=ROUND_CEILING))


def from_nanos(nanos: int) -> Money:
    """The inverse of ``to_nanos``, without trailing zeros."""
    return plain(Decimal(nanos) / _NANO)


def plain(amount: Money) -> Money:
    """The same amount in one spelling: no trailing zeros, no exponent."""
    return Decimal(f"{amount:f}".rstrip("0").rstrip(".")) if "." in f"{amount:f}" else Decimal(f"{amount:f}")


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of amounts: ``known`` of those that are known, ``unknown`` how many are not."""

    known: Money = NOTHING
    unknown: int = 0

    @property
    def amount(self) -> Money | None:
        """The whole sum; None as soon as one amount is unknown."""
        return None if self.unknown else self.known

    def __str__(self) -> str:
        if not self.unknown:
            return shown(self.known)
        return f"{shown(self.known)} and {self.unknown} of unknown price"


def total(amounts: Iterable[Money | None]) -> Total:
    """The sum of ``amounts``, the unknown ones counted apart."""
    known, unknown = NOTHING, 0
    for amount in amounts:
        if amount is None:
            unknown += 1
        else:
            known += amount
    return Total(plain(known), unknown)


# How many tokens an answer says it cost, read from its body's ``usage``.


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens by the kind they are priced by; no token stands in two of them.

    ``text_in`` and ``image_in`` are the input tokens that were not cached, ``cached_text_in`` and
    ``cached_image_in`` those that were. ``unsorted`` are tokens whose kind the answer does not say, or for
    which there is no kind here (audio): a usage with any has no known cost.
    """

    text_in: int = 0
    image_in: int = 0
    cached_text_in: int = 0
    cached_image_in: int = 0
    text_out: int = 0
    image_out: int = 0
    unsorted: int = 0

    @property
    def tokens(self) -> int:
        """All tokens of all kinds."""
        return sum(getattr(self, field.name) for field in fields(self))

    def __add__(self, other: Usage) -> Usage:
        names = (field.name for field in fields(self))
        return Usage(**{name: getattr(self, name) + getattr(other, name) for name in names})


def read_usage(body: bytes) -> Usage | None:
    """The usage an answer reports; None when it reports none, or one that cannot be true.

    A gateway that does not know fills in zeros. An answer that was made took tokens in and gave tokens out,
    and one with pictures gave image tokens; a total is the sum of both. Any other usage is not believed:
    what the answer cost is then unknown, never nothing.

    Reads the shapes of the image, responses, chat and transcription endpoints (``usage`` with
    ``input_tokens`` or ``prompt_tokens``), and in a stream of events the last one with a usage.
    Source: OpenAI's OpenAPI document (2026-08), schemas ``ImageGenUsage``, ``ImageEditCompletedEvent``,
    ``ResponseUsage``, ``CompletionUsage``.
    """
    for document in _documents(body):
        usage = document.get("usage")
        if not isinstance(usage, dict) and isinstance(document.get("response"), dict):
            usage = document["response"].get("usage")
        if isinstance(usage, dict):
            images = _of_images(document)
            found = _sorted(usage, images=images)
            return found if found is not None and _can_be_true(usage, found, images=images) else None
    return None


def _can_be_true(usage: dict[str, Any], found: Usage, *, images: bool) -> bool:
    received, made = _received(usage), _made(usage)
    if not received or not made or (images and not found.image_out and found.text_out >= made):
        return False
    return _count(usage, "total_tokens") in (None, received + made)


def _documents(body: bytes) -> list[dict[str, Any]]:
    """The JSON objects of a body, the last one first: one, or those of an event stream."""
    texts = [body]
    if body.lstrip()[:6] in (b"event:", b"data: ") or body.lstrip().startswith(b"data:"):
        lines = (line.strip() for line in body.splitlines())
        texts = [line.removeprefix(b"data:") for line in lines if line.startswith(b"data:")]
    return [document for text in reversed(texts) if (document := _object(text)) is not None]


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        document = parsed(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _of_images(document: dict[str, Any]) -> bool:
    """Whether the answer is one of pictures: their tokens are images where details are missing."""
    kind = document.get("type")
    return isinstance(document.get("data"), list) or "b64_json" in document or (
        isinstance(kind, str) and kind.startswith("image_")
    )  # fmt: skip


def _sorted(usage: dict[str, Any], *, images: bool) -> Usage | None:
    received, made = _received(usage), _made(usage)
    if received is None or made is None:
        return None
    details = _details(usage, "input_tokens_details", "input_token_details", "prompt_tokens_details")
    text, image = _count(details, "text_tokens"), _count(details, "image_tokens")
    audio = _count(details, "audio_tokens") or 0
    if text is None and image is None and not images:
        # A text model counts pictures among its text tokens; only audio is priced apart.
        text = max(received - audio, 0)
    text, image = text or 0, image or 0
    split = _details(details, "cached_tokens_details")
    cached_text = min(_count(split, "text_tokens") or 0, text)
    cached_image = min(_count(split, "image_tokens") or 0, image)
    if not split and 0 in (text, image):
        # Without a split, the kind of a cached token is known only where there is just one kind.
        cached = _count(details, "cached_tokens") or 0
        cached_text, cached_image = min(cached, text), min(cached, image)
    text_out, image_out = _kinds_made(usage, made, images=images)
    return Usage(
        text_in=text - cached_text,
        image_in=image - cached_image,
        cached_text_in=cached_text,
        cached_image_in=cached_image,
        text_out=text_out,
        image_out=image_out,
        unsorted=max(received - text - image, 0) + max(made - text_out - image_out, 0),
    )


def _received(usage: dict[str, Any]) -> int | None:
    return _count(usage, "input_tokens", "prompt_tokens")


def _made(usage: dict[str, Any]) -> int | None:
    return _count(usage, "output_tokens", "completion_tokens")


def _kinds_made(usage: dict[str, Any], made: int, *, images: bool) -> tuple[int, int]:
    """Output tokens: text and image."""
    details = _details(usage, "output_tokens_details", "output_token_details", "completion_tokens_details")
    text, image = _count(details, "text_tokens"), _count(details, "image_tokens")
    if text is None and image is None:
        # The details are optional; the tokens of an answer with pictures were, before there were any, images.
        audio = _count(details, "audio_tokens") or 0
        return (0, made) if images else (max(made - audio, 0), 0)
    return text or 0, image or 0


def _details(usage: dict[str, Any], *names: str) -> dict[str, Any]:
    return next((value for name in names if isinstance(value := usage.get(name), dict)), {})


def _count(usage: dict[str, Any], *names: str) -> int | None:
    for name in names:
        value = usage.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


# Prices: what a token of each kind costs with a model, who says so, and since when.
#
# A price table is a list of lines, read from YAML by ``engine.spending.tables``; the first line that fits
# counts. A rate nobody knows is None, and a cost that would need it is None, never zero.


IMAGE_OPERATIONS = ("images.*",)
"""What a line is about unless it says otherwise."""

NO_NAME = ""
"""What patterns are compared with where a request names no model or its operation is unknown."""


@dataclass(frozen=True, slots=True)
class Span:
    """A number of tokens: what is usual, and what it never goes beyond."""

    expected: int = 0
    worst: int = 0


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """How many tokens a model takes: what estimates are made from, before there is a usage.

    ``image_out`` are output tokens of one image of 1024x1024 pixels by quality. ``largest`` is the size in
    pixels that a request without one is at worst given. ``image_in`` are the tokens of one input image,
    ``text_overhead`` those a server adds to a request's text for each input image and once more,
    ``text_out`` output tokens that are text, ``partial_image`` the tokens of each partial image streamed.
    ``margin`` multiplies the worst case where the numbers are assumed and not ``published`` for this model.
    """

    image_out: Mapping[str, int]
    largest: tuple[int, int]
    image_in: Span
    text_overhead: int
    text_out: Span
    partial_image: int
    published: bool
    margin: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Price:
    """One line of a table: rates in USD per million tokens, or one amount ``per_call`` for everything.

    ``models``, ``operations`` and ``targets`` are patterns (``gpt-image-2.6-*``). A line without any rate
    says that the price is not known; its ``note`` says why. ``table`` is its table's name. ``tokens`` are for
    estimates, and do not stand in reports.
    """

    models: tuple[str, ...]
    source: str
    as_of: date
    operations: tuple[str, ...] = IMAGE_OPERATIONS
    targets: tuple[str, ...] = ("*",)
    text_in: Money | None = None
    image_in: Money | None = None
    cached_text_in: Money | None = None
    cached_image_in: Money | None = None
    text_out: Money | None = None
    image_out: Money | None = None
    per_call: Money | None = None
    tokens: Annotated[TokenCounts | None, Field(exclude=True)] = None
    note: str | None = None
    table: str = ""

    @property
    def known(self) -> bool:
        """Whether the line holds any amount."""
        return self.per_call is not None or any(rate is not None for rate in self._rates())

    def fits(self, model: str | None, operation: str | None, target: str) -> bool:
        """Whether the line is about this model, operation and target."""
        asked = ((model, self.models), (operation, self.operations), (target, self.targets))
        return all(
            any(fnmatchcase(value or NO_NAME, pattern) for pattern in patterns) for value, patterns in asked
        )

    def _rates(self) -> tuple[Money | None, ...]:
        return (
            self.text_in,
            self.image_in,
            self.cached_text_in,
            self.cached_image_in,
            self.text_out,
            self.image_out,
        )


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The lines of all tables, those that count first first."""

    lines: tuple[Price, ...] = ()

    def price(self, model: str | None, operation: str | None, target: str = "") -> Price | None:
        """The first line that fits; None when there is none.

        ``operation`` is a name such as ``images.edit`` (see ``estimate.operation_of``). Only the pattern
        ``*`` fits a request that names no model, or an operation nobody knows.
        """
        return next((line for line in self.lines if line.fits(model, operation, target)), None)


def cost(usage: Usage | None, price: Price | None) -> Money | None:
    """What ``usage`` costs in USD; None when a rate it needs is unknown, or a token's kind is.

    Cached tokens without a rate of their own count in full: then the cost is an upper bound, which
    ``is_upper_bound`` tells.
    """
    if price is None:
        return None
    if price.per_call is not None:
        return price.per_call
    if usage is None or usage.unsorted:
        return None
    spent = NOTHING
    for tokens, rate in _priced(usage, price):
        if tokens and rate is None:
            return None
        spent += tokens * (rate or NOTHING) / MILLION
    return plain(spent)


def spent_on(status: int | None, usage: Usage | None, price: Price | None) -> Money | None:
    """What one answer of ``status`` (None: it never came whole) cost in USD; None where nobody says.

    A request that was rejected (4xx, a rate limit among them) costs nothing unless the server says what it
    used: it looked at the request and made nothing. A redirect is no such word, and neither is a 5xx, which
    a gateway may send for a server that goes on and charges.
    """
    if usage is not None:
        return cost(usage, price)
    if status is not None and 400 <= status < 500:
        return NOTHING
    made = status is not None and 200 <= status < 300
    return price.per_call if made and price is not None else None


def is_upper_bound(usage: Usage, price: Price) -> bool:
    """Whether ``cost`` says at most: a cached token was counted at the full rate."""
    return price.per_call is None and (
        (usage.cached_text_in > 0 and price.cached_text_in is None)
        or (usage.cached_image_in > 0 and price.cached_image_in is None)
    )


def _priced(usage: Usage, price: Price) -> Iterator[tuple[int, Money | None]]:
    yield usage.text_in, price.text_in
    yield usage.image_in, price.image_in
    yield usage.cached_text_in, _either(price.cached_text_in, price.text_in)
    yield usage.cached_image_in, _either(price.cached_image_in, price.image_in)
    yield usage.text_out, price.text_out
    yield usage.image_out, price.image_out


def _either(rate: Money | None, full: Money | None) -> Money | None:
    return full if rate is None else rate


# A recipe: a way to get a picture, as the calls it takes; two of them can be set side by side.


class Basis(ExplainedWord):
    """Where a call's tokens come from."""

    REPORTED = "reported", "Somebody published the usage of such a call."
    PUBLISHED = "published", "The vendor's own counts."
    ASSUMED = "assumed", "Ours, so that there is a number at all."
    UNKNOWN = "unknown", "Nobody says how many tokens such a call takes."


@dataclass(frozen=True, slots=True)
class RecipeCall:
    """One call: ``usage`` is None and ``basis`` unknown where nobody said how many tokens it takes."""

    step: str
    operation: str
    model: str | None
    usage: Usage | None
    basis: Basis
    source: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """``reported`` is the cost in USD that ``source`` gives for the whole, None when it gives none."""

    name: str
    says: str
    calls: tuple[RecipeCall, ...]
    reported: Money | None
    source: str
