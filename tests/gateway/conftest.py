"""Sessions whose calls take a gateway of our own, answered by the emulator behind it."""

from datetime import date

import pytest
from gateway_builders import command

from upload_matrix.answers.answering import Policy
from upload_matrix.gateway.spec import parse_gateway
from upload_matrix.recordings import RecordMode
from upload_matrix.run.loading import Request, load, settings_of
from upload_matrix.run.session import Session
from upload_matrix.targets.sending import Live

TODAY = date(2026, 11, 22)

MATRIX = """
name: through
target: {target}
request: {{model: gpt-image-1, prompt: {prompt}}}
timeout: 10
axes:
  client: [{client}]
  container: [{containers}]
  image: [webp]
  mime_table: [builtin]
"""


@pytest.fixture
def through(tmp_path):
    """Gives a session through a gateway (a command, or a word of the test program), and its cases."""
    sessions = []

    def make(
        do,
        containers="tuple3",
        *,
        client="httpx",
        target="emulator:openai-2026-02",
        mode=RecordMode.NONE,
        recording=False,
        extra="",
        prompt="a red door",
        **given,
    ):
        text = MATRIX.format(target=target, client=client, containers=containers, prompt=prompt)
        (tmp_path / "through.yaml").write_text(text + extra, encoding="utf-8")
        loaded = load(Request((tmp_path / "through.yaml",), 1000))
        spec = parse_gateway(do if " " in do or "://" in do else command(do), **given)
        policy = Policy(tmp_path / "cassettes", mode, TODAY, recording=recording)
        session = Session(settings_of([loaded], policy, tables={}, live=Live(), through=spec))
        sessions.append(session)
        return session, loaded.cases

    yield make
    for session in sessions:
        session.close()
