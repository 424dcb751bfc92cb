"""Anthropic's SDK: ``anthropic.Anthropic``, its ``messages.create`` and ``beta.files.upload``."""

from upload_matrix_sdk import DUMMY_KEY, NOWHERE, aimed, called, server

DISTRIBUTIONS = ("anthropic", "httpx")
NEEDS = {"anthropic": "pip install anthropic"}
ACCEPTS = {"operation": ("messages.create", "anthropic.files.upload", "files.create"), "mask": ("none",)}

METHODS = {
    "messages.create": "messages.create",
    "anthropic.files.upload": "beta.files.upload",
    "files.create": "beta.files.upload",
}
"""The SDK's name for each operation."""


class Client:
    """One SDK client for all calls; the SDK puts ``/v1`` below its base URL."""

    def __init__(self):
        import anthropic

        self._client = anthropic.Anthropic(api_key=DUMMY_KEY, base_url=NOWHERE, max_retries=0)

    def call(self, request):
        """Call, say, ``client.messages.create(model=..., max_tokens=..., messages=[...])``."""
        return called(aimed(self._client, request, server(request)), request, METHODS[request.call])
