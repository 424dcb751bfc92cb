"""The shipped table of all clients: what is installed here is run again and held against it."""

import json
from pathlib import Path

import pytest

from upload_matrix.report import registry
from upload_matrix.report.json_report import load

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "reports" / "clients.json"
CLIENTS = (
    "openai", "openai-async", "openai-raw-response", "azure", "httpx", "httpx2", "requests", "aiohttp", "urllib3",
    "curl", "litellm", "node-openai",
)  # fmt: skip


def cases(text: str) -> dict:
    """What does not hang on versions: by case, each attempt's wire form and what became of it."""
    return {
        case["id"]: (
            [attempt["wire"] for attempt in case.get("attempts", ())],
            case["outcome"]["kind"],
            case["outcome"].get("code"),
            [finding["code"] for finding in case.get("findings", ())],
        )
        for case in json.loads(text)["cases"]
    }


def test_the_clients_that_are_here_send_what_the_committed_report_says(pytester):
    pytester.makepyfile(test_uploads="def test_upload(upload_case):\n    upload_case.check()\n")
    pytester.runpytest(
        "-p", "no:cacheprovider",
        f"--upload-matrix={ROOT / 'matrix' / 'on-request' / 'clients.yaml'}",
        f"--upload-cassettes={ROOT / 'cassettes'}",
        f"--upload-mime-table=builtin={ROOT / 'matrix' / 'tables' / 'python-3.12.types'}",
        # Left out: what may not be installed here, and second attempts, before which clients wait.
        "-k", "not retries and not litellm and not node and not curl",
        "--upload-report=clients",
    )  # fmt: skip
    today = cases((pytester.path / "reports" / "clients.json").read_text("utf-8"))
    committed = cases(COMMITTED.read_text("utf-8"))
    assert len(today) == 89
    assert today == {name: committed[name] for name in today}


@pytest.mark.parametrize("form", ["json", "markdown", "junit"])
def test_every_committed_view_is_rendered_from_the_committed_json(form):
    report = registry.available()[form]
    run = load(COMMITTED.read_text("utf-8"), "clients.json")
    assert "".join(report.chunks(run)) == COMMITTED.with_suffix(report.suffix).read_text("utf-8")


def test_the_committed_report_has_every_client_and_all_as_expected():
    run = load(COMMITTED.read_text("utf-8"), "clients.json")
    assert {result.axes["client"] for result in run.results} == set(CLIENTS)
    assert {result.verdict.kind.value for result in run.results} == {"as-expected"}


def test_the_table_tells_what_was_measured():
    text = COMMITTED.with_suffix(".md").read_text("utf-8")
    for row in (
        # A handle, by who guesses what for it; LiteLLM gives the whole path away.
        "| litellm | `image[]` | `<local path>/avatar.webp` | `image/webp` |",
        "| requests | `image` | `avatar.webp` | *(none)* | the file |",
        # A stream at its end: some rewind, others send nothing.
        "| aiohttp | `image` | `avatar.webp` | `application/octet-stream` | **empty** |",
        # What cannot be read twice is not sent twice.
        "| openai, openai-async, openai-raw-response, azure | `image` | `upload` | `application/octet-stream` "
        "| the file | chunked | nothing |",
    ):
        assert row in text


def test_no_local_path_is_left_in_what_is_shipped():
    for suffix in (".json", ".md", ".xml"):
        text = COMMITTED.with_suffix(suffix).read_text("utf-8")
        assert "/tmp/" not in text
        assert str(ROOT) not in text
