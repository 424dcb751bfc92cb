"""A multipart body as recipes for the standard library write it: names stand in it as they are."""

import mimetypes
import os
import uuid

from _call import CONTAINER, FIELD, FILES, HEADERS, TEXTS, contained

BOUNDARY = uuid.uuid4().hex
HEADERS = {**HEADERS, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def _guessed(file):
    return os.path.basename(file.path), mimetypes.guess_type(file.path)[0] or "application/octet-stream"


def pieces():
    """The body, piece by piece."""
    for name, value in TEXTS.items():
        yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    described = contained(path=_guessed, stream=_guessed, told=lambda file: (file.name, file.type))
    for file, (name, kind) in zip(FILES, described):
        disposition = f'form-data; name="{FIELD}"; filename="{name}"'
        yield f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\nContent-Type: {kind}\r\n\r\n".encode()
        yield file.read()
        yield b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


def body():
    """The body: in one piece, or as it comes where a stream is asked for."""
    return pieces() if CONTAINER == "stream" else b"".join(pieces())
