"""What a finding looks at, and the fix most findings share: hand the file over as a tuple."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from upload_matrix import vendors
from upload_matrix.model.case import ANYTHING, FileField, Operation, Takes
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.carriers.embedded import Embedded, placeholder
from upload_matrix.wire.carriers.multipart import Part, base_name, labels, upload_of
from upload_matrix.wire.fixes import decoded_filename
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.json_body import Keys, keys_of, value_at
from upload_matrix.wire.media import (
    FORMAT_EXTENSIONS,
    FORMAT_TYPES,
    GENERIC_TYPES,
    TEXT_TYPES,
    bare_type,
    extension,
    family_of_type,
    fits_extension,
    format_of_extension,
    format_of_type,
    preferred_type,
    type_of_extension,
    word_of_format,
)
from upload_matrix.wire.stable import FILE_DESCRIPTOR_NAME, TEMPORARY_NAME, stable_filename
from upload_matrix.wire.text_fixes import document_block, is_pictures
from upload_matrix.wire.upload import Upload

DEFAULT_NAMES = frozenset({"-", "blob", "file", "filename", "unknown_file", "untitled", "upload"})
"""Names that clients make up when they know none: httpx2 and openai, browsers, Node, curl on stdin."""

EMPTY_NAMES = frozenset({"None", "null", "undefined", "nil", "NaN", "[object Object]", "[object File]"})
"""What a language writes where there is no value: the file object's name was empty."""


