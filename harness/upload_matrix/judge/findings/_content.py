"""Blocks of a message that carry a file: where they stand, whose notation they are, how one is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from upload_matrix import vendors
from upload_matrix.judge.findings._sent import SentForm, as_it_should_be
from upload_matrix.wire.json_body import Keys
from upload_matrix.wire.media import format_of_type, preferred_type, word_of_format
from upload_matrix.wire.upload import Upload

_TURNS = ("messages", "input", "contents")
_ENTRIES = ("content", "parts", "output")
_FILE = re.compile(r"\{(?:data_url|base64|url)\}")
ADDRESS = "-address"
"""Ends the kind of a block that has a file's address in it, and not its bytes."""


@dataclass(frozen=True, slots=True)
class Stands:
    """An object in a message, the way to it, and whose message it is, as far as that says so."""

    keys: Keys
    block: Mapping[str, Any]
    role: str | None


def standing(document: Any) -> Iterator[Stands]:
    """Every object of the messages of a conversation, and of what tools gave back in them."""
    if not isinstance(document, dict):
        return
    for name in _TURNS:
        turns = document.get(name)
        for number, turn in enumerate(turns if isinstance(turns, list) else ()):
            if isinstance(turn, dict):
                role = turn.get("role")
                yield from _within(turn, (name, number), role if isinstance(role, str) else None)


def _within(around: Mapping[str, Any], keys: Keys, role: str | None) -> Iterator[Stands]:
    for name in _ENTRIES:
        entries = around.get(name)
        for number, each in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(each, dict):
                yield Stands((*keys, name, number), each, role)
                yield from _within(each, (*keys, name, number), role)


@dataclass(frozen=True, slots=True)
class ForeignBlock:
    """A notation that a block fits: ``whose`` it is, the ``kind`` of file, and the way to its text within."""

    whose: str
    kind: str
    way: Keys
    closeness: int


def own(block: Mapping[str, Any], content: Mapping[str, tuple[Any, ...]]) -> bool:
    """Whether a block is written as one of these templates."""
    return any(_fits(block, each) for templates in content.values() for each in templates)


def foreign(block: Mapping[str, Any], but: str) -> ForeignBlock | None:
    """Whose notation a block is written in, of all but one operation's: the one of which it has most."""
    found = [
        ForeignBlock(whose, kind, way, _shared(block, template))
        for whose, content in _notations()
        if whose != but
        for kind, templates in content.items()
        for template in templates
        if _fits(block, template)
        for way in (file_way(template),)
    ]
    return max(found, key=lambda each: each.closeness, default=None)


def _notations() -> Iterator[tuple[str, Mapping[str, tuple[Any, ...]]]]:
    for vendor in vendors.known():
        yield from vendor.content.items()
    yield from vendors.other_content().items()


def file_way(template: Any) -> Keys:
    """The way to where the file stands."""
    if isinstance(template, str):
        return ()
    return next((key, *file_way(each)) for key, each in template.items() if _FILE.search(json.dumps(each)))


def _fits(block: Any, template: Any) -> bool:
    """Whether the words of a template stand in the block, and a text where the file goes."""
    if isinstance(template, str):
        return template == block or (_FILE.search(template) is not None and isinstance(block, str))
    wanted = {key: each for key, each in template.items() if isinstance(each, dict) or _counts(each)}
    return isinstance(block, dict) and all(key in block and _fits(block[key], wanted[key]) for key in wanted)


def _counts(each: str) -> bool:
    return "{" not in each or _FILE.search(each) is not None


def _shared(block: Any, template: Any) -> int:
    if not isinstance(template, dict) or not isinstance(block, dict):
        return 1
    return sum(_shared(block[key], each) for key, each in template.items() if key in block)


def misshapen(block: Mapping[str, Any], content: Mapping[str, tuple[Any, ...]]) -> tuple[str, Any] | None:
    """The name in a block of one of these types that has a text for an object, or the reverse.

    With it, what the template has there.
    """
    for templates in content.values():
        for template in templates:
            if "type" in template and block.get("type") == template["type"]:
                for key, each in template.items():
                    value = block.get(key)
                    carries = _FILE.search(json.dumps(each)) and isinstance(value, dict | str)
                    if carries and isinstance(value, dict) is not isinstance(each, dict):
                        return key, each
    return None


def mistyped(
    block: Mapping[str, Any], content: Mapping[str, tuple[Any, ...]], upload: Upload | None
) -> str | None:
    """The type that a block of these fields has, where it has none or that of another API's; else None."""
    kind = None if upload is None else kind_of_format(upload.format)
    fitting: dict[str, str] = {
        each: str(template["type"])
        for each, templates in content.items()
        for template in templates
        if "type" in template and _fits({**block, "type": template["type"]}, template)
    }
    called = block.get("type")
    if not fitting or (called is not None and called not in _types()):
        return None
    return fitting.get(kind or "") or next(iter(fitting.values()))


def _types() -> frozenset[str]:
    """What blocks that carry files are called, in any notation."""
    return frozenset(
        template["type"]
        for _, content in _notations()
        for templates in content.values()
        for template in templates
        if "type" in template
    )


def kind_of(written: ForeignBlock, upload: Upload | None) -> str | None:
    """What kind of file a block carries, as its bytes tell, else its notation; None for no known kind."""
    plain = written.kind.removesuffix(ADDRESS)
    if upload is None:
        return plain + ADDRESS
    return plain if upload.format is None else kind_of_format(upload.format)


def kind_of_format(known: str | None) -> str | None:
    """What kind of file a format is one of; None where it is none of a known kind."""
    family = "" if known is None else preferred_type(known).partition("/")[0]
    if family in ("image", "audio"):
        return family
    return "document" if family in ("application", "text") else None


def template_for(content: Mapping[str, tuple[Any, ...]], kind: str) -> Any | None:
    """How a file of this kind is written; None where that is not known, or cannot be."""
    known = content.get(kind) or ()
    plain = content.get(kind.removesuffix(ADDRESS)) or ()
    if known or not plain:
        return known[0] if known else None
    return plain[0] if kind == f"image{ADDRESS}" and "{data_url}" in json.dumps(plain[0]) else None


def marks(sent: SentForm, upload: Upload | None) -> dict[str, str]:
    """What stands for the marks of a template beside the file's own text."""
    if upload is None:
        return {}
    name, content_type = as_it_should_be(upload, sent.form, sent.operation)
    known = upload.format or format_of_type(content_type)
    word = {} if known is None else {"word": word_of_format(known)}
    return {"media_type": content_type, "filename": name, "stem": PurePath(name).stem, **word}


def shown(template: Any, known: Mapping[str, str]) -> str:
    """A template as JSON, with dots where the file goes."""
    url = f"data:{known.get('media_type', '...')};base64,..."
    return json.dumps(filled(template, {**known, "data_url": url, "base64": "...", "url": "https://..."}))


def filled(template: Any, values: Mapping[str, str]) -> Any:
    """A template with these values for its marks."""
    if isinstance(template, dict):
        return {key: filled(each, values) for key, each in template.items()}
    return re.sub(r"\{(\w+)\}", lambda mark: values.get(mark[1], mark[0]), template)
