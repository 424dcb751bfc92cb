"""The shipped matrix of carriers: four vendors' SDKs and REST, run again and held against the committed report."""

from collections import Counter

from committed_reports import TABLES, cases, committed, run_again

from upload_matrix.judge.differences import find_differences
from upload_matrix.judge.evidence import gather
from upload_matrix.report.json_report import load

RUN = load(committed("carriers").read_text("utf-8"), "carriers.json")


def test_every_sdk_sends_what_the_committed_report_says(pytester):
    table = f"--upload-mime-table=system={TABLES / 'debian-12.types'}"
    today = run_again(pytester, "carriers", "carriers.yaml", table)
    assert today == cases(committed("carriers").read_text("utf-8"))


def test_the_same_files_go_by_every_carrier_to_every_vendor_and_all_is_as_expected():
    assert {result.verdict.kind.value for result in RUN.results} == {"as-expected"}
    clients = Counter(result.axes["client"] for result in RUN.results)
    assert set(clients) == {"httpx", "openai", "anthropic", "google-genai", "mistralai"}
    assert {result.axes["file"] for result in RUN.results} == {"png", "webp", "pdf", "mp3", "txt"}
    carriers = {result.axes["carrier"] for result in RUN.results}
    assert carriers == {"multipart", "raw", "data-url", "base64", "file-id", "file-id-untyped", "reference"}


def test_an_upload_that_was_accepted_may_not_be_used():
    (case,) = [
        result
        for result in RUN.results
        if result.id.startswith("carriers/chat.completions.create/openai/pdf/")
        and result.axes["carrier"] == "file-id-untyped"
    ]
    upload, use = case.attempts
    assert (upload.status, use.status) == (200, 400)
    assert case.outcome.at == "chat.completions.create"


def test_an_sdk_sends_what_rest_sends_but_for_how_it_writes_the_form():
    """Two clients of one call differ in nothing that an answer here depends on."""
    by_call = {}
    for result in RUN.results:
        axes = {**result.axes, "client": ""}
        by_call.setdefault(tuple(sorted(axes.items())), set()).add(
            (result.outcome.kind, result.outcome.status, result.outcome.code)
        )
    assert [call for call, outcomes in by_call.items() if len(outcomes) > 1] == []


def test_nothing_is_concluded_from_ids_and_addresses_which_do_not_show_their_file():
    deciding, indifferent = find_differences(gather(RUN))
    spoken_of = {found.where for found in (*deciding, *indifferent)}
    assert "messages[0].content[1].image_url.url.prefix" in spoken_of
    assert [
        where for where in spoken_of if where.startswith("fields.") and where.endswith(("_id", "url"))
    ] == []
