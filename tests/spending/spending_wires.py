"""Requests as the tap would capture them, for what they cost."""

from __future__ import annotations

import json

from upload_matrix.wire.read import wire_form

FILE = "file"


def edit(*fields, path="/v1/images/edits", image="a.png", mask=None):
    """An images.edit request with these (name, value) text fields, repeated ones allowed."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields]
    for name, filename in (("image", image), ("mask", mask)):
        if filename is not None:
            parts.append(
                f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
                "Content-Type: image/png\r\n\r\nbytes"
            )
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return _wire(path, b"multipart/form-data; boundary=b", body.encode())


def generate(path="/v1/images/generations", **fields):
    """An images.generate request."""
    return _wire(path, b"application/json", json.dumps(fields).encode())


def raw(data, path="/v1/images/edits"):
    """A body that is neither multipart nor JSON."""
    return _wire(path, b"application/octet-stream", data)


def _wire(path, content_type, body):
    headers = ((b"content-type", content_type), (b"content-length", str(len(body)).encode()))
    return wire_form("POST", path, headers, body, {})
