"""What a difference between a sent and a forwarded upload is called, on forms made by hand."""

import base64
import hashlib
import json
from dataclasses import replace

import pytest

from upload_matrix.judge.crossings import ABOUT, Said, compare, differences, pair, speaker
from upload_matrix.judge.findings import CODES
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.hop import Crossing, Effect, Forwarded, Hop, Rewriting, Speaker
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm
from upload_matrix.wire.read import wire_form

EDIT = load_operations()["images.edit"]
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "


def text(name, value):
    data = value.encode()
    return Part(
        name, None, None, f'form-data; name="{name}"', len(data), hashlib.sha256(data).hexdigest(),
        text=value, characters=len(value),
    )  # fmt: skip


def upload(name="image", filename="avatar.webp", content_type="image/webp", data=WEBP):
    named = "" if filename is None else f'; filename="{filename}"'
    return Part(
        name, filename, content_type, f'form-data; name="{name}"{named}', len(data),
        hashlib.sha256(data).hexdigest(), format="webp" if data == WEBP else None,
    )  # fmt: skip


def form(*parts, **given):
    return WireForm(
        "POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "multipart/form-data", parts=parts, **given
    )


def named(sent, forwarded):
    return {each.where: each.effect for each in compare(sent, forwarded, EDIT).rewritings}


SENT = form(text("model", "gpt-image-1"), text("prompt", "빨간 문"), upload())


def test_the_same_form_has_no_rewritings():
    assert compare(SENT, SENT, EDIT).rewritings == ()


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (form(*SENT.parts[:2], upload(content_type=None)), {"image.content_type": Effect.DROPPED}),
        (form(*SENT.parts[:2], upload(filename=None)), {"image.filename": Effect.DROPPED}),
        (form(*SENT.parts[:2], upload(filename="b.webp")), {"image.filename": Effect.REWRITTEN}),
        (form(*SENT.parts[:2]), {"image": Effect.DROPPED}),
        (form(*SENT.parts, text("user", "u")), {"user": Effect.REWRITTEN}),
        (form(SENT.parts[1], SENT.parts[0], SENT.parts[2]), {"order": Effect.REWRITTEN}),
        (replace(SENT, framing=Framing.CHUNKED), {"framing": Effect.REWRITTEN}),
        (replace(SENT, path="/v1/other"), {"path": Effect.REWRITTEN}),
        (replace(SENT, fault="not sound multipart"), {"fault": Effect.CORRUPTED}),
        (
            form(*SENT.parts[:2], upload(data=b"RIFF\xef\xbf\xbd")),
            {"image.content": Effect.CORRUPTED, "image.format": Effect.CORRUPTED},
        ),
        (form(SENT.parts[0], text("prompt", "?? ?"), SENT.parts[2]), {"fields.prompt": Effect.CORRUPTED}),
        (
            form(SENT.parts[0], text("prompt", "빨간 문".encode().decode("latin-1")), SENT.parts[2]),
            {"fields.prompt": Effect.CORRUPTED},
        ),
        (form(SENT.parts[0], text("prompt", "a door"), SENT.parts[2]), {"fields.prompt": Effect.REWRITTEN}),
    ],
)
def test_each_difference_has_its_name(forwarded, expected):
    assert named(SENT, forwarded) == expected


def test_a_repair_is_masking_and_says_which_finding_is_gone():
    sent = form(*SENT.parts[:2], upload(content_type="application/octet-stream"))

    found = compare(sent, SENT, EDIT)

    assert [(each.where, each.effect) for each in found.rewritings] == [("image.content_type", Effect.MASKED)]
    assert found.repaired == ("octet-stream",)
    assert found.introduced == ()


def test_another_fault_in_the_place_of_one_is_no_repair():
    sent = form(*SENT.parts[:2], upload(content_type="application/octet-stream"))
    forwarded = form(*SENT.parts[:2], upload(content_type="image/png"))

    found = compare(sent, forwarded, EDIT)

    assert [each.effect for each in found.rewritings] == [Effect.REWRITTEN]
    assert found.repaired == ()
    assert found.introduced == ("type-contradicts-bytes",)


