"""A page on the reader's disk: opening it in the browser, and the way from it to what it is about."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
"""Any of these, and a browser can be started on a Unix that is not a Mac's."""


def open_page(path: Path) -> str | None:
    """Open the page at ``path``; None when that was done, else a sentence that says why not."""
    if has_screen(sys.platform, os.environ) and webbrowser.open(path.absolute().as_uri()):
        return None
    return f"no browser could be started here; open {path}"


def has_screen(platform: str, environ: Mapping[str, str]) -> bool:
    """Whether there is a display to show a page on; without one, a browser in the terminal would start."""
    return platform in ("win32", "cygwin", "darwin") or any(environ.get(name) for name in _SCREENS)


def root_from(folder: Path) -> str | None:
    """The way from a page in ``folder`` to the working folder, from which places of matrices are named.

    None where there is none: on another drive.
    """
    try:
        return Path(os.path.relpath(Path.cwd(), folder)).as_posix()
    except ValueError:
        return None
