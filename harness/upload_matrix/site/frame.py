"""Frame and style of a site's page: those of the reports' pages, with the site's own beside them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from upload_matrix.report.html import bundle, prose
from upload_matrix.report.html.page import Mood

_STYLES = ("table", "change_cards", "differences")
"""Style sheets of the reports' pages whose elements stand in a site's pages too."""


@cache
def engine() -> Environment:
    """The reports' template engine, which finds the site's templates beside theirs."""
    theirs = prose.engine()
    loaders = [PackageLoader("upload_matrix.site"), *([theirs.loader] if theirs.loader is not None else [])]
    return theirs.overlay(loader=ChoiceLoader(loaders))


def page(template: str, *, title: str, mood: Mood, root: str, **values: Any) -> str:
    """A page as HTML; ``root`` leads from it to the site's root (``""`` or ``"../"``).

    The policy allows exactly its own style and scripts, and nothing from anywhere.
    """
    shared = bundle.style(_STYLES)
    style = shared.text + "\n" + _asset("site.css")
    common, own = bundle.script(), _asset("site.js")
    allowed = bundle.Asset("", f"{common.source} {bundle.source_of(own)}")
    policy = bundle.policy(bundle.Asset(style, bundle.source_of(style)), allowed)
    return (
        engine()
        .get_template(f"site/{template}.html")
        .render(
            title=title,
            mood=mood,
            root=root,
            policy=policy,
            # Files of this package: escaping would change them, and their hashes.
            style=Markup(style),  # noqa: S704
            scripts=[Markup(text) for text in (common.text, own)],  # noqa: S704
            **values,
        )
    )


@cache
def _asset(name: str) -> str:
    text = resources.files(__package__).joinpath("assets", name).read_text("utf-8")
    if "</" in text or "<!--" in text:
        raise ValueError(f"{name} holds what would end its element early")
    return text
