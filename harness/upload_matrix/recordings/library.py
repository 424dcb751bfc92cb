"""The recordings of one target: what a request is answered from, and where a new answer is kept."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix.files import read_bytes, write_whole
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.errors import CassetteError
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.words import ExplainedWord
from upload_matrix.recordings.bodies import UNRECORDABLE, Reduced, is_recordable, scrubbed, stored_form
from upload_matrix.recordings.files import (
    Label,
    Recording,
    cassette,
    parse_cassette,
    read_cassette,
)
from upload_matrix.recordings.gate import WriteGate, alone, refuse_secrets
from upload_matrix.recordings.identity import SUFFIX, folder_name, recorded_uri, recording_path
from upload_matrix.recordings.redactor import DEFAULT, Redactor
from upload_matrix.wire.difference import nearest
from upload_matrix.wire.form import WireForm

# Several recordings of one wire form in one file, in the order of their sample numbers. Pure.
#
# A file is put together from the bytes of its recordings, so that adding one changes no other.


_START = b"- request:\n"


def entries(data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """What stands before the first recording of a file, and the lines of each recording.

    No line of ours but a recording's first starts so: texts are indented. Line ends as a checkout on
    Windows may have made them count as line feeds.
    """
    head, *rest = (b"\n" + data.replace(b"\r\n", b"\n")).split(b"\n" + _START)
    return head[1:] + b"\n", tuple(_START + piece.rstrip(b"\n") + b"\n" for piece in rest)


def with_sample(old: bytes, recordings: Iterable[Recording], new: bytes, sample: int, path: Path) -> bytes:
    """The file ``old``, which holds ``recordings``, with the one of the file ``new`` as number ``sample``.

    Raises CassetteError when ``old`` was laid out by somebody else.
    """
    head, (piece,) = entries(new)
    pieces = _numbered(old, recordings, path)
    pieces[sample] = piece
    return _joined(head, pieces)


def without_samples(old: bytes, recordings: Iterable[Recording], first: int, path: Path) -> bytes | None:
    """The file without the samples from number ``first`` on; None when no other is left."""
    pieces = {number: piece for number, piece in _numbered(old, recordings, path).items() if number < first}
    return _joined(entries(old)[0], pieces) if pieces else None


def _numbered(old: bytes, recordings: Iterable[Recording], path: Path) -> dict[int, bytes]:
    numbers = [recording.sample for recording in recordings]
    pieces = entries(old)[1]
    if len(pieces) != len(numbers):
        raise CassetteError(
            f"{path}: not laid out as this harness writes it, so nothing can be added; delete the file and "
            "record it again with --record-mode new_episodes"
        )
    return dict(zip(numbers, pieces, strict=True))


def _joined(head: bytes, pieces: Mapping[int, bytes]) -> bytes:
    return head + b"".join(pieces[number] for number in sorted(pieces))


# The files of one target's recordings: read once a run, checked, added to.


_WAY_OUT = "delete the file and record it again with --record-mode new_episodes"


class Shelf:
    """The recordings of ``target`` below ``root``. Thread-safe; processes may share the folder."""

    def __init__(self, root: Path, target: str) -> None:
        self.target = target
        self.folder = root / folder_name(target)
        self._kept: dict[Path, Mapping[int, Recording]] = {}

    def paths(self) -> tuple[Path, ...]:
        """Every file there is now."""
        return tuple(sorted(self.folder.glob(f"*/*{SUFFIX}")))

    def elsewhere(self, digest: str) -> tuple[str, ...]:
        """The other targets with a live recording of the form; files that are not sound are passed over."""
        found: dict[str, None] = {}
        for path in sorted(self.folder.parent.glob(f"*/*/{digest}{SUFFIX}")):
            with suppress(CassetteError):
                sources = [recording.answer.source for recording in read_cassette(path)]
                found |= {each.target: None for each in sources if each.provenance is Provenance.LIVE}
        return tuple(found)

    def all(self) -> Iterator[Recording]:
        """The first recording of every file; raises CassetteError for one that is not sound."""
        for path in self.paths():
            yield from list(self.load(path).values())[:1]

    def load(self, path: Path, *, again: bool = False) -> Mapping[int, Recording]:
        """The recordings of a file by sample number, read once a run unless ``again``; maybe none.

        Raises CassetteError for a file that is not sound.
        """
        kept = self._kept.get(path)
        if kept is not None and not again:
            return kept
        if not path.exists():
            return {}
        self._kept[path] = checked(read_cassette(path), path, self.target)
        return self._kept[path]

    def add(self, path: Path, data: bytes, sample: int, allow: Callable[[bytes], None]) -> Recording:
        """Put the recording in the file ``data`` to those at ``path``, in the place of an old one.

        ``allow`` sees the bytes first, and raises when they must not be written. On return they are
        on the disk, and what is given back was read from them.
        """
        with alone(path):
            old = self._old(path)
            if old is not None:
                data = with_sample(old, parse_cassette(old, path), data, sample, path)
            allow(data)
            recordings = checked(parse_cassette(data, path), path, self.target)
            write_whole(path, data)
            self._kept[path] = recordings
        return recordings[sample]

    def trim(self, path: Path, first: int) -> None:
        """Remove the samples of a file from number ``first`` on."""
        with alone(path):
            old = read_bytes(path)
            recordings = parse_cassette(old, path)
            if all(recording.sample < first for recording in recordings):
                return
            data = without_samples(old, recordings, first, path)
            if data is None:
                path.unlink()
            else:
                write_whole(path, data)
            self._kept.pop(path, None)

    def _old(self, path: Path) -> bytes | None:
        """What is there to add to. A file that is not sound is replaced: it was asked for anew."""
        if not path.exists():
            return None
        data = read_bytes(path)
        with suppress(CassetteError):
            checked(parse_cassette(data, path), path, self.target)
            return data
        return None


def checked(recordings: tuple[Recording, ...], path: Path, target: str) -> Mapping[int, Recording]:
    """The recordings of a file by sample number; raises CassetteError when they do not belong there."""
    if not recordings:
        raise CassetteError(f"{path}: holds no recording; {_WAY_OUT}")
    for recording in recordings:
        if recording.answer.source.target != target:
            raise CassetteError(
                f"{path}: is a recording of {recording.answer.source.target!r}, but lies where those of "
                f"{target!r} belong; {_WAY_OUT}"
            )
        if recording.wire.digest != path.stem:
            raise CassetteError(
                f"{path}: holds wire form {recording.wire.digest}, not the one it is named for; {_WAY_OUT}"
            )
    numbers = [recording.sample for recording in recordings]
    if len(set(numbers)) < len(numbers):
        raise CassetteError(
            f"{path}: holds {len(numbers)} recordings with the same sample number; {_WAY_OUT}"
        )
    return {recording.sample: recording for recording in sorted(recordings, key=lambda each: each.sample)}


# When a recording is played, and when its target is asked: pytest-recording's modes, keyed on wire forms.


class RecordMode(ExplainedWord):
    """The values of ``--record-mode``. Each speaks of wire forms, not of files or test cases.

    In every mode a form that got a recorded answer in this run is answered from it for the rest of the
    run, and an answer that says nothing about the upload (408, 425, 429, 5xx, silence) is passed on
    but not recorded, so that the next request of that form asks again.
    """

    NONE = "none", "Play recordings. A form without one is unrecorded; the target is never asked."
    ONCE = (
        "once",
        "A target without any recording when the run began: as `new_episodes`. Otherwise as `none`.",
    )
    NEW_EPISODES = (
        "new_episodes",
        "Play recordings; ask for the forms that have none, and record the answers.",
    )
    ALL = "all", "Ask for every form anew. An old recording is replaced only when a new answer came."
    REWRITE = (
        "rewrite",
        "As `all`; at the end of a complete run the recordings that no request met are removed.",
    )

    @property
    def asks_anew(self) -> bool:
        """Whether a form is asked for although it has a recording."""
        return self in (RecordMode.ALL, RecordMode.REWRITE)

    def may_ask(self, *, fresh: bool) -> bool:
        """Whether a form without a recording is asked for; ``fresh``: the target had none at the start."""
        return self is not RecordMode.NONE and (self is not RecordMode.ONCE or fresh)


_BLANK = Answer(200, (), b"", Source("", Provenance.EMULATED, Supply.RECORDED))
"""Stands for any answer where only the request of a recording is looked at."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How recordings are written; ``today`` dates live ones.

    ``secrets`` are this run's own, which the write gate keeps out. ``redactor`` takes secrets out before
    that, and may know the run's own too.
    """

    today: date
    secrets: Sequence[str] = ()
    redactor: Redactor = DEFAULT


class CassetteLibrary:
    """The recordings under ``root`` for one target. Thread-safe; processes may share the folder.

    ``base_url`` is the target's (``https://api.openai.com/v1``): its host stands in the recordings'
    URIs, and its path is left out of their folder names. ``fresh`` says whether the target had no
    recording when the run began; None looks now, and parallel workers are told what their coordinator
    saw.

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
        writing: Writing,
    ) -> None:
        self.target = target
        self.mode = mode
        self._shelf = Shelf(root, target)
        self.fresh = not self._shelf.paths() if fresh is None else fresh
        self._base_url = base_url
        self._root_path = urlsplit(base_url).path.rstrip("/")
        self._gate = WriteGate(writing.secrets)
        self._writing = writing
        self._redactor = writing.redactor
        self._form_redactor = writing.redactor.without_secrets()
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
        label = Label(recorded_uri(self._base_url, form), self._writing.today, sample, unkept)
        return cassette(form, answer, reduced, label)

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
