"""The official SDK, synchronous: ``openai.OpenAI``.

A client is one file: the file's name is the word in a matrix (``_`` reads ``-``), the first line of this
text is what people read, ``DISTRIBUTIONS`` names the packages whose versions matter, and
``Client().call(request)`` makes the call the way a user of that client would write it. It may raise
anything: that is what is observed. ``request`` has ``call``, ``method``, ``path``, ``encoding``,
``base_url``, ``fields`` (text fields by name), ``files`` (triples of field, value and whether the API
takes several), ``timeout`` (seconds) and ``retries``.
"""

from upload_matrix_sdk import aimed, arguments, readable, resource, sync_client

DISTRIBUTIONS = ("openai", "httpx", "httpx2")


class Client:
    """One SDK client for all calls; ``with_options`` points it at each case's URL."""

    def __init__(self):
        self._client = sync_client()

    def call(self, request):
        """Call, say, ``client.images.edit(image=..., ...)``."""
        target, method = resource(aimed(self._client, request), request.call)
        return readable(getattr(target, method)(**arguments(request)))
