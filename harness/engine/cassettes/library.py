"""The recordings of one target: what a request is answered from, and where a new answer is kept."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.engine.cassettes.alone import alone
from harness.engine.cassettes.gate import refuse_secrets
from harness.engine.cassettes.modes import RecordMode
from harness.engine.cassettes.naming import SUFFIX, folder_name, recorded_uri, recording_path
from harness.engine.cassettes.nearest import nearest
from harness.engine.cassettes.read import Recording, parse_cassette, read_cassette
from harness.engine.cassettes.scrub import scrubbed
from harness.engine.cassettes.stored import stored_form
from harness.engine.cassettes.write import cassette, write_durably
from harness.model.answer import NoAnswer, Silence
from harness.model.errors import CassetteError
from harness.model.outcome import INCONCLUSIVE_STATUS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from harness.model.answer import Answer
    from harness.model.wire import WireForm


class CassetteLibrary:
    """The recordings under ``root`` for one target. Thread-safe; processes may share the folder.

    ``base_url`` is the target's (``https://api.openai.com/v1``): its host stands in the recordings'
    URIs, and its path is left out of their folder names. ``fresh`` says whether the target had no
    recording when the run began; None looks now, and parallel workers are told what their coordinator
    saw. ``secrets`` are this run's own, which the write gate keeps out. ``today`` dates live recordings.

    A request is looked up by its stored form (see ``stored_form``), whose digest names the file and
    stands in ``played``. See RecordMode for when the target is asked.
    """

    def __init__(
        self,
        root: Path,
        target: str,
        *,
        base_url: str,
        mode: RecordMode,
        fresh: bool | None = None,
        secrets: Sequence[str] = (),
        today: date,
    ) -> None:
        self.target = target
        self.folder = root / folder_name(target)
        self.mode = mode
        self.fresh = not self._paths() if fresh is None else fresh
        self._base_url = base_url
        self._root_path = urlsplit(base_url).path.rstrip("/")
        self._secrets = tuple(secrets)
        self._today = today
        self._stored: dict[str, WireForm] = {}
        self._settled: dict[str, Answer | NoAnswer] = {}
        self._kept: dict[Path, Recording] = {}
        self._played: set[str] = set()
        self._asked = 0
        self._lock = threading.Lock()
        self._form_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @property
    def asked(self) -> int:
        """How many times the target was asked."""
        return self._asked

    @property
    def played(self) -> frozenset[str]:
        """Digests of the recordings that a request of this run asked for, or that it made."""
        with self._lock:
            return frozenset(self._played)

    def unplayed(self, played_elsewhere: Collection[str] = ()) -> tuple[Path, ...]:
        """The target's recordings that no request asked for, here or in other processes of the run."""
        played = self.played.union(played_elsewhere)
        return tuple(path for path in self._paths() if path.stem not in played)

    def finish(self, *, complete: bool, played_elsewhere: Collection[str] = ()) -> tuple[Path, ...]:
        """End of the run; the recordings removed, which only mode ``rewrite`` ever does.

        ``complete`` says that all cases ran: after a selection of them, nothing is removed.
        """
        if self.mode is not RecordMode.REWRITE or not complete:
            return ()
        stale = self.unplayed(played_elsewhere)
        for path in stale:
            path.unlink(missing_ok=True)
        for folder in {path.parent for path in stale}:
            if not any(folder.iterdir()):
                folder.rmdir()
        return stale

    def read_ahead(self) -> Iterator[Path]:
        """Read the target's recordings one by one, each before it is asked for; stop when you like.

        One that is not sound is left alone here: whoever asks for it gets to know.
        """
        if self.mode.asks_anew:
            return
        for path in self._paths():
            try:
                self._load(path)
            except CassetteError:
                continue
            yield path

    def reply(self, wire: WireForm, ask: Callable[[], Answer | NoAnswer]) -> Answer | NoAnswer:
        """The answer to ``wire``: recorded, or from ``ask`` where the mode lets it be called.

        An asked answer comes back as a replay will give it (secrets out, large images tiny) and is on
        the disk by then. Requests of one form wait for each other, so that only one asks. Raises
        CassetteError for a recording that is not sound and for an answer that must not be written.
        """
        form = self._stored.get(wire.digest)
        if form is None:
            form = self._stored.setdefault(wire.digest, stored_form(wire))
        settled = self._settled.get(form.digest)
        if settled is not None:
            return settled
        with self._lock:
            form_lock = self._form_locks[form.digest]
        with form_lock:
            settled = self._settled.get(form.digest)
            return self._unsettled(form, ask) if settled is None else settled

    def _unsettled(self, form: WireForm, ask: Callable[[], Answer | NoAnswer]) -> Answer | NoAnswer:
        path = recording_path(self.folder, form, self._root_path)
        if not self.mode.asks_anew:
            recording = self._load(path)
            if recording is not None:
                return self._settle(recording)
            if not self.mode.may_ask(fresh=self.fresh):
                missing = self._unrecorded(form)
                self._settled[form.digest] = missing
                return missing
        with alone(path):
            if not self.mode.asks_anew:
                # Another process of this run may have asked while this one waited.
                recording = self._load(path)
                if recording is not None:
                    return self._settle(recording)
            return self._asked_for(form, path, ask)

    def _asked_for(
        self, form: WireForm, path: Path, ask: Callable[[], Answer | NoAnswer]
    ) -> Answer | NoAnswer:
        with self._lock:
            self._asked += 1
        reply = ask()
        if isinstance(reply, NoAnswer):
            self._met(path)
            return reply
        answer, reduced = scrubbed(reply)
        if answer.status in INCONCLUSIVE_STATUS or answer.status >= 500:
            self._met(path)
            return answer
        data = cassette(form, answer, reduced, uri=recorded_uri(self._base_url, form), today=self._today)
        refuse_secrets(data, path, self._secrets)
        # Read back, not taken over: so a replay gives exactly what is returned here.
        recording = self._checked(parse_cassette(data, path), path)
        write_durably(path, data)
        self._kept[path] = recording
        return replace(self._settle(recording), source=reply.source)

    def _settle(self, recording: Recording) -> Answer:
        self._settled[recording.wire.digest] = recording.answer
        with self._lock:
            self._played.add(recording.wire.digest)
        return recording.answer

    def _met(self, path: Path) -> None:
        """An old recording that could not be renewed was asked for all the same: it is not stale."""
        if path.exists():
            with self._lock:
                self._played.add(path.stem)

    def _load(self, path: Path) -> Recording | None:
        """The recording in a file, read once a run; None when there is no file (yet)."""
        recording = self._kept.get(path)
        if recording is None:
            if not path.exists():
                return None
            recording = self._kept[path] = self._checked(read_cassette(path), path)
        return recording

    def _checked(self, recordings: tuple[Recording, ...], path: Path) -> Recording:
        if len(recordings) != 1:
            raise CassetteError(
                f"{path}: holds {len(recordings)} recordings, and one is expected; {_WAY_OUT}"
            )
        recording = recordings[0]
        if recording.answer.source.target != self.target:
            raise CassetteError(
                f"{path}: is a recording of {recording.answer.source.target!r}, but lies where those of "
                f"{self.target!r} belong; {_WAY_OUT}"
            )
        if recording.wire.digest != path.stem:
            raise CassetteError(
                f"{path}: holds wire form {recording.wire.digest}, not the one it is named for; {_WAY_OUT}"
            )
        return recording

    def _unrecorded(self, form: WireForm) -> NoAnswer:
        loaded = map(self._load, self._paths())
        close = nearest(form, (recording.wire for recording in loaded if recording is not None))
        why = (
            "the target had recordings when the run began, so record mode once only replays"
            if self.mode is RecordMode.ONCE
            else f"record mode {self.mode} only replays"
        )
        says = (
            f"no recording of wire form {form.digest} ({form.method} {form.path}) for target "
            f"{self.target}, and {why}; record it with --record-mode new_episodes"
        )
        if close is None:
            return NoAnswer(Silence.UNRECORDED, says)
        other, deltas = close
        return NoAnswer(Silence.UNRECORDED, says, other.digest, tuple(map(str, deltas)))

    def _paths(self) -> tuple[Path, ...]:
        return tuple(sorted(self.folder.glob(f"*/*{SUFFIX}")))


_WAY_OUT = "delete the file and record it again with --record-mode new_episodes"
