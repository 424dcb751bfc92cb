"""The official SDK, asynchronous: ``openai.AsyncOpenAI``."""

import asyncio

from upload_matrix_sdk import DUMMY_KEY, NOWHERE, aimed, arguments, readable, resource

DISTRIBUTIONS = ("openai", "httpx", "httpx2")
NEEDS = {"openai": "pip install openai"}


class Client:
    """One client and one event loop for all calls: an async client does not survive a second loop."""

    def __init__(self):
        import openai

        self._loop = asyncio.new_event_loop()
        self._client = openai.AsyncOpenAI(api_key=DUMMY_KEY, base_url=NOWHERE, max_retries=0)

    def call(self, request):
        """Await, say, ``client.images.edit(image=..., ...)``."""
        target, method = resource(aimed(self._client, request), request.sdk_call)

        async def call():
            return await getattr(target, method)(**arguments(request))

        return readable(self._loop.run_until_complete(call()))
