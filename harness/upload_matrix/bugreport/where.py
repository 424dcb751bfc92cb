"""Where a request goes, as code writes it: base URL and key from the environment, a vendor's as default."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.bugreport.story import Story
from upload_matrix.model.story import Told

AZURE = "azure"


@dataclass(frozen=True, slots=True)
class Where:
    """``url_variable`` and ``key_variable`` are environment variables; ``default`` stands where the first is
    not set, None when it must be. ``suffix`` follows the base URL. ``header`` and ``credential`` (with
    ``{key}`` in it) are the header with the key."""

    url_variable: str
    default: str | None
    key_variable: str
    suffix: str
    header: str
    credential: str


def where(story: Story, told: Told) -> Where:
    """The place of one request."""
    wire = told.wire
    query = f"?{wire.query}" if wire.query else ""
    if wire.path.startswith("/openai/"):
        names = "AZURE_OPENAI_ENDPOINT", None, "AZURE_OPENAI_API_KEY"
        return Where(*names, wire.path + query, "api-key", "{key}")
    suffix = wire.path.removeprefix(story.root) + query
    return Where("OPENAI_BASE_URL", story.base_url, "OPENAI_API_KEY", suffix, *story.key_header)
