"""A server of our own that plays the vendor: the emulator's judgement, told as if it were live, and counted."""

import base64
import json
from collections import Counter

from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile
from upload_matrix.tap.http import LoopbackServer, RawResponse
from upload_matrix.wire.read import wire_form

KEY = "canary-" + "k" * 30
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(6000)).decode()
"""Large enough to be reduced in a recording."""

USAGE = {
    "input_tokens": 219,
    "input_tokens_details": {"text_tokens": 25, "image_tokens": 194},
    "output_tokens": 272,
    "output_tokens_details": {"text_tokens": 0, "image_tokens": 272},
    "total_tokens": 491,
}


def refused(status=400, code="trouble"):
    return RawResponse(
        status, (("content-type", "application/json"),),
        json.dumps({"error": {"message": "no", "type": "t", "code": code, "param": None}}).encode(),
    )  # fmt: skip


def nothing(_wire, _number):
    return None


class Vendor:
    """``says`` may answer in its place: called with the wire form and how often it came, from 1.

    ``sent`` has for each request its path and the filename of its picture, None without one.
    """

    def __init__(self):
        self.sent = []
        self.says = nothing
        self._counts = Counter()
        self._profile = load_profile("openai-2026-02")
        self.server = LoopbackServer(self._handle)

    def _handle(self, request):
        wire = wire_form(request.method, request.target, request.headers, request.body, {}, request.broken)
        if wire.method == "GET":
            return RawResponse(404, (), b"")
        self.sent.append((wire.path, next((part.filename for part in wire.uploads()), None)))
        self._counts[wire.digest] += 1
        given = self.says(wire, self._counts[wire.digest])
        if given is not None:
            return given
        judged = answer(self._profile, wire)
        body = judged.body
        if judged.status == 200:
            body = json.dumps({"created": 1, "data": [{"b64_json": PICTURE}], "usage": USAGE}).encode()
        return RawResponse(judged.status, (("content-type", "application/json"),), body)
