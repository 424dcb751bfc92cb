"""Tornado's AsyncHTTPClient, with a body written by hand, as its demos do."""

import asyncio

from _by_hand import HEADERS, body, pieces
from _call import CONTAINER, URL, has_no_retry
from tornado.httpclient import AsyncHTTPClient

has_no_retry("tornado")


async def produced(write):
    """The body for `body_producer`."""
    for piece in pieces():
        await write(piece)


async def main():
    """The call."""
    sent = {"body_producer": produced} if CONTAINER == "stream" else {"body": body()}
    await AsyncHTTPClient().fetch(URL, method="POST", headers=HEADERS, **sent)


asyncio.run(main())
