"""Plain REST with requests: ``requests.post(url, files={"image": ...}, data={...})``."""

from upload_matrix_rest import HEADERS, TRY_AGAIN, named, raw, url

DISTRIBUTIONS = ("requests", "urllib3")
NEEDS = {"requests": "pip install requests"}


class Client:
    """A session for each call, as ``requests.post`` makes one."""

    def __init__(self):
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        self._session = requests.Session
        self._adapter, self._retry = HTTPAdapter, Retry

    def call(self, request):
        """Send the request, raise for an error status, and read the JSON answer."""
        with self._session() as session:
            # A .netrc of the machine's owner would take the place of the header below.
            session.trust_env = False
            if request.retries:
                session.mount("http://", self._adapter(max_retries=self._retries(request.retries)))
            headers = HEADERS
            if request.encoding == "json":
                body = {"json": dict(request.fields)}
            elif request.raw:
                content, typed = raw(request)
                body, headers = {"data": content}, {**HEADERS, **typed}
            else:
                body = {"data": dict(request.fields), "files": named(request.files)}
            answer = session.request(
                request.method, url(request), headers=headers, timeout=request.timeout, **body
            )
            answer.raise_for_status()
            return answer.json()

    def _retries(self, number):
        # A POST is retried only on request: `allowed_methods=None`.
        return self._retry(
            number,
            status_forcelist=TRY_AGAIN,
            allowed_methods=None,
            raise_on_status=False,
            backoff_factor=0.1,
        )
