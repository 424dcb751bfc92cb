"""Carrying a finished case from the process that ran it to the one that writes the report.

A pytest-xdist worker's test report crosses a pipe as plain data, so there the record travels as JSON in
an attribute of the report; in a single process the object itself is attached.
"""

from __future__ import annotations

import json
from dataclasses import replace

from upload_matrix.reports.decode import Decoder
from upload_matrix.reports.encode import encode_environment, encode_result, encode_wire
from upload_matrix.session.collect import Record

ATTRIBUTE = "upload_matrix"


def pack(record: Record) -> str:
    """The record as JSON text."""
    return json.dumps(
        {
            "index": record.index,
            "seconds": record.result.seconds,
            "result": encode_result(record.result),
            "wires": {digest: encode_wire(wire) for digest, wire in record.wires.items()},
            "environments": [encode_environment(item) for item in record.environments],
            "assets": record.assets,
        }
    )


def unpack(text: str) -> Record:
    """The record that ``pack`` wrote."""
    document = json.loads(text)
    decoder = Decoder()
    return Record(
        index=document["index"],
        result=replace(decoder.result(document["result"]), seconds=document["seconds"]),
        wires={digest: decoder.wire(digest, wire) for digest, wire in document["wires"].items()},
        environments=tuple(decoder.environment(item) for item in document["environments"]),
        assets={recipe: (digest, size) for recipe, (digest, size) in document["assets"].items()},
    )
