"""Which variables lead where, who is calling, and which request is another attempt."""

import pytest

from upload_matrix.inspect.calls import Watcher, caller_of, choose
from upload_matrix.inspect.routes import Lead, environment, leads
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.answer import NoAnswer, Silence
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.tap.passing import PassingAnswer, PassingRequest, Route
from upload_matrix.tap.spool import Spool
from upload_matrix.wire.read import wire_form

OPENAI = "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("environ", "upstream", "extra", "expected"),
    [
        ({}, None, (), [("OPENAI_BASE_URL", OPENAI)]),
        ({"OPENAI_BASE_URL": "https://own.test/v1/"}, None, (), [("OPENAI_BASE_URL", "https://own.test/v1")]),
        ({"OPENAI_BASE_URL": "https://own.test/v1"}, "http://127.0.0.1:1/v2", (), [("OPENAI_BASE_URL", "http://127.0.0.1:1/v2")]),
        (
            {"AZURE_OPENAI_ENDPOINT": "https://res.azure.test"},
            None,
            (),
            [("OPENAI_BASE_URL", OPENAI), ("AZURE_OPENAI_ENDPOINT", "https://res.azure.test")],
        ),
        (
            {"OPENAI_API_BASE": "https://old.test/v1"},
            None,
            ("LLM_URL", "OTHER=https://other.test"),
            [
                ("OPENAI_BASE_URL", OPENAI),
                ("OPENAI_API_BASE", "https://old.test/v1"),
                ("LLM_URL", OPENAI),
                ("OTHER", "https://other.test"),
            ],
        ),
        ({"OPENAI_BASE_URL": "https://own.test/v1"}, None, ("ANTHROPIC_BASE_URL",), [("OPENAI_BASE_URL", "https://own.test/v1"), ("ANTHROPIC_BASE_URL", "https://api.anthropic.com")]),
        ({"ANTHROPIC_BASE_URL": "https://own.test"}, None, ("ANTHROPIC_BASE_URL",), [("OPENAI_BASE_URL", OPENAI), ("ANTHROPIC_BASE_URL", "https://own.test")]),
        ({"OPENAI_BASE_URL": "https://own.test/v1"}, None, ("LLM_URL",), [("OPENAI_BASE_URL", "https://own.test/v1"), ("LLM_URL", "https://own.test/v1")]),
    ],
)  # fmt: skip
def test_variables_lead_where_they_led(environ, upstream, extra, expected):
    assert leads(environ, upstream, extra) == tuple(Lead(*pair) for pair in expected)