@dataclass(frozen=True, slots=True)
class Family:
    """Some codes with their meaning, the function that finds them in what was sent, and for some codes an
    example: what is wrong, and what is right."""

    codes: Mapping[str, str]
    check: Callable[[SentForm], Iterator[Finding]]
    examples: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SentForm:
    """One attempt's wire form, the operation it was meant for, and the attempts before it.

    ``begun`` is the request by which an upload in steps was started, where this is a later step of one;
    ``vendor`` the name of whose server it is led to, where that is known.
    """

    form: WireForm
    operation: Operation
    earlier: tuple[WireForm, ...] = ()
    begun: WireForm | None = None
    vendor: str | None = None

    @cached_property
    def meant(self) -> vendors.Meant | None:
        """Whose operation it addresses; None for none that is known."""
        return vendors.meant(self.form.path, self.vendor, self.form.field("model"))

    def upload_within(self, keys: Keys) -> Upload | None:
        """The first upload that stands in this part of a JSON body."""
        return next((each for each in self.uploads if keys_of(each.place)[: len(keys)] == keys), None)

    @cached_property
    def labelled(self) -> tuple[tuple[str, Part], ...]:
        """Every part under the name that differences use: ``image``, then ``image#2``."""
        parts = self.form.parts or ()
        return tuple(zip(labels(parts), parts, strict=True))

    def of_field(self, name: str) -> tuple[tuple[str, Part], ...]:
        """The labelled parts of a field, sent as ``name``, ``name[]`` or ``name[0]``."""
        return tuple((label, part) for label, part in self.labelled if base_name(part.name) == name)

    @cached_property
    def uploads(self) -> tuple[Upload, ...]:
        """The request's uploads, and what stands in a file field and is not plain text."""
        if self.form.parts is None:
            return tuple(map(self._as_begun, self.form.uploads()))
        fields = {field.name for field in self.operation.file_fields}
        return tuple(
            upload_of(label, part)
            for label, part in self.labelled
            if part.is_upload or (base_name(part.name) in fields and not is_text(part))
        )

    def _as_begun(self, upload: Upload) -> Upload:
        """An upload in steps has the type that its first step declared."""
        steps = {name for form in (self.form, self.begun) if form for name, _ in form.upload_headers}
        if upload.carrier != "raw" or not steps:
            return upload
        if self.begun is None and "raw" in dict(self.form.upload_headers).values():
            return upload  # whole, in one step: its type is the request's own
        told = dict((*(self.begun.upload_headers if self.begun else ()), *self.form.upload_headers))
        names = (vendor.upload_type for vendor in vendors.known() if vendor.upload_type)
        name = next((name for name in names if name in told), None)
        return replace(upload, declared=told.get(name or ""), typed_at=name and name.title())

    def embedded(self, upload: Upload) -> Embedded | None:
        """How an upload in JSON is written; None for one in another carrier."""
        return next((each for each in self.form.embedded if each.place == upload.place), None)

    def block(self, upload: Upload) -> vendors.Block | None:
        """The vendor's notation that it stands in, None for no known one."""
        meant = self.meant
        return block_of(upload, self.form, meant.operation if meant is not None and meant.sure else None)

    def is_repeated(self, place: str) -> bool:
        """Whether a place in JSON is in a turn of a conversation that was answered before."""
        turn = re.match(r"(messages|contents|input)\[(\d+)\]", place)
        if turn is None or self.form.json is None or not isinstance(self.form.document, dict):
            return False
        its, *later = self.form.document[turn[1]][int(turn[2]) :]
        answers = [each for each in later if _is_models(each)]
        return bool(answers) or (_is_models(its) and bool(later))

    @property
    def bytes_alone(self) -> bool:
        """Whether neither a name nor a type is meant to go along."""
        return vendors.takes_bytes_alone(self.form.path)

    @property
    def goes_by_bytes(self) -> bool:
        """Whether the server is known to look at a file's bytes and not at its declared type."""
        return vendors.goes_by_bytes(self.form.path)

    def field_of(self, upload: Upload) -> FileField | None:
        """The operation's file field that an upload belongs to, None when it has no such field."""
        return self.operation.file_field(base_name(upload.name))

    def takes(self, upload: Upload) -> Takes:
        """What the API takes in this place of this request."""
        return taken(upload, self.form, self.operation)

    def fix(self, upload: Upload) -> str:
        """What sends it well: a Python argument, a field of JSON, a header.

        E.g. ``image=("avatar.webp", data, "image/webp")``, ``"media_type": "image/webp"``.
        """
        filename, content_type = as_it_should_be(upload, self.form, self.operation)
        listed = self.listed(upload)
        if upload.format is not None and listed and not self.takes_format(upload):
            return self.conversion(upload, listed)
        if upload.carrier != "multipart":
            return typed_well(upload, self.declared_well(upload))
        return f'{base_name(upload.name)}=("{filename}", data, "{content_type}")'

    def conversion(self, upload: Upload, listed: Sequence[str]) -> str:
        """To what a file is converted; for a PDF in a picture's place also the block for documents."""
        says = f"Convert the file to what is taken ({', '.join(f'`{each}`' for each in listed[:9])}"
        says += " and others)" if len(listed) > 9 else ")"
        written = None
        if upload.format == "pdf" and all(map(is_pictures, listed)):
            written = document_block(self.form.path, upload.filename, "...")
        if written is None:
            return f"{says}."
        return f"{says}, or send it in the block for documents, where the model reads them: `{written}`."

    def listed(self, upload: Upload) -> tuple[str, ...]:
        """The types, words for a format or extensions that are known to be taken there, if any are."""
        block, takes = self.block(upload), self.takes(upload)
        return takes.types or takes.extensions if block is None else block.words or block.types

    def takes_format(self, upload: Upload) -> bool:
        """Whether any way to declare the bytes' format is taken there; True where that is not known."""
        block, known = self.block(upload), upload.format
        if known is None:
            return True
        if block is not None and block.words:
            return word_of_format(known) in block.words
        takes = self.takes(upload)
        ways = ((FORMAT_TYPES, takes.types), (FORMAT_EXTENSIONS, takes.extensions))
        return all(not taken or set(of_format.get(known, taken)) & set(taken) for of_format, taken in ways)

    def declared_well(self, upload: Upload) -> str:
        """The media type that declares the bytes, or the word for their format where one is wanted."""
        block = self.block(upload)
        content_type = as_it_should_be(upload, self.form, self.operation)[1]
        known = upload.format or format_of_type(content_type)
        if known is None or upload.typed_at is None or (block is not None and not wants_word(block)):
            return content_type
        return word_of_format(known) if block is not None else word_like(upload.declared, content_type)

    def path_at(self, upload: Upload) -> str | None:
        """The path of a file that stands where its content should, None where none does."""
        each = self.embedded(upload)
        if each is None or each.stray is None or each.sha256:
            return None
        text = value_at(self.form.document, keys_of(upload.place))
        text = str(text)[len(each.prefix or "") :].removeprefix("file://")
        is_path = each.condition is not None and each.condition.says == placeholder(b"./x").says
        return text if is_path and type_of_extension(text) is not None else None

    def of_type(self, upload: Upload) -> Severity:
        """How bad a Content-Type is that says less than it could, or is spelt in an unusual way."""
        takes, field = self.takes(upload), self.field_of(upload)
        if takes.types:
            return Severity.ERROR
        if upload.carrier != "multipart":
            return Severity.WARNING
        ending = extension(upload.filename or "")
        # Who goes by the filename for one purpose does so for the others, whose lists are not known.
        by_name = field is not None and any(each.extensions for each in field.takes)
        ends_well = ending in takes.extensions if takes.extensions else by_name and bool(ending)
        return Severity.NOTE if ends_well else Severity.WARNING

    def position(self, label: str | None) -> int:
        """Where a part or field stands in the body; what is not in the body, or all of it, comes last."""
        for number, each in enumerate(self.form.embedded):
            if label == each.place:
                return number
        for number, (known, part) in enumerate(self.labelled):
            if label in (known, base_name(part.name)):
                return number
        return len(self.labelled) + (label is None)


