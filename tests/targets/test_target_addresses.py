"""Which URL a request goes to, for the public API's paths and for Azure's."""

import pytest
from target_requests import upload

from upload_matrix.targets.spec import Api, address, is_loopback, sound_base_url
from upload_matrix.wire.form import Framing, WireForm

AZURE = "https://mine.openai.azure.com"
VERSION = (("api-version", "2025-04-01-preview"),)


def get(path, query=""):
    return WireForm("GET", path, Framing.NONE, query=query)


@pytest.mark.parametrize(
    ("base_url", "root", "wire", "host", "target"),
    [
        ("https://api.openai.com/v1", "/v1", get("/v1/models"), "api.openai.com", "/v1/models"),
        ("https://h:8443/v1", "/v1", get("/v1/models", "a=b%20c"), "h:8443", "/v1/models?a=b%20c"),
        ("http://h", "", get("/images/edits"), "h", "/images/edits"),
        # Sent elsewhere than clients were told: below another root, too.
        ("https://gw/x/v1", "/v1", get("/v1/models"), "gw", "/x/v1/models"),
        # The SDK's Azure client goes past the root; /v12 is not below /v1.
        (
            "https://h/v1",
            "/v1",
            get("/openai/deployments/m/images/edits"),
            "h",
            "/openai/deployments/m/images/edits",
        ),
        ("https://h/v1", "/v1", get("/v12/models"), "h", "/v12/models"),
        ("http://[::1]:9/v1", "/v1", get("/v1/models"), "[::1]:9", "/v1/models"),
    ],
)
def test_public_addresses(base_url, root, wire, host, target):
    found = address(wire, base_url=base_url, root=root)
    assert (found.authority, found.target) == (host, target)


@pytest.mark.parametrize(
    ("wire", "target"),
    [
        (upload(path="/images/edits", model="my image").wire, "/openai/deployments/my%20image/images/edits"),
        (upload(path="/images/edits", model="a/../b").wire, "/openai/deployments/a%2F..%2Fb/images/edits"),
        (upload(path="/openai/deployments/m/images/edits").wire, "/openai/deployments/m/images/edits"),
        # Without a model there is no deployment: what the SDK does, too.
        (upload(path="/images/edits", model=None).wire, "/openai/images/edits"),
        (upload(path="/files").wire, "/openai/files"),
        (get("/models"), "/openai/models"),
    ],
)
def test_azure_addresses(wire, target):
    found = address(wire, base_url=AZURE, root="", api=Api.AZURE, query=VERSION)
    assert found.target == f"{target}?api-version=2025-04-01-preview"
    assert found.authority == "mine.openai.azure.com"


def test_a_version_named_by_the_client_stays():
    wire = get("/models", "api-version=2024-10-21")
    assert address(wire, base_url=AZURE, root="", api=Api.AZURE, query=VERSION).target == (
        "/openai/models?api-version=2024-10-21"
    )


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:1", True),
        ("http://localhost/v1", True),
        ("http://api.localhost", True),
        ("http://localhost.example.com", False),
        ("http://10.0.0.1", False),
        ("https://api.openai.com/v1", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_loopback_is_told_by_the_name_alone(url, loopback):
    assert is_loopback(url) is loopback


@pytest.mark.parametrize(
    "url",
    ["", "api.openai.com/v1", "ftp://h/v1", "https://", "https://u:p@h/v1", "https://h/v1?a=b", "https://h/v1#x",
     "https://h:port/v1", "https://h/v 1", "https://höst/v1"],
)  # fmt: skip
def test_what_is_no_base_url(url):
    with pytest.raises(ValueError, match=r".+"):
        sound_base_url(url)
