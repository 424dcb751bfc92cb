"""The shipped table of all clients: what is installed here is run again and held against it."""

from committed_reports import ROOT, TABLES, cases, committed, run_again

from upload_matrix.report.json_report import load

CLIENTS = (
    "openai", "openai-async", "openai-raw-response", "azure", "httpx", "httpx2", "requests", "aiohttp", "urllib3",
    "curl", "litellm", "node-openai",
)  # fmt: skip


def test_the_clients_that_are_here_send_what_the_committed_report_says(pytester):
    today = run_again(
        pytester,
        "clients",
        "on-request/clients.yaml",
        f"--upload-mime-table=builtin={TABLES / 'python-3.12.types'}",
        # Left out: what may not be installed here, and second attempts, before which clients wait.
        "-k",
        "not retries and not litellm and not node and not curl",
    )
    kept = cases(committed("clients").read_text("utf-8"))
    assert len(today) == 89
    assert today == {name: kept[name] for name in today}


def test_the_committed_report_has_every_client_and_all_as_expected():
    run = load(committed("clients").read_text("utf-8"), "clients.json")
    assert {result.axes["client"] for result in run.results} == set(CLIENTS)
    assert {result.verdict.kind.value for result in run.results} == {"as-expected"}


def test_the_table_tells_what_was_measured():
    text = committed("clients").with_suffix(".md").read_text("utf-8")
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
    for suffix in (".json", ".md"):
        text = committed("clients").with_suffix(suffix).read_text("utf-8")
        assert "/tmp/" not in text
        assert str(ROOT) not in text
