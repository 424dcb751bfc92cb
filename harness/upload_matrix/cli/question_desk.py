"""What is open while ``isolate`` or ``diagnose`` works, and the requests a user names found by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from upload_matrix.answers.answering import EMULATOR, Answering, Policy
from upload_matrix.cli.question_options import QuestionOptions
from upload_matrix.diagnose.program import likely_container
from upload_matrix.emulator.profile import load_profile
from upload_matrix.gateway.gateway import Gateway
from upload_matrix.inspect import saved
from upload_matrix.isolate.asker import Asker, Memory
from upload_matrix.isolate.ends import GIVEN, End
from upload_matrix.isolate.passage import ThroughAsker
from upload_matrix.isolate.subject import Subject, captured_case, find_case
from upload_matrix.judge.isolate.notebook import Options
from upload_matrix.judge.isolate.trial import Trial
from upload_matrix.model.call import CallRecord
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.price import PriceTable
from upload_matrix.recordings import RecordMode
from upload_matrix.run.loading import Loaded
from upload_matrix.run.session import Settings
from upload_matrix.targets.spec import TargetSpec


@dataclass
class Desk:
    """Everything open that answers questions; ``has_matrix`` says whether there are cases to look for."""

    loaded: Loaded
    settings: Settings
    policy: Policy
    keeping: Answering
    leaving: Answering | None
    prices: PriceTable
    records: list[CallRecord]
    options: QuestionOptions
    has_matrix: bool

    @property
    def cassettes(self) -> Path:
        """The folder of recordings."""
        return self.policy.cassettes

    def spec(self, target: str) -> TargetSpec | None:
        """The description of a live target; None for the emulator. Raises ConfigurationError."""
        if target.startswith(EMULATOR):
            return None
        found = self.loaded.targets.get(target)
        if found is None:
            names = ", ".join(sorted(self.loaded.targets))
            raise ConfigurationError(
                f"no target is called {target!r}; there are {names} and emulator:PROFILE"
            )
        return found

    def asker(self, target: str, memory: Memory) -> Asker:
        """Who asks ``target``; raises ConfigurationError when it cannot be (no such target, no key)."""
        self.spec(target)
        self.keeping.secrets(target)
        return Asker(target, self.keeping, self.leaving, memory, records=self.records)

    def through(self, target: str, memory: Memory, gateway: Gateway) -> ThroughAsker:
        """Who asks ``target`` by way of a gateway; raises ConfigurationError as ``asker`` does."""
        self.spec(target)
        self.keeping.secrets(target)
        return ThroughAsker(target, self.keeping, self.leaving, memory, gateway, records=self.records)

    def search_options(self, target: str) -> Options:
        """How to isolate: ends are asked anew where a real server may have changed its mind."""
        reconfirm = self.options.reconfirm
        if reconfirm is None:
            reconfirm = not target.startswith(EMULATOR) and self.policy.mode is not RecordMode.NONE
        return Options(trial=Trial(repeat=self.options.repeat), reconfirm=reconfirm)

    def today(self, target: str) -> date:
        """The day by which models live: an emulator's is that of its profile."""
        if not target.startswith(EMULATOR):
            return self.policy.today
        name = target.removeprefix(EMULATOR)
        return load_profile(self.loaded.profiles.get(name, name)).date

    def subject(self, name: str, target: str | None = None) -> Subject:
        """A case by its id, or a saved request by its folder. Raises ConfigurationError.

        ``target`` is used where neither the command line nor the request names one.
        """
        folder = Path(name)
        if folder.suffix == saved.SUFFIX or (folder / saved.WIRE).exists():
            return self._saved(folder, target)
        if not self.has_matrix:
            raise ConfigurationError(
                f"{name}: no folder of a saved request (with {saved.WIRE} in it), and no matrix to look for "
                "a case in; name one with --matrix, or put one into matrix/"
            )
        return captured_case(self.settings, self.keeping, find_case(self.loaded, name))

    def passing(self, name: str, failing: Subject) -> End:
        """A request named as one that passes; raises ConfigurationError, also for one of another target."""
        found = self.subject(name, failing.target)
        if found.target != failing.target:
            raise ConfigurationError(
                f"{found.name} is meant for {found.target}, and {failing.name} for {failing.target}: nothing "
                "follows from comparing answers of two servers; have one of them answer both with --target"
            )
        return End(found.request, GIVEN, found.name)

    def _saved(self, folder: Path, target: str | None) -> Subject:
        found = saved.load(folder)
        named = self.options.live.target or self._added()
        asked = found.asked if found.asked.startswith(EMULATOR) else self._by_url(found.asked)
        answering = named or asked or target
        if answering is None:
            raise ConfigurationError(
                f"{folder}: it was sent to {found.asked}, which is no target here; name one with --target, "
                "or the server with --base-url"
            )
        files = found.request.wire.files()
        container = likely_container(files[0]) if files else None
        return Subject(folder.name, answering, found.request, found.caller.client, container)

    def _added(self) -> str | None:
        added = self.options.live.added()
        return added[0].name if added else None

    def _by_url(self, url: str) -> str | None:
        specs = self.loaded.targets.values()
        return next((spec.name for spec in specs if spec.base_url.rstrip("/") == url.rstrip("/")), None)
