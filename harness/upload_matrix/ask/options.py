"""The values of the options that commands and the pytest plugin share, and what they come to."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from upload_matrix.answers.answering import EMULATOR, emulated_root
from upload_matrix.gateway.gateway import behind_url, lasting_token
from upload_matrix.gateway.spec import GatewaySpec, parse_gateway
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.price import Money, parse_money
from upload_matrix.run.loading import DEFAULT_MAX_CASES, Loaded, Request, mime_tables
from upload_matrix.spending import Ledger, LedgerAccount
from upload_matrix.targets.spec import TargetSpec, ad_hoc, parse_header

_T = TypeVar("_T")


def taken(kind: type[_T], options: dict[str, Any]) -> _T:
    """A data class made of the values named as its fields, which are taken out of ``options``."""
    names = [field.name for field in dataclasses.fields(kind) if field.name in options]  # type: ignore[arg-type]
    return kind(**{name: options.pop(name) for name in names})


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

    def begin(self, ledger: Ledger, label: str) -> str:
        """Begin a run in the books, within these limits; its id. Raises ConfigurationError, LedgerError."""
        return ledger.open_run(
            budget=self.budget,
            max_calls=self.max_calls,
            unknown_price_as=self.unknown_price_as,
            label=label,
        )

    @contextmanager
    def account(self, label: str) -> Iterator[LedgerAccount]:
        """The books opened for a run of their own. Raises ConfigurationError, LedgerError."""
        with Ledger(self.ledger) as ledger:
            yield LedgerAccount(ledger, self.begin(ledger, label))


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """The values of ``declared.ASKING``."""

    target: str | None = None
    base_url: str | None = None
    key_env: str | None = None
    key_command: str | None = None
    headers: tuple[str, ...] = ()
    record_mode: str = "none"
    cassettes: str | None = None
    repeat: int = 1
    budget: str | None = None
    max_calls: int | None = None
    unknown_price: str | None = None
    ledger: str | None = None
    concurrency: int = 1
    controls: tuple[str, ...] = ()
    yes: bool = False
    max_cases: int = DEFAULT_MAX_CASES
    mime_tables: tuple[str, ...] = ()
    max_age: int | None = None
    timeout: float | None = None

    def added(self) -> tuple[TargetSpec, ...]:
        """The target given by its URL, if there is one; raises ConfigurationError."""
        if self.base_url is None:
            given = {"--key-env": self.key_env, "--key-command": self.key_command, "--header": self.headers}
            idle = [name for name, value in given.items() if value]
            if idle:
                raise ConfigurationError(f"{' and '.join(idle)}: only with --base-url")
            return ()
        if self.target is not None:
            raise ConfigurationError("--base-url and --target: give one of them")
        return (
            ad_hoc(
                self.base_url,
                key_env=self.key_env,
                key_command=tuple(shlex.split(self.key_command or "")),
                headers=[parse_header(text) for text in self.headers],
            ),
        )

    def asked_target(self) -> str | None:
        """The target that the options name, None for the matrix's own; raises ConfigurationError."""
        added = self.added()
        return added[0].name if added else self.target

    def limits(self, here: Path | None = None) -> Limits:
        """What calls may cost; the ledger is a path below ``here``. Raises ConfigurationError."""
        return Limits(
            budget=None if self.budget is None else parse_money(self.budget, "--budget"),
            max_calls=self.max_calls,
            unknown_price_as=None
            if self.unknown_price is None
            else parse_money(self.unknown_price, "--unknown-price"),
            ledger=None if self.ledger is None else (here or Path.cwd()) / self.ledger,
        )

    def tables(self) -> dict[str, Path]:
        """Mime tables given as files; raises ConfigurationError."""
        return mime_tables(self.mime_tables, Path.cwd())

    def folder(self) -> Path:
        """The folder of recordings."""
        return Path(self.cassettes or "cassettes").absolute()

    def request(self, paths: tuple[Path, ...]) -> Request:
        """What is to be loaded, each case once; ``model: auto`` stays. Raises ConfigurationError."""
        return Request(
            paths,
            self.max_cases,
            self.asked_target(),
            added=self.added(),
            repeat=1,
            cassettes=self.folder(),
            timeout=self.timeout,
        )


def paths_of(matrices: Iterable[str]) -> tuple[Path, ...]:
    """The matrices named on the command line, or the folder ``matrix``."""
    return tuple(Path(path).absolute() for path in tuple(matrices) or ("matrix",))


@dataclass(frozen=True, slots=True)
class Through:
    """The values of ``declared.GATEWAY``: a command or URL, the port behind it, the variable with its key,
    and the headers that it is sent beside the client's own."""

    through: str | None = None
    behind_port: int | None = None
    through_key_env: str | None = None
    client_headers: tuple[str, ...] = field(default=(), repr=False)

    def spec(self) -> GatewaySpec | None:
        """The gateway that was asked for, if any; raises ConfigurationError."""
        if self.through is not None:
            spec = parse_gateway(self.through, behind_port=self.behind_port, key_env=self.through_key_env)
            return replace(spec, headers=tuple(map(parse_header, self.client_headers)))
        if self.behind_port is not None or self.through_key_env is not None or self.client_headers:
            raise ConfigurationError("--behind-port, --through-key-env and --client-header go with --through")
        return None


def announce(
    spec: GatewaySpec, loaded: Loaded, say: Callable[[str], None], targets: Iterable[str] | None = None
) -> None:
    """Say where a gateway that runs already has to forward to: its user configures that by hand.

    ``targets`` are the names of those that are asked behind it, None for those of the cases.
    """
    if spec.url is None:
        return
    asked = targets if targets is not None else (case.target for case in loaded.cases)
    for target in dict.fromkeys(asked):
        known = loaded.targets.get(target)
        root = emulated_root(target) if target.startswith(EMULATOR) or known is None else known.root
        say(f"{spec.name} must forward to {behind_url(spec.behind_port, root, lasting_token())} ({target})")
