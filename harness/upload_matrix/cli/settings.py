"""Settings as defaults of a command's options: what counts where its command line is silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from upload_matrix.model.setting import KNOWN
from upload_matrix.run.settings import of_options, settings


class SettableOption(click.Option):
    """An option that the setting of its name fills where it is not typed."""

    @property
    def setting(self) -> str:
        """The name."""
        return self.opts[0].removeprefix("--")


def defaults(
    ctx: click.Context, command: click.Command, words: Sequence[str], environ: Mapping[str, str]
) -> dict[str, Any]:
    """What ``command``, followed by ``words``, is given where these are silent, by the names of its values.

    Raises ConfigurationError.
    """
    if isinstance(command, click.Group):
        place = next((place for place, word in enumerate(words) if word in command.commands), None)
        if place is None:
            return {}
        below = command.commands[words[place]]
        return {words[place]: defaults(ctx, below, words[place + 1 :], environ)}
    options = {each.setting: each for each in command.params if isinstance(each, SettableOption)}
    if not options:
        return {}
    matrices: tuple[Path, ...] = ()
    typed: set[str] = set()
    base_url = None
    if any(KNOWN[name].in_matrix for name in options) and not {"-h", "--help"} & {*words}:
        # As completion reads a command line that is not whole: without a complaint, which comes later.
        parsed = command.make_context(command.name, [*words], parent=ctx, resilient_parsing=True)
        matrices = _matrices(parsed.params)
        sources = {name: parsed.get_parameter_source(str(each.name)) for name, each in options.items()}
        typed = {name for name, source in sources.items() if source is ParameterSource.COMMANDLINE}
        base_url = parsed.params.get("base_url")
    found = of_options(settings(environ, Path.cwd(), matrices, typed), base_url=base_url)
    return {str(option.name): found[name] for name, option in options.items() if name in found}


def _matrices(params: Mapping[str, Any]) -> tuple[Path, ...]:
    """The matrices that a command with these values is about: none where that is a request or a program."""
    if "words" in params:
        named = tuple(word for word in params["words"] or () if Path(word).exists())
    elif "matrices" in params:
        named = tuple(params["matrices"] or ())
    else:
        return ()
    subject = params.get("failing", "a case")
    if not named and (subject is None or Path(subject).exists()):
        return ()
    return tuple(map(Path, named or ("matrix",)))
