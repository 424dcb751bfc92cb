"""Which operation a request's path and method mean, below either of the vendor's two API roots.

``/v1/images/edits`` (and ``/openai/v1/...``) is the public root; ``/openai/deployments/NAME/images/edits``
is Azure's, where the deployment stands in for the model when the body names none.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

_ROOT = re.compile(r"(?:/openai)?/v1(?P<public>/.*)|/openai/deployments/(?P<name>[^/]+)(?P<azure>/.*)")

ROUTES: Final[dict[str, tuple[str, str]]] = {
    "/images/edits": ("images.edit", "POST"),
    "/images/generations": ("images.generate", "POST"),
    "/images/variations": ("images.variations", "POST"),
    "/audio/transcriptions": ("audio.transcriptions", "POST"),
    "/files": ("files.create", "POST"),
    "/models": ("models.list", "GET"),
}
"""Per path below the root: the operation's name and the one method it answers to."""

OPERATIONS: Final[tuple[str, ...]] = tuple(operation for operation, _ in ROUTES.values())


class Route(NamedTuple):
    """What a path means; ``operation`` is None for a path that is none of ours."""

    operation: str | None
    method: str | None
    deployment: str | None


def find(path: str) -> Route:
    """The route of ``path``, which starts at the target's root and is without its query."""
    match = _ROOT.fullmatch(path)
    if match is None:
        return Route(None, None, None)
    operation, method = ROUTES.get(match["public"] or match["azure"], (None, None))
    return Route(operation, method, unquote(match["name"]) if match["name"] else None)
