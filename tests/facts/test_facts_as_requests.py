"""Facts about files in JSON, made requests again: place, declared type and format come out as they were recorded."""

import base64
import json
import re
from pathlib import Path

from upload_matrix import vendors
from upload_matrix.facts.fact import ABSENT, EMPTY, GENERIC
from upload_matrix.facts.read import all_facts
from upload_matrix.judge.findings import find
from upload_matrix.model.case import Encoding, Operation
from upload_matrix.model.result import Severity
from upload_matrix.wire.json_body import keys_of
from upload_matrix.wire.read import wire_form

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "public-reports.md"
OFFICE = b"PK\x03\x04" + bytes(26) + b"%b" + bytes(40) + b"PK\x05\x06" + bytes(18)
BYTES = {
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND\xaeB`\x82",
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(40) + b"\xff\xd9",
    "gif": b"GIF89a" + bytes(40),
    "pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
    "mp3": b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\x00" + bytes(413),
    "wav": b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + bytes(28),
    "mp4": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x28mdat" + bytes(32),
    "docx": OFFICE.replace(b"%b", b"word/document.xml"),
    "xlsx": OFFICE.replace(b"%b", b"xl/workbook.xml"),
}


def block_of(fact, keys):
    """The notation of the place: the vendor's own, the longest way, and one that takes the type."""
    own = next((each for each in vendors.known() if fact.vendor in (each.name, *each.also)), None)
    fitting = [
        (vendor is own, len(block.data), declared_of(fact) in block.types, block)
        for vendor in vendors.known()
        for block in vendor.blocks
        if list(keys[-len(block.data.split(".")) :]) == block.data.split(".")
    ]
    return max(fitting, key=lambda each: each[:3], default=(None,))[-1]


def put(document, keys, value):
    """The value there, with whatever lists and objects are needed on the way."""
    for key, after in zip(keys, (*keys[1:], None), strict=True):
        if isinstance(key, int):
            document.extend([None] * (key + 1 - len(document)))
        there = document[key] if isinstance(key, int) else document.get(key)
        if after is None:
            there = value
        elif there is None:
            there = [] if isinstance(after, int) else {}
        document[key] = there
        document = there


def declared_of(fact):
    told = {None: None, ABSENT: None, EMPTY: "", GENERIC: "application/octet-stream"}
    return told.get(fact.declared, fact.declared)


def request_of(fact):
    """The body of a fact, None where it cannot be made again, and its notation."""
    content = BYTES.get(fact.sniffed)
    if fact.carrier not in ("data-url", "base64") or content is None or not fact.place:
        return None, None
    keys = keys_of(fact.place)
    block, told = block_of(fact, keys), declared_of(fact)
    if fact.path is None or (fact.carrier == "base64" and block is None):
        return None, None
    document, text = {}, base64.b64encode(content).decode()
    prefix = f"data:{told or ''};base64," if fact.carrier == "data-url" else ""
    put(document, keys, prefix + text)
    if block is not None:
        root = keys[: len(keys) - len(block.data.split("."))]
        if block.of:
            put(document, (*root, "type"), block.of[0])
        if block.within:
            put(document, (*root[:-1], "type"), block.within[0])
        if block.type and told is not None and not prefix:
            put(document, (*root, *block.type.split(".")), told)
        if block.filename:
            put(document, (*root, *block.filename.split(".")), fact.filename or f"a.{fact.sniffed}")
    return document, block


def read(fact, document):
    path = fact.path.replace("{", "").replace("}", "")
    headers = [(b"Content-Type", b"application/json")]
    return wire_form("POST", path, headers, json.dumps(document).encode(), {})


def test_what_was_recorded_comes_out_again_and_the_page_tells_how_much():
    carried = [each for each in all_facts() if each.carrier in ("data-url", "base64")]
    made, wrong = 0, []
    for fact in carried:
        document, block = request_of(fact)
        if document is None:
            continue
        made += 1
        seen = [
            (each.place, each.declared, each.format)
            for each in read(fact, document).uploads()
            if each.place == ".".join(fact.place.split("."))
        ]
        # A notation without a place for a type cannot hold what was told of it.
        told = declared_of(fact) if fact.carrier == "data-url" or block.type else None
        if seen != [(fact.place, told or None, fact.sniffed)]:
            wrong.append((fact.id, fact.vendor, fact.place, fact.declared, fact.sniffed, seen))
    assert wrong == []
    told = re.search(r"\*\*(\d+) of (\d+)\*\* facts about files inside JSON", PAGE.read_text("utf-8"))
    assert told is not None
    assert (int(told[1]), int(told[2])) == (made, len(carried))


def alarms():
    """What is said to be an error of an upload that the vendor took."""
    for fact in all_facts():
        document, _ = request_of(fact)
        if document is None or fact.verdict != "accepted":
            continue
        operation = Operation(name="o", method="POST", path=fact.path, encoding=Encoding.JSON)
        for each in find([read(fact, document)], operation):
            if each.severity is Severity.ERROR:
                yield each.code, fact.declared, fact.sniffed


def test_of_what_was_accepted_only_a_type_that_is_not_that_of_the_bytes_is_called_an_error():
    found = {code for code, declared, sniffed in alarms() if (declared, sniffed) != ("image/jpg", "jpeg")}
    assert found == {"type-contradicts-bytes"}
