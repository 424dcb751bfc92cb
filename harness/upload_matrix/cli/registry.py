"""``upload-matrix facts export``: the facts as packages and pages for others."""

from __future__ import annotations

import click


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False))
def export_(folder: str) -> None:
    """Write all facts into FOLDER as a package of data that other programs can depend on.

    It holds `index.json` with its `schema.json`, the sources with their licences, the changes, a wheel
    without dependencies, and a folder `npm`. The same facts make the same bytes.

    What FOLDER holds of an earlier export is the release before: its number goes up where facts were added,
    changed or withdrawn, and the changelog says which.

    \b
    Example:
      upload-matrix facts export registry/
    """
    from pathlib import Path

    from upload_matrix.facts.package import export, exported
    from upload_matrix.facts.read import ever_known
    from upload_matrix.facts.registry import registry
    from upload_matrix.files import shown
    from upload_matrix.report.wording import plural

    into = Path(folder)
    before = exported(into)
    made = registry(ever_known(), before)
    for name in export(into, made):
        click.echo(shown(into / name))
    if before is not None and before.release == made.release:
        click.echo(f"✓ release {made.release}: nothing changed")
        return
    last = made.releases[0]
    counts = {
        "added": last.added,
        "changed": last.changed,
        "withdrawn": last.withdrawn,
        "in no file any more": last.removed,
    }
    changed = ", ".join(f"{len(ids):,} {word}" for word, ids in counts.items() if ids)
    click.echo(f"✓ release {made.release} of {plural(len(made.counting), 'fact')}: {changed}")
