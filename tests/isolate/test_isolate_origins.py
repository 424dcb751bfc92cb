"""How differences come from the code, checked against what real clients send from this interpreter."""

import sys

import pytest
from asked_probe import ask

from upload_matrix.assets.studio import Studio
from upload_matrix.environments.probes import Probe
from upload_matrix.judge.isolate.words import ORIGINS, origins
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.tap.server import Tap
from upload_matrix.wire.splice import deltas

SOURCE = Source("bench", Provenance.EMULATED, Supply.EMULATOR)
PICTURE = b'{"created": 1, "data": [{"b64_json": "aGVsbG8="}]}'
SECONDS = 90


@pytest.fixture(scope="module")
def call():
    """A call of ``images.edit`` with the shipped WebP; what arrived, None where the client refused."""
    with Studio() as studio, Tap(studio.assets) as tap:
        probe = Probe(sys.executable, "builtin")
        upload = studio.upload("webp")

        def made(client, container):
            answer = Answer(200, (("content-type", "application/json"),), PICTURE, SOURCE)
            channel = tap.open(lambda _: answer)
            file = {"field": "image", "repeatable": True, "container": container, "path": str(upload.path)}
            instruction = {
                "id": 1,
                "client": client,
                "call": "images.edit",
                "method": "POST",
                "path": "/images/edits",
                "encoding": "multipart",
                "base_url": f"{channel.url}/v1",
                "timeout": 10,
                "retries": 0,
                "fields": {"model": "gpt-image-1", "prompt": "@a red door"},
                "files": [{**file, "type": upload.type, "companion": str(upload.companion)}],
            }
            report = ask(probe, instruction, SECONDS)
            exchanges = tap.release(channel)
            if not exchanges:
                pytest.skip(f"{client} sent nothing here: {report}")
            return exchanges[-1].request

        yield made
        probe.kill()


SENT = [
    ("openai", "bytesio", {"image.filename", "image.content_type"}, "an unnamed BytesIO"),
    ("openai", "bytes", {"image.filename", "image.content_type"}, "calls the part `upload`"),
    ("httpx", "bytesio", {"image.filename", "image.content_type"}, "an unnamed BytesIO"),
    ("requests", "handle", {"image.content_type"}, "`requests` never guesses"),
    ("requests", "bytes", {"image.filename", "image.content_type"}, "the field's own name"),
    ("urllib3", "bytes", {"image.filename", "image.content_type"}, "a plain text field"),
]


@pytest.mark.parametrize(("client", "container", "expected", "words"), SENT)
def test_what_clients_really_send_is_explained(call, client, container, expected, words):
    changes = deltas(call(client, container), call(client, "tuple3"))
    assert {change.where for change in changes if change.part == "image"} == expected
    assert words in "; ".join(origins(changes, client, container))


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python's own table knows WebP")
def test_a_type_that_could_not_be_guessed_is_explained(call):
    changes = deltas(call("openai", "handle"), call("openai", "tuple3"))
    (change,) = (change for change in changes if change.part == "image")
    assert "`mimetypes`" in origins([change], "openai", "handle")[0]
    assert origins([change], "openai", "tuple3") == ()
    assert origins([change], None, None) == ()


def test_a_list_is_sent_as_an_array(call):
    changes = deltas(call("openai", "list-of-one"), call("openai", "tuple3"))
    assert origins(changes, "openai", "list-of-one") == (ORIGINS[-1].says,)
