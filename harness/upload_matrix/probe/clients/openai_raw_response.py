"""The official SDK's raw response: ``client.images.with_raw_response.edit(...).parse()``."""

from upload_matrix_sdk import aimed, arguments, readable, resource, sync_client

DISTRIBUTIONS = ("openai", "httpx", "httpx2")
NEEDS = {"openai": "pip install openai"}


class Client:
    """One SDK client for all calls."""

    def __init__(self):
        self._client = sync_client()

    def call(self, request):
        """Call ``client.images.with_raw_response.edit(...)`` and parse what it gives."""
        target, method = resource(aimed(self._client, request), request.sdk_call)
        return readable(getattr(target.with_raw_response, method)(**arguments(request)).parse())
