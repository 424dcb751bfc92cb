"""LangChain over OpenAI's SDK: ``ChatOpenAI().invoke(messages)``."""

from upload_matrix_sdk import DUMMY_KEY, readable

DISTRIBUTIONS = ("langchain-openai", "langchain-core", "openai", "httpx")
NEEDS = {
    "langchain_openai": "pip install langchain-openai, or name the interpreter of an environment with it in "
    "UPLOAD_MATRIX_PYTHON_LANGCHAIN_OPENAI"
}
RUNTIME = "python:langchain-openai"
ACCEPTS = {"operation": ("chat.completions.create", "responses.create"), "mask": ("none",)}


class Client:
    """A model for each call, which has its URL."""

    def __init__(self):
        from langchain_openai import ChatOpenAI

        self._make = ChatOpenAI

    def call(self, request):
        """Call ``ChatOpenAI(model=..., ...).invoke(messages)``."""
        fields = dict(request.fields)
        messages = fields.pop("messages", None) or fields.pop("input")
        model = self._make(
            base_url=request.base_url,
            api_key=DUMMY_KEY,
            max_retries=request.retries,
            timeout=request.timeout,
            use_responses_api=request.call == "responses.create",
            **fields,
        )
        return readable(model.invoke(messages))
