"""Programs with the SDKs of many vendors, led to the tap by the variables that are set; each skipped where it is not."""

import importlib.util
import os
import sys

import pytest

from upload_matrix.inspect.command import InspectSettings, inspect_command
from upload_matrix.inspect.output import past_words
from upload_matrix.inspect.routes import AnsweredBy
from upload_matrix.run.environments import PYTHON_OF

PICTURE = """
import base64, os, pathlib
picture = pathlib.Path("a.png").read_bytes()
text = base64.b64encode(picture).decode()
url = "data:image/png;base64," + text
said = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]
"""

PROGRAMS = {
    # module, the variable that is set: the program's last lines, the place of its file.
    ("anthropic", "ANTHROPIC_API_KEY"): (
        "import anthropic\n"
        "source = {'type': 'base64', 'media_type': 'image/png', 'data': text}\n"
        "said = [{'role': 'user', 'content': [{'type': 'image', 'source': source}]}]\n"
        "anthropic.Anthropic(max_retries=0).messages.create(model='m', max_tokens=9, messages=said)",
        "messages[0].content[0].source.data",
    ),
    **{
        ("google.genai", key): (
            "from google import genai\n"
            "client = genai.Client()\n"
            "part = genai.types.Part.from_bytes(data=picture, mime_type='image/png')\n"
            "client.models.generate_content(model='gemini-2.5-flash', contents=['What is this?', part])",
            "contents[0].parts[1].inlineData.data",
        )
        for key in ("GEMINI_API_KEY", "GOOGLE_API_KEY")
    },
    ("groq", "GROQ_API_KEY"): (
        "import groq\ngroq.Groq(max_retries=0).chat.completions.create(model='m', messages=said)",
        "messages[0].content[0].image_url.url",
    ),
    ("mistralai", "MISTRAL_API_KEY"): (
        "from mistralai.client import Mistral\n"
        "client = Mistral(api_key='x', server_url=os.environ['MISTRAL_BASE_URL'])\n"
        "client.chat.complete(model='m', messages=said)",
        "messages[0].content[0].image_url.url",
    ),
    **{
        ("cohere", key): (
            "import cohere\n"
            "cohere.ClientV2().chat(model='m', messages=said, request_options={'max_retries': 0})",
            "messages[0].content[0].image_url.url",
        )
        for key in ("CO_API_KEY", "COHERE_API_KEY")
    },
    ("elevenlabs", "ELEVENLABS_API_KEY"): (
        "from elevenlabs.client import ElevenLabs\n"
        "client = ElevenLabs(base_url=os.environ['ELEVENLABS_BASE_URL'])\n"
        "client.speech_to_text.convert(model_id='scribe_v1', file=('a.png', picture, 'image/png'))",
        "file",
    ),
    ("assemblyai", "ASSEMBLYAI_API_KEY"): (
        "import assemblyai\nassemblyai.Transcriber().upload_file('a.png')",
        "body",
    ),
    ("langchain_openai", "OPENAI_API_KEY"): (
        "from langchain_openai import ChatOpenAI\nChatOpenAI(model='m', max_retries=0).invoke(said)",
        "messages[0].content[0].image_url.url",
    ),
    ("pydantic_ai", "OPENAI_API_KEY"): (
        "from pydantic_ai import Agent, BinaryContent\n"
        "content = BinaryContent(data=picture, media_type='image/png')\n"
        "Agent('openai-chat:m').run_sync(['What is this?', content])",
        "messages[0].content[1].image_url.url",
    ),
}


def is_here(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize(("module", "variable"), PROGRAMS)
def test_a_program_is_led_to_the_tap(tmp_path, monkeypatch, module, variable):
    python = os.environ.get(PYTHON_OF + module.upper(), sys.executable)
    if python == sys.executable and not is_here(module):
        pytest.skip(f"{module} is not installed beside the tests, nor named in {PYTHON_OF}{module.upper()}")
    code, place = PROGRAMS[module, variable]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (tmp_path / "program.py").write_text(PICTURE + code)
    keys = {name for _, name in PROGRAMS}
    environ = {name: value for name, value in os.environ.items() if name not in keys}
    environ[variable] = "canary" + "0123456789" * 3
    settings = InspectSettings(AnsweredBy.NOBODY, environ=environ)
    with inspect_command([python, "program.py"], settings) as seen:
        (upload,) = seen.uploads[-1].sight.passed.wire.uploads()
        assert (upload.place, upload.format) == (place, "png")


def test_an_sdk_that_reads_no_variable_is_told_how_to_be_pointed_at_the_tap():
    words = " ".join(past_words(["OPENAI_BASE_URL", "MISTRAL_BASE_URL", "GROQ_BASE_URL"]))
    assert words == (
        "the SDK mistralai does not read MISTRAL_BASE_URL, and its requests go past,   to https://api.mistral.ai, "
        'unless the program writes Mistral(server_url=os.environ["MISTRAL_BASE_URL"])'
    )
