"""The official SDK's raw response: ``client.images.with_raw_response.edit(...).parse()``."""

from upload_matrix_sdk import DUMMY_KEY, NOWHERE, aimed, arguments, readable, resource

DISTRIBUTIONS = ("openai", "httpx", "httpx2")


class Client:
    """One SDK client for all calls."""

    def __init__(self):
        import openai

        self._client = openai.OpenAI(api_key=DUMMY_KEY, base_url=NOWHERE, max_retries=0)

    def call(self, request):
        """Call ``client.images.with_raw_response.edit(...)`` and parse what it gives."""
        target, method = resource(aimed(self._client, request), request.call)
        return readable(getattr(target.with_raw_response, method)(**arguments(request)).parse())
