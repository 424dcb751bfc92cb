"""What the files of the SDKs' clients share. On the probe's import path, standard library only."""

import os
import re

DUMMY_KEY = os.environ.get("UPLOAD_MATRIX_API_KEY", "upload-matrix-dummy")
"""The only key a client under test ever sees; the tap puts the real one in when it forwards.

``conform clients`` gives it one of each call's own.
"""

NOWHERE = "http://127.0.0.1:9/"
"""Where a client points before its first call: the discard port, never a real server."""


def sync_client():
    """The SDK's synchronous client, its own retries off."""
    import openai

    return openai.OpenAI(api_key=DUMMY_KEY, base_url=NOWHERE, max_retries=0)


class UnreadableError(ValueError):
    """The client gave its caller something other than the object the call promises."""


def readable(answer):
    """``answer``, unless it is bare text: what the SDK gives for a 2xx answer that is no JSON."""
    if isinstance(answer, (str, bytes)) or answer is None:
        raise UnreadableError("the SDK returned %s instead of an answer object" % type(answer).__name__)
    return answer


def arguments(request):
    """The keyword arguments of the SDK call, text fields and files."""
    values = dict(request.fields)
    values.update((field, value) for field, value, _ in request.files)
    return values


def aimed(client, request, base_url=None):
    """The same client, pointed at this case's own URL."""
    return client.with_options(
        base_url=base_url or request.base_url, max_retries=request.retries, timeout=request.timeout
    )


def server(request):
    """The case's own URL without the API's root (``/v1``), for an SDK that puts its own root below it."""
    return re.sub(r"(/openai)?/v\d\w*\Z", "", request.base_url)


def resource(client, call):
    """``(client.images, "edit")`` for ``images.edit``."""
    *path, method = call.split(".")
    for name in path:
        client = getattr(client, name)
    return client, method


def called(client, request, call=None):
    """What, say, ``client.images.edit(image=..., ...)`` gives; ``call`` is the SDK's own word for it."""
    target, method = resource(client, call or request.sdk_call)
    return readable(getattr(target, method)(**arguments(request)))
