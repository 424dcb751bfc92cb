"""LiteLLM as a library: ``litellm.image_edit(image=..., model=..., prompt=...)``.

LiteLLM asks for a release of the SDK that is often not the one under test, so it has a Python of its own.
"""

import os

from upload_matrix_sdk import DUMMY_KEY, arguments, readable

DISTRIBUTIONS = ("litellm", "openai", "httpx")
NEEDS = {
    "litellm": "pip install litellm into an environment of its own (it pins openai), "
    "and name its interpreter in UPLOAD_MATRIX_PYTHON_LITELLM"
}
RUNTIME = "python:litellm"
SINCE = ("1.0.0", "the first for openai 1.0")

FUNCTIONS = {
    "images.edit": "image_edit",
    "images.generate": "image_generation",
    "images.variations": "image_variation",
    "audio.transcriptions": "transcription",
    "files.create": "create_file",
    "chat.completions.create": "completion",
    "responses.create": "responses",
}
"""LiteLLM's name for each operation."""

# Other operations have no function in LiteLLM.
ACCEPTS = {
    "operation": (
        "images.edit",
        "images.generate",
        "images.variations",
        "audio.transcriptions",
        "files.create",
        "chat.completions.create",
        "responses.create",
    ),
    # LiteLLM repeats no images.edit. What else it repeats (images.generate, twice) cannot be switched off.
    "retries": ("none",),
}


class Client:
    """The module; LiteLLM keeps its HTTP clients itself."""

    def __init__(self):
        # Read while importing: otherwise a list of prices is fetched from a server then.
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        import litellm

        litellm.telemetry = False
        litellm.suppress_debug_info = True
        self._litellm = litellm

    def call(self, request):
        """Call the operation's function, pointed at the case's URL."""
        return readable(
            getattr(self._litellm, FUNCTIONS[request.call])(
                # The provider by name: LiteLLM refuses models that its own list does not have.
                custom_llm_provider="openai",
                api_base=request.base_url,
                api_key=DUMMY_KEY,
                timeout=request.timeout,
                max_retries=0,
                **arguments(request),
            )
        )
