"""What parsers make of unusual notation: the page is the data's, and the data is what is measured."""

import json
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest

from upload_matrix.judge import parsers


def test_the_page_says_what_the_data_says():
    from docs_parsers import parsers_page

    page, found = parsers_page(), parsers.measured()
    sections = page.split("\n## ")[2:]
    assert [section.partition("\n")[0] for section in sections] == list(found.notations)
    for section, (name, notation) in zip(sections, found.notations.items(), strict=True):
        assert f"\n{parsers.says(name)} {notation.instead}\n" in section
        unusual = {
            who for who, each in notation.outcomes.items() if each != parsers.ParserOutcome(notation.meant)
        }
        rows = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| ")][2:]
        assert {who for row in rows for who in row.removeprefix("| ").split(", ")} == unusual
    assert all(f"\n| {parser} | {release} |\n" in page for parser, release in found.parsers.items())


def test_the_data_is_of_the_notations_there_are():
    from docs_notations import NOTATIONS
    from docs_parsers import data

    found = parsers.measured()
    assert {each.name: (each.wire, each.instead, each.meant) for each in NOTATIONS} == {
        name: (each.wire, each.instead, each.meant) for name, each in found.notations.items()
    }
    assert data(found) == parsers.FILE.read_text("utf-8")


@pytest.fixture(scope="module")
def read() -> dict[str, Any]:
    """What the parsers of this environment read; one that is not installed refuses everything."""
    from docs_parsers import READERS, bodies

    done = subprocess.run(
        [sys.executable, READERS / "read_python.py"],
        input=json.dumps(bodies()).encode(),
        stdout=subprocess.PIPE,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("parser", ["multipart", "aiohttp"])
def test_a_parser_that_is_installed_here_reads_what_was_measured(parser, read):
    from docs_notations import NOTATIONS
    from docs_parsers import PYTHON, outcome

    if version(parser) != PYTHON[parser]:
        pytest.skip(f"{parser} {PYTHON[parser]} was measured, {version(parser)} is installed")
    again = {each.name: outcome(each, read[parser][each.name]) for each in NOTATIONS}
    assert again == {name: each.outcomes[parser] for name, each in parsers.measured().notations.items()}
