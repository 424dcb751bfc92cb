"""Plain REST with httpx: what a user without the SDK writes.

A file goes into ``files=`` just as it was handed over; several go under the array name ``image[]``, as
the vendor's own curl samples have it.
"""

from upload_matrix_rest import HEADERS, named, raw, url

DISTRIBUTIONS = ("httpx",)
NEEDS = {"httpx": "pip install httpx"}

# httpx repeats nothing by itself but a connection that could not be made.
ACCEPTS = {"retries": ("none",)}


class Client:
    """One ``httpx.Client`` for all calls."""

    def __init__(self):
        import httpx

        self._client = httpx.Client(headers=HEADERS)

    def call(self, request):
        """Send the request, raise for an error status, and read the JSON answer."""
        if request.encoding == "json":
            body = {"json": dict(request.fields)}
        elif request.raw:
            content, headers = raw(request)
            body = {"content": content, "headers": headers}
        else:
            body = {"data": dict(request.fields), "files": named(request.files)}
        answer = self._client.request(request.method, url(request), timeout=request.timeout, **body)
        answer.raise_for_status()
        return answer.json()
