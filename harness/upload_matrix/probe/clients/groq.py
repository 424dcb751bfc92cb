"""Groq's SDK: ``groq.Groq``, whose calls are named as OpenAI's."""

from upload_matrix_sdk import DUMMY_KEY, NOWHERE, aimed, called, server

DISTRIBUTIONS = ("groq", "httpx")
NEEDS = {"groq": "pip install groq"}
ACCEPTS = {
    "operation": (
        "groq.chat.completions.create",
        "groq.audio.transcriptions",
        "groq.audio.translations",
        "chat.completions.create",
        "audio.transcriptions",
        "audio.translations",
        "files.create",
    ),
    "mask": ("none",),
}

METHODS = {
    "chat.completions.create": "chat.completions.create",
    "audio.transcriptions": "audio.transcriptions.create",
    "audio.translations": "audio.translations.create",
    "files.create": "files.create",
}
"""The SDK's name for each operation, Groq's own among them."""


class Client:
    """One SDK client for all calls; the SDK puts ``/openai/v1`` below its base URL."""

    def __init__(self):
        import groq

        self._client = groq.Groq(api_key=DUMMY_KEY, base_url=NOWHERE, max_retries=0)

    def call(self, request):
        """Call, say, ``client.chat.completions.create(model=..., messages=[...])``."""
        return called(
            aimed(self._client, request, server(request)), request, METHODS[request.call.replace("groq.", "")]
        )
