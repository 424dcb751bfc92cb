"""``upload-matrix run``: a thin front to pytest that ends with a report and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.cli.shared import mime_table_option, record_modes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from harness.plugin.coordinator import Coordinator
    from harness.plugin.parametrize import Loaded

UNRESOLVED = 3


@click.command("run")
@click.argument("matrices", nargs=-1, type=click.Path())
@click.option("-k", "keyword", metavar="EXPR", help="Only cases whose id matches, as in pytest.")
@click.option(
    "-m", "marks", metavar="EXPR", help="Only cases with these axes, as \"upload(client='httpx')\"."
)
@click.option("-n", "workers", metavar="N", help="Run in N processes (needs pytest-xdist).")
@click.option(
    "--record-mode",
    type=click.Choice(record_modes()),
    default="none",
    show_default=True,
    help="Whether requests may go out, and what is recorded; as in pytest-recording.",
)
@click.option(
    "--disable-recording", is_flag=True, help="Leave cassettes aside: every request goes to its target."
)
@click.option("--target", metavar="NAME", help="Have this target answer instead of the matrix's own.")
@click.option("--cassettes", type=click.Path(), help="Where recordings lie. [default: cassettes]")
@click.option("--reports", type=click.Path(), help="Where the report goes. [default: reports]")
@click.option("--name", default="latest", show_default=True, help="The report's name: NAME.json, NAME.md...")
@click.option("--format", "formats", default="json,markdown,junit", show_default=True, metavar="LIST")
@click.option("--max-cases", type=int, default=50_000, show_default=True, help="Refuse a larger matrix.")
@mime_table_option
@click.option("--json", "as_json", is_flag=True, help="Print the JSON report; all else goes to stderr.")
@click.pass_context
def command(
    ctx: click.Context,
    matrices: tuple[str, ...],
    *,
    keyword: str | None,
    marks: str | None,
    workers: str | None,
    record_mode: str,
    disable_recording: bool,
    target: str | None,
    cassettes: str | None,
    reports: str | None,
    name: str,
    formats: str,
    max_cases: int,
    mime_tables: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run matrices as pytest cases and write a compatibility report.

    MATRICES are files or folders; by default the folder matrix/. Answers come from the recordings in
    cassettes/ unless --record-mode says otherwise; nothing is sent anywhere by default.

    \b
    Examples:
      upload-matrix run
      upload-matrix run matrix/field-report.yaml -k webp
      upload-matrix run --target emulator:openai-2026-11 --disable-recording
      upload-matrix run mine.yaml --record-mode once
    """
    words = [f"--upload-matrix={path}" for path in matrices or ("matrix",)]
    words += [f"--upload-mime-table={table}" for table in mime_tables]
    words += [f"--upload-report={name}", f"--upload-formats={formats}", f"--upload-max-cases={max_cases}"]
    words += [f"--record-mode={record_mode}"]
    words += ["--disable-recording"] if disable_recording else []
    words += [f"--upload-target={target}"] if target else []
    words += [f"--upload-cassettes={cassettes}"] if cassettes else []
    words += [f"--upload-reports={reports}"] if reports else []
    words += ["-k", keyword] if keyword else []
    words += ["-m", marks] if marks else []
    words += ["-p", "xdist.plugin", "-n", workers] if workers else []
    from pathlib import Path

    from harness.plugin.parametrize import load

    paths = tuple(Path(path).absolute() for path in matrices or ("matrix",))
    ctx.exit(_run(words, _Guest(paths, load(paths, max_cases, target)), as_json=as_json))


def _run(words: list[str], guest: _Guest, *, as_json: bool) -> int:
    import contextlib
    import sys
    from pathlib import Path

    import pytest

    from harness import suite
    from harness.reports.json_report import chunks

    folder = Path(suite.__file__).parent
    arguments = [
        "-c", str(folder / "pytest.ini"), f"--rootdir={Path.cwd()}", "-p", "no:cacheprovider",
        "--disable-plugin-autoload", "-p", "pytest_recording.plugin", "-p", "harness.pytest_plugin",
        "-q", "--no-header", "-rN", str(folder / "test_uploads.py"), *words,
    ]  # fmt: skip
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        status = pytest.main(arguments, plugins=[guest])
    coordinator = guest.coordinator
    if as_json and coordinator is not None and coordinator.run is not None:
        for chunk in chunks(coordinator.run):
            sys.stdout.write(chunk)
    return exit_status(int(status), coordinator)


def exit_status(status: int, coordinator: Coordinator | None) -> int:
    """The command's exit code for pytest's: the verdicts decide wherever pytest got to the cases."""
    import pytest

    if status == pytest.ExitCode.INTERRUPTED:
        return 130
    if status in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED):
        return 2
    if status == pytest.ExitCode.INTERNAL_ERROR or coordinator is None or coordinator.run is None:
        return UNRESOLVED
    verdicts = coordinator.exit_code
    # A test that failed outside its case (a fixture, a worker that died) is ours, and unresolved.
    return UNRESOLVED if status == pytest.ExitCode.TESTS_FAILED and verdicts == 0 else verdicts


class _Guest:
    """Brings the loaded matrices into pytest, and takes the coordinator out of it.

    Loaded outside, a matrix that is at fault ends the command before pytest starts; the coordinator
    would be gone with pytest's configuration.
    """

    def __init__(self, paths: tuple[Path, ...], loaded: Loaded) -> None:
        self._paths = paths
        self._loaded = loaded
        self.coordinator: Coordinator | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Hand the matrices over."""
        from harness.pytest_plugin import STATE

        session.config.stash[STATE].library.adopt(self._paths, self._loaded)

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Fetch the coordinator while the plugin manager still knows it."""
        from harness.plugin.coordinator import NAME

        self.coordinator = config.pluginmanager.get_plugin(NAME)
