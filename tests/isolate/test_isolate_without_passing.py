"""Where no passing request is given: the nearest recorded one, made anew, and repaired versions."""

from isolate_requests import MP3, PNG, WEBP, P, edit, json_request, multipart, raw, read_back, report_pair

from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile
from upload_matrix.judge.isolate.result import reply_of
from upload_matrix.judge.isolate.search import isolate, nearest_passing
from upload_matrix.wire.fixes import candidates
from upload_matrix.wire.splice import Splicer, deltas
from upload_matrix.wire.write import contents_of, rebuilt

OCTETS = "application/octet-stream"
PROFILE = load_profile("openai-2026-02")


def emulate(request):
    return answer(PROFILE, request.wire)


def says(failing):
    return [crafted.says for crafted in candidates(failing)]


def test_the_mends_of_a_bare_bytesio_are_tried_together_and_singly():
    _, failing = report_pair()
    assert says(failing) == [
        'image: filename="image.webp"; image: Content-Type: image/webp',
        'image: filename="image.webp"',
        "image: Content-Type: image/webp",
        "image: named image[]",
    ]
    for crafted in candidates(failing):
        assert read_back(crafted.request) == crafted.request.wire
    assert candidates(failing) == candidates(failing)


def test_the_first_mend_serves_as_the_passing_end():
    _, failing = report_pair()
    mended = candidates(failing)[0].request
    assert [change.where for change in deltas(failing, mended)] == ["image.filename", "image.content_type"]
    splicer = Splicer(mended, failing)
    result = isolate(splicer, lambda question: reply_of(emulate(splicer.craft(question.kept).request)))
    assert [change.where for change in result.cause] == ["image.content_type"]


def test_chunks_and_a_file_sent_as_text_are_mended_too():
    chunked = multipart(P("image", PNG), P("model", "m"), chunked=True)
    assert says(chunked) == [
        'image: filename="image.png"; image: Content-Type: image/png; Content-Length in place of chunks',
        'image: filename="image.png"',
        "image: Content-Type: image/png",
        "Content-Length in place of chunks",
    ]
    assert candidates(chunked)[0].request.wire.framing.value == "content-length"


def test_a_type_that_contradicts_the_bytes_is_mended_and_a_good_one_left():
    assert says(edit(P("image", PNG, "a.webp", "image/webp")))[0].startswith('image: filename="image.png"')
    assert says(edit(P("image", WEBP, "a.webp", "image/webp"))) == ["image: named image[]"]
    odd = multipart(P("file", MP3, "a.mp3", "audio/x-something-new"))
    assert says(odd) == ["file: named file[]"]


def test_a_part_whose_name_is_written_oddly_keeps_it():
    odd = edit(P("image", WEBP, "x", OCTETS, disposition='form-data; name="image"; filename="a \\"b\\""'))
    (only,) = candidates(odd)
    assert only.says == "image: Content-Type: image/webp"
    assert read_back(only.request) == only.request.wire
    assert only.request.wire.parts[-1].disposition == odd.wire.parts[-1].disposition


def test_nothing_is_mended_in_what_is_no_multipart():
    assert candidates(json_request({"model": "m"})) == ()
    assert (
        candidates(raw("POST", "/", (("Content-Type", "multipart/form-data; boundary=x"),), b"broken")) == ()
    )


def test_the_nearest_passing_recordings_of_the_same_path_come_first():
    passing, failing = report_pair()
    other = edit(P("image", PNG, "b.png", "image/png"), prompt="something else")
    elsewhere = multipart(*(), P("image", WEBP, "avatar.webp", "image/webp"), path="/v1/files")
    recordings = [(request.wire, emulate(request)) for request in (failing, other, elsewhere, passing)]
    assert nearest_passing(failing.wire, recordings) == (passing.wire, other.wire)


def test_a_recorded_form_becomes_a_request_where_its_bytes_are_at_hand():
    passing, failing = report_pair()
    contents = contents_of(failing)
    made = rebuilt(passing.wire, lambda part: contents.get(part.sha256), ((b"Accept", b"*/*"),))
    assert made is not None
    assert made.wire == passing.wire == read_back(made)
    assert (b"Accept", b"*/*") in made.headers
    assert rebuilt(passing.wire, lambda _: None) is None
    assert rebuilt(passing.wire, lambda _: b"other bytes") is None
    document = json_request({"model": "m"})
    again = rebuilt(document.wire, lambda _: None)
    assert again is not None
    assert read_back(again) == document.wire


def test_a_normalised_name_or_a_lost_body_cannot_be_made_anew():
    temporary = edit(P("image", WEBP, "12", OCTETS))
    assert rebuilt(temporary.wire, lambda _: WEBP) is None
    assert rebuilt(raw("POST", "/", (("Content-Type", "text/plain"),), b"words").wire, lambda _: b"x") is None
