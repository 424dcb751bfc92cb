"""``upload-matrix cases``: what would run, without running it."""

from __future__ import annotations

import click

from upload_matrix.ask.declared import JSON, MAX_CASES
from upload_matrix.cli.options import matrices_argument, options


@click.command("cases")
@matrices_argument
@options(MAX_CASES)
@click.option("--count", is_flag=True, help="Only the counts, a line a matrix.")
@click.option(
    "--check",
    is_flag=True,
    help="No list: exit code 2 for a mistake in a file, 1 for an expired known failure.",
)
@options(JSON, as_json={"help": "Ids, axes and targets as JSON."})
@click.pass_context
def command(
    ctx: click.Context,
    /,
    matrices: tuple[str, ...],
    *,
    max_cases: int,
    count: bool,
    check: bool,
    as_json: bool,
) -> None:
    """List the cases of matrices and how many there are.

    \b
    Examples:
      upload-matrix cases
      upload-matrix cases matrix/field-report.yaml --json
      upload-matrix cases --count
      upload-matrix cases --check          (what the pre-commit hook runs)
    """
    import json
    from datetime import UTC, datetime
    from pathlib import Path

    from upload_matrix.report.wording import plural
    from upload_matrix.run.loading import Request, load

    loaded = load(Request(tuple(Path(path) for path in matrices or ("matrix",)), max_cases))
    if as_json:
        click.echo(
            json.dumps(
                [
                    {"id": case.id, "matrix": case.matrix, "target": case.target, "axes": dict(case.axes)}
                    for case in loaded.cases
                ],
                ensure_ascii=False,
                indent=1,
            )
        )
        return
    if check:
        from upload_matrix.judge.outcome import expired

        late = expired(loaded.cases, datetime.now(tz=UTC).date())
        for problem in late:
            click.echo(f"{problem}; fix it, or set another date under `expires`")
        click.echo(
            f"{plural(len(loaded.cases), 'case')}, {plural(len(late), 'expired known failure')}", err=True
        )
        ctx.exit(1 if late else 0)
    if not count:
        for case in loaded.cases:
            click.echo(case.id)
    for matrix in loaded.matrices:
        click.echo(f"{matrix.name}: {plural(len(matrix.cases), 'case')} ({matrix.strategy})", err=not count)
