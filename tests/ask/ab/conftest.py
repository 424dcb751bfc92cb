"""A user's folder with a live target: a vendor of our own on loopback."""

import pytest
from ab_vendor import KEY, Vendor

MATRIX = """
name: mine
target: vendor
request: {prompt: p, quality: low, size: 1024x1024}
axes:
  operation: [images.generate, images.edit]
  model: [gpt-image-1]
  client: [httpx, openai, openai-raw-response]
  container: [bytesio, tuple3]
  image: [webp]
  mime_table: [builtin]
expect:
  - when: {container: bytesio}
    outcome: rejected
"""


@pytest.fixture
def vendor():
    running = Vendor()
    yield running
    running.server.close()


@pytest.fixture
def here(tmp_path, monkeypatch, vendor):
    targets = tmp_path / "matrix" / "targets"
    targets.mkdir(parents=True)
    targets.with_name("mine.yaml").write_text(MATRIX)
    targets.joinpath("vendor.yaml").write_text(
        f"name: vendor\nbase_url: {vendor.server.url}/v1\nkey_env: VENDOR_KEY\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VENDOR_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path
