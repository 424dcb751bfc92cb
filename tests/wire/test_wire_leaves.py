"""Two JSON bodies leaf by leaf: what differs, every request in between, and what an expert would try first."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upload_matrix.wire.carriers.embedded import spelt
from upload_matrix.wire.difference import closure, diff
from upload_matrix.wire.fixes import candidates
from upload_matrix.wire.form import Captured
from upload_matrix.wire.read import wire_form
from upload_matrix.wire.splice import Splicer, deltas

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8 + b"IEND\xaeB`\x82"
WEBP = b"RIFF" + (600).to_bytes(4, "little") + b"WEBPVP8 " + bytes(range(256)) * 2 + bytes(80)


def b64(content: bytes = PNG) -> str:
    return base64.b64encode(content).decode()


def request(
    document: object, path: str = "/v1/messages", media_type: bytes = b"application/json"
) -> Captured:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = ((b"Content-Type", media_type), (b"Content-Length", b"%d" % len(body)))
    return Captured(b"", headers, body, wire_form("POST", path, headers, body, {}), complete=True)


def message(*blocks: object, **others: object) -> dict:
    return {"model": "m", "messages": [{"role": "user", "content": list(blocks)}], **others}


def image(data: str, media_type: str = "image/png") -> dict:
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def url(text: str) -> dict:
    return {"type": "image_url", "image_url": {"url": text}}


TEXT = {"type": "text", "text": "What is it?"}


def test_a_difference_names_the_leaf():
    one, other = request(message(TEXT, image(b64()))), request(message(TEXT, image(b64(), "image/jpeg")))
    (delta,) = diff(one.wire, other.wire)
    assert str(delta) == "fields.messages[0].content[1].source.media_type: image/png -> image/jpeg"
    (change,) = deltas(other, one)
    assert (change.kind, change.part) == ("content_type", "messages[0].content[1].source.data")


def test_a_files_text_differs_in_prefix_spelling_and_content():
    good = f"data:image/png;base64,{b64()}"
    bad = f"data:image/webp;base64,{spelt(WEBP, 'base64url unpadded')}"
    one, other = (request(message(url(text)), "/v1/chat/completions") for text in (good, bad))
    place = "messages[0].content[0].image_url.url"
    assert [change.where for change in deltas(other, one)] == [
        f"{place}.prefix",
        f"{place}.spelling",
        f"{place}.content",
    ]
    half = Splicer(one, other).craft(frozenset({f"{place}.spelling"})).request
    expected = f"data:image/png;base64,{spelt(PNG, 'base64url unpadded')}"
    assert json.loads(half.body)["messages"][0]["content"][0]["image_url"]["url"] == expected


def test_a_block_of_another_type_changes_as_a_whole():
    one, other = request(message(TEXT)), request(message(image(b64())))
    (change,) = deltas(other, one)
    assert change.where == "fields.messages[0].content[0]"


_BLOCK = st.one_of(
    st.just(TEXT),
    st.builds(image, st.sampled_from([b64(), b64(WEBP), b64()[:-2]]), st.sampled_from(["image/png", "a/b"])),
    st.builds(url, st.sampled_from([b64(), f"data:;base64,{b64()}", "https://a.example/b.png", "<upload>"])),
)
_DOCUMENT = st.builds(
    lambda blocks, others: message(*blocks, **others),
    st.lists(_BLOCK, max_size=4),
    st.dictionaries(st.sampled_from(["a", "b"]), st.none() | st.integers(0, 2) | st.lists(st.integers(0, 3))),
)


@given(one=_DOCUMENT, other=_DOCUMENT, data=st.data())
@settings(max_examples=150, deadline=None)
def test_every_request_in_between_has_the_form_that_is_foretold(one, other, data):
    passing, failing = request(one), request(other)
    splicer = Splicer(passing, failing)
    assert (not splicer.changes) == (passing.wire.digest == failing.wire.digest)
    kept = closure(
        data.draw(st.sets(st.sampled_from([each.where for each in splicer.changes])))
        if splicer.changes
        else (),
        splicer.changes,
    )
    crafted = splicer.craft(kept).request
    body, headers = crafted.body, crafted.headers
    assert wire_form("POST", "/v1/messages", headers, body, {}).digest == splicer.form(kept).digest
    everything = frozenset(each.where for each in splicer.changes)
    assert splicer.form(everything).digest == failing.wire.digest
    assert splicer.form(frozenset()).digest == passing.wire.digest


@pytest.mark.parametrize(
    ("block", "path", "fixed"),
    [
        (image(b64(), "image/jpeg"), "/v1/messages", image(b64())),
        (image(spelt(PNG, "base64url")), "/v1/messages", image(b64())),
        (image(spelt(PNG, "base64 lines of 76")), "/v1/messages", image(b64())),
        (image(f"data:image/png;base64,{b64()}"), "/v1/messages", image(b64())),
        (image(b64(b64().encode())), "/v1/messages", image(b64())),
        (url(b64()), "/v1/chat/completions", url(f"data:image/png;base64,{b64()}")),
        (
            url(f"data:image/webp;base64,{b64()}"),
            "/v1/chat/completions",
            url(f"data:image/png;base64,{b64()}"),
        ),
        (
            url(f"data:image/png;base64,data:image/png;base64,{b64()}"),
            "/v1/chat/completions",
            url(f"data:image/png;base64,{b64()}"),
        ),
        (image(list(PNG)), "/v1/messages", image(b64())),
    ],
)
def test_the_first_candidate_is_the_call_as_it_should_be(block, path, fixed):
    found = candidates(request(message(TEXT, block), path))
    wanted = request(message(TEXT, fixed), path)
    assert found[0].request.wire.digest == wanted.wire.digest


def test_a_raw_body_is_tried_with_its_own_type():
    wav = b"RIFF" + (600).to_bytes(4, "little") + b"WAVEfmt " + bytes(592)
    (found,) = candidates(request(wav, "/v1/listen", b"audio/mpeg"))
    assert (b"Content-Type", b"audio/wav") in found.request.headers
    assert found.says == "Content-Type: audio/wav"
    assert found.request.body == wav
