"""upload-matrix: see what an SDK put on the wire when an upload is refused, and which difference decides.

From a program or a notebook: ``run_matrix``, ``inspect_call``, ``isolate_cause``, ``read_report`` and
``find_facts``; ``upload_matrix.api`` tells more. They are loaded when they are first asked for, so that the
command line need not wait for them. ARCHITECTURE.md draws the way of a case through the rooms of this
package, each a folder.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


_PUBLIC = frozenset(
    {
        "ConfigurationError",
        "DifferencesView",
        "FactsView",
        "HarnessError",
        "InspectionView",
        "IsolationView",
        "ReportView",
        "UploadView",
        "View",
        "find_facts",
        "inspect_call",
        "isolate_cause",
        "read_report",
        "run_matrix",
    }
)
"""The names of ``upload_matrix.api``. Written out, because every import of a room asks here first."""


def __getattr__(name: str) -> Any:
    """A name of the public API; raises AttributeError for another."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("upload_matrix.api"), name)


def __dir__() -> list[str]:
    return sorted((*globals(), *_PUBLIC))