def test_a_part_that_is_dropped_is_not_repaired_by_that():
    sent = form(*SENT.parts[:2], upload(content_type="application/octet-stream"))

    assert named(sent, form(*SENT.parts[:2])) == {"image": Effect.DROPPED}


def test_a_chunked_body_that_gets_a_length_is_masked():
    assert named(replace(SENT, framing=Framing.CHUNKED), SENT) == {"framing": Effect.MASKED}


def test_a_renamed_part_is_one_rename_and_not_a_loss():
    forwarded = form(*SENT.parts[:2], upload(name="image[]"))

    assert [(each.where, each.before, each.after) for each in compare(SENT, forwarded, EDIT).rewritings] == [
        ("image.name", "image", "image[]")
    ]


def test_the_second_of_two_files_is_missed_and_the_first_is_not_called_corrupted():
    first, second = upload(data=b"RIFF....WEBP1"), upload(data=b"RIFF....WEBP2")
    sent = form(first, second)

    assert named(sent, form(second)) == {"image": Effect.DROPPED}
    assert named(sent, form(first)) == {"image#2": Effect.DROPPED}


def test_a_file_under_another_name_is_known_by_its_bytes():
    pairing = pair(SENT.parts, (*SENT.parts[:2], upload(name="picture")))

    assert pairing.renamed == {"image": ("image", "picture")}
    assert [part.name for part in pairing.forwarded] == ["model", "prompt", "image"]


def test_a_filename_like_the_parts_name_stays_as_it_is_when_the_part_is_renamed():
    sent = form(upload(filename="image"))

    assert [
        each.where for each in compare(sent, form(upload(name="image[]", filename="image")), EDIT).rewritings
    ] == ["image.name"]


def as_json(document):
    headers = ((b"content-type", b"application/json"), (b"content-length", b"1"))
    return wire_form("POST", "/v1/images/edits", headers, json.dumps(document).encode(), {})


def test_json_with_the_same_bytes_is_rewritten():
    url = "data:image/webp;base64," + base64.b64encode(WEBP).decode()
    body = {"model": "gpt-image-1", "prompt": "빨간 문", "images": [{"image_url": url}]}

    assert named(SENT, as_json(body)) == {
        "media_type": Effect.REWRITTEN,
        "image.encoding": Effect.REWRITTEN,
        "image.filename": Effect.DROPPED,
    }


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2 + b"IEND\xaeB`\x82"


def turn(*urls, **others):
    content = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return as_json({"model": "m", "messages": [{"role": "user", "content": content}], **others})


def data_url(content=PICTURE, media_type="image/png", encode=base64.b64encode):
    return f"data:{media_type};base64,{encode(content).decode()}"


PLACE = "messages[0].content[0].image_url.url"
MOVED = "messages[0].content[1].image_url.url"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (turn(data_url(media_type="image/jpeg")), {f"{PLACE}.content_type": Effect.REWRITTEN}),
        (turn(data_url(encode=base64.encodebytes)), {f"{PLACE}.spelling": Effect.REWRITTEN}),
        (turn(data_url(PICTURE[:-12] + bytes(12))), {f"{PLACE}.content": Effect.CORRUPTED}),
        (turn(), {PLACE: Effect.DROPPED}),
        (turn(data_url(), temperature=0), {"fields.temperature": Effect.REWRITTEN}),
        (turn("https://a.example/b.png", data_url()), {f"{PLACE}.place": Effect.REWRITTEN}),
        (turn(data_url(), data_url(WEBP, "image/webp")), {MOVED: Effect.REWRITTEN}),
    ],
)
def test_what_a_gateway_does_to_a_file_in_json_is_told_at_its_place(forwarded, expected):
    assert named(turn(data_url()), forwarded) == expected


