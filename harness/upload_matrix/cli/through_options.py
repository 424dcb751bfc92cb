"""The options that put a gateway between the clients and the target, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.run.loading import Loaded


@dataclass(frozen=True, slots=True)
class Through:
    """The options' values: a command or URL, the port behind it, and the variable with its key."""

    through: str | None = None
    behind_port: int | None = None
    key_env: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Through:
        """From click's values."""
        return cls(options["through"], options["behind_port"], options["through_key_env"])

    def spec(self) -> GatewaySpec | None:
        """The gateway that was asked for, if any; raises ConfigurationError."""
        from upload_matrix.gateway.spec import parse_gateway
        from upload_matrix.model.errors import ConfigurationError

        if self.through is not None:
            return parse_gateway(self.through, behind_port=self.behind_port, key_env=self.key_env)
        if self.behind_port is not None or self.key_env is not None:
            raise ConfigurationError("--behind-port and --through-key-env go with --through")
        return None

    def words(self) -> list[str]:
        """The same for pytest."""
        words = [f"--upload-through={self.through}"] if self.through is not None else []
        words += [f"--upload-behind-port={self.behind_port}"] if self.behind_port is not None else []
        words += [f"--upload-through-key-env={self.key_env}"] if self.key_env is not None else []
        return words


def announce(
    spec: GatewaySpec, loaded: Loaded, say: Callable[[str], None], targets: Iterable[str] | None = None
) -> None:
    """Say where a gateway that runs already has to forward to: its user configures that by hand.

    ``targets`` are the names of those that are asked behind it, None for those of the cases.
    """
    if spec.url is None:
        return
    from upload_matrix.answers.answering import EMULATOR, EMULATOR_ROOT
    from upload_matrix.gateway.behind import behind_url, lasting_token

    asked = targets if targets is not None else (case.target for case in loaded.cases)
    for target in dict.fromkeys(asked):
        known = loaded.targets.get(target)
        root = EMULATOR_ROOT if target.startswith(EMULATOR) or known is None else known.root
        say(f"{spec.name} must forward to {behind_url(spec.behind_port, root, lasting_token())} ({target})")


def through_options(command: Any) -> Any:
    """Put the options on a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--through",
        metavar="CMD|URL",
        help="Have every call take a gateway: a command with {port} and, where it is told so, {upstream} "
        "(also in OPENAI_BASE_URL); or the URL of one that runs. The report then tells what it forwarded.",
    ),
    click.option(
        "--behind-port", type=int, metavar="N", help="With a URL: the port the gateway forwards to."
    ),
    click.option(
        "--through-key-env", metavar="NAME", help="The variable with the key that the gateway itself wants."
    ),
)
