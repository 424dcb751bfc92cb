"""``upload-matrix completion``: the script that has a shell complete commands, options, files and words."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the script that completes commands, options, case ids and words in SHELL.

    Load it where the shell starts; the program itself then answers what can follow.

    \b
    Examples:
      upload-matrix completion bash > ~/.local/share/bash-completion/completions/upload-matrix
      upload-matrix completion zsh > ~/.zfunc/_upload-matrix
      upload-matrix completion fish > ~/.config/fish/completions/upload-matrix.fish
    """
    from click.shell_completion import get_completion_class

    from upload_matrix.cli import COMPLETE, NAME, commands

    kind = get_completion_class(shell)
    assert kind is not None, shell
    click.echo(kind(commands, {}, NAME, COMPLETE).source())
