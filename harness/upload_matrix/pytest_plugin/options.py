"""The plugin's switches: declared once, read into one frozen object."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.money import Money, parse_money
from upload_matrix.pytest_plugin.gateway_options import declare_gateway, read_gateway
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.custom import CustomRule, project_rules
from upload_matrix.report import registry
from upload_matrix.report.wording import printed
from upload_matrix.run.loading import DEFAULT_MAX_CASES, mime_tables
from upload_matrix.targets.spec import TargetSpec, ad_hoc


@dataclass(frozen=True, slots=True)
class Limits:
    """What live calls may cost: ``budget`` in USD and ``max_calls``, None for no limit.

    ``unknown_price_as`` is what a call of unknown price counts as (USD); ``ledger`` the file of the books,
    None for the user's own.
    """

    budget: Money | None = None
    max_calls: int | None = None
    unknown_price_as: Money | None = None
    ledger: Path | None = None

    @property
    def any(self) -> bool:
        """Whether there is a limit."""
        return self.budget is not None or self.max_calls is not None


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for; relative paths are already below the root folder.

    ``report`` is the report's name, None for no report; ``tables`` are mime tables given as files;
    ``rules`` are the project's redaction patterns,
    ``added`` targets that were given by their URL; ``given`` is a file with answers of this run that no
    recording keeps; ``controls`` are the ids of cases known to pass, without a repetition;
    ``through`` is the gateway that calls take.
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
    added: tuple[TargetSpec, ...]
    repeat: int
    given: Path | None
    rules: tuple[CustomRule, ...]
    limits: Limits
    controls: tuple[str, ...]
    through: GatewaySpec | None = None


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
        default="json,markdown,junit,html",
        help="Report formats, separated by commas; default: json,markdown,junit,html.",
    )
    group.addoption(
        "--upload-target",
        metavar="NAME",
        help="Have every case answered by this target instead of the matrix's own.",
    )
    group.addoption(
        "--upload-base-url",
        metavar="URL",
        help="Have every case answered by this server, which speaks as OpenAI's does.",
    )
    group.addoption(
        "--upload-key-env",
        metavar="NAME",
        help="The variable with the key for --upload-base-url; a server on this machine may go without.",
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
    group.addoption(
        "--upload-repeat",
        type=int,
        default=1,
        metavar="N",
        help="Run every case N times, round by round, each time with an answer of its own.",
    )
    group.addoption(
        "--upload-control",
        action="append",
        default=[],
        metavar="CASE",
        help="A case known to pass: rejections of a round in which it does not do not count (repeatable).",
    )
    group.addoption("--upload-budget", metavar="USD", help="What live calls of this run may cost together.")
    group.addoption(
        "--upload-max-calls", type=int, metavar="N", help="How many live calls this run may make."
    )
    group.addoption(
        "--upload-unknown-price",
        metavar="USD",
        help="What a call of unknown price counts as; without it a budget refuses such calls.",
    )
    group.addoption(
        "--upload-ledger", metavar="FILE", help="Where live calls are booked; default: the user's."
    )
    declare_gateway(group)
    # Written by `upload-matrix run`, which asks live servers before pytest starts.
    group.addoption("--upload-answers", help=argparse.SUPPRESS)
    parser.addini("upload_matrix", "Matrix files or folders.", type="paths", default=None)
    parser.addini("upload_cassettes", "Where recordings of uploads lie.", default="cassettes")
    parser.addini("upload_reports", "Where compatibility reports are written.", default="reports")


def read(config: pytest.Config) -> Options:
    """The switches as given; raises pytest.UsageError for a value that cannot be."""
    try:
        return _read(config)
    except ConfigurationError as error:
        raise usage_error(error) from error


def usage_error(error: Exception) -> pytest.UsageError:
    """What pytest prints without a traceback."""
    return pytest.UsageError(printed(str(error)))


def _read(config: pytest.Config) -> Options:
    root = config.rootpath
    formats = tuple(filter(None, map(str.strip, config.getoption("--upload-formats").split(","))))
    name = config.getoption("--upload-report")
    rules = project_rules(root)
    registry.find(formats)
    if name is not None:
        registry.check_name(name)
    given = config.getoption("--upload-matrix")
    here = config.invocation_params.dir
    given_answers = config.getoption("--upload-answers")
    added = _added(config)
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
        target=added[0].name if added else config.getoption("--upload-target"),
        max_cases=config.getoption("--upload-max-cases"),
        tables=mime_tables(config.getoption("--upload-mime-table"), here, "--upload-mime-table"),
        added=added,
        repeat=_repeat(config.getoption("--upload-repeat")),
        given=None if given_answers is None else Path(given_answers),
        rules=rules,
        limits=_limits(config, here),
        through=read_gateway(config),
        controls=tuple(config.getoption("--upload-control")),
    )


def _added(config: pytest.Config) -> tuple[TargetSpec, ...]:
    url = config.getoption("--upload-base-url")
    if url is None:
        return ()
    if config.getoption("--upload-target") is not None:
        raise ConfigurationError("--upload-base-url and --upload-target: give one of them")
    return (ad_hoc(url, key_env=config.getoption("--upload-key-env")),)


def _repeat(number: int) -> int:
    if number < 1:
        raise ConfigurationError(f"--upload-repeat {number}: give 1 or more")
    return number


def _limits(config: pytest.Config, here: Path) -> Limits:
    ledger = config.getoption("--upload-ledger")
    return Limits(
        budget=_money(config, "--upload-budget"),
        max_calls=config.getoption("--upload-max-calls"),
        unknown_price_as=_money(config, "--upload-unknown-price"),
        ledger=None if ledger is None else here / ledger,
    )


def _money(config: pytest.Config, option: str) -> Money | None:
    given = config.getoption(option)
    return None if given is None else parse_money(given, option)


def _folder(config: pytest.Config, option: str, ini: str) -> Path:
    given: str | None = config.getoption(option)
    if given is not None:
        return config.invocation_params.dir / given
    default: str = config.getini(ini)
    return config.rootpath / default
