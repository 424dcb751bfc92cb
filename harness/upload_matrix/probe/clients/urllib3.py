"""Plain REST with urllib3: ``http.request("POST", url, fields={"image": (name, data, type)})``."""

from upload_matrix_rest import HEADERS, TRY_AGAIN, answered, named, raw, texts, url

DISTRIBUTIONS = ("urllib3",)
NEEDS = {"urllib3": "pip install urllib3"}

# Nothing is declined: urllib3 reads no streams, but handing it one is a call that people write.


class Client:
    """One ``urllib3.PoolManager`` for all calls."""

    def __init__(self):
        import urllib3

        self._pool = urllib3.PoolManager()
        self._retry = urllib3.Retry

    def call(self, request):
        """Send the request; an error status is the caller's to notice, and this one does."""
        headers = HEADERS
        if request.encoding == "json":
            body = {"json": dict(request.fields)}
        elif request.raw:
            content, typed = raw(request)
            body, headers = {"body": content}, {**HEADERS, **typed}
        else:
            body = {"fields": [*texts(request).items(), *named(request.files)]}
        answer = self._pool.request(
            request.method,
            url(request),
            headers=headers,
            timeout=request.timeout,
            retries=self._retries(request.retries),
            **body,
        )
        return answered(answer.status, answer.data)

    def _retries(self, number):
        if not number:
            return False
        # A POST is retried only on request: `allowed_methods=None`.
        return self._retry(
            number,
            status_forcelist=TRY_AGAIN,
            allowed_methods=None,
            raise_on_status=False,
            backoff_factor=0.1,
        )
