"""Deepgram's SDK: ``DeepgramClient().listen.v1.media.transcribe_file``; the recording is the body.

The SDK declares every recording ``application/octet-stream``.
"""

from upload_matrix_sdk import DUMMY_KEY, NOWHERE, readable, server

DISTRIBUTIONS = ("deepgram-sdk", "httpx")
NEEDS = {
    "deepgram": "pip install deepgram-sdk, or name the interpreter of an environment with it in "
    "UPLOAD_MATRIX_PYTHON_DEEPGRAM"
}
RUNTIME = "python:deepgram"
ACCEPTS = {"operation": ("listen",), "carrier": ("raw",)}
IGNORES = ("declared_type",)


class Client:
    """An SDK client for each call, over one HTTP client; the SDK puts ``/v1`` below its base URL."""

    def __init__(self):
        import deepgram
        import httpx

        self._deepgram, self._http = deepgram, httpx.Client()

    def call(self, request):
        """Call ``client.listen.v1.media.transcribe_file(request=bytes, model=...)``."""
        url = server(request)
        places = {"base": url, "production": NOWHERE, "agent": NOWHERE, "agent_rest": NOWHERE}
        client = self._deepgram.DeepgramClient(
            api_key=DUMMY_KEY,
            environment=self._deepgram.environment.DeepgramClientEnvironment(**places),
            httpx_client=self._http,
        )
        options = {"max_retries": request.retries, "timeout_in_seconds": int(request.timeout)}
        method = client.listen.v1.media.transcribe_file
        return readable(method(request=request.raw.read(), request_options=options, **request.query))