def _is_models(turn: object) -> bool:
    return isinstance(turn, dict) and turn.get("role") in ("assistant", "model")


def is_text(part: Part) -> bool:
    """Whether a part without filename holds text, and not a file whose name was lost."""
    readable = part.text is not None or part.characters is not None
    return not part.is_file and readable and part.format is None and part.size > 0


def is_default(upload: Upload) -> bool:
    """Whether the filename is one that a client makes up, or the field's own name."""
    filename = upload.filename
    return filename in DEFAULT_NAMES | EMPTY_NAMES or filename in (upload.name, base_name(upload.name))


def is_unstable(filename: str) -> bool:
    """Whether the filename differs from run to run: a descriptor's number, a temporary name."""
    stable = stable_filename(filename)
    return FILE_DESCRIPTOR_NAME in stable or TEMPORARY_NAME in stable


# -- how an upload and what is said of it are called, by its carrier --


def named(upload: Upload) -> str:
    """The upload at the beginning of a sentence."""
    if upload.carrier == "multipart":
        return f"Part `{upload.place}`"
    return "The body" if upload.carrier == "raw" else f"`{upload.place}`"


def bytes_of(upload: Upload) -> str:
    """Its bytes at the beginning of a sentence."""
    if upload.carrier == "multipart":
        return f"The bytes of part `{upload.place}`"
    return "The body's bytes" if upload.carrier == "raw" else f"The bytes in `{upload.place}`"


def type_of(upload: Upload) -> str:
    """Its declared type at the beginning of a sentence."""
    if upload.typed_at is not None:
        at = f"`{upload.typed_at}`"
        return f"The type that the start of the upload declares ({at})" if upload.carrier == "raw" else at
    if upload.carrier == "multipart":
        return f"The Content-Type of part `{upload.place}`"
    return "The Content-Type of the body" if upload.carrier == "raw" else f"The type in `{upload.place}`"


def typed_well(upload: Upload, content_type: str) -> str:
    """The field, header or prefix that declares the type; a word for the format where that was declared."""
    if upload.carrier == "data-url":
        return f'"data:{content_type};base64," + base64.b64encode(data).decode()'
    if upload.carrier == "raw":
        return f"{upload.typed_at or 'Content-Type'}: {content_type}"
    if upload.typed_at is None:
        return "base64.b64encode(data).decode()"
    return f'"{upload.typed_at.rpartition(".")[2]}": "{content_type}"'


def word_like(declared: str | None, content_type: str) -> str:
    """The type in the way of what was declared: ``wav`` where that was a word, ``audio/wav`` where not."""
    known = format_of_type(content_type)
    if declared is None or "/" in declared or known is None:
        return content_type
    return word_of_format(known)


def meant_type(upload: Upload) -> str | None:
    """The declared type as a media type, also where it is a word for a format (``mp3``)."""
    bare = bare_type(upload.declared)
    if bare is None or "/" in bare or upload.carrier == "multipart":
        return bare
    known = format_of_extension(f"x.{bare}")
    return bare if known is None else preferred_type(known)


def wants_word(block: vendors.Block) -> bool:
    """Whether a format is told by a word (``png``), and not by a media type."""
    return bool(block.words) or (block.type or "").endswith("format")


