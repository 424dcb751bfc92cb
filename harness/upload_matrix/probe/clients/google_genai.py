"""Google's SDK for Gemini: ``google.genai.Client().models.generate_content``.

Its users hand over bytes, of which the SDK makes base64 itself (in the URL-safe alphabet): base64 of a case
is handed over as the bytes it stands for. Text that is no base64 goes in as it is.
"""

import base64
import binascii

from upload_matrix_sdk import DUMMY_KEY, readable, server

DISTRIBUTIONS = ("google-genai", "httpx")
NEEDS = {"google.genai": "pip install google-genai"}
ACCEPTS = {"operation": ("models.generate_content",), "container": ("handle",), "mask": ("none",)}

INLINE = ("inline_data", "inlineData")
GENERATION = "generationConfig"
"""What REST keeps apart and the SDK's ``config`` has beside everything else."""


class Client:
    """One SDK client for all calls; each call says where to. The SDK puts the version below its base URL."""

    def __init__(self):
        from google import genai

        self._client = genai.Client(api_key=DUMMY_KEY)

    def call(self, request):
        """Call ``client.models.generate_content(model=..., contents=[...], config={...})``."""
        base_url = server(request)
        options = {
            "base_url": base_url,
            "api_version": request.base_url[len(base_url) :].strip("/"),
            "timeout": int(request.timeout * 1000),
        }
        if request.retries:
            options["retry_options"] = {"attempts": 1 + request.retries}
        config = dict(request.fields)
        contents = with_bytes(config.pop("contents"))
        config.update(config.pop(GENERATION, {}), http_options=options)
        model = request.path.rpartition("/")[2].partition(":")[0]
        return readable(self._client.models.generate_content(model=model, contents=contents, config=config))


def with_bytes(value, inline=False):
    """The same contents, the data of inline blobs as bytes."""
    if isinstance(value, list):
        return [with_bytes(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: decoded(each) if inline and name == "data" else with_bytes(each, name in INLINE)
        for name, each in value.items()
    }


def decoded(text):
    """What base64 stands for; any other text as it is."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return text
