"""Where the clients ran: interpreter, versions, mime table, and what it guesses."""

from __future__ import annotations

from upload_matrix.model.result import Run
from upload_matrix.report.html.page import Content

TITLE = "Environments"
ORDER = 40

MOST_SHOWN = 60


def of_run(run: Run) -> Content | None:
    """The environments; the first ``MOST_SHOWN`` of very many."""
    if not run.environments:
        return None
    shown = run.environments[:MOST_SHOWN]
    libraries = dict.fromkeys(name for each in shown for name in each.clients)
    endings = dict.fromkeys(end for each in shown for end in each.guesses)
    return Content(
        {
            "environments": shown,
            "libraries": tuple(libraries),
            "endings": tuple(endings),
            "differing": {end for end in endings if len({each.guesses.get(end) for each in shown}) > 1},
            "more": len(run.environments) - len(shown),
        }
    )
