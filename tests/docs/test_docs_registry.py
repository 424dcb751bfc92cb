"""docs/registry: pages that are made of the facts and committed."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "name",
    ["index.md", "vendors.md", "errors.md", "disputed.md", "rules.md", "handing.md", "sources.md"],
)
def test_the_committed_pages_are_what_the_facts_make(name):
    from docs_registry import FOLDER, pages

    made = dict(pages())
    assert {path.name for path in FOLDER.iterdir()} == set(made)
    assert (FOLDER / name).read_text("utf-8") == made[name], "run: python docs/tools/docs_registry.py"
