"""HAR 1.2 as the specification has it: required keys, one of params and text, times even when unknown."""

import json

from reports_story import story

from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.report import har
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm

SOURCE = Source("openai", Provenance.LIVE, Supply.RECORDED)
PART = Part("image", "a.webp", "image/webp", 'form-data; name="image"; filename="a.webp"', 3, "ab" * 32)
TEXT = Part("model", None, None, 'form-data; name="model"', 1, "cd" * 32, text="m", characters=1)
EDIT = WireForm("POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "multipart/form-data", parts=(TEXT, PART))

REQUIRED = {"startedDateTime", "time", "request", "response", "cache", "timings"}
REQUEST = {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
RESPONSE = {
    "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize",
}  # fmt: skip


def entries(text):
    log = json.loads(text)["log"]
    assert log["version"] == "1.2"
    assert set(log["creator"]) == {"name", "version"}
    for entry in log["entries"]:
        assert set(entry) >= REQUIRED
        assert set(entry["request"]) >= REQUEST
        assert set(entry["response"]) >= RESPONSE
        assert {"size", "mimeType"} <= set(entry["response"]["content"])
        assert set(entry["timings"]) == {"send", "wait", "receive"}
        assert entry["time"] >= 0
    return log["entries"]


def test_a_run_has_an_entry_for_every_attempt():
    run = story()
    found = entries(har.render(run))
    assert len(found) == sum(len(result.attempts) for result in run.results)
    assert all(entry["startedDateTime"] == har.UNKNOWN_TIME for entry in found)
    assert all("the time is not known" in entry["comment"] for entry in found)


def test_parts_are_params_and_files_are_named_not_shown():
    answer = Answer(400, (("content-type", "application/json"),), b'{"error": {}}', SOURCE)
    headers = (("Content-Type", "multipart/form-data; boundary=x"),)
    (entry,) = entries(
        har.document(
            [
                har.HarEntry(
                    EDIT,
                    "https://api.openai.com",
                    headers,
                    answer,
                    started="2026-11-22T10:00:00Z",
                    seconds=1.5,
                )
            ]
        )
    )
    assert entry["request"]["url"] == "https://api.openai.com/v1/images/edits"
    posted = entry["request"]["postData"]
    assert "text" not in posted
    assert posted["mimeType"] == "multipart/form-data; boundary=x"
    assert posted["params"][0] | {"name": "model", "value": "m"} == posted["params"][0]
    image = posted["params"][1]
    assert (image["fileName"], image["contentType"]) == ("a.webp", "image/webp")
    assert "value" not in image
    assert entry["time"] == entry["timings"]["wait"] == 1500
    assert entry["response"]["content"]["text"] == '{"error": {}}'
    assert entry["response"]["statusText"] == "Bad Request"
    assert entry["_provenance"] == "live"
    assert "comment" not in entry


def test_json_bytes_and_no_body():
    posted = WireForm("POST", "/v1/x", Framing.CONTENT_LENGTH, "application/json", "a=1&b=", json='{"k":1}')
    raw = WireForm("POST", "/v1/x", Framing.CHUNKED, "image/png", body_size=9, body_sha256="ef" * 32)
    bare = WireForm("GET", "/v1/models", Framing.NONE)
    first, second, third = entries(
        har.document(har.HarEntry(wire, "http://h") for wire in (posted, raw, bare))
    )
    assert first["request"]["postData"] == {"mimeType": "application/json", "text": '{"k":1}'}
    assert first["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "b", "value": ""}]
    assert "9 bytes" in second["request"]["postData"]["comment"]
    assert "postData" not in third["request"]


def test_no_answer_and_bytes_that_are_no_text():
    silent = har.HarEntry(EDIT, "http://h", reply=NoAnswer(Silence.UNREACHABLE, "no connection"))
    picture = har.HarEntry(EDIT, "http://h", reply=Answer(200, (("Location", "/y"),), b"\xff\xfe", SOURCE))
    first, second = entries(har.document([silent, picture]))
    assert (first["response"]["status"], first["response"]["_error"]) == (0, "no connection")
    assert second["response"]["content"]["encoding"] == "base64"
    assert second["response"]["redirectURL"] == "/y"
