"""What client files say of themselves: read without importing them, kept to, and made of known words."""

import pytest
from asked_probe import ask_at

from upload_matrix.environments.interpreters import Seat
from upload_matrix.environments.probes import PROBE, ProbePool
from upload_matrix.run import loading

CLIENTS = sorted((PROBE.parent / "clients").glob("*.py"), key=lambda path: path.name)


@pytest.fixture
def ask(tmp_path):
    """Write a client and ask it for one call."""
    (tmp_path / "clients").mkdir()
    (tmp_path / "a.png").write_bytes(b"x")

    def make(head, container="bytes", init="pass"):
        body = (
            f"class Client:\n    def __init__(self):\n        {init}\n\n"
            "    def call(self, request):\n        return [s[:2] for s in request.sources]\n"
        )
        (tmp_path / "clients" / "mine.py").write_text(f"{head}\n{body}")
        file = {"field": "image", "repeatable": False, "container": container, "type": "image/png"}
        instruction = {
            "id": 1, "client": "mine", "call": "images.edit", "method": "POST", "path": "/images/edits",
            "encoding": "multipart", "base_url": "http://127.0.0.1:9/v1", "timeout": 5, "retries": 0,
            "fields": {}, "files": [{**file, "path": str(tmp_path / "a.png")}],
        }  # fmt: skip
        with ProbePool({}, (tmp_path,)) as pool:
            return ask_at(pool, Seat(), instruction, 30)

    return make


def test_a_missing_package_is_unavailable_with_the_way_to_get_it(ask):
    report = ask('import absent_thing\nNEEDS = {"absent_thing": "pip install absent-thing"}')
    assert report == {
        "id": 1,
        "unavailable": "absent_thing is not installed: pip install absent-thing",
    }


def test_a_missing_program_is_unavailable_with_the_way_to_get_it(ask):
    report = ask('PROGRAMS = {"no-such-program": "https://example.com"}')
    assert report == {"id": 1, "unavailable": "no-such-program is not installed: https://example.com"}


def test_a_client_that_cannot_be_made_is_refused_in_its_own_words(ask):
    assert ask("", init="raise TypeError('unexpected proxies')") == {
        "id": 1,
        "raised": [{"name": "TypeError", "message": "unexpected proxies"}],
        "status": None,
        "body": None,
    }


def test_a_package_that_is_there_but_broken_is_not_called_missing(ask):
    report = ask('NEEDS = {"json": "-"}\nraise ImportError("half installed")')
    assert report["broken"] == "ImportError: half installed"


@pytest.mark.parametrize(
    "declaration", ['ACCEPTS = {"container": ("handle",)}', 'DECLINES = {"container": ("bytes",)}']
)
def test_a_container_the_client_has_not_is_no_word_of_the_clients(ask, declaration):
    assert ask(declaration)["broken"] == "ValueError: mine takes no bytes: its file says so"


def test_a_client_of_another_runtime_is_not_this_probes(ask):
    assert ask('RUNTIME = "node"')["broken"] == "KeyError: 'mine'"


def test_without_declarations_everything_is_tried(ask):
    assert ask("OTHER = 1 + len('not a literal')") == {"id": 1, "returned": "list"}


@pytest.mark.parametrize("path", CLIENTS, ids=lambda path: path.stem)
def test_shipped_declarations_use_known_words(probe, path):
    declared = probe.declarations(path)
    known = loading.catalog((), {})
    own = declared.get("CONTAINERS", {})
    words = {**{axis: set(values) for axis, values in known.axes.items()}, "operation": set(known.operations)}
    words["container"] |= set(own)
    for table in (declared.get("ACCEPTS", {}), declared.get("DECLINES", {})):
        for axis, values in table.items():
            assert set(values) <= words[axis]
    assert set(declared.get("IGNORES", ())) <= words.keys()
    assert isinstance(declared["DISTRIBUTIONS"], tuple)
    if declared.get("RUNTIME", "python") == "node":
        assert (PROBE.parent / "clients_node" / f"{path.stem}.mjs").is_file()
    else:
        assert own == {}
