"""``upload-matrix cassettes`` as a user meets it: recordings of every state, what is said, what is deleted."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.recordings import CassetteLibrary, RecordMode, Writing
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm

TODAY = datetime.now(tz=UTC).date()
EMULATOR = "emulator:openai-2026-02"
MATRIX = """\
name: mine
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: make the sky blue}
axes:
  client: [httpx]
  container: [bytesio, tuple3]
  image: [webp]
  mime_table: [builtin]
"""
LIVE_MATRIX = MATRIX.replace("mine", "live").replace(EMULATOR, "openai")


def wire(filename: str, path: str = "/v1/images/edits") -> WireForm:
    disposition = f'form-data; name="image"; filename="{filename}"'
    part = Part("image", filename, "image/webp", disposition, 5, "ab" * 32, "webp")
    return WireForm("POST", path, Framing.CONTENT_LENGTH, "multipart/form-data", "", (part,))


def record(
    filename: str,
    target: str = "openai",
    *,
    days: int = 0,
    samples: int = 1,
    provenance: Provenance = Provenance.LIVE,
    path: str = "/v1/images/edits",
    body: bytes = b'{"a": 1}',
) -> Path:
    """A recording ``days`` old; the file."""
    shelf = CassetteLibrary(
        Path("cassettes"), target, base_url="https://x.test/v1", mode=RecordMode.NEW_EPISODES,
        writing=Writing(TODAY - timedelta(days)),
    )  # fmt: skip
    profile = None if provenance is Provenance.LIVE else "openai-2026-02"
    answer = Answer(200, (), body, Source(target, provenance, Supply.FORWARDED, profile))
    for number in range(samples):
        shelf.reply(wire(filename, path), lambda: answer, number)
    return next(shelf.folder.rglob(f"{wire(filename, path).digest}.yaml"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "mine.yaml").write_text(MATRIX, "utf-8")
    (tmp_path / "matrix" / "live.yaml").write_text(LIVE_MATRIX, "utf-8")
    (tmp_path / "cassettes").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cli(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(commands, ["cassettes", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_list_says_what_was_asked_who_answered_and_when(here):
    record("a.webp", days=3, samples=2)
    record("b.webp", EMULATOR, provenance=Provenance.EMULATED)
    text = cli("list")
    assert f"POST /v1/images/edits -> 200, 200, live {TODAY - timedelta(3)} (3 days)" in text
    assert "-> 200, emulated openai-2026-02" in text
    assert text.endswith("2 files, 3 recordings\n")
    (only,) = json.loads(cli("list", "--target", "openai", "--json"))
    assert (only["target"], only["age_days"], len(only["samples"])) == ("openai", 3, 2)
    assert only["path"].startswith("cassettes/openai/")


def test_a_folder_that_is_not_there_is_a_usage_error(here):
    assert "nowhere: no such folder; name it with --cassettes" in cli(
        "list", "--cassettes", "nowhere", code=2
    )


def test_check_of_sound_recordings_is_quiet(here):
    record("a.webp")
    assert cli("check").splitlines()[-1] == "1 file: nothing wrong"


@pytest.mark.parametrize(
    ("days", "expired", "code"),
    [(30, "fail", 0), (31, "fail", 1), (31, "warn", 0), (31, "rerecord", 0)],
)
def test_age_against_a_limit(here, days, expired, code):
    path = record("a.webp", days=days, samples=2)
    text = cli("check", "--max-age", "30", "--expired", expired, code=code)
    assert ("expired: 31 days old, and 30 are allowed" in text) is (days == 31)
    again = f"record again: openai {path.stem} (POST /v1/images/edits), 2 answers"
    assert (again in text) is (expired == "rerecord")


def test_what_to_record_again_as_data(here):
    path = record("a.webp", days=9)
    document = json.loads(cli("check", "--max-age", "5", "--expired", "rerecord", "--json"))
    assert document["rerecord"] == [
        {
            "target": "openai",
            "wire": path.stem,
            "request": "POST /v1/images/edits",
            "samples": 1,
            "path": path.as_posix(),
        }
    ]
    assert [complaint["trouble"] for complaint in document["complaints"]] == ["expired"]


def test_the_oldest_sample_counts(here):
    path = record("a.webp", days=40)
    record("a.webp", days=1, samples=2)
    assert "40 days old" in cli("check", "--max-age", "30", code=1)
    assert path.read_text("utf-8").count("- request:") == 2


def test_emulated_answers_where_live_ones_are_expected(here):
    record("a.webp", provenance=Provenance.EMULATED)
    record("b.webp", EMULATOR, provenance=Provenance.EMULATED)
    assert "nothing wrong" in cli("check", "--max-age", "0")
    assert "emulated: answered by profile openai-2026-02, not by the vendor" in cli(
        "check", "--expect-live", "--target", "openai", code=1
    )


UNSOUND = {
    "no YAML": lambda path: path.write_text("{", "utf-8"),
    "edited": lambda path: path.write_text(path.read_text("utf-8").replace("webp", "png"), "utf-8"),
    "renamed": lambda path: path.rename(path.with_name("0123456789abcdef.yaml")),
    "other target": lambda path: path.write_text(
        path.read_text("utf-8").replace("target: openai", "target: azure"), "utf-8"
    ),
    "no day": lambda path: path.write_text(path.read_text("utf-8").replace(str(TODAY), "someday"), "utf-8"),
    "empty": lambda path: path.write_text("version: 1\ninteractions: []\n", "utf-8"),
}


@pytest.mark.parametrize("harm", UNSOUND.values(), ids=UNSOUND)
def test_unsound_files_are_errors_and_others_are_still_checked(here, harm):
    harm(record("a.webp"))
    record("b.webp", days=9)
    text = cli("check", "--max-age", "5", code=1)
    assert ": unsound: " in text
    assert ": expired: " in text
    assert cli("list").count("not sound: ") == 1


def test_what_today_would_be_taken_out_is_an_error(here):
    path = record("a.webp", body=b'{"a": "harmless-word"}')
    key = "sk-" + "canary-0123456789abcdef"
    path.write_text(path.read_text("utf-8").replace("harmless-word", key), "utf-8")
    assert "unredacted: the answer holds what redaction takes out today" in cli("check", code=1)


def test_patterns_of_ones_own_are_found_in_old_recordings(here):
    record("a.webp", body=b'{"a": "TICKET-1234"}')
    record("TICKET-99.webp")
    cli("check")
    Path("redact.yaml").write_text("patterns:\n- {name: ticket, pattern: 'TICKET-[0-9]+'}\n", "utf-8")
    text = cli("check", code=1)
    assert "unredacted: the answer holds" in text
    assert "unredacted: the request holds" in text
    Path("redact.yaml").write_text("patterns:\n- {name: ticket, pattern: '('}\n", "utf-8")
    assert "redact.yaml:2:27: `pattern`: '('" in cli("check", code=2)


def test_orphaned_targets_and_operations(here):
    record("a.webp")
    record("b.webp", "gone")
    record("c.webp", path="/v1/audio/transcriptions")
    record("d.webp", path="/openai/deployments/mine/images/edits")
    text = cli("check")
    assert "orphaned: no target is called gone" in text
    assert "orphaned: no case has an operation with the path /v1/audio/transcriptions" in text
    assert text.splitlines()[-1] == "4 files: 2 orphaned"
    cli("check", "--strict", code=1)
    # Any target that is described may have answered these cases, by --target.
    assert "4 files: 2 orphaned" in cli("check", "matrix/mine.yaml")


def test_where_there_is_nothing_to_check_it_says_so_first(here):
    Path("cassettes").mkdir(exist_ok=True)
    assert cli("check", code=3).startswith("nothing was checked: there is no recording here\n")


def test_without_a_matrix_nothing_is_called_orphaned(here):
    for path in Path("matrix").iterdir():
        path.unlink()
    record("a.webp")
    assert "not checked: orphaned: no matrix was named, and matrix/ holds none" in cli("check")
    Path("matrix").rmdir()
    assert "not checked: orphaned: no matrix was named, and matrix/ holds none" in cli("check")


@pytest.fixture
def report(here):
    """A run's report, and a recording that it did not play."""
    from upload_matrix.answers.answering import Policy
    from upload_matrix.model.result import Run
    from upload_matrix.report.json_report import render
    from upload_matrix.run.loading import Request, load, settings_of
    from upload_matrix.run.session import Session
    from upload_matrix.targets.sending import Live

    loaded = load(Request((Path("matrix/mine.yaml"),)))
    policy = Policy(Path("cassettes"), RecordMode.ONCE, date(2026, 11, 22))
    with Session(settings_of([loaded], policy, tables={}, live=Live())) as session:
        results = tuple(session.run(case) for case in loaded.cases)
        run = Run(("mine",), results, session.wires, session.environments())
    Path("reports").mkdir()
    Path("reports/latest.json").write_text(render(run), "utf-8")
    return record("unplayed.webp", EMULATOR, provenance=Provenance.EMULATED)


