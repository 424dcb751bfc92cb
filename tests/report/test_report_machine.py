from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

from upload_matrix.model.plan import CallRecord
from upload_matrix.model.price import Usage
from upload_matrix.report.machine import SLOWEST, MachineFacts, dump_machine


def facts(seconds: dict[str, float]) -> MachineFacts:
    return MachineFacts(
        started="2026-11-22T10:00:00+00:00",
        finished="2026-11-22T10:00:02+00:00",
        seconds=seconds,
        platform="Linux-6.1-x86_64",
        python="3.11.7 (main)",
        pillow="11.0.0",
        assets={"b/webp": ("bb", 20), "a/png": ("aa", 10)},
        packages={"openai": "3.54.0", "httpx2": "2.0.0"},
    )


def test_the_whole_file():
    assert dump_machine(facts({"a": 0.00123456, "b": 1.5})) == (
        """\
{
"format": "upload-matrix run facts",
"version": 1,
"started": "2026-11-22T10:00:00+00:00",
"finished": "2026-11-22T10:00:02+00:00",
"cases": 2,
"seconds": 1.5012,
"slowest": [
{"id": "b", "seconds": 1.5},
{"id": "a", "seconds": 0.0012}
],
"platform": "Linux-6.1-x86_64",
"python": "3.11.7 (main)",
"pillow": "11.0.0",
"assets": {
"a/png": {"sha256": "aa", "size": 10},
"b/webp": {"sha256": "bb", "size": 20}
},
"packages": {"httpx2": "2.0.0", "openai": "3.54.0"}
}
"""
    )


def test_only_the_slowest_cases_are_named():
    document = json.loads(dump_machine(facts({f"case-{number:03}": float(number) for number in range(50)})))
    assert [each["id"] for each in document["slowest"]] == [f"case-{49 - n:03}" for n in range(SLOWEST)]
    assert document["seconds"] == sum(range(50))


def test_live_calls_stand_there_with_what_is_known_of_them():
    call = CallRecord(
        target="vendor",
        wire="0123456789abcdef",
        status=200,
        request_id="req_1",
        seconds=1.23456,
        attempts=2,
        usage=Usage(text_in=6, image_out=272),
        spent=Decimal("0.0027"),
        model="gpt-image-1-mini",
    )
    silent = CallRecord(target="vendor", wire="0123456789abcdef", sample=1, why="no connection")
    document = json.loads(dump_machine(replace(facts({}), calls=(call, silent))))
    first, second = document["calls"]
    assert (first["request_id"], first["seconds"], first["usd"], first["sample"]) == (
        "req_1",
        1.2346,
        "0.0027",
        1,
    )
    assert first["usage"]["image_out"] == 272
    # A price that is not known is left out, never shown as nothing.
    assert second == {
        "target": "vendor",
        "wire": "0123456789abcdef",
        "sample": 2,
        "attempts": 1,
        "why": "no connection",
    }
