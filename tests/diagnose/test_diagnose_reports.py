"""Reports: hostile text stays text, secrets stay out, a reader of JSON finds the same as a reader of words."""

import json

from diagnose_world import File, asking, bench_of, edit
from markdown_it import MarkdownIt

from upload_matrix.diagnose.playbook import diagnose
from upload_matrix.isolate.isolated import End
from upload_matrix.isolate.isolating import story_of
from upload_matrix.judge.isolate.result import PassingBy
from upload_matrix.model import codec
from upload_matrix.report import diagnosis, isolation
from upload_matrix.report.diagnosis import diagnosis_document
from upload_matrix.report.document import markdown, terminal
from upload_matrix.report.isolation import isolation_document

CANARY = "sk-" + "canary0123456789" * 2


def written(found):
    isolated = isolation_document(story_of(found.isolated))
    document = diagnosis_document(found.diagnosis, isolated)
    return {
        "isolation.json": "".join(codec.chunks(isolated)),
        "isolation.md": markdown(isolation.readable(isolated)),
        "isolation.txt": terminal(isolation.readable(isolated)),
        "json": "".join(codec.chunks(document)),
        "md": markdown(diagnosis.readable(document)),
        "txt": terminal(diagnosis.readable(document, offer="upload-matrix bug-report x")),
    }


def look(tmp_path, failing, passing):
    with asking(tmp_path) as asker:
        return diagnose(
            bench_of(asker, failing, tmp_path, given=End(passing, PassingBy.GIVEN, "good | <b>one</b>"))
        )


def test_hostile_names_do_not_steer_a_terminal_or_a_page(tmp_path):
    nasty = "a\x1b[31m|<script>`x`.webp"
    failing = edit(File(filename=nasty), headers=(("X-Odd", "\x1b[2J<img src=x>"),))
    found = look(tmp_path, failing, edit(File(filename="a.webp", type="image/webp")))
    for name, text in written(found).items():
        assert "\x1b" not in text, name
        if name.endswith("md"):
            page = MarkdownIt("commonmark").enable("table").render(text)
            assert "<script" not in page
            assert "<b>" not in page
            assert "<img" not in page


def test_secrets_in_headers_and_fields_do_not_enter(tmp_path):
    failing = edit(File(), headers=(("X-Api-Key", CANARY), ("X-Trace", "1")), user=CANARY)
    found = look(tmp_path, failing, edit(File(filename="a.webp", type="image/webp"), user="somebody"))
    for name, text in written(found).items():
        assert CANARY not in text, name
        assert CANARY[8:30] not in text, name
    for path in tmp_path.rglob("*.yaml"):
        assert CANARY not in path.read_text()


def test_json_says_what_the_words_say(tmp_path):
    found = look(tmp_path, edit(File()), edit(File(filename="a.webp", type="image/webp")))
    reports = written(found)
    report = json.loads(reports["json"])
    assert report["verdict"] in reports["txt"]
    assert report["found"] is True
    assert [suspect["number"] for suspect in report["suspects"]] == list(range(8))
    assert report["spent_usd"] == "0"
    inner = json.loads(reports["isolation.json"])
    assert report["isolation"] == inner
    assert set(inner["wires"]) == {inner["failing"]["wire"], inner["passing"]["wire"]}
    for text in reports.values():
        assert "emulated" in text
