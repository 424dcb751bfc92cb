"""The official SDK against Azure: ``openai.AzureOpenAI``.

Azure has the model in the path: ``/openai/deployments/MODEL/images/edits?api-version=...``. The SDK puts
``/openai`` below its ``azure_endpoint``, so the ``/v1`` of the public API's root is taken off here.
"""

from upload_matrix_sdk import DUMMY_KEY, called, server

DISTRIBUTIONS = ("openai", "httpx", "httpx2")
NEEDS = {"openai": "pip install openai"}

API_VERSION = "2025-04-01-preview"
"""One with images.edit for GPT image models: 2025-03-01-preview answers 404 (Azure-Samples/openai#146)."""


class Client:
    """An ``AzureOpenAI`` for each call: the first releases forget the API version in ``with_options``."""

    def __init__(self):
        import openai

        self._make = openai.AzureOpenAI

    def call(self, request):
        """Call, say, ``client.images.edit(image=..., model=DEPLOYMENT, ...)``."""
        client = self._make(
            api_key=DUMMY_KEY,
            api_version=API_VERSION,
            azure_endpoint=server(request),
            max_retries=request.retries,
            timeout=request.timeout,
        )
        return called(client, request)
