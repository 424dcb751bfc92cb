"""What a shell offers in the place of a value: nothing, rather than an error, where files are at fault."""

from __future__ import annotations

import click


def case_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Ids of the cases in the folder ``matrix``."""
    from pathlib import Path

    from upload_matrix.model.errors import HarnessError
    from upload_matrix.run.loading import Request, load

    try:
        cases = load(Request((Path("matrix"),))).cases
    except (HarnessError, OSError):
        return []
    return [case.id for case in cases if case.id.startswith(incomplete)]


def words(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """The words that ``explain`` knows."""
    from upload_matrix.cli.glossary import glossary

    found = dict.fromkeys(entry.word for entry in glossary())
    return [word for word in found if word.startswith(incomplete)]


def codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """The codes of findings."""
    from upload_matrix.judge.findings import CODES

    return [code for code in CODES if code.startswith(incomplete)]
