"""pytest-recording's network guard around upload cases, without its fixtures.

Its autouse fixtures cost each test half a millisecond, most of a case. Ours would have nothing to do for
``vcr`` (recordings are looked up by wire form, nothing is patched), and the guard is entered here instead:
always while replaying, and where ``--block-network`` asks for it, but for recording, as it does itself.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

import pytest
from pytest_recording.network import blocking_context

from upload_matrix.pytest_plugin.options import Options
from upload_matrix.pytest_plugin.parametrize import FIXTURE
from upload_matrix.recordings import RecordMode
from upload_matrix.tap.http import LOOPBACK

_SPARED = frozenset(
    {"vcr", "block_network", "vcr_markers", "vcr_cassette_dir", "record_mode", "disable_recording"}
)


def guarded(options: Options) -> AbstractContextManager[None]:
    """The guard for one case. Loopback stays open: the tap lives there, and nothing leaves by it."""
    replaying = options.recording and options.mode is RecordMode.NONE
    if replaying or (options.block_network and not options.recording):
        return blocking_context(allowed_hosts=[re.escape(LOOPBACK)])
    return nullcontext()


def spare_recording_fixtures(items: Iterable[pytest.Item]) -> None:
    """Take pytest-recording's fixtures off tests with an upload case that do not ask for them."""
    asked: dict[object, frozenset[str]] = {}
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if FIXTURE not in names or next(item.iter_markers("vcr"), None) is not None:
            continue
        function = getattr(item, "function", None)
        if function not in asked:
            asked[function] = frozenset(inspect.signature(function).parameters) if function else frozenset()
        names[:] = [name for name in names if name not in _SPARED or name in asked[function]]
