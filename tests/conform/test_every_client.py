"""The committed table of all clients: whole, in words that follow from it, and true of what is installed here."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from upload_matrix.cli.schema import written_schema
from upload_matrix.conform.client import clients
from upload_matrix.conform.measuring import measured
from upload_matrix.conform.scenario import chosen, scenarios
from upload_matrix.conform.workplace import versions
from upload_matrix.model.errors import UnavailableError
from upload_matrix.report.document import markdown
from upload_matrix.report.every_client import changes, load, readable

REPORTS = Path(__file__).parents[2] / "reports"
TEXT = (REPORTS / "every-client.json").read_text("utf-8")
TABLE = load(TEXT, "every-client.json")


def test_the_table_has_thirty_clients_of_nine_languages_and_holds_nothing_of_the_machine():
    jsonschema.validate(json.loads(TEXT), written_schema("clients"))
    done = [each for each in TABLE.clients if each.runs]
    assert len(done) >= 30
    assert len({each.language for each in done}) >= 9
    for word in ("/tmp", "/root", "/home", "127.0.0.1", "dummy-"):
        assert word not in TEXT
    assert {each.name for each in TABLE.clients} <= {each.name for each in clients()}


def test_the_page_follows_from_the_data():
    assert markdown(readable(TABLE)) == (REPORTS / "every-client.md").read_text("utf-8")


@pytest.mark.parametrize("language", sorted({each.language for each in TABLE.clients}))
def test_what_is_installed_here_sends_what_the_table_says(language):
    same, lacking = [], []
    for client in clients():
        if client.language != language:
            continue
        try:
            if versions(client) == TABLE.versions.get(client.name):
                same.append(client)
        except UnavailableError as error:
            lacking.append(f"{client.name}: {error}")
    if not same:
        pytest.skip("; ".join(lacking) or f"another version of {language} is installed here")
    # Each program is started once: with all containers it would take minutes.
    once = [replace(client, containers=(client.naming,)) for client in same]
    again = measured(once, chosen(scenarios(), ("plain",)), jobs=2, seconds=60)
    assert changes(TABLE, again) == ()
