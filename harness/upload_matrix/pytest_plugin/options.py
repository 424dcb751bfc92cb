"""The plugin's options: those that commands have too are made of the same declarations, and read alike."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from upload_matrix.ask.declared import (
    BASE_URL,
    CASSETTES,
    FOLDERS,
    GATEWAY,
    LIMITS,
    PLUGIN,
    RECORD_MODE,
    REPEAT,
    REPORTS,
    Option,
)
from upload_matrix.ask.options import Limits, LiveOptions, Through, taken
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.setting import Setting
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.custom import CustomRule, project_rules
from upload_matrix.report import registry
from upload_matrix.report.excerpt import excerpted
from upload_matrix.report.visible import printed
from upload_matrix.run.loading import mime_tables
from upload_matrix.run.settings import of_options, settings
from upload_matrix.targets.spec import TargetSpec

SHARED = (*PLUGIN, *LIMITS, *GATEWAY)
"""What commands have too, there without ``upload-`` in its name."""

_SHARED_WORD = re.compile(rf"--(?=(?:{'|'.join(each.name for each in SHARED)})\b)")


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
    timeout: float | None = None


def declare(parser: pytest.Parser) -> None:
    """Add the options and ini values to pytest's own."""
    group = parser.getgroup("upload-matrix")
    group.addoption(
        "--upload-matrix",
        action="append",
        metavar="PATH",
        help="Matrix file or folder (repeatable); default: the ini value upload_matrix, or matrix/.",
    )
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
    for each in SHARED:
        _declare(group, each)
    # Written by `upload-matrix run`, which asks live servers before pytest starts.
    group.addoption("--upload-answers", help=argparse.SUPPRESS)
    parser.addini("upload_matrix", "Matrix files or folders.", type="paths", default=None)
    # These have an ini value, too.
    for each in FOLDERS:
        parser.addini(_ini(each), each.help or "", default=None)


def _declare(group: pytest.OptionGroup, option: Option) -> None:
    words = _typed(option.help or "").replace("%", "%%")
    # Not pytest's default: what is not typed may be a setting.
    default = "" if option.default is None else f" [default: {option.default}]"
    settings: dict[str, Any] = {"action": "append", "default": []} if option.multiple else {}
    if option.kind in (int, float):
        settings["type"] = option.kind
    group.addoption(
        f"--upload-{option.name}", help=words + default, metavar=option.metavar or "N", **settings
    )


def _typed(message: str) -> str:
    """A message about options of commands, with the plugin's names for them."""
    return _SHARED_WORD.sub("--upload-", message)


def read(config: pytest.Config, run: Sequence[Path] = ()) -> Options:
    """The options as given; raises pytest.UsageError for a value that cannot be.

    ``run`` are the matrices whose settings count, where tests have named them by now.
    """
    try:
        return _read(config, run)
    except ConfigurationError as error:
        raise usage_error(ConfigurationError(_typed(str(error)))) from error


def usage_error(error: ConfigurationError) -> pytest.UsageError:
    """What pytest prints without a traceback."""
    return pytest.UsageError(printed(excerpted(error)))


def _read(config: pytest.Config, run: Sequence[Path]) -> Options:
    root = config.rootpath
    formats = tuple(filter(None, map(str.strip, config.getoption("--upload-formats").split(","))))
    name = config.getoption("--upload-report")
    rules = project_rules(root)
    registry.find(formats)
    if name is not None:
        registry.check_name(name)
    given = config.getoption("--upload-matrix")
    here = config.invocation_params.dir
    answers = config.getoption("--upload-answers")
    matrices = tuple(here / path for path in given) if given else tuple(config.getini("upload_matrix") or ())
    matrices = matrices or (root / "matrix",)
    values, mode = _values(config, run or matrices)
    reports = values.pop(REPORTS.key, None)
    through = taken(Through, values)
    live = taken(LiveOptions, values)
    if live.repeat < (REPEAT.minimum or 0):
        raise ConfigurationError(f"--repeat {live.repeat}: give {REPEAT.minimum} or more")
    return Options(
        matrices=matrices,
        cassettes=_folder(config, CASSETTES, live.cassettes),
        reports=_folder(config, REPORTS, reports),
        report=name,
        formats=formats,
        mode=RecordMode(mode),
        recording=not config.getoption("--disable-recording"),
        block_network=config.getoption("--block-network"),
        target=live.asked_target(),
        max_cases=live.max_cases,
        tables=mime_tables(live.mime_tables, here),
        added=live.added(),
        repeat=live.repeat,
        given=None if answers is None else Path(answers),
        rules=rules,
        limits=live.limits(here),
        through=through.spec(),
        controls=live.controls,
        timeout=live.timeout,
    )


def _values(config: pytest.Config, matrices: Sequence[Path]) -> tuple[dict[str, Any], str]:
    """What ``SHARED`` options say, by their keys, and the record mode: typed, or else set."""
    typed = {each: config.getoption(f"--upload-{each.name}") for each in SHARED}
    values = {each.key: tuple(value) if isinstance(value, list) else value for each, value in typed.items()}
    mode = config.getoption("--record-mode")
    here = config.invocation_params.dir
    folder = here if here.is_relative_to(config.rootpath) else config.rootpath
    said = {each.name for each, value in typed.items() if value is not None}
    said |= {RECORD_MODE.name} if mode is not None else set()
    found = of_options(
        settings(os.environ, folder, matrices, said, nearer=_of_ini(config)), base_url=values[BASE_URL.key]
    )
    for each in SHARED:
        if values[each.key] is None:
            values[each.key] = found.get(each.name)
    values = {key: value for key, value in values.items() if value is not None}
    return values, mode or str(found.get(RECORD_MODE.name, RECORD_MODE.default))


def _of_ini(config: pytest.Config) -> dict[str, Setting]:
    """What pytest's own file says."""
    found = {each.name: config.getini(_ini(each)) for each in FOLDERS}
    return {
        name: Setting(name, str(config.rootpath / value), f"pytest's upload_{name}")
        for name, value in found.items()
        if value
    }


def _ini(option: Option) -> str:
    return f"upload_{option.name}"


def _folder(config: pytest.Config, option: Option, given: str | None) -> Path:
    return config.rootpath / option.name if given is None else config.invocation_params.dir / given
