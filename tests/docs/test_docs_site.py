"""The site: it builds without a warning, its reference is the code's own, and no link is dead."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory, docs_tools) -> Path:
    import docs_build

    folder = tmp_path_factory.mktemp("docs")
    assert docs_build.build(folder) == 0
    return folder


def test_every_page_is_in_the_site_and_nothing_else_asked_for(built):
    pages = sorted(path.relative_to(built / "docs") for path in (built / "docs").rglob("*.md"))
    for page in pages:
        place = built / "site" / (page.parent if page.stem == "index" else page.with_suffix(""))
        assert (place / "index.html").is_file(), page
    html = "\n".join(path.read_text("utf-8") for path in (built / "site").rglob("*.html"))
    fetched = re.findall(r"""<(?:script|link|img)[^>]*(?:src|href)="(https?://[^"]+)""", html)
    assert fetched == [], "a page asks nobody for anything"


def test_every_page_is_in_the_navigation(built):
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    for path in (built / "docs").rglob("*.md"):
        assert f": {path.relative_to(built / 'docs').as_posix()}\n" in config


def test_the_reference_is_generated_not_written(built):
    import docs_build

    assert not (ROOT / "docs" / "reference").exists()
    pages = (built / "docs" / "reference").rglob("*.md")
    reference = {path.relative_to(built / "docs").as_posix() for path in pages}
    assert reference == docs_build.GENERATED.keys()


def test_the_reference_holds_every_command_option_and_key(built):
    import click
    import docs_commands

    from upload_matrix.matrix.shape import MatrixShape
    from upload_matrix.model.errors import Exit

    for words, command in docs_commands.every_command():
        text = (built / "docs" / "reference" / "commands" / f"{words[0]}.md").read_text("utf-8")
        assert f"**When to use it.** {docs_commands.WHEN[words[0]]}\n" in text
        section = re.search(rf"^#+ {' '.join(words)}\n(.*?)(?=^##+ |\Z)", text, re.MULTILINE | re.DOTALL)
        assert section is not None, words
        assert [code for code in Exit if f"\n| {code.value} | {code.means}" not in text] == []
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert max(parameter.opts, key=len) in section[1], (words, parameter.opts)
    keys = (built / "docs" / "reference" / "matrix.md").read_text("utf-8")
    assert all(f"| `{key}` |" in keys for key in MatrixShape.model_fields)


def test_every_page_says_in_its_first_lines_when_to_use_it(built):
    folder = built / "docs"
    openings = {
        path.relative_to(folder).as_posix(): path.read_text("utf-8").split("\n\n", 2)[1]
        for path in folder.rglob("*.md")
    }
    silent = {name for name, text in openings.items() if not text.startswith("**When to use it.** ")}
    # Two are tables of where to begin, and one says it in Korean.
    assert silent == {"index.md", "reference/commands/index.md", "ko.md"}
    assert openings["ko.md"].startswith("**언제 읽나요.** ")


def test_the_reference_is_the_same_each_time(built, tmp_path):
    import docs_build

    for name, make in docs_build.GENERATED.items():
        assert make() == (built / "docs" / name).read_text("utf-8")


def test_no_link_in_the_repositorys_own_pages_is_dead():
    import docs_links

    pages = [
        *ROOT.glob("*.md"),
        *(ROOT / "harness" / "upload_matrix").rglob("*.md"),
        *(ROOT / "benchmarks").glob("*.md"),
    ]
    pages += (ROOT / "reports").glob("*.md")
    assert pages
    assert [str(dead) for dead in docs_links.dead_links(pages, ROOT)] == []


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("[x](missing.md)", "no such file"),
        ("[x](other.md#nowhere)", "no such heading"),
        ("[x](#nowhere)", "no such heading"),
        ("![x](missing.png)", "no such file"),
        ("[x](../outside.md)", "leads out of the folder"),
        ("[x](http://)", "not a web address"),
        ("[x](htp://example.com)", "not a web address"),
        ("[x][ref]\n\n[ref]: gone.md", "no such file"),
    ],
)
def test_a_dead_link_is_found(tmp_path, link, why):
    import docs_links

    (tmp_path / "page.md").write_text(f"# Here\n\n{link}\n", "utf-8")
    (tmp_path / "other.md").write_text("# There\n", "utf-8")
    (dead,) = docs_links.dead_links([tmp_path / "page.md"], tmp_path)
    assert why in dead.why
    assert dead.link.line == 3


def test_a_living_link_is_not_reported(tmp_path):
    import docs_links

    text = "# Hier: `code`, 한국어!\n\n## Twice\n\n## Twice\n\n[a](#hier-code-한국어) [b](#twice_1) [c](other.md#there) "
    text += "[d](https://example.com/a) [e](mailto:a@example.com) `[f](gone.md)` [g](<name with space.txt>)\n"
    (tmp_path / "page.md").write_text(text, "utf-8")
    (tmp_path / "other.md").write_text("# There\n", "utf-8")
    (tmp_path / "name with space.txt").write_text("", "utf-8")
    assert list(docs_links.dead_links([tmp_path / "page.md"], tmp_path)) == []


def test_every_picture_has_a_command_that_takes_it_again(docs_tools):
    import docs_pictures

    taken = {f"report-{scheme}.png" for scheme in docs_pictures.PICTURES}
    assert {path.name for path in (ROOT / "docs" / "images").iterdir()} == taken
    assert "python docs/tools/docs_pictures.py" in (ROOT / "docs" / "contributing.md").read_text("utf-8")
