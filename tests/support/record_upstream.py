"""A server of our own that plays the vendor in tests of recording: counts, answers as told, gives usage."""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING

from upload_matrix.tap.http import LoopbackServer, RawRequest, RawResponse
from upload_matrix.wire.read import wire_form

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = ("content-type", "application/json")
USAGE = {
    "input_tokens": 200,
    "input_tokens_details": {"text_tokens": 6, "image_tokens": 194},
    "output_tokens": 272,
    "total_tokens": 472,
}
ACCEPTED = {"created": 1, "data": [{"b64_json": "aGVsbG8="}], "usage": USAGE}
REFUSED = {
    "error": {
        "message": "Invalid file 'image': unsupported mimetype.",
        "type": "invalid_request_error",
        "param": "image",
        "code": "unsupported_file_mimetype",
    }
}
LIVING = {
    "data": [
        {"id": "gpt-image-1-mini", "created": 5, "shutdown_date": "2099-12-01"},
        {"id": "gpt-image-1", "created": 4, "shutdown_date": "2026-10-23"},
    ]
}


def judged(request: RawRequest) -> RawResponse:
    """200 for typed uploads and for JSON, 400 for ``application/octet-stream``."""
    bad = b"application/octet-stream" in request.body
    return answer(400 if bad else 200, REFUSED if bad else ACCEPTED)


def answer(status: int, document: object, *headers: tuple[str, str]) -> RawResponse:
    """A JSON answer."""
    return RawResponse(status, (JSON, *headers), json.dumps(document).encode())


class Vendor:
    """Counts requests by wire form; ``judge`` answers each (its turn is counted from 0). Context manager."""

    def __init__(self, judge: Callable[[RawRequest], RawResponse] = judged) -> None:
        self._judge = judge
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.requests: list[RawRequest] = []
        self.server = LoopbackServer(self._handle)

    def __enter__(self) -> Vendor:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()

    @property
    def base_url(self) -> str:
        return f"{self.server.url}/v1"

    @property
    def uploads(self) -> list[RawRequest]:
        """What was asked beside the list of models."""
        with self._lock:
            return [request for request in self.requests if request.method == "POST"]

    def forms(self) -> list[str]:
        """The wire forms of the uploads, as they came."""
        return [
            wire_form(each.method, each.target, each.headers, each.body, {}, each.broken).digest
            for each in self.uploads
        ]

    def _handle(self, request: RawRequest) -> RawResponse:
        with self._lock:
            self.requests.append(request)
            number = next(self._numbers)
        if request.method == "GET":
            return answer(200, LIVING)
        reply = self._judge(request)
        return RawResponse(reply.status, (*reply.headers, ("x-request-id", f"req_{number:032x}")), reply.body)