def block_of(upload: Upload, form: WireForm, operation: str | None = None) -> vendors.Block | None:
    """The notation that an upload in JSON stands in."""
    if form.json is None:
        return None
    keys = keys_of(upload.place)
    return vendors.block_at(form.path, form.document, keys, operation)


def taken(upload: Upload, form: WireForm, operation: Operation) -> Takes:
    """What the API takes in this place of a request."""
    block = block_of(upload, form)
    if block is not None:
        return Takes(types=block.types)
    field = operation.file_field(base_name(upload.name))
    return ANYTHING if field is None else field.taken(form.field)


def most_taken(field: FileField, form: WireForm) -> int | None:
    """How many files the API takes in a field of this request; None where that is not known."""
    return field.taken(form.field).most if field.repeatable else 1


def named_plainly(field: FileField, names: Sequence[str]) -> bool:
    """Whether several files have a name that the API is known to take once only."""
    return bool(field.listed_as) and len(names) > 1 and field.name in names


def as_it_should_be(upload: Upload, form: WireForm, operation: Operation) -> tuple[str, str]:
    """The filename and Content-Type that send an upload well.

    The bytes decide both; where they tell nothing, what the name, the type or the API tells does.
    """
    takes = taken(upload, form, operation)
    field = operation.file_field(base_name(upload.name))
    block = block_of(upload, form)
    filename = decoded_filename(upload.filename or "")
    suffix = extension(filename)
    media_format = upload.format or format_of_extension(filename) or format_of_type(upload.declared)
    if media_format is not None:
        known = FORMAT_EXTENSIONS[media_format]
        if not fits_extension(media_format, filename) or (
            takes.extensions and suffix not in takes.extensions
        ):
            suffix = next((each for each in known if each in takes.extensions), known[0])
        family = block.family if block is not None else "" if field is None else field.family
        family = family or (meant_type(upload) or "").partition("/")[0]
        content_type = preferred_type(media_format, family)
    else:
        if takes.extensions and suffix not in takes.extensions:
            by_type = (end for end, known in TEXT_TYPES.items() if known == bare_type(upload.declared))
            only = takes.extensions[0] if len(takes.extensions) == 1 else ""
            suffix = only or next((end for end in by_type if end in takes.extensions), suffix)
        generic = bare_type(upload.declared) in GENERIC_TYPES | {None} or "/" not in (upload.declared or "")
        content_type = TEXT_TYPES.get(suffix) or (NO_TYPE if generic else str(upload.declared))
    return f"{_stem(upload, filename)}{suffix or '.EXTENSION'}", content_type


NO_NAME, NO_TYPE = "NAME.EXTENSION", "TYPE/SUBTYPE"
"""What stands in a fix where neither the bytes nor anything else tells it."""


def stem_of(known: str | None) -> str:
    """What to call a file that nothing names: by its kind."""
    return family_of_type(None if known is None else preferred_type(known))


_SEPARATOR = re.compile(r"[/\\]")


def named_by(text: str, field: FileField | None) -> tuple[str, str] | None:
    """Filename and Content-Type of the file that a text is the path of; None where it need be none."""
    name = _SEPARATOR.split(text.strip().removeprefix("@"))[-1]
    family = "" if field is None else field.family
    content_type = type_of_extension(name, family) if re.fullmatch(r"[\w .-]{1,100}", name) else None
    return None if content_type is None else (name, content_type)


def argument_of(field: FileField, text: str | None) -> str:
    """The Python argument for a file that the request has only as a text, a path at best."""
    filename, content_type = named_by(text or "", field) or (NO_NAME, NO_TYPE)
    return f'{field.name}=("{filename}", data, "{content_type}")'


_ENCODED_WORD = re.compile(r"=\?[\w-]+\?[bq]\?[^?\s]*\?=", re.I)


def is_encoded_word(filename: str) -> bool:
    """Whether a name holds an encoded-word of mail headers (RFC 2047)."""
    return _ENCODED_WORD.search(filename) is not None


def _stem(upload: Upload, filename: str) -> str:
    """The filename without its extension, reduced to what every parser reads alike; else the field's name."""
    if not filename or is_default(upload) or is_unstable(filename):
        return base_name(upload.name) if upload.carrier == "multipart" else stem_of(upload.format)
    stem = filename[: len(filename) - len(extension(filename))]
    return re.sub(r"[^A-Za-z0-9._ -]+", "-", stem).strip("-. ") or base_name(upload.name)
