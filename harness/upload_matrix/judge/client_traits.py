"""What is known of a measured client, from its runs alone: a word for each trait, and its trap. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from upload_matrix.model.client_table import ClientRun, MeasuredClient, SentPart
from upload_matrix.model.conformance import NOTHING_MORE, CheckMark, ConformanceCheck

PLAIN, RETRY = "plain", "retry"

_TOLD = ("told", "file")
"""Containers with which the caller says name and type."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """One row of the table: how the file of the plain call went out in one container.

    ``part`` is the file's part, None where nothing of it came; then ``why`` says what did. ``content`` is
    ``the file`` where its bytes are the file's, else what they are.
    """

    container: str
    part: SentPart | None
    content: str = ""
    why: str = ""


def sent_files(client: MeasuredClient) -> Iterator[SentFile]:
    """A row for each container."""
    for container in client.containers():
        run = client.run_of(PLAIN, container)
        if run is not None:
            yield _sent_file(run)


def _sent_file(run: ClientRun) -> SentFile:
    if not run.attempts:
        mark = next((check.mark for check in run.checks), CheckMark.UNDECIDED)
        says = _first_says(run)
        return SentFile(
            run.container, None, why=f"{mark.value.replace('_', ' ')}{f': {says}' if says else ''}"
        )
    if not run.sent:
        return SentFile(run.container, None, why="no part carries the file")
    whole = check_of(run, "bytes")
    if whole is not None and whole.mark is CheckMark.PASSED:
        return SentFile(run.container, run.sent[0], "the file")
    return SentFile(run.container, run.sent[0], "?" if whole is None else whole.says)


def _first_says(run: ClientRun) -> str:
    return next((check.says for check in run.checks if check.says), run.says)


def check_of(run: ClientRun | None, name: str) -> ConformanceCheck | None:
    """A run's check by name; None where it has none."""
    return None if run is None else next((check for check in run.checks if check.name == name), None)


# -- traits --


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait in a few words; ``well`` None where there is no better or worse."""

    words: str
    well: bool | None = None


NOT_MEASURED = Trait("–")


def second_attempt(run: ClientRun | None) -> Trait:
    """What a container's file is the second time."""
    body, again = check_of(run, "second-body"), check_of(run, "tried-again")
    if run is None or body is None:
        return NOT_MEASURED
    if body.mark is CheckMark.PASSED:
        same = check_of(run, "second-same")
        return Trait(
            "the same" if same is None or same.mark is CheckMark.PASSED else "the file, otherwise written",
            True,
        )
    if body.mark is CheckMark.NOT_OFFERED:
        offered = again is not None and again.mark is CheckMark.NOT_OFFERED and run.attempts
        return Trait("not sent again" if offered else "no retry of its own")
    if body.mark is CheckMark.NOT_SENT:
        return Trait("not sent again" if run.attempts else "not sent")
    if body.mark is CheckMark.UNDECIDED:
        return Trait("not sent again, and it did not end" if body.says.startswith(NOTHING_MORE) else "?")
    return Trait("empty" if body.says == "the part is empty" else body.says.partition(";")[0], False)


def named_trait(client: MeasuredClient, scenario: str, check: str) -> Trait:
    """How a scenario's one file went out, by what the check saw."""
    run = next((run for run in client.runs if run.scenario == scenario), None)
    found = check_of(run, check)
    if found is None or run is None:
        return NOT_MEASURED
    if found.mark is CheckMark.PASSED and not run.attempts:
        return Trait("raised before it is sent", True)
    if found.mark is CheckMark.PASSED:
        return Trait(found.says or "well", True)
    if found.mark is CheckMark.FAILED:
        return Trait(found.says, False)
    words = {CheckMark.NOT_SENT: "not sent", CheckMark.NOT_OFFERED: "no such thing", CheckMark.UNDECIDED: "?"}
    return Trait(words[found.mark], None)


# -- the trap --