def test_unplayed_by_a_report(report):
    record("another target.webp")
    text = cli("check", "--report", "reports/latest.json")
    assert f"{report.as_posix()}: unplayed: no case of the reports sends this wire form" in text
    assert text.splitlines()[-1] == "4 files: 1 unplayed"
    assert "no.json: no such file" in cli("check", "--report", "no.json", code=2)


KINDS = ("--kind", "orphaned", "--kind", "unplayed", "--kind", "leftover")


def test_prune_deletes_only_when_told(report):
    keep = record("a.webp")
    gone = record("b.webp", "gone")
    left = keep.parent / f".{keep.stem}.0123abcd.tmp"
    left.write_bytes(b"half a recor")
    other = Path("cassettes/test_mine/sub/test_other.yaml")
    other.parent.mkdir(parents=True)
    other.write_text("somebody else's", "utf-8")
    words = ("prune", "--report", "reports/latest.json", *KINDS)
    for more in ([], ["--dry-run"]):
        text = cli(*words, *more)
        for path, why in ((report, "unplayed"), (gone, "orphaned"), (left, "leftover")):
            assert f"would delete {path.as_posix()}: {why}" in text
            assert path.exists()
    assert text.splitlines()[-1] == "3 files; delete them with --yes"
    assert "give one of them" in cli(*words, "--yes", "--dry-run", code=2)
    document = json.loads(cli(*words, "--yes", "--json"))
    assert document["deleted"] is True
    assert {entry["path"] for entry in document["files"]} == {
        path.as_posix() for path in (report, gone, left)
    }
    assert not any(path.exists() for path in (report, gone, left, gone.parent, gone.parent.parent))
    assert keep.exists()
    assert other.exists()
    assert cli(*words, "--yes").splitlines()[-1] == "0 files"


