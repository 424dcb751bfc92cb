"""A bench to put one client on: a probe, a tap that says yes to everything, and the shipped pictures."""

import contextlib

from asked_probe import ask

from upload_matrix.assets.studio import Studio
from upload_matrix.environments.probes import Probe
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.tap.server import Tap

PATHS = {"images.edit": "/images/edits", "images.generate": "/images/generations"}
PICTURE = b'{"created": 1, "data": [{"b64_json": "aGVsbG8="}]}'
SECONDS = 90


def answer(status: int, body: bytes) -> Answer:
    source = Source("bench", Provenance.EMULATED, Supply.EMULATOR)
    return Answer(status, (("content-type", "application/json"),), body, source=source)


class Bench:
    """Makes calls with one probe; ``answers`` are given in turn, the last one again and again."""

    def __init__(self, studio: Studio, tap: Tap, probe: Probe) -> None:
        self._studio, self._tap, self.probe = studio, tap, probe
        self._number = 0

    def call(
        self, client, container=None, image="webp", *, answers=((200, PICTURE),), retries=0, fields=None
    ):
        """The probe's report and the requests as they arrived."""
        told = list(answers)
        channel = self._tap.open(lambda _: answer(*(told.pop(0) if len(told) > 1 else told[0])))
        operation = "images.generate" if container is None else "images.edit"
        instruction = {
            "call": operation,
            "path": PATHS[operation],
            "encoding": "json" if container is None else "multipart",
            "base_url": f"{channel.url}/v1",
            "retries": retries,
            "fields": {"model": "gpt-image-1", "prompt": "@a red door"} if fields is None else fields,
            "files": [] if container is None else [self._file(container, image)],
        }
        return self._asked(client, instruction, channel)

    def ask(
        self,
        client,
        call,
        root,
        path,
        fields,
        container=None,
        *,
        answers,
        retries=0,
        encoding="json",
        raw=None,
    ):
        """As ``call``, for any operation: its name, the root and path it has, and its fields."""
        told = list(answers)
        channel = self._tap.open(lambda _: answer(*(told.pop(0) if len(told) > 1 else told[0])))
        instruction = {
            "call": call,
            "path": path,
            "encoding": encoding,
            "base_url": channel.url + root,
            "retries": retries,
            "fields": fields,
            "files": [] if container is None else [self._file(container, "webp", "file")],
        }
        if raw is not None:
            upload = self._studio.upload(raw)
            instruction |= {
                "raw": {"path": str(upload.path), "type": upload.type},
                "query": fields,
                "fields": {},
            }
        return self._asked(client, instruction, channel)

    def _asked(self, client, instruction, channel):
        self._number += 1
        whole = {"id": self._number, "client": client, "method": "POST", "timeout": 10, **instruction}
        report = ask(self.probe, whole, SECONDS)
        return report, [exchange.request for exchange in self._tap.release(channel)]

    def _file(self, container, image, field="image"):
        upload = self._studio.upload(image)
        return {
            "field": field,
            "repeatable": True,
            "container": container,
            "path": str(upload.path),
            "type": upload.type,
            "companion": str(upload.companion),
        }


@contextlib.contextmanager
def bench(start):
    """A bench whose probe ``start()`` makes."""
    with Studio() as studio, Tap(studio.assets) as tap:
        probe = start()
        try:
            yield Bench(studio, tap, probe)
        finally:
            probe.kill()


def files(request):
    """Everything that is not a text field: field, how its name was written, type, content."""
    return [
        (part.disposition.removeprefix("form-data; "), part.content_type, part.content)
        for part in request.wire.parts
        if part.name not in ("model", "prompt")
    ]
