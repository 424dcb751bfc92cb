"""The plugin in a user's own project: matrix, test, command, what is printed, exit code, in one place."""

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from upload_matrix.cli import commands
from upload_matrix.pytest_plugin.cases import guarded
from upload_matrix.pytest_plugin.options import SHARED
from upload_matrix.recordings import RecordMode

MATRIX = """
name: mine
target: emulator:openai-2026-02
request: {prompt: make the sky blue}
axes:
  model: [gpt-image-1]
  client: [httpx]
  container: [bytesio, tuple3]
  image: [webp, png]
  mime_table: [builtin]
expect:
  - when: {container: bytesio}
    outcome: rejected
    code: invalid_value
"""

TEST = "def test_uploads(upload_case):\n    upload_case.check()\n"

IDS = [
    "mine/images.edit/gpt-image-1/httpx/bytesio/webp/builtin",
    "mine/images.edit/gpt-image-1/httpx/bytesio/png/builtin",
    "mine/images.edit/gpt-image-1/httpx/tuple3/webp/builtin",
    "mine/images.edit/gpt-image-1/httpx/tuple3/png/builtin",
]


@pytest.fixture
def project(pytester):
    """A user's project: one matrix, one test function, nothing else."""
    (pytester.path / "matrix").mkdir()
    (pytester.path / "matrix" / "mine.yaml").write_text(MATRIX, "utf-8")
    pytester.makepyfile(test_mine=TEST)
    return pytester


def write_matrix(project, *changes: tuple[str, str]) -> None:
    text = MATRIX
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (project.path / "matrix" / "mine.yaml").write_text(text, "utf-8")


def run(project, *arguments):
    return project.runpytest("-p", "no:cacheprovider", *arguments)


def test_ids_are_readable_and_stable(project):
    result = run(project, "--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == [
        f"test_mine.py::test_uploads[{name}]" for name in IDS
    ]


def test_recording_once_then_replaying(project):
    run(project, "--record-mode=once").assert_outcomes(passed=4)
    recorded = sorted(path.name for path in project.path.glob("cassettes/emulator+openai-2026-02/*/*.yaml"))
    assert len(recorded) == 4

    run(project).assert_outcomes(passed=4)

    assert sorted(path.name for path in project.path.glob("cassettes/*/*/*.yaml")) == recorded


def test_without_a_recording_a_case_is_unrecorded_and_red(project):
    result = run(project, "-k", "tuple3 and png")
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(
        ["*unrecorded*", "Answer*none: no recording of wire form*", "Way out*--record-mode new_episodes*"]
    )


def test_the_nearest_recording_is_shown_part_by_part(project):
    run(project, "--record-mode=once", "-k", "tuple3 and webp").assert_outcomes(passed=1, deselected=3)
    result = run(project, "-k", "bytesio and webp")
    result.stdout.fnmatch_lines(
        [
            "*image.filename: avatar.webp -> upload*",
            "*image.content_type: image/webp -> application/octet-stream*",
        ]
    )


def test_disable_recording_asks_the_target_and_writes_nothing(project):
    run(project, "--disable-recording").assert_outcomes(passed=4)
    assert not (project.path / "cassettes").exists()


def test_a_regression_prints_what_was_sent_what_came_and_the_fix(project):
    write_matrix(project, ("outcome: rejected\n    code: invalid_value", "outcome: accepted"))
    result = run(project, "--disable-recording", "-k", "bytesio and webp")
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(
        [
            "*image*upload*application/octet-stream*",
            "*Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.*",
            "Expected*accepted*",
            "*octet-stream*",
        ]
    )
    assert "emulated" in result.stdout.str()
    assert 'image=("image.webp", data, "image/webp")' in result.stdout.str()


def test_known_failures_unexpected_passes_and_expiry(project):
    known = "\nknown_failures:\n  - when: {container: %s}\n    reason: vendor ticket 7\n    expires: %s\n"
    wrong = ("outcome: rejected\n    code: invalid_value\n", "outcome: accepted\n")
    write_matrix(project, (wrong[0], wrong[1] + known % ("bytesio", "2999-01-01")))
    run(project, "--disable-recording").assert_outcomes(passed=2, xfailed=2)

    write_matrix(project, (wrong[0], wrong[1] + known % ("bytesio", "2020-01-01")))
    result = run(project, "--disable-recording")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*vendor ticket 7*expired*"])

    write_matrix(project, (wrong[0], wrong[0] + known % ("tuple3", "2999-01-01")))
    result = run(project, "--disable-recording")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*vendor ticket 7*"])


def test_selecting_by_axis_with_m(project):
    result = run(project, "--disable-recording", "-m", "upload(container='tuple3', image='png')")
    result.assert_outcomes(passed=1, deselected=3)


def test_last_failed_first(project):
    write_matrix(project, ("code: invalid_value", "code: something_else"))
    project.runpytest("--disable-recording").assert_outcomes(passed=2, failed=2)
    project.runpytest("--disable-recording", "--lf").assert_outcomes(failed=2)