@dataclass(frozen=True, slots=True)
class Trap:
    """What goes wrong with a client most likely, in a sentence; ``scenario`` and ``check`` are where."""

    sentence: str
    scenario: str
    check: str


def trap_of(client: MeasuredClient) -> Trap | None:
    """The first of what is amiss, the most costly first; None where nothing is, or nothing was measured."""
    return next(_traps(client), None)


def _traps(client: MeasuredClient) -> Iterator[Trap]:
    for scenario, check, containers, sentence in _COSTLY:
        runs = [run for run in client.runs if run.scenario == scenario and run.container in containers]
        failed = [
            (run, found) for run in runs if (found := check_of(run, check)) and found.mark is CheckMark.FAILED
        ]
        if failed:
            says = failed[0][1].says
            alike = [run.container for run, found in failed if found.says == says]
            words = sentence.format(of=_one_of(alike), says=says.partition(";")[0])
            yield Trap(words[0].upper() + words[1:], scenario, check)


_NOUNS = {
    "path": "a path",
    "handle": "an open file",
    "stream": "a stream",
    "buffer": "a buffer",
    "blob": "a blob",
    "file": "a File",
    "told": "a file whose name and type are given",
}
_EVERY = tuple(_NOUNS)
_KNOWING = ("path", "handle", "file", "told")
"""Containers that know the file's name."""

_COSTLY = (
    (PLAIN, "bytes", _EVERY, "{of} does not arrive as the file: {says}."),
    (RETRY, "second-body", _EVERY, "tried again, {of} is not the file any more: {says}."),
    (PLAIN, "key-place", _EVERY, "the key does not stand where it belongs: {says}."),
    (PLAIN, "sound-form", _EVERY, "the form is not sound: {says}."),
    (PLAIN, "field", _EVERY, "{of} goes out in another field: {says}."),
    (PLAIN, "no-local-path", _EVERY, "{of} shows the machine's folders: {says}."),
    (PLAIN, "filename", _KNOWING, "{of} goes out without the file's name: {says}."),
    (PLAIN, "media-type", _KNOWING, "{of} goes out without the file's type: {says}."),
    ("line-break-name", "no-injection", _EVERY, "a line break in a name gets into the headers: {says}."),
    (PLAIN, "filename", _EVERY, "{of} goes out without the file's name: {says}."),
    (PLAIN, "media-type", _EVERY, "{of} goes out without the file's type: {says}."),
    ("two-files", "every-file", _EVERY, "of two files not both arrive: {says}."),
    ("two-files", "field", _EVERY, "two files go out {says}."),
    ("large", "bytes", _EVERY, "a large file goes out with other bytes: {says}."),
    ("quoted-name", "quoted-name", _EVERY, "quotes in a name are written so that parsers disagree: {says}."),
    ("unicode-name", "unicode-name", _EVERY, "a name beyond ASCII is not written as UTF-8: {says}."),
    ("unicode-text", "text-fields", _EVERY, "a text beyond ASCII does not arrive: {says}."),
    ("empty-file", "empty-file", _EVERY, "an empty file is not sent as one: {says}."),
    (RETRY, "second-same", _EVERY, "the second attempt is not what the first was: {says} differ."),
    (PLAIN, "content-length", _EVERY, "{of} goes out without a length, which some servers insist on."),
)
"""What may be amiss, by scenario, check and containers, the most costly first."""


def _one_of(containers: Iterable[str]) -> str:
    words = [_NOUNS[each] for each in containers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def is_known(client: MeasuredClient) -> bool:
    """Whether any of its calls could be looked at, so that no trap found says something."""
    return any(check.mark is CheckMark.PASSED for run in client.runs if run.attempts for check in run.checks)


def shown_to_avoid(client: MeasuredClient, trap: Trap) -> bool:
    """Whether saying name and type was measured, and the trap's check passed there."""
    runs = [run for run in client.runs if run.container in _TOLD and run.scenario == trap.scenario]
    found = [check for run in runs if (check := check_of(run, trap.check)) is not None]
    return bool(found) and all(check.mark is CheckMark.PASSED for check in found)
