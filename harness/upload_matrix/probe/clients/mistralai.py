"""Mistral's SDK: ``Mistral().chat.complete``, ``ocr.process``, ``files.upload``, ``audio.transcriptions``.

It takes a file as ``{"file_name": ..., "content": ..., "content_type": ...}``: a handle is given as the
content under its own name, a tuple as what it has of the three.
"""

import os

from upload_matrix_sdk import DUMMY_KEY, arguments, readable, resource, server

DISTRIBUTIONS = ("mistralai", "httpx")
NEEDS = {"mistralai": "pip install mistralai"}
ACCEPTS = {
    "operation": (
        "mistral.chat.complete",
        "chat.completions.create",
        "ocr.process",
        "mistral.files.upload",
        "files.create",
        "mistral.audio.transcriptions",
        "audio.transcriptions",
    ),
    "container": ("handle", "tuple2", "tuple3"),
    "mask": ("none",),
    # It repeats nothing unless it is told how.
    "retries": ("none",),
}

METHODS = {
    "mistral.chat.complete": "chat.complete",
    "chat.completions.create": "chat.complete",
    "ocr.process": "ocr.process",
    "mistral.files.upload": "files.upload",
    "files.create": "files.upload",
    "mistral.audio.transcriptions": "audio.transcriptions.complete",
    "audio.transcriptions": "audio.transcriptions.complete",
}
"""The SDK's name for each operation."""


class Client:
    """One SDK client for all calls; each call says where to. The SDK puts ``/v1`` below that."""

    def __init__(self):
        try:
            from mistralai import Mistral
        except ImportError:  # release 2 and newer
            from mistralai.client import Mistral

        self._client = Mistral(api_key=DUMMY_KEY)

    def call(self, request):
        """Call, say, ``client.chat.complete(model=..., messages=[...])``."""
        target, method = resource(self._client, METHODS[request.call])
        values = arguments(request)
        values.update((field, named(value)) for field, value, _ in request.files)
        where = {"server_url": server(request), "timeout_ms": int(request.timeout * 1000)}
        return readable(getattr(target, method)(**values, **where))


def named(value):
    """A file as the SDK takes one."""
    if isinstance(value, tuple):
        return dict(zip(("file_name", "content", "content_type"), value))
    return {"file_name": os.path.basename(value.name), "content": value}
