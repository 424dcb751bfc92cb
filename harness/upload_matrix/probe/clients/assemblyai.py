"""AssemblyAI's SDK: ``Transcriber().upload_file(path)``; the file is the body, and no type is declared."""

from upload_matrix_sdk import DUMMY_KEY, server

DISTRIBUTIONS = ("assemblyai", "httpx")
NEEDS = {
    "assemblyai": "pip install assemblyai, or name the interpreter of an environment with it in "
    "UPLOAD_MATRIX_PYTHON_ASSEMBLYAI"
}
RUNTIME = "python:assemblyai"
# It repeats no upload, and cannot be told to.
ACCEPTS = {"operation": ("upload",), "carrier": ("raw",), "retries": ("none",)}
IGNORES = ("declared_type",)


class Client:
    """An SDK client for each call; the SDK puts ``/v2`` below its base URL."""

    def __init__(self):
        import assemblyai

        self._assemblyai = assemblyai

    def call(self, request):
        """Call ``Transcriber().upload_file(path)``, which gives an address."""
        made = self._assemblyai
        settings = made.Settings(api_key=DUMMY_KEY, base_url=server(request), http_timeout=request.timeout)
        return made.Transcriber(client=made.Client(settings=settings)).upload_file(request.raw.path)