def test_xdist_gives_the_same_report(project):
    run(project, "--record-mode=once", "--upload-report=one")
    run(project, "--upload-report=two")
    run(project, "-n", "2", "--upload-report=many").assert_outcomes(passed=4)
    reports = project.path / "reports"
    for suffix in (".json", ".md", ".xml"):
        assert (reports / f"many{suffix}").read_bytes() == (reports / f"two{suffix}").read_bytes()
    assert len(json.loads((reports / "many.json").read_text("utf-8"))["cases"]) == 4


def test_once_under_xdist_records_every_form(project):
    run(project, "-n", "2", "--record-mode=once").assert_outcomes(passed=4)
    assert len(list(project.path.glob("cassettes/*/*/*.yaml"))) == 4


def test_rewrite_removes_what_a_complete_run_did_not_meet(project):
    run(project, "--record-mode=once")
    write_matrix(project, ("image: [webp, png]", "image: [webp]"))

    run(project, "--record-mode=rewrite", "-k", "tuple3").assert_outcomes(passed=1, deselected=1)
    assert len(list(project.path.glob("cassettes/*/*/*.yaml"))) == 4

    run(project, "--record-mode=rewrite").assert_outcomes(passed=2)
    assert len(list(project.path.glob("cassettes/*/*/*.yaml"))) == 2


def test_junitxml_of_pytest_itself_stays_small_and_named(project):
    run(project, "--disable-recording", "--junitxml=out.xml")
    text = (project.path / "out.xml").read_text("utf-8")
    assert all(name in text for name in IDS)
    assert "wire_forms" not in text


def test_a_broken_matrix_is_a_usage_error_with_its_place(project):
    write_matrix(project, ("tuple3]", "tuple33]"))
    result = run(project)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "mine.yaml:8:" in result.stdout.str() + result.stderr.str()
    assert "tuple3" in result.stdout.str() + result.stderr.str()


def test_other_tests_of_the_project_are_left_alone(project):
    project.makepyfile(
        test_other="""
        import socket

        def test_loopback_stays_open():
            with socket.create_server(("127.0.0.1", 0)) as server:
                socket.create_connection(server.getsockname()).close()
        """
    )
    run(project, "--disable-recording").assert_outcomes(passed=5)


def test_a_marker_names_the_matrix_of_one_function(project):
    (project.path / "other.yaml").write_text(MATRIX.replace("name: mine", "name: other"), "utf-8")
    project.makepyfile(
        test_mine="""
        import pytest

        @pytest.mark.upload_matrix("other.yaml")
        def test_uploads(upload_case):
            assert upload_case.case.matrix == "other"
            assert upload_case.run().outcome.kind in ("accepted", "rejected")
        """
    )
    run(project, "--disable-recording", "--strict-markers").assert_outcomes(passed=4)


def test_while_replaying_the_network_is_blocked_for_a_case_but_for_loopback(project):
    run(project, "--record-mode=once")
    project.makepyfile(
        test_mine="""
        import socket

        import pytest

        def test_uploads(upload_case):
            # Another address of the loopback range: a guard that fails reaches nobody.
            with socket.socket() as outside, pytest.raises(RuntimeError, match="Network is disabled"):
                outside.connect(("127.0.0.2", 9))
            upload_case.check()
        """
    )
    run(project).assert_outcomes(passed=4)


def test_a_test_that_asks_for_pytest_recordings_fixtures_gets_them(project):
    project.makepyfile(
        test_mine="def test_uploads(upload_case, record_mode):\n    assert record_mode == 'none'\n"
    )
    run(project, "--disable-recording").assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("recording", "mode", "block_network", "blocked"),
    [
        (True, RecordMode.NONE, False, True),
        (False, RecordMode.NONE, True, True),
        (True, RecordMode.ONCE, True, False),
        (False, RecordMode.NONE, False, False),
    ],
)
def test_the_network_is_blocked_while_replaying_and_where_it_is_asked_for(
    recording, mode, block_network, blocked
):
    options = SimpleNamespace(recording=recording, mode=mode, block_network=block_network)
    assert isinstance(guarded(options), nullcontext) is not blocked


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--upload-repeat=0",), "--upload-repeat 0: give 1 or more"),
        (
            ("--upload-behind-port=9",),
            "--upload-behind-port, --upload-through-key-env and --upload-client-header go with --upload-through",
        ),
        (("--upload-through=litellm",), "--upload-through: the command must say where it is to listen"),
        (("--upload-budget=much",), "--upload-budget"),
        (("--upload-mime-table=system",), "--upload-mime-table system: give NAME=FILE"),
        (("--upload-key-env=KEY",), "--upload-key-env: only with --upload-base-url"),
        (
            ("--upload-base-url=http://127.0.0.1:9/v1", "--upload-target=openai"),
            "--upload-base-url and --upload-target: give one of them",
        ),
    ],
)
def test_a_message_names_options_as_they_were_typed(project, arguments, message):
    result = run(project, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in result.stderr.str()


def test_every_option_of_the_plugin_is_one_of_the_command_line(project):
    words = run(project, "--help").stdout.str()
    assert "--upload-max-calls" in words
    assert {option.flag for option in SHARED} <= {
        flag for parameter in commands.get_command(None, "run").params for flag in parameter.opts
    }
