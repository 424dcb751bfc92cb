"""The plugin's switches: declared once, read into one frozen object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from harness.engine.cassettes import RecordMode
from harness.model.errors import ConfigurationError
from harness.reports import registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_MAX_CASES = 50_000


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for; relative paths are already below the root folder.

    ``report`` is the report's name, None for no report; ``tables`` are mime tables given as files.
    """

    matrices: tuple[Path, ...]
    cassettes: Path
    reports: Path
    report: str | None
    formats: tuple[str, ...]
    mode: RecordMode
    recording: bool
    block_network: bool
    target: str | None
    max_cases: int
    tables: Mapping[str, Path]


def declare(parser: pytest.Parser) -> None:
    """Add the switches and ini values to pytest's own."""
    group = parser.getgroup("upload-matrix")
    group.addoption(
        "--upload-matrix",
        action="append",
        metavar="PATH",
        help="Matrix file or folder (repeatable); default: the ini value upload_matrix, or matrix/.",
    )
    group.addoption("--upload-cassettes", metavar="DIR", help="Where recordings lie; default: cassettes/.")
    group.addoption("--upload-reports", metavar="DIR", help="Where reports are written; default: reports/.")
    group.addoption(
        "--upload-report",
        metavar="NAME",
        help="Write the report under this name (reports/NAME.json, .md, ...); by default none is written.",
    )
    group.addoption(
        "--upload-formats",
        metavar="LIST",
        default="json,markdown,junit",
        help="Report formats, separated by commas; default: json,markdown,junit.",
    )
    group.addoption(
        "--upload-target",
        metavar="NAME",
        help="Have every case answered by this target instead of the matrix's own.",
    )
    group.addoption(
        "--upload-max-cases",
        type=int,
        default=DEFAULT_MAX_CASES,
        metavar="N",
        help=f"Refuse a matrix with more cases than this; default: {DEFAULT_MAX_CASES}.",
    )
    group.addoption(
        "--upload-mime-table",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="Read the mime table NAME (system, builtin or one of your own) from a mime.types FILE.",
    )
    parser.addini("upload_matrix", "Matrix files or folders.", type="paths", default=None)
    parser.addini("upload_cassettes", "Where recordings of uploads lie.", default="cassettes")
    parser.addini("upload_reports", "Where compatibility reports are written.", default="reports")


def read(config: pytest.Config) -> Options:
    """The switches as given; raises pytest.UsageError for a value that cannot be."""
    root = config.rootpath
    formats = tuple(filter(None, map(str.strip, config.getoption("--upload-formats").split(","))))
    name = config.getoption("--upload-report")
    try:
        registry.find(formats)
        if name is not None:
            registry.check_name(name)
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from error
    given = config.getoption("--upload-matrix")
    here = config.invocation_params.dir
    matrices = tuple(here / path for path in given) if given else tuple(config.getini("upload_matrix") or ())
    return Options(
        matrices=matrices or (root / "matrix",),
        cassettes=_folder(config, "--upload-cassettes", "upload_cassettes"),
        reports=_folder(config, "--upload-reports", "upload_reports"),
        report=name,
        formats=formats,
        mode=RecordMode(config.getoption("--record-mode") or "none"),
        recording=not config.getoption("--disable-recording"),
        block_network=config.getoption("--block-network"),
        target=config.getoption("--upload-target"),
        max_cases=config.getoption("--upload-max-cases"),
        tables=dict(mime_table(text, here) for text in config.getoption("--upload-mime-table")),
    )


def _folder(config: pytest.Config, option: str, ini: str) -> Path:
    given: str | None = config.getoption(option)
    if given is not None:
        return config.invocation_params.dir / given
    default: str = config.getini(ini)
    return config.rootpath / default


def mime_table(text: str, here: Path) -> tuple[str, Path]:
    """NAME=FILE as a name and a path below ``here``; raises pytest.UsageError."""
    name, equals, file = text.partition("=")
    path = here / file
    if not name or not equals or not path.is_file():
        raise pytest.UsageError(
            f"--upload-mime-table {text}: give NAME=FILE with a mime.types file that exists, "
            "for instance system=tables/debian.types"
        )
    return name, path
