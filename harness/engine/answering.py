"""Who answers a case: a recording first, then whoever the target is, as the record mode allows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.engine.cassettes import CassetteLibrary, RecordMode, stored_form
from harness.engine.cassettes.naming import SUFFIX, folder_name
from harness.engine.emulator.judge import answer as emulate
from harness.engine.emulator.profile import load_profile
from harness.engine.targets.upstream import Upstream
from harness.model.answer import Answer, NoAnswer, Silence
from harness.model.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from harness.engine.targets.spec import TargetSpec
    from harness.model.exchange import Captured
    from harness.model.wire import WireForm

EMULATOR = "emulator:"
"""What the name of an emulated target starts with; a profile follows."""

EMULATOR_ROOT = "/v1"


@dataclass(frozen=True, slots=True)
class Policy:
    """How answers are come by.

    ``recording`` False leaves cassettes aside: every request goes to its target. ``recorded`` is what
    ``recorded_folders`` saw when the run began (looked up once for parallel workers), None to look.
    ``blocked`` forbids forwarding to anything but the emulator.
    """

    cassettes: Path
    mode: RecordMode
    today: date
    recording: bool = True
    recorded: frozenset[str] | None = None
    blocked: bool = False
    timeout: float = 60.0


class Answering:
    """The answerers of a run, one per target, made when first needed. Use as a context manager.

    ``profiles`` maps the name of an emulator profile to what ``load_profile`` takes.
    """

    def __init__(
        self, policy: Policy, targets: Mapping[str, TargetSpec], profiles: Mapping[str, str] | None = None
    ) -> None:
        self._policy = policy
        self._targets = targets
        self._profiles = profiles or {}
        self._upstreams: dict[str, Upstream] = {}
        self._libraries: list[CassetteLibrary] = []
        self._answerers: dict[str, Callable[[Captured], Answer | NoAnswer]] = {}

    def __enter__(self) -> Answering:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections to live targets."""
        for upstream in self._upstreams.values():
            upstream.close()

    def root(self, target: str) -> str:
        """The path under which the target's API lies (``/v1``)."""
        return EMULATOR_ROOT if target.startswith(EMULATOR) else self._spec(target).root

    def answerer(self, target: str) -> Callable[[Captured], Answer | NoAnswer]:
        """The function that answers requests meant for ``target``."""
        if target not in self._answerers:
            self._answerers[target] = self._make(target)
        return self._answerers[target]

    def free(self, target: str) -> bool:
        """Whether an answer costs nothing: it is replayed, or the emulator gives it."""
        replaying = self._policy.recording and self._policy.mode is RecordMode.NONE
        return replaying or target.startswith(EMULATOR)

    def read_ahead(self, cases: int, while_: Callable[[], bool]) -> None:
        """Read recordings of the targets in use, one by one.

        As many as there are ``cases`` are read in any case: one by one while a client waits for its
        answer, they would cost more. Further ones only while ``while_`` says so.
        """
        paths = itertools.chain.from_iterable(library.read_ahead() for library in self._libraries)
        for number, _ in enumerate(paths, 1):
            if number >= cases and not while_():
                return

    def tidy_up(self, played: Mapping[str, Iterable[WireForm]], *, complete: bool) -> tuple[Path, ...]:
        """End of the whole run: remove what mode ``rewrite`` left over; the recordings removed.

        ``played`` has every wire form that any process of the run sent, by target.
        """
        removed: list[Path] = []
        for target, wires in played.items():
            digests = {stored_form(wire).digest for wire in wires}
            library = self._library(target, ())
            removed += library.finish(complete=complete, played_elsewhere=digests)
        return tuple(removed)

    def _make(self, target: str) -> Callable[[Captured], Answer | NoAnswer]:
        ask, secrets = self._asking(target)
        if not self._policy.recording:
            return ask
        library = self._library(target, secrets)
        self._libraries.append(library)
        return lambda request: library.reply(request.wire, lambda: ask(request))

    def _library(self, target: str, secrets: tuple[str, ...]) -> CassetteLibrary:
        recorded = self._policy.recorded
        return CassetteLibrary(
            self._policy.cassettes,
            target,
            base_url=self._base_url(target),
            mode=self._policy.mode,
            fresh=None if recorded is None else folder_name(target) not in recorded,
            secrets=secrets,
            today=self._policy.today,
        )

    def _asking(self, target: str) -> tuple[Callable[[Captured], Answer | NoAnswer], tuple[str, ...]]:
        if target.startswith(EMULATOR):
            name = target.removeprefix(EMULATOR)
            profile = load_profile(self._profiles.get(name, name))
            return (lambda request: emulate(profile, request.wire, target=target)), ()
        spec = self._spec(target)
        if self._policy.blocked:
            return (
                lambda _: NoAnswer(Silence.BLOCKED, f"the network is blocked, {target} was not asked")
            ), ()
        if self._policy.recording and self._policy.mode is RecordMode.NONE:
            # Replaying needs no key, and nothing is ever sent.
            return (lambda _: NoAnswer(Silence.BLOCKED, "replaying: nothing is sent")), ()
        upstream = Upstream(spec, timeout=self._policy.timeout)
        self._upstreams[target] = upstream
        return upstream.ask, upstream.secrets

    def _base_url(self, target: str) -> str:
        if target.startswith(EMULATOR):
            # A name that cannot resolve: an emulated recording never carries a vendor's host.
            return f"http://{target.removeprefix(EMULATOR)}.emulator.invalid{EMULATOR_ROOT}"
        return self._spec(target).base_url

    def _spec(self, target: str) -> TargetSpec:
        try:
            return self._targets[target]
        except KeyError:
            raise ConfigurationError(
                f"no target is called {target!r}; there are {', '.join(sorted(self._targets))} and "
                "emulator:PROFILE"
            ) from None


def recorded_folders(cassettes: Path) -> frozenset[str]:
    """Names of the targets' folders that hold at least one recording."""
    if not cassettes.is_dir():
        return frozenset()
    return frozenset(
        folder.name for folder in cassettes.iterdir() if next(folder.glob(f"*/*{SUFFIX}"), None) is not None
    )
