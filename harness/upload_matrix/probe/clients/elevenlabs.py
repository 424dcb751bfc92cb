"""ElevenLabs' SDK: ``ElevenLabs().speech_to_text.convert``."""

from upload_matrix_sdk import DUMMY_KEY, arguments, readable, server

DISTRIBUTIONS = ("elevenlabs", "httpx")
NEEDS = {
    "elevenlabs": "pip install elevenlabs, or name the interpreter of an environment with it in "
    "UPLOAD_MATRIX_PYTHON_ELEVENLABS"
}
RUNTIME = "python:elevenlabs"
ACCEPTS = {"operation": ("speech_to_text.convert",)}


class Client:
    """An SDK client for each call, over one HTTP client; the SDK puts ``/v1`` below its base URL."""

    def __init__(self):
        import httpx
        from elevenlabs.client import ElevenLabs

        self._make, self._http = ElevenLabs, httpx.Client()

    def call(self, request):
        """Call ``client.speech_to_text.convert(model_id=..., file=...)``."""
        client = self._make(api_key=DUMMY_KEY, base_url=server(request), httpx_client=self._http)
        options = {"max_retries": request.retries, "timeout_in_seconds": int(request.timeout)}
        return readable(client.speech_to_text.convert(**arguments(request), request_options=options))