def test_another_vendors_variable_is_pointed_where_the_program_is_set_up_for_it():
    assert [lead.name for lead in leads({})] == ["OPENAI_BASE_URL"]
    assert [lead.name for lead in leads({"OLLAMA_HOST": "0.0.0.0:11434"})] == ["OPENAI_BASE_URL"]
    with_key = leads({"ANTHROPIC_API_KEY": "sk-canary-of-this-test"})
    assert [(lead.name, lead.upstream) for lead in with_key] == [
        ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
        ("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
    ]
    with_url = leads({"GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9"})
    assert [(lead.name, lead.upstream) for lead in with_url][1:] == [
        ("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    ]


@pytest.mark.parametrize(
    ("environ", "upstream", "extra", "says"),
    [
        ({}, "api.openai.com", (), r"--upstream: give an absolute URL"),
        ({}, None, ("1A",), r"--env 1A: not the name of a variable"),
        ({}, None, ("A=nowhere",), r"--env A: give an absolute URL"),
        ({"OPENAI_BASE_URL": "https://me:secret@own.test/v1"}, None, (), r"the variable OPENAI_BASE_URL: .*credentials"),
    ],
)  # fmt: skip
def test_what_is_no_url_is_said_without_repeating_it(environ, upstream, extra, says):
    with pytest.raises(ConfigurationError, match=says) as raised:
        leads(environ, upstream, extra)
    assert "secret" not in str(raised.value)


def test_the_programs_environment_is_its_own_but_for_the_urls_and_loopback():
    urls = {"OPENAI_BASE_URL": "http://127.0.0.1:5/t/1/v1"}
    environ = {"HOME": "/me", "OPENAI_API_KEY": "sk-own", "NO_PROXY": "intern", "HTTPS_PROXY": "http://p:1"}
    assert environment(environ, urls) == {
        "HOME": "/me",
        "OPENAI_API_KEY": "sk-own",
        "HTTPS_PROXY": "http://p:1",
        "NO_PROXY": "intern,127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "OPENAI_BASE_URL": urls["OPENAI_BASE_URL"],
        "UPLOAD_MATRIX_URL": urls["OPENAI_BASE_URL"],
    }
    assert "OPENAI_API_KEY" not in environment({}, urls)
    assert environment({}, urls, sends=False)["OPENAI_API_KEY"] == "upload-matrix-dummy"
    assert environment(environ, urls, sends=False)["OPENAI_API_KEY"] == "sk-own"


@pytest.mark.parametrize(
    ("headers", "client", "words"),
    [
        ({"User-Agent": "OpenAI/Python 1.109.1", "X-Stainless-Runtime": "CPython", "X-Stainless-Runtime-Version": "3.9.2"}, "openai", "OpenAI/Python 1.109.1 on CPython 3.9.2"),
        ({"user-agent": "AsyncOpenAI/Python 3.54.0"}, "openai-async", "AsyncOpenAI/Python 3.54.0"),
        ({"user-agent": "AzureOpenAI/Python 3.54.0"}, "azure", "AzureOpenAI/Python 3.54.0"),
        ({"user-agent": "OpenAI/JS 6.45.0"}, "node-openai", "OpenAI/JS 6.45.0"),
        ({"user-agent": "OpenAI/Go 1.0"}, None, "OpenAI/Go 1.0"),
        ({"user-agent": "my-app/2", "x-stainless-lang": "python", "x-stainless-async": "async:asyncio", "x-stainless-package-version": "2.1.0"}, None, "my-app 2.1.0"),
        ({"user-agent": "my-app/2", "x-stainless-lang": "js"}, None, "my-app 2"),
        ({"user-agent": "curl/7.88.1"}, "curl", "curl 7.88.1"),
        ({"user-agent": "python-requests/2.34.2"}, "requests", "python-requests 2.34.2"),
        ({"user-agent": "python-httpx/0.28.1"}, "httpx", "python-httpx 0.28.1"),
        ({"user-agent": "python-httpx2/2.16.2"}, "httpx2", "python-httpx2 2.16.2"),
        ({"user-agent": "Python/3.11 aiohttp/3.14.5"}, "aiohttp", "aiohttp 3.14.5"),
        ({"user-agent": "node"}, "fetch", "node"),
        ({"user-agent": "Go-http-client/1.1"}, None, "Go-http-client 1.1"),
        ({}, None, "an unnamed client"),
    ],
)  # fmt: skip
def test_callers_are_known_by_what_they_say_of_themselves(headers, client, words):
    caller = caller_of([(name.encode(), value.encode()) for name, value in headers.items()])
    assert (caller.client, str(caller)) == (client, words)


class Wire:
    """Requests one after the other, as a tap would hand them to the watcher."""

    def __init__(self, tmp_path):
        self.watcher = Watcher(load_operations())
        self.tmp_path, self.number = tmp_path, 0

    def send(self, content=b"RIFF....WEBP", *, path="/v1/images/edits", prompt=b"x", **headers):
        body = (
            b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n%s\r\n'
            b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.webp"\r\n'
            b"Content-Type: image/webp\r\n\r\n%s\r\n--b--\r\n" % (prompt, content)
        )
        given = {"content-type": "multipart/form-data; boundary=b", "content-length": "1", **headers}
        pairs = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in given.items())
        spool = Spool(self.tmp_path)
        spool.write(body)
        spool.finish()
        self.number += 1
        wire = wire_form("POST", path, pairs, body, {})
        return self.watcher.see(
            PassingRequest(self.number, Route("V", "/v1"), b"", pairs, spool, wire, True, 0.0)
        )

    def tell(self, sight, status=None):
        silence = NoAnswer(Silence.UNREACHABLE, "none") if status is None else None
        told = PassingAnswer(status, (), sight.passed.body, None, silence=silence)
        self.watcher.hear(sight.passed, told)
        return told


@pytest.fixture
def wire(tmp_path):
    return Wire(tmp_path)


def test_the_sdk_says_itself_which_attempt_it_is(wire):
    first = wire.send(x_stainless_retry_count="0")
    wire.tell(first, 500)
    second = wire.send(b"", x_stainless_retry_count="1")
    other = wire.send(x_stainless_retry_count="0")
    assert [(each.attempt, each.first) for each in (first, second, other)] == [(1, 1), (2, 1), (1, 3)]
    codes = {each.finding.code for each in second.noticed}
    assert codes == {"attempt-differs", "empty-part"}
    assert first.noticed == other.noticed == ()


def test_a_client_that_does_not_say_repeats_what_failed(wire):
    first = wire.send()
    wire.tell(first, 503)
    second = wire.send()
    assert second.attempt == 2
    wire.tell(second, 200)
    assert wire.send().attempt == 1


@pytest.mark.parametrize(
    "change", [{"prompt": b"y"}, {"path": "/v1/images/variations"}, {"user_agent": "b/1"}]
)
def test_another_call_after_a_failure_is_no_attempt(wire, change):
    wire.tell(wire.send(), 503)
    assert wire.send(**change).attempt == 1


@pytest.mark.parametrize(("status", "attempt"), [(None, 2), (429, 2), (409, 2), (500, 2), (400, 1), (200, 1)])
def test_what_a_client_may_repeat(wire, status, attempt):
    wire.tell(wire.send(), status)
    assert wire.send().attempt == attempt


def test_a_call_nobody_knows_is_judged_by_its_files(wire):
    sight = wire.send(path="/v1/somewhere/else")
    assert (sight.operation.name, [field.name for field in sight.operation.file_fields]) == (
        "POST /v1/somewhere/else",
        ["image"],
    )
    assert sight.is_upload
    assert sight.faults == ()


def test_the_rejected_one_is_chosen_then_the_faulty_then_any(wire):
    good, faulty = wire.send(), wire.send(b"")
    pairs = [(good, wire.tell(good, 200)), (faulty, wire.tell(faulty, 200))]
    assert choose(pairs[:1])[0] is good
    assert choose(pairs)[0] is faulty
    rejected = wire.send()
    assert choose([*pairs, (rejected, wire.tell(rejected, 400))])[0] is rejected
    assert choose([]) is None
