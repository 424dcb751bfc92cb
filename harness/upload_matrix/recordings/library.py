"""The recordings of one target: what a request is answered from, and where a new answer is kept."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.errors import CassetteError
from upload_matrix.model.outcome import says_nothing
from upload_matrix.recordings.alone import alone
from upload_matrix.recordings.gate import Gate, refuse_secrets
from upload_matrix.recordings.modes import RecordMode
from upload_matrix.recordings.naming import recorded_uri, recording_path
from upload_matrix.recordings.read import Recording
from upload_matrix.recordings.redactor import DEFAULT, Redactor
from upload_matrix.recordings.reduce import Reduced
from upload_matrix.recordings.scrub import scrubbed
from upload_matrix.recordings.shelf import Shelf
from upload_matrix.recordings.stored import UNRECORDABLE, is_recordable, stored_form
from upload_matrix.recordings.write import cassette
from upload_matrix.wire.difference import nearest
from upload_matrix.wire.form import WireForm

_BLANK = Answer(200, (), b"", Source("", Provenance.EMULATED, Supply.RECORDED))
"""Stands for any answer where only the request of a recording is looked at."""


class CassetteLibrary:
    """The recordings under ``root`` for one target. Thread-safe; processes may share the folder.

    ``base_url`` is the target's (``https://api.openai.com/v1``): its host stands in the recordings'
    URIs, and its path is left out of their folder names. ``fresh`` says whether the target had no
    recording when the run began; None looks now, and parallel workers are told what their coordinator
    saw. ``secrets`` are this run's own, which the write gate keeps out; ``redactor`` takes secrets out
    before that, and may know the run's own too. ``today`` dates live recordings.

    A request is looked up by its stored form (see ``stored_form``), whose digest names the file and
    stands in ``played``. See RecordMode for when the target is asked. Of one form several answers can be
    recorded, as samples 0, 1, 2...: each is asked for and kept by its own number, in any order.
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
        redactor: Redactor = DEFAULT,
        today: date,
    ) -> None:
        self.target = target
        self.mode = mode
        self._shelf = Shelf(root, target)
        self.fresh = not self._shelf.paths() if fresh is None else fresh
        self._base_url = base_url
        self._root_path = urlsplit(base_url).path.rstrip("/")
        self._gate = Gate(secrets)
        self._redactor = redactor
        self._form_redactor = redactor.without_secrets()
        self._today = today
        self._stored: dict[str, WireForm] = {}
        self._settled: dict[tuple[str, int], Answer | NoAnswer] = {}
        self._played: set[str] = set()
        self._asked = 0
        self._lock = threading.Lock()
        self._locks: defaultdict[tuple[str, int], threading.Lock] = defaultdict(threading.Lock)

    @property
    def folder(self) -> Path:
        """Where this target's recordings lie."""
        return self._shelf.folder

    @property
    def asked(self) -> int:
        """How many times the target was asked."""
        return self._asked

    @property
    def played(self) -> frozenset[str]:
        """Digests of the recordings that a request of this run asked for, or that it made."""
        with self._lock:
            return frozenset(self._played)

    def form(self, wire: WireForm) -> WireForm:
        """The stored form of ``wire``: what its recording is named for."""
        form = self._stored.get(wire.digest)
        if form is None:
            form = self._stored.setdefault(wire.digest, stored_form(wire, self._form_redactor))
        return form

    def recordable(self, wire: WireForm) -> bool:
        """Whether a recording can be told from that of any other request; see ``stored.is_recordable``."""
        return self.form(wire) == wire or is_recordable(wire, self._form_redactor)

    def unplayed(self, played_elsewhere: Collection[str] = ()) -> tuple[Path, ...]:
        """The target's recordings that no request asked for, here or in other processes of the run."""
        played = self.played.union(played_elsewhere)
        return tuple(path for path in self._shelf.paths() if path.stem not in played)

    def finish(
        self, *, complete: bool, played_elsewhere: Collection[str] = (), samples: int | None = None
    ) -> tuple[Path, ...]:
        """End of the run; the files removed, which only mode ``rewrite`` ever does.

        ``complete`` says that all cases ran: after a selection of them, nothing is removed. ``samples``
        is how many samples of a form the run asked for; of the files that stay, further ones are removed.
        """
        if self.mode is not RecordMode.REWRITE or not complete:
            return ()
        stale = self.unplayed(played_elsewhere)
        for path in stale:
            path.unlink(missing_ok=True)
        for folder in {path.parent for path in stale}:
            if not any(folder.iterdir()):
                folder.rmdir()
        if samples is not None:
            for path in self._shelf.paths():
                self._shelf.trim(path, samples)
        return stale

    def read_ahead(self) -> Iterator[Path]:
        """Read the target's recordings one by one, each before it is asked for; stop when you like.

        One that is not sound is left alone here: whoever asks for it gets to know.
        """
        if self.mode.asks_anew:
            return
        for path in self._shelf.paths():
            try:
                self._shelf.load(path)
            except CassetteError:
                continue
            yield path

    def has(self, wire: WireForm, sample: int = 0) -> bool:
        """Whether ``reply`` would answer from what was recorded, without asking."""
        return self.recorded(wire, sample) is not None

    def recorded(self, wire: WireForm, sample: int = 0) -> Answer | NoAnswer | None:
        """What ``reply`` would answer without asking; None when it would ask, or have nothing.

        So in modes ``all`` and ``rewrite`` only what this run itself has got. Counts as no playing.
        Raises CassetteError for a recording that is not sound.
        """
        form = self.form(wire)
        settled = self._settled.get((form.digest, sample))
        if isinstance(settled, Answer) or (settled is not None and settled.why is Silence.UNKEPT):
            return settled
        recording = None if self.mode.asks_anew else self._load(self._path(form), sample)
        return None if recording is None else recording.reply

    def samples(self, wire: WireForm) -> tuple[Recording, ...]:
        """Every recording of a form that lies on the disk, by sample number, whatever the mode."""
        return tuple(self._shelf.load(self._path(self.form(wire)), again=True).values())

    def reply(
        self, wire: WireForm, ask: Callable[[], Answer | NoAnswer], sample: int = 0
    ) -> Answer | NoAnswer:
        """The answer to ``wire``: recorded, or from ``ask`` where the mode lets it be called.

        An asked answer comes back as a replay will give it (secrets out, large images tiny) and is on
        the disk by then; of one that must not be written, that it came and why it is not kept. Requests of
        one form and sample wait for each other, so that only one asks. Raises CassetteError for a recording
        that is not sound.
        """
        form = self.form(wire)
        key = form.digest, sample
        settled = self._settled.get(key)
        if settled is not None:
            return settled
        if not self.recordable(wire):
            return NoAnswer(Silence.UNRECORDED, UNRECORDABLE)
        with self._lock:
            lock = self._locks[key]
        with lock:
            settled = self._settled.get(key)
            return self._unsettled(form, ask, sample) if settled is None else settled

    def _unsettled(
        self, form: WireForm, ask: Callable[[], Answer | NoAnswer], sample: int
    ) -> Answer | NoAnswer:
        path = self._path(form)
        if not self.mode.asks_anew:
            recording = self._load(path, sample)
            if recording is not None:
                return self._settle(recording)
            if not self.mode.may_ask(fresh=self.fresh):
                missing = self._unrecorded(form, sample)
                self._settled[form.digest, sample] = missing
                return missing
        with alone(path, sample):
            if not self.mode.asks_anew:
                # Another process of this run may have asked while this one waited.
                recording = self._load(path, sample)
                if recording is not None:
                    return self._settle(recording)
            return self._asked_for(form, path, ask, sample)

    def _asked_for(
        self, form: WireForm, path: Path, ask: Callable[[], Answer | NoAnswer], sample: int
    ) -> Answer | NoAnswer:
        try:
            # Before it is sent: no recording of it could be kept, and what was paid would be lost.
            self._gate.check(self._written(form, _BLANK), "the request")
        except CassetteError as error:
            return NoAnswer(Silence.BLOCKED, f"not sent, as its answer could not be kept: {error}")
        with self._lock:
            self._asked += 1
        reply = ask()
        if isinstance(reply, NoAnswer):
            self._met(path)
            return reply
        passing = says_nothing(reply.status)
        try:
            answer, reduced = scrubbed(reply, self._redactor)
            data = self._written(form, answer, reduced, sample=sample)
            self._gate.check(data, "the answer")
        except CassetteError as error:
            says = _unkept(reply, error)
            if passing or self._load(path, sample) is not None:
                self._met(path)
                return NoAnswer(Silence.UNKEPT, says, source=reply.source)
            # It was paid for: that it came is kept, so that it is not asked for and paid again.
            data = self._written(form, replace(reply, headers=(), body=b""), sample=sample, unkept=says)
        else:
            if passing:
                self._met(path)
                return answer
        # Read back, not taken over: so a replay gives exactly what is returned here.
        recording = self._shelf.add(
            path, data, sample, lambda written: refuse_secrets(written, path, self._gate)
        )
        return replace(self._settle(recording), source=reply.source)

    def _written(
        self,
        form: WireForm,
        answer: Answer,
        reduced: Iterable[Reduced] = (),
        *,
        sample: int = 0,
        unkept: str | None = None,
    ) -> bytes:
        uri = recorded_uri(self._base_url, form)
        return cassette(form, answer, reduced, uri=uri, today=self._today, sample=sample, unkept=unkept)

    def _settle(self, recording: Recording) -> Answer | NoAnswer:
        self._settled[recording.wire.digest, recording.sample] = recording.reply
        with self._lock:
            self._played.add(recording.wire.digest)
        return recording.reply

    def _met(self, path: Path) -> None:
        """An old recording that could not be renewed was asked for all the same: it is not stale."""
        if path.exists():
            with self._lock:
                self._played.add(path.stem)

    def _path(self, form: WireForm) -> Path:
        return recording_path(self.folder, form, self._root_path)

    def _load(self, path: Path, sample: int) -> Recording | None:
        """A recording, None when there is none (yet); looked for again when it was not there before."""
        recording = self._shelf.load(path).get(sample)
        return self._shelf.load(path, again=True).get(sample) if recording is None else recording

    def _unrecorded(self, form: WireForm, sample: int) -> NoAnswer:
        why = (
            "the target had recordings when the run began, so record mode once only replays"
            if self.mode is RecordMode.ONCE
            else f"record mode {self.mode} only replays"
        )
        which = f"wire form {form.digest} ({form.method} {form.path}) for target {self.target}"
        recorded = len(self._shelf.load(self._path(form)))
        if recorded:
            return NoAnswer(
                Silence.UNRECORDED,
                f"no recording of sample {sample} of {which}, which has {recorded}, and {why}; record it "
                "with --record-mode new_episodes",
            )
        says = f"no recording of {which}, and {why}; record it with --record-mode new_episodes"
        others = self._shelf.elsewhere(form.digest)
        if others:
            says += f", or replay what is recorded of it for {' and '.join(others)}: --target {others[0]}"
        close = nearest(form, (recording.wire for recording in self._shelf.all()))
        if close is None:
            return NoAnswer(Silence.UNRECORDED, says)
        other, deltas = close
        return NoAnswer(Silence.UNRECORDED, says, other.digest, tuple(map(str, deltas)))


def _unkept(answer: Answer, error: CassetteError) -> str:
    said = f"{answer.source.target} answered with {answer.status}"
    return f"{said}, but the answer cannot be kept and is not judged: {error}"
