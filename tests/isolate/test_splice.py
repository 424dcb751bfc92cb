"""Crafted requests are real ones: what the tap reads from their bytes is the wire form they promise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isolate_requests import OTHER_PNG, PAIRS, PNG, WEBP, P, edit, json_request, multipart, raw, read_back

from upload_matrix.wire.difference import Kind, closure
from upload_matrix.wire.form import Framing
from upload_matrix.wire.splice import IllegalHybridError, Splicer, deltas

OCTETS = "application/octet-stream"


def wheres(passing, failing):
    return [change.where for change in deltas(failing, passing)]


def picture(**given):
    return P(**{"name": "image", "content": WEBP, "filename": "a.webp", "type": "image/webp", **given})


@pytest.mark.parametrize("pair", PAIRS)
def test_no_change_and_all_changes_are_the_requests_themselves(pair):
    passing, failing = PAIRS[pair]()
    splicer = Splicer(passing, failing)
    everything = frozenset(change.where for change in splicer.changes)
    assert splicer.craft(frozenset()).request is passing
    assert splicer.craft(everything).request is failing
    assert splicer.form(frozenset()).digest == passing.wire.digest
    assert splicer.form(everything).digest == failing.wire.digest


@settings(deadline=None, database=None, derandomize=True, max_examples=150)
@given(st.sampled_from(sorted(PAIRS)), st.data())
def test_any_legal_set_reads_back_as_intended(pair, data):
    passing, failing = PAIRS[pair]()
    splicer = Splicer(passing, failing)
    names = [change.where for change in splicer.changes]
    kept = closure(data.draw(st.sets(st.sampled_from(names))), splicer.changes)
    crafted = splicer.craft(kept)
    if 0 < len(kept) < len(names):
        assert read_back(crafted.request) == crafted.request.wire == splicer.form(kept)
        assert splicer.craft(kept) == crafted, "the same set gives the same bytes"
    # Exactly these changes: what is left between the two ends is what was not kept, and the other way round.
    back = {change.where for change in deltas(failing, crafted.request)}
    assert back <= set(names) - kept


EXACT = [
    (picture(), picture(filename="upload"), ["image.filename"]),
    (picture(), picture(filename=None), ["image.filename"]),
    (picture(), picture(type=None), ["image.content_type"]),
    (picture(), picture(type=OCTETS, filename="upload"), ["image.filename", "image.content_type"]),
    (picture(), picture(name="image[]"), ["image.name"]),
    (picture(), picture(name="file"), ["image.name"]),
    (picture(), picture(content=PNG), ["image.content"]),
    (picture(), picture(headers=(("X-A", "1"), ("X-B", "2"))), ["image.headers.x-a", "image.headers.x-b"]),
    (
        picture(headers=(("X-A", "1"), ("X-B", "2"))),
        picture(headers=(("X-B", "2"), ("X-A", "1"))),
        ["image.headers"],
    ),
    (picture(), picture(disposition="form-data; name=image; filename=a.webp"), ["image.disposition"]),
    (
        picture(),
        picture(filename="b.webp", disposition='form-data; filename="b.webp"; name="image"'),
        ["image.filename", "image.disposition"],
    ),
    # Escaped: the name cannot be put in singly, so the line is one change.
    (
        picture(),
        picture(filename='my "a".webp', disposition='form-data; name="image"; filename="my \\"a\\".webp"'),
        ["image.filename"],
    ),
    (picture(filename="사진.webp"), picture(filename="그림.webp"), ["image.filename"]),
    (picture(filename="17"), picture(filename="18"), []),
]


@pytest.mark.parametrize(("passing", "failing", "expected"), EXACT)
def test_the_elements_of_a_part(passing, failing, expected):
    good, bad = edit(passing), edit(failing)
    assert wheres(good, bad) == expected
    splicer = Splicer(good, bad)
    for where in expected:
        kept = closure({where}, splicer.changes)
        crafted = splicer.craft(kept).request
        if len(kept) < len(expected):
            assert read_back(crafted) == crafted.wire
            assert {change.where for change in deltas(crafted, good)} == kept


def test_what_is_wrong_with_an_added_part_needs_the_part():
    good = edit(picture())
    bad = edit(picture(), P("mask", PNG, "upload", OCTETS))
    presence, filename, content_type = deltas(bad, good)
    assert (presence.where, presence.kind, presence.requires) == (
        "mask",
        Kind.PRESENCE,
        frozenset(),
    )
    assert presence.after is not None
    assert "'mask.png' (image/png" in presence.after
    assert filename.requires == content_type.requires == {"mask"}
    with pytest.raises(IllegalHybridError, match="need others: mask"):
        Splicer(good, bad).craft(frozenset({filename.where}))
    assert Splicer(good, bad).key(frozenset({"mask.filename"})) is None


def test_a_disposition_needs_the_names_it_is_written_with():
    *_, disposition = deltas(
        edit(picture(filename="b.webp", disposition='form-data; filename="b.webp"; name="image"')),
        edit(picture()),
    )
    assert disposition.requires == {"image.filename"}


def test_a_part_that_is_gone_is_one_change():
    good, bad = edit(picture(), P("mask", PNG, "m.png", "image/png")), edit(picture())
    assert wheres(good, bad) == ["mask"]


def test_order_moves_all_and_keeps_what_only_one_side_has():
    good = multipart(P("a", "1"), P("b", "2"), P("c", "3"))
    bad = multipart(P("c", "3"), P("x", "9"), P("a", "1"))
    splicer = Splicer(good, bad)
    assert set(wheres(good, bad)) == {"order", "b", "x"}
    ordered = splicer.form({"order"})
    assert [part.name for part in ordered.parts] == ["c", "a", "b"]
    assert [part.name for part in splicer.form({"x"}).parts] == ["a", "b", "c", "x"]


def test_framing_and_headers_are_changes_of_the_request():
    good = multipart(
        picture(), headers=(("User-Agent", "a"), ("X-Stainless-Lang", "python"), ("Cookie", "s=1"))
    )
    bad = multipart(picture(), headers=(("User-Agent", "b"), ("OpenAI-Organization", "org-1")), chunked=True)
    splicer = Splicer(good, bad)
    assert wheres(good, bad) == [
        "framing", "headers.user-agent", "headers.openai-organization", "headers.x-stainless-*"
    ]  # fmt: skip
    crafted = splicer.craft({"framing", "headers.openai-organization"}).request
    assert crafted.wire.framing is Framing.CHUNKED
    names = [name.lower() for name, _ in crafted.headers]
    assert b"content-length" not in names
    assert (b"Cookie", b"s=1") in crafted.headers, "credentials stay the passing side's"
    assert (b"User-Agent", b"a") in crafted.headers
    assert "org-1" not in "".join(map(str, splicer.changes))


def test_a_recording_of_an_end_does_not_speak_for_other_headers():
    good = edit(picture())
    bad = multipart(
        P("model", "gpt-image-1"), P("prompt", "a hat"), picture(type=OCTETS), headers=(("X-A", "1"),)
    )
    splicer = Splicer(good, bad)
    assert splicer.recordable(frozenset())
    assert splicer.recordable({"image.content_type", "headers.x-a"})
    assert not splicer.recordable({"image.content_type"})
    assert not splicer.recordable({"headers.x-a"})
    assert splicer.key(frozenset()) != splicer.key({"headers.x-a"})


def test_bodies_of_two_kinds_are_one_change_with_their_type():
    good = json_request({"model": "a", "images": []})
    bad = edit(picture())
    (change,) = deltas(bad, good)
    assert (change.where, change.before, change.after) == ("body", "JSON", "multipart, 3 parts")


WHOLE = [
    multipart(picture(), media="multipart/mixed"),
    raw("POST", "/v1/images/edits", (("Content-Type", "multipart/form-data; boundary=x"),), b"--x\r\nbroken"),
    raw("POST", "/v1/images/edits", (("Content-Type", "text/plain"),), b"words"),
    raw("POST", "/v1/images/edits", (("Content-Type", "application/json"), ("Content-Encoding", "gzip")), b"\x1f\x8b"),
    multipart(*(P("image", "1") for _ in range(70))),
    multipart(P("a", "1"), picture(content=b"a--the-client's b\r\n--not it")),
]  # fmt: skip


@pytest.mark.parametrize("bad", WHOLE)
def test_whatever_the_body_the_ends_are_kept(bad):
    good = edit(picture())
    splicer = Splicer(good, bad)
    everything = frozenset(change.where for change in splicer.changes)
    assert splicer.form(everything).digest == bad.wire.digest
    for where in everything if len(everything) > 1 else ():
        kept = closure({where}, splicer.changes)
        crafted = splicer.craft(kept).request
        assert read_back(crafted) == crafted.wire


def test_json_fields_one_by_one():
    good, bad = PAIRS["json"]()
    crafted = Splicer(good, bad).craft({"fields.n", "fields.quality"}).request
    assert crafted.wire.field("n") == "4"
    assert crafted.wire.field("quality") is None
    assert crafted.wire.field("model") == "a"


def test_a_shipped_picture_stays_one():
    digest = edit(picture()).wire.parts[-1].sha256
    assets = {digest: "webp"}
    good, bad = (
        multipart(P("model", "m"), part, assets=assets) for part in (picture(), picture(filename="u"))
    )
    bad = multipart(P("model", "n"), picture(filename="u", type=OCTETS), assets=assets)
    crafted = Splicer(good, bad).craft({"image.filename"}).request
    assert read_back(crafted, assets) == crafted.wire
    assert crafted.wire.parts[-1].content == "asset:webp"


def test_the_boundary_is_in_no_part():
    good = edit(picture())
    first = Splicer(good, edit(picture(type=None, filename="x"))).craft({"image.filename"}).request
    boundary = dict(first.headers)[b"Content-Type"].partition(b"boundary=")[2]
    for content in (boundary, b"\r\n--" + boundary + b"--\r\n"):
        bad = edit(picture(type=None, filename="x", content=OTHER_PNG + content))
        crafted = Splicer(good, bad).craft({"image.filename", "image.content"}).request
        assert read_back(crafted) == crafted.wire


def test_an_incomplete_request_is_no_end():
    broken = raw("POST", "/v1/images/edits", (("Content-Type", "text/plain"),), b"wor", broken="it broke off")
    with pytest.raises(IllegalHybridError, match="the failing request broke off"):
        Splicer(edit(picture()), broken)
