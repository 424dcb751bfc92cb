"""Carrying a finished case from the process that ran it to the one that writes the report.

A pytest-xdist worker's test report crosses a pipe as plain data, so there the record travels as JSON in
an attribute of the report; in a single process the object itself is attached.
"""

from __future__ import annotations

import json
from dataclasses import replace

from upload_matrix.model.codec import decode, encode
from upload_matrix.run.collect import Record

ATTRIBUTE = "upload_matrix"


def pack(record: Record) -> str:
    """The record as JSON text."""
    return json.dumps({"seconds": record.result.seconds, "record": encode(record)})


def unpack(text: str) -> Record:
    """The record that ``pack`` wrote."""
    document = json.loads(text)
    record: Record = decode(Record, document["record"])
    # No document keeps the seconds of a case, so they travel beside it.
    return replace(record, result=replace(record.result, seconds=document["seconds"]))
