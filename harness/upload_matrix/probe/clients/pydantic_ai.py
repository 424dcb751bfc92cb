"""Pydantic AI over OpenAI's SDK: ``Agent(model).run_sync([text, BinaryContent(...)])``.

A data URL is handed over as the bytes and the type it stands for, as its users do; other text as an
``ImageUrl``.
"""

import base64

from upload_matrix_sdk import DUMMY_KEY, readable

DISTRIBUTIONS = ("pydantic-ai-slim", "openai", "httpx")
NEEDS = {
    "pydantic_ai": "pip install 'pydantic-ai-slim[openai]', or name the interpreter of an environment with "
    "it in UPLOAD_MATRIX_PYTHON_PYDANTIC_AI"
}
RUNTIME = "python:pydantic-ai"
ACCEPTS = {"operation": ("chat.completions.create", "responses.create"), "mask": ("none",)}


class Client:
    """An agent for each call, whose model has its URL."""

    def __init__(self):
        import openai
        import pydantic_ai
        from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
        from pydantic_ai.providers.openai import OpenAIProvider

        self._openai, self._ai, self._provider = openai, pydantic_ai, OpenAIProvider
        self._models = {"chat.completions.create": OpenAIChatModel, "responses.create": OpenAIResponsesModel}

    def call(self, request):
        """Call ``Agent(model).run_sync([text, BinaryContent(data=..., media_type=...)])``."""
        client = self._openai.AsyncOpenAI(
            api_key=DUMMY_KEY,
            base_url=request.base_url,
            max_retries=request.retries,
            timeout=request.timeout,
        )
        model = self._models[request.call](
            request.fields["model"], provider=self._provider(openai_client=client)
        )
        (message,) = request.fields.get("messages") or request.fields["input"]
        said = [self._part(block) for block in message["content"]]
        return readable(self._ai.Agent(model, retries=0).run_sync(said))

    def _part(self, block):
        """A part of a prompt as this library has it."""
        if "text" in block:
            return block["text"]
        url = block["image_url"]
        url = url["url"] if isinstance(url, dict) else url
        head, found, text = url.partition(";base64,")
        if not (found and head.startswith("data:")):
            return self._ai.ImageUrl(url=url)
        return self._ai.BinaryContent(data=base64.b64decode(text), media_type=head[len("data:") :])
