"""Releases of a small SDK of our own, and the matrix that sweeps over them."""

from fake_index import Wheel

SDK = """
import http.client
import mimetypes
from urllib.parse import urlsplit


class BadRequestError(Exception):
    status_code = 400


class OpenAI:
    def __init__(self, base_url="", **_):
        self.base_url = base_url
        self.images = self

    def with_options(self, base_url, **_):
        return OpenAI(base_url)

    def edit(self, image, **fields):
        name, data, *given = image
        kind = given[0] if given else mimetypes.guess_type(name)[0] or "application/octet-stream"
        part = '--x\\r\\nContent-Disposition: form-data; name="%s"\\r\\n\\r\\n%s\\r\\n'
        file = '--x\\r\\nContent-Disposition: form-data; name="image"; filename="%s"\\r\\nContent-Type: %s\\r\\n\\r\\n'
        body = "".join(part % item for item in fields.items()) + file % (NAME or name, TYPE or kind)
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        path = parts.path.rstrip("/") + "/images/edits"
        connection.request("POST", path, body.encode() + data + b"\\r\\n--x--\\r\\n", headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 400:
            raise BadRequestError(text)
        return self
"""


def release(number: int, name: str | None = None, kind: str | None = None) -> Wheel:
    code = f"NAME, TYPE = {name!r}, {kind!r}\n{SDK}"
    return Wheel("openai", f"1.{number}.0", f"2024-01-{number + 1:02d}", code)


# Two changes: the type is right from 1.7.0 on, and the name is lost again in 1.13.0.
RELEASES = [
    *(release(number, kind="application/octet-stream") for number in range(7)),
    *(release(number) for number in range(7, 13)),
    *(release(number, name="upload") for number in range(13, 16)),
]

MATRIX = """
name: mine
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: p}
axes:
  client: [openai]
  container: [tuple3]
  image: [webp, png]
  mime_table: [builtin]
"""
