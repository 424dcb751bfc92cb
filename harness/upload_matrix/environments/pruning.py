"""What the store holds, in words, and taking away what is no longer used."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from upload_matrix.environments.blueprint import Stored, Way
from upload_matrix.environments.vault import Vault


def stored_entry(name: str, marker: Mapping[str, Any] | None, used: datetime) -> Stored:
    """An entry as it is listed; a broken one by its folder's name alone."""
    if marker is None:
        return Stored(name.rpartition("-")[2], name, None, "?", 0, used, complete=False)
    return Stored(
        key=marker["key"],
        what=marker["what"],
        way=Way(marker["way"]) if marker["way"] else None,
        python=marker["python"],
        size=marker["size"],
        used=used,
    )


def prune_entries(vault: Vault, pool: Path, before: datetime | None, *, dry_run: bool) -> tuple[Stored, ...]:
    """Remove what was last used before ``before`` (None: everything) or is broken; what was removed.

    Then removes what killed builds left, and bytecode in ``pool`` that no entry links to any more.
    """
    removed = []
    for name, marker, used in vault.entries():
        old = before is None or used < before
        if (old or marker is None) and (dry_run or vault.remove(name)):
            removed.append(stored_entry(name, marker, used))
    if not dry_run:
        vault.sweep()
        for file in pool.glob("*/*"):
            with contextlib.suppress(OSError):
                if file.stat().st_nlink == 1:
                    file.unlink()
    return tuple(removed)
