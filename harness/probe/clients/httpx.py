"""Plain REST with httpx: what a user without the SDK writes.

A file goes into ``files=`` just as it was handed over; several go under the array name ``image[]``, as
the vendor's own curl samples have it.
"""

from upload_matrix_sdk import DUMMY_KEY

DISTRIBUTIONS = ("httpx",)


class Client:
    """One ``httpx.Client`` for all calls."""

    def __init__(self):
        import httpx

        self._client = httpx.Client(headers={"Authorization": "Bearer " + DUMMY_KEY})

    def call(self, request):
        """Send the request, raise for an error status, and read the JSON answer."""
        url = request.base_url + request.path
        if request.encoding == "json":
            answer = self._client.request(
                request.method, url, json=dict(request.fields), timeout=request.timeout
            )
        else:
            files = []
            for field, value, _ in request.files:
                if isinstance(value, list):
                    files.extend((field + "[]", item) for item in value)
                else:
                    files.append((field, value))
            answer = self._client.request(
                request.method, url, data=dict(request.fields), files=files, timeout=request.timeout
            )
        answer.raise_for_status()
        return answer.json()
