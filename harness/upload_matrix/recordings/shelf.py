"""The files of one target's recordings: read once a run, checked, added to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from upload_matrix.files import read_bytes
from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings.alone import alone
from upload_matrix.recordings.naming import SUFFIX, folder_name
from upload_matrix.recordings.read import Recording, parse_cassette, read_cassette
from upload_matrix.recordings.samples import with_sample, without_samples
from upload_matrix.recordings.write import write_durably

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
            write_durably(path, data)
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
                write_durably(path, data)
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
