"""A request and its answer as facts: what was declared of each file, and what the answer showed. No contents.

The other way round is ``emulator.agreement``, which makes a request of a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from upload_matrix import vendors
from upload_matrix.facts.fact import ABSENT, EMPTY, GENERIC, Echo, Fact, FactSource, Grade, SaidError, named
from upload_matrix.facts.read import vendors_with_facts
from upload_matrix.judge.delivered import Delivery, delivered
from upload_matrix.model.answer import Answer, api_error
from upload_matrix.model.codec import parsed
from upload_matrix.wire.carriers.multipart import base_name
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.media import GENERIC_TYPES, bare_type
from upload_matrix.wire.upload import Upload

CARRIERS = frozenset({"multipart", "data-url", "base64", "raw"})
"""What carries a file's own bytes; a text in a prompt, or an id, is none of these."""

_LONGEST = 200
_ID = re.compile(r"(?=[^/]*\d)[A-Za-z0-9_.:-]{16,}")
_FIRST_STATUS = 200
_ERRORS = 400


def vendor_of_host(host: str) -> str | None:
    """The vendor of facts whom a host belongs to; None for one that is nobody's known here."""
    owner = vendors.owner_of(host)
    if owner is None:
        return None
    # A service of a larger cloud is a vendor of its own: bedrock-runtime.REGION.amazonaws.com.
    service = re.split(r"[.-]", host.lower())[0]
    if service in vendors_with_facts():
        return service
    # Who serves the same API in a cloud of their own has hosts of their customers.
    in_cloud = any(own[0] in ".*" and vendors.is_host(host, own) for own in owner.hosts)
    return owner.also[0] if in_cloud and owner.also else owner.name


def observed(
    wire: WireForm, answer: Answer, vendor: str, source: FactSource, grade: Grade
) -> tuple[Fact, ...]:
    """A fact a file of a request; none where its path is no known operation's, or the body is not known."""
    operation = vendors.operation_of(wire.path)
    uploads = [upload for upload in wire.uploads() if upload.carrier in CARRIERS]
    if operation is None or wire.fault is not None:
        return ()
    error = _error(answer) if answer.status >= _ERRORS else None
    told = delivered(wire, answer.body) if _FIRST_STATUS <= answer.status < _ERRORS else None
    reached = {Delivery.DELIVERED: True, Delivery.IGNORED: False}.get(told.delivery) if told else None
    route = vendors.vendor_of(operation).routes.get(operation)
    common = Fact(
        id="",
        vendor=vendor,
        # Facts have a name of their own for some operations.
        operation=next(iter(route.known_as), operation) if route else operation,
        grade=grade,
        sources=(source,),
        method=wire.method,
        path=_ID.sub("{...}", wire.path),
        model=_model(wire),
        files=len(uploads),
        status=answer.status,
        error=error,
        about_file=True if answer.status < _ERRORS else None,
        delivered=reached,
        delivered_by="usage" if reached is not None else None,
        recorded=answer.source.recorded_on[:7] if answer.source.recorded_on else None,
    )
    return tuple(_facts(common, uploads, _document(answer.body)))


def _facts(common: Fact, uploads: list[Upload], answer: Any) -> Iterator[Fact]:
    for upload in uploads:
        place = base_name(upload.name) if upload.carrier == "multipart" else upload.place
        fact = replace(
            common,
            carrier=upload.carrier,
            place=place,
            array=upload.carrier == "multipart" and place != upload.name,
            filename=upload.filename,
            declared=_declared(upload),
            sniffed=upload.format or ("empty" if not upload.size else None),
            bytes=upload.size,
            about_file=common.about_file if common.error is None else _about(common.error, place),
        )
        echo = _echo(answer) if common.files == 1 and common.about_file else None
        if echo is not None and echo.bytes == upload.size and fact.delivered is None:
            fact = replace(fact, delivered=True, delivered_by="size-echo")
        yield named(replace(fact, echo=echo))


def _declared(upload: Upload) -> str:
    if upload.declared is None:
        return ABSENT
    if not upload.declared:
        return EMPTY
    return GENERIC if bare_type(upload.declared) in GENERIC_TYPES else upload.declared


def _about(error: SaidError, place: str) -> bool | None:
    """Whether an error is about the file: where it names its place. Else it cannot be told."""
    return True if error.param == place or f"'{place}'" in (error.message or "") else None


def _model(wire: WireForm) -> str | None:
    named_model = wire.field("model") or vendors.deployment(wire.path)
    found = re.search(r"/models?/([^/:]+)(?=[:/])", wire.path)
    if named_model or found:
        return named_model or (found[1] if found else None)
    return ABSENT if wire.parts is not None else None


def _error(answer: Answer) -> SaidError | None:
    """The error of an answer; None for one that is cut off, or is a page: it has no fields to compare."""
    if _document(answer.body) is None and answer.body.lstrip()[:1] in (b"{", b"[", b"<", b""):
        return None
    said = api_error(answer.body)
    return SaidError(said.type, said.param, said.code, said.message[:_LONGEST] if said.message else None)


def _document(body: bytes) -> Any:
    try:
        return parsed(body)
    except ValueError:
        return None


def _echo(answer: Any) -> Echo | None:
    """What the answer to an upload says of it."""
    said = answer.get("file", answer) if isinstance(answer, dict) else None
    if not isinstance(said, dict):
        return None
    size = next((said[name] for name in ("bytes", "size_bytes", "sizeBytes", "size") if name in said), None)
    kind = next((said[name] for name in ("mime_type", "mimeType") if name in said), None)
    number = int(size) if isinstance(size, int | str) and str(size).isdigit() else None
    if number is None and kind is None:
        return None
    filename = said.get("filename")
    return Echo(
        kind if isinstance(kind, str) else None, filename if isinstance(filename, str) else None, number
    )
