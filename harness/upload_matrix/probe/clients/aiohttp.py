"""Plain REST with aiohttp: ``FormData().add_field("image", data, filename=..., content_type=...)``.

A tuple's places become the keyword arguments of ``add_field``, which is how aiohttp has them written.
"""

import asyncio

from upload_matrix_rest import HEADERS, named, raw, texts, url

DISTRIBUTIONS = ("aiohttp",)
NEEDS = {"aiohttp": "pip install aiohttp"}

# `add_field` has no third place that could be left open: it would be `tuple2` again.
DECLINES = {"container": ("tuple3-untyped",)}

# aiohttp repeats no POST.
ACCEPTS = {"retries": ("none",)}


class Client:
    """One session and one event loop for all calls: a session does not survive a second loop."""

    def __init__(self):
        import aiohttp

        self._aiohttp = aiohttp
        self._loop = asyncio.new_event_loop()
        self._session = None

    def call(self, request):
        """Send the request, raise for an error status, and read the JSON answer."""
        return self._loop.run_until_complete(self._call(request))

    async def _call(self, request):
        if self._session is None:
            self._session = self._aiohttp.ClientSession(headers=HEADERS)
        if request.encoding == "json":
            body = {"json": dict(request.fields)}
        elif request.raw:
            content, headers = raw(request)
            body = {"data": content, "headers": headers}
        else:
            body = {"data": self._form(request)}
        timeout = self._aiohttp.ClientTimeout(total=request.timeout)
        async with self._session.request(request.method, url(request), timeout=timeout, **body) as answer:
            answer.raise_for_status()
            return await answer.json()

    def _form(self, request):
        form = self._aiohttp.FormData()
        for name, value in texts(request).items():
            form.add_field(name, value)
        for name, value in named(request.files):
            if isinstance(value, tuple):
                filename, data = value[:2]
                form.add_field(name, data, filename=filename, content_type=(*value[2:], None)[0])
            else:
                form.add_field(name, value)
        return form
