"""What the files of the plain REST clients share. On the probe's import path, standard library only."""

import json
from urllib.parse import urlencode

from upload_matrix_sdk import DUMMY_KEY

HEADERS = {"Authorization": "Bearer " + DUMMY_KEY}
"""What every REST call needs beside its body."""

TRY_AGAIN = (408, 409, 429, 500, 502, 503, 504)
"""The answers after which a client that was told to retry does so; the official SDK's own list."""


class StatusError(Exception):
    """An answer that is no success, for libraries that leave it to their caller to notice."""

    def __init__(self, status_code, body):
        super().__init__("status %d: %s" % (status_code, body))
        self.status_code = status_code
        self.body = body


def url(request):
    """The case's own URL of the operation, with its query."""
    query = urlencode({name: text(value) for name, value in request.query.items()})
    return request.base_url + request.path + ("?" + query if query else "")


def raw(request):
    """The file that is the body, and the headers that go with it."""
    return request.raw.read(), {} if request.raw.type is None else {"Content-Type": request.raw.type}


def named(files):
    """Pairs of field name and file; several go under ``image[]``, as the vendor's curl samples have it."""
    pairs = []
    for field, value, _ in files:
        if isinstance(value, list):
            pairs.extend((field + "[]", item) for item in value)
        else:
            pairs.append((field, value))
    return pairs


def text(value):
    """A text field's value as a form has it, for libraries that take nothing but text."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def texts(request):
    """The text fields, all values as text."""
    return {name: text(value) for name, value in request.fields.items()}


def answered(status, body):
    """The JSON of a successful answer's ``body`` (bytes or text); raises StatusError for another one."""
    if not 200 <= status < 300:
        raise StatusError(status, _readable(body))
    return json.loads(body)


def _readable(body):
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace") if isinstance(body, bytes) else body