def test_prune_by_kind(here):
    old, new = record("a.webp", days=9), record("b.webp")
    assert "0 files" in cli("prune", "--max-age", "5", "--yes")
    cli("prune", "--kind", "expired", "--max-age", "5", "--yes")
    assert (old.exists(), new.exists()) == (False, True)


def test_verify_asks_again_and_tells_what_drifted(report):
    words = ("check", "matrix/mine.yaml", "--verify")
    assert cli(*words, code=3).startswith("verified 2 of 3 recorded requests: 2 same, 1 unasked\n")
    report.unlink()
    assert cli(*words).startswith("verified 2 of 2 recorded requests: 2 same\n")
    path = next(path for path in Path("cassettes").rglob("*.yaml") if "code: 400" in path.read_text("utf-8"))
    path.write_text(path.read_text("utf-8").replace("code: 400", "code: 403"), "utf-8")
    text = cli(*words, code=1)
    assert f"{EMULATOR} {path.stem}: drifted: status: 403 -> 400" in text
    assert text.startswith("verified 2 of 2 recorded requests: 1 same, 1 drifted\n")
    document = json.loads(cli(*words, "--max-calls", "0", "--json", code=3))
    assert [verified["compared"] for verified in document["verified"]] == ["unanswered"] * 2
    assert "give --verify too" in cli("check", "--max-calls", "1", code=2)
