"""How many tokens an answer says it cost, read from its body's ``usage``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from upload_matrix.model.codec import parsed


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
    def cached_in(self) -> int:
        """All cached input tokens."""
        return self.cached_text_in + self.cached_image_in

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