def test_a_wrong_type_that_a_gateway_puts_right_is_masked():
    sent = turn(data_url(media_type="image/webp"))
    found = compare(sent, turn(data_url()), EDIT)
    assert found.repaired == ("type-contradicts-bytes",)
    assert [(each.where, each.effect) for each in found.rewritings] == [
        (f"{PLACE}.content_type", Effect.MASKED)
    ]
    assert compare(turn(data_url()), sent, EDIT).introduced == ("type-contradicts-bytes",)


def test_a_file_in_json_that_becomes_a_part_keeps_its_bytes():
    sent = as_json(
        {"model": "gpt-image-1", "prompt": "빨간 문", "images": [{"image_url": data_url(WEBP, "image/webp")}]}
    )
    found = named(sent, SENT)
    assert found.pop("images[0].image_url.encoding") is Effect.REWRITTEN
    assert found.pop("images[0].image_url.filename") is Effect.REWRITTEN
    assert found == {"media_type": Effect.REWRITTEN}


def test_json_with_other_bytes_is_corrupted_and_without_any_dropped():
    body = {"model": "gpt-image-1", "prompt": "빨간 문"}
    other = base64.b64encode(b"something else").decode()

    assert named(SENT, as_json({**body, "image": other}))["image.content"] is Effect.CORRUPTED
    assert named(SENT, as_json(body))["image"] is Effect.DROPPED
    assert named(SENT, as_json({"model": "x", "image": other}))["fields.prompt"] is Effect.DROPPED


def test_a_long_json_value_is_not_quoted_whole():
    (extra,) = (
        delta for delta in differences(SENT, as_json({"extra": "x" * 5000})) if delta.where == "fields.extra"
    )

    assert 0 < len(extra.after) < 200


def test_every_shipped_finding_is_a_fault_with_its_element_or_for_information():
    assert set(CODES) - set(ABOUT) <= {"array-field", "attempt-differs"}


OK = Said(200, b'{"created": 1}')
REFUSAL = Said(400, b'{"error": {"message": "Invalid file: unsupported mimetype", "code": "x"}}')


@pytest.mark.parametrize(
    ("answer", "target", "who", "place"),
    [
        (OK, [OK], Speaker.TARGET, 0),
        (Said(200, b'{"created":1}'), [OK], Speaker.TARGET, 0),
        (OK, [Said(500, b""), OK], Speaker.TARGET, 1),
        (Said(500, b""), [Said(500, b""), None], Speaker.TARGET, 0),
        (Said(200, b'{"created": 2}'), [OK], Speaker.REWORDED, 0),
        (Said(422, b"{}"), [REFUSAL], Speaker.REWORDED, 0),
        (
            Said(500, b'{"error": {"message": "proxy: Invalid file: unsupported mimetype"}}'),
            [REFUSAL],
            Speaker.REWORDED,
            0,
        ),
        (Said(500, b'{"error": {"message": "broken"}}'), [REFUSAL], Speaker.GATEWAY, None),
        (OK, [REFUSAL], Speaker.GATEWAY, None),
        (Said(502, b""), [OK], Speaker.GATEWAY, None),
        (Said(504, b""), [None], Speaker.GATEWAY, None),
        (OK, [], Speaker.GATEWAY, None),
        (None, [OK], Speaker.NOBODY, None),
    ],
)
def test_who_speaks(answer, target, who, place):
    found = speaker(answer, target)

    assert found[:2] == (who, place)
    assert (found[2] is None) == (who is Speaker.TARGET)


def test_a_hop_is_faithful_only_when_every_crossing_is():
    plain = Crossing(Speaker.TARGET, (Forwarded("a", 200),))
    changed = Forwarded("b", 200, rewritings=(Rewriting("framing", "chunked", None, effect=Effect.DROPPED),))

    assert Hop("g", (plain,)).faithful
    assert not Hop("g", ()).faithful
    assert not Hop("g", (plain, Crossing(Speaker.GATEWAY, (Forwarded("a", 200),)))).faithful
    assert not Hop("g", (plain, Crossing(Speaker.TARGET, (changed,)))).faithful
    assert not Hop("g", (Crossing(Speaker.TARGET),)).faithful
