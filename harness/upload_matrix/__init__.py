"""upload-matrix: see what an SDK put on the wire when an upload is refused, and which difference decides.

From a program or a notebook: ``run_matrix``, ``inspect_call``, ``isolate_cause``, ``read_report`` and
``find_facts``; ``upload_matrix.api`` tells more. They are loaded when they are first asked for, so that the
command line need not wait for them. ARCHITECTURE.md draws the way of a case through the rooms of this
package, each a folder.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """A name of the public API; raises AttributeError for another."""
    # Every `from upload_matrix import ROOM` asks here before the room is looked for.
    if not name.startswith("_") and find_spec(f"{__name__}.{name}") is None:
        api = import_module("upload_matrix.api")
        if name in api.__all__:
            return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted((*globals(), *import_module("upload_matrix.api").__all__))
