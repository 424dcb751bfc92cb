"""Plain REST with httpx2, which the SDK speaks through from 3.0 on.

Written as with httpx; see httpx.py.
"""

from upload_matrix_rest import HEADERS, named, raw, url

DISTRIBUTIONS = ("httpx2",)
NEEDS = {"httpx2": "pip install httpx2"}

# httpx2 repeats nothing by itself but a connection that could not be made.
ACCEPTS = {"retries": ("none",)}


class Client:
    """One ``httpx2.Client`` for all calls."""

    def __init__(self):
        import httpx2

        self._client = httpx2.Client(headers=HEADERS)

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
