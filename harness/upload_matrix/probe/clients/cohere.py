"""Cohere's SDK: ``cohere.ClientV2().chat``."""

from upload_matrix_sdk import DUMMY_KEY, arguments, readable, resource, server

DISTRIBUTIONS = ("cohere", "httpx")
NEEDS = {
    "cohere": "pip install cohere into an environment of its own (it brings tokenizers and more), "
    "and name its interpreter in UPLOAD_MATRIX_PYTHON_COHERE"
}
RUNTIME = "python:cohere"
ACCEPTS = {
    "operation": ("cohere.chat", "audio.transcriptions"),
    "mask": ("none",),
}

METHODS = {"cohere.chat": "chat", "audio.transcriptions": "audio.transcriptions.create"}
"""The SDK's name for each operation."""


class Client:
    """An SDK client for each call, over one HTTP client; the SDK puts ``/v2`` below its base URL."""

    def __init__(self):
        import cohere
        import httpx

        self._make, self._http = cohere.ClientV2, httpx.Client()

    def call(self, request):
        """Call ``client.chat(model=..., messages=[...])``."""
        client = self._make(api_key=DUMMY_KEY, base_url=server(request), httpx_client=self._http)
        target, method = resource(client, METHODS[request.call])
        options = {"max_retries": request.retries, "timeout_in_seconds": int(request.timeout)}
        return readable(getattr(target, method)(**arguments(request), request_options=options))
