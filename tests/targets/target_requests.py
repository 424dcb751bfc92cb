"""A captured upload, prices and specs for the tests of targets."""

import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

from upload_matrix.model.price import Price, PriceTable, Span, TokenCounts
from upload_matrix.targets.spec import ad_hoc
from upload_matrix.wire.form import Captured
from upload_matrix.wire.read import wire_form

KEY = "canary-" + "k" * 30
MODEL = "gpt-image-test"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40

COUNTS = TokenCounts(
    image_out={"low": 272, "medium": 1056, "high": 4160},
    largest=(1024, 1024),
    image_in=Span(200, 400),
    text_overhead=0,
    text_out=Span(),
    partial_image=0,
    published=True,
    margin=Decimal(1),
    source="test",
)
PRICES = PriceTable(
    (
        Price(
            models=("gpt-image-test",),
            source="test",
            as_of=date(2026, 11, 22),
            text_in=Decimal(5),
            image_in=Decimal(10),
            text_out=Decimal(10),
            image_out=Decimal(40),
            tokens=COUNTS,
        ),
    )
)

USAGE = {
    "input_tokens": 204,
    "input_tokens_details": {"image_tokens": 194, "text_tokens": 10},
    "output_tokens": 272,
    "total_tokens": 476,
}
USAGE_COST = Decimal("0.01287")
"""10 * 5 + 194 * 10 + 272 * 40, per million."""


class SkippingClock:
    """The real clock, but sleeping takes no time: it is skipped, and noted in ``waits``."""

    def __init__(self):
        self.waits = []

    def __call__(self):
        return time.monotonic() + sum(self.waits)

    def sleep(self, seconds):
        self.waits.append(seconds)


def upload(prompt="a red door", model=MODEL, path="/v1/images/edits", chunked=False, **extra):
    """An ``images.edit`` as a client sent it through the tap, with the dummy key."""
    boundary = "b0undary"
    fields = {"model": model, "prompt": prompt, **extra}
    pieces = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
        if value is not None
    ]
    pieces.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + PICTURE
        + f"\r\n--{boundary}--\r\n".encode()
    )
    body = b"".join(pieces)
    framing = (b"Transfer-Encoding", b"chunked") if chunked else (b"Content-Length", str(len(body)).encode())
    headers = (
        (b"Host", b"127.0.0.1:1"),
        (b"X-Client", b"Kept As Is"),
        (b"Authorization", b"Bearer dummy"),
        (b"Content-Type", f"multipart/form-data; boundary={boundary}".encode()),
        framing,
    )
    wire = wire_form("POST", path, headers, body, {})
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    head = f"POST /token/1{path} HTTP/1.1\r\n".encode() + lines + b"\r\n"
    return Captured(head, headers, body, wire, complete=True)


def spec_for(base_url, **changes):
    """A target at ``base_url`` whose key is in TEST_KEY."""
    return replace(ad_hoc(base_url, key_env="TEST_KEY", name="live"), **changes)
