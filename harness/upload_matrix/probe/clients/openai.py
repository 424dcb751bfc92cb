"""The official SDK, synchronous: ``openai.OpenAI``.

A client is one file: the file's name is the word in a matrix (``_`` reads ``-``), the first line of this
text is what people read, and ``Client().call(request)`` makes the call the way a user of that client would
write it. It may raise anything: that is what is observed. ``request`` has ``call`` (the operation's name),
``sdk_call`` (its name on the SDK, where that is another), ``method``, ``path``,
``encoding``, ``base_url``, ``fields`` (text fields by name), ``files`` (triples of field, value and whether
the API takes several), ``timeout`` (seconds) and ``retries`` (how often the client itself may repeat).
``query`` is what stands in the URL, ``raw`` the ``File`` that is the whole body, with the ``type`` to
declare, or None. ``file`` is the case's ``File`` whatever carries it, for code that takes bytes, a name or
a path and writes the rest itself: ``read()``, ``name``, ``path``, ``type``. ``sources`` are triples of
field, container and ``File``, for a client that cannot take Python objects.

What a client says of itself stands in literals, read without importing the file; all but the first may
be left out:

* ``DISTRIBUTIONS``: the packages whose versions matter, its own first.
* ``SINCE``: the first release of its own that it can drive, and why; a sweep of all begins with it.
* ``NEEDS``: what it imports, with the way to get it (``{"requests": "pip install requests"}``). Where it is
  missing, the client's cases are unavailable, and say so. ``PROGRAMS``: the same for programs.
* ``PATHS``: folders that its imports are looked for in, seen from the client file (``("../../src",)``).
* ``ACCEPTS``, ``DECLINES``: by axis, the only values this client has, or those it has not
  (``{"container": ("tuple3-untyped",)}``); such cases are left out. It is for what *cannot be written* with
  this client. What can be written and is wrong stays in: that it fails is worth knowing.
* ``IGNORES``: axes that make no difference to this client, and so do not apply.
* ``RUNTIME``: ``python`` when left out. For ``node`` see node_openai.py; ``python:litellm`` is a Python of
  the client's own, which ``UPLOAD_MATRIX_PYTHON_LITELLM`` names, for packages that cannot lie beside the SDK.
* ``CONTAINERS``: containers that only this client has, with the line that people read.
"""

from upload_matrix_sdk import aimed, called, sync_client

DISTRIBUTIONS = ("openai", "httpx", "httpx2")
SINCE = ("1.0.0", "the first with a client object")
NEEDS = {"openai": "pip install openai"}


class Client:
    """One SDK client for all calls; ``with_options`` points it at each case's URL."""

    def __init__(self):
        self._client = sync_client()

    def call(self, request):
        """Call, say, ``client.images.edit(image=..., ...)``."""
        return called(aimed(self._client, request), request)
