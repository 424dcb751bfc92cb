"""Target files and targets from the command line: what they may say, and what is said when they are wrong."""

import pytest

from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.keys import read_base_url, read_key
from upload_matrix.targets.spec import Api, ad_hoc, load_target, load_targets, parse_header

FULL = """\
name: ours
summary: Our gateway.
base_url: https://gateway.example/v1/
key_command: [pass, show, gateway]
key_header: {x-api-key: "{key}"}
headers: {x-team: blue}
query: {region: eu}
models_path: /catalog/models
verify: ca.pem
proxy: http://proxy.example:3128
max_answer_mib: 8
"""


def load(folder, text):
    (folder / "t.yaml").write_text(text, "utf-8")
    return load_target(folder / "t.yaml")


def test_every_word_of_a_target_file(tmp_path):
    (tmp_path / "ca.pem").touch()
    spec = load(tmp_path, FULL)
    assert (spec.base_url, spec.root, spec.origin) == (
        "https://gateway.example/v1",
        "/v1",
        "https://gateway.example",
    )
    assert spec.key_command == ("pass", "show", "gateway")
    assert (spec.key_env, spec.key_header) == (None, ("x-api-key", "{key}"))
    assert (spec.headers, spec.query) == ((("x-team", "blue"),), (("region", "eu"),))
    assert (spec.models_path, spec.verify) == ("/catalog/models", tmp_path / "ca.pem")
    assert (spec.proxy, spec.max_answer) == ("http://proxy.example:3128", 8 * 1024 * 1024)
    assert (spec.api, spec.provenance) == (Api.OPENAI, Provenance.LIVE)


def test_the_built_in_targets():
    targets = load_targets()
    assert sorted(targets) == [
        "anthropic",
        "assemblyai",
        "azure",
        "azure-speech",
        "bedrock",
        "cohere",
        "deepgram",
        "elevenlabs",
        "gemini",
        "groq",
        "mistral",
        "ollama",
        "openai",
        "openrouter",
        "xai",
    ]
    azure, openai = targets["azure"], targets["openai"]
    assert (openai.key_env, openai.base_url) == ("OPENAI_API_KEY", "https://api.openai.com/v1")
    assert (azure.api, azure.key_header, azure.root) == (Api.AZURE, ("api-key", "{key}"), "")
    assert dict(azure.query)["api-version"]


def test_recordings_of_azure_name_no_resource_and_need_no_variable():
    azure = load_targets()["azure"]
    assert azure.base_url == "https://azure-openai.invalid"
    environ = {"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com/"}
    assert read_base_url(azure, environ) == "https://mine.openai.azure.com"
    with pytest.raises(
        ConfigurationError, match=r"target azure: the variable AZURE_OPENAI_ENDPOINT holds no URL"
    ):
        read_base_url(azure, {})
    with pytest.raises(ConfigurationError, match=r"give the resource's endpoint alone"):
        read_base_url(azure, {"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com/openai/v1/"})


BASE = "name: t\nbase_url: https://h/v1\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BASE + "tokens: 3\n", ":3:1: tokens: unknown word"),
        ("name: t\nbase_url: h/v1\n", ":2:11: base_url: give an absolute URL such as https://api.openai.com/v1 (found 'h/v1')"),
        ("name: T\nbase_url: https://h\n", ":1:7: name: "),
        (BASE + "key_env: $KEY\n", ":3:10: key_env: "),
        (BASE + "key_env: A\nkey_command: [b]\n", "key_env or from key_command, not from both"),
        (BASE + "key_command: pass show x\n", ":3:14: key_command: "),
        (BASE + "key_command: []\n", ":3:1: key_command: "),
        (BASE + "key_header: {authorization: Bearer}\n", ":3:1: key_header: the value of authorization has no {key}"),
        (BASE + 'headers: {"x team": a}\n', ":3:1: headers: 'x team' is not a header name"),
        (BASE + "headers: {content-type: text/plain}\n", ":3:1: headers: the header content-type is the request's own"),
        (BASE + 'headers: {x-team: "a\\r\\nb: c"}\n', ":3:1: headers: the value of the header x-team has characters"),
        (BASE + "api: aws\n", ":3:6: api: give one of openai, azure (found 'aws')"),
        (BASE + "provenance: real\n", ":3:13: provenance: give one of live, emulated (found 'real')"),
        (BASE + "proxy: socks5://h:1\n", ":3:8: proxy: give env"),
        (BASE + "verify: no-such.pem\n", "verify: there is no file or folder"),
        (BASE + "max_answer_mib: 0\n", ":3:17: max_answer_mib: "),
        ("- a\n- b\n", ":1:1: a target is a mapping"),
        ("", ":1:1: a target is a mapping"),
        ("name: [\n", "not YAML"),
        ("[" * 600, "nested too deep"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path, text, says):
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert str(tmp_path / "t.yaml") in str(caught.value)
    assert says in str(caught.value)


def test_an_error_never_repeats_what_may_be_a_secret(tmp_path):
    text = BASE + 'headers: {x-key: "canary\\u00e9"}\nproxy: socks5://canary@h\nkey_command: canary\n'
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert "canary" not in str(caught.value)


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, "name: t\nbase_url: h\napi: aws\nproxy: x\n")
    assert len(str(caught.value).splitlines()) == 3


# --- From the command line ---


def test_a_base_url_from_the_command_line():
    spec = ad_hoc("https://gw.example:8443/api/v1/", key_env="GW_KEY", headers=[("x-team", "blue")])
    assert spec.base_url == "https://gw.example:8443/api/v1"
    assert (spec.key_env, spec.headers, spec.provenance) == ("GW_KEY", (("x-team", "blue"),), Provenance.LIVE)
    assert spec.name.startswith("gw.example-8443-api-v1-")
    assert ad_hoc("https://gw.example:8443/api/v1", key_env="OTHER").name == spec.name
    assert ad_hoc("https://gw.example:8443/api-v1", key_env="GW_KEY").name != spec.name
    assert ad_hoc("https://gw.example/v1", key_env="K", name="gw").name == "gw"


def test_only_loopback_goes_without_a_key():
    assert read_key(ad_hoc("http://127.0.0.1:8080/v1")) == ""
    with pytest.raises(
        ConfigurationError, match=r"--base-url https://h/v1: no key; name the variable .*--key-env"
    ):
        ad_hoc("https://h/v1")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ad_hoc("h/v1", key_env="K"), "--base-url h/v1: give an absolute URL"),
        (lambda: ad_hoc("https://h", key_env="K", key_command=["x"]), "from one of them, not from both"),
        (lambda: ad_hoc("https://h", key_env="K", headers=[("a b", "c")]), "'a b' is not a header name"),
        (lambda: parse_header("x-team blue"), "a header is given as 'Name: value'"),
        (lambda: parse_header("host: h"), "the header host is the request's own"),
    ],
)
def test_wrong_options_are_named(call, says):
    with pytest.raises(ConfigurationError) as caught:
        call()
    assert says in str(caught.value)


def test_credentials_in_a_url_are_not_repeated():
    with pytest.raises(ConfigurationError) as caught:
        ad_hoc("https://me:canary@h/v1?key=canary", key_env="K")
    assert "canary" not in str(caught.value)
    assert "no credentials" in str(caught.value)


def test_headers_from_the_command_line():
    assert parse_header("x-team:  blue: green ") == ("x-team", "blue: green")
