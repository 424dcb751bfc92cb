"""A site on disk: its files, that it is the same every time, and that it never mixes with what is a user's."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from reports_hostile import HOSTILE, NO_LINKS, hostile_run
from reports_story import HANDLE, TUPLE, run_of, story
from site_reports import GONE, put, write_reports

from upload_matrix.cli import commands
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.report import html_report
from upload_matrix.site.build import build

TITLE = "Uploads"


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def built(tmp_path):
    write_reports(tmp_path / "reports")
    build([tmp_path / "reports"], tmp_path / "site", title=TITLE)
    return tmp_path / "site"


def test_the_files_of_a_site(built):
    assert set(tree(built)) == {
        "index.html", "site.json",
        "matrix/field-report.html", "matrix/second.html", "badge/field-report.svg", "badge/second.svg",
        "run/2026-01-01.html", "run/nightly-2026-02-01.html", "run/2026-03-01.html", "sweep/history.html",
        "data/2026-01-01.json", "data/nightly-2026-02-01.json", "data/2026-03-01.json", "data/history.json",
        "data/upgrade.gate.json",
    }  # fmt: skip


def test_the_json_is_handed_on_as_it_is_and_a_run_has_its_own_page(built, tmp_path):
    given = (tmp_path / "reports" / "2026-01-01.json").read_bytes()
    assert (built / "data" / "2026-01-01.json").read_bytes() == given
    assert (built / "run" / "2026-01-01.html").read_text("utf-8") == html_report.render(story())
    assert ElementTree.parse(built / "badge" / "second.svg").getroot().get("aria-label") == (
        "second: 2 as expected, emulated"
    )


def test_the_same_reports_give_the_same_bytes_wherever_they_lie(built, tmp_path):
    write_reports(tmp_path / "elsewhere" / "deep")
    other = tmp_path / "other-site"
    build([tmp_path / "elsewhere" / "deep"], other, title=TITLE)
    assert tree(other) == tree(built)
    build([tmp_path / "reports"], built, title=TITLE)
    assert tree(other) == tree(built)


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.tags: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("href", "src"):
                self.links.append(value)
            elif name == "id":
                self.ids.add(value)
            elif name.startswith("on") or name == "style":
                self.handlers.append(name)


def read(page):
    parser = Links()
    parser.feed(page.read_text("utf-8"))
    return parser


def check_links(site):
    """Every link leads to a file of the site or to a place on its own page, and there is no handler."""
    for page in (site / "index.html", *site.glob("matrix/*.html")):
        found = read(page)
        assert not found.handlers
        for link in found.links:
            if link.startswith("data:image/svg+xml"):
                continue
            where, _, part = link.partition("#")
            if where:
                target = (page.parent / where).resolve()
                assert target.is_relative_to(site.resolve())
                assert target.is_file(), link
            elif not part.startswith("i-"):
                assert part in found.ids, link


def test_no_link_is_dead_and_none_leaves_the_site(built):
    check_links(built)


@pytest.mark.parametrize("word", NO_LINKS)
def test_no_name_of_a_report_or_a_matrix_becomes_the_address_of_a_link(tmp_path, word):
    results = tuple(replace(each, matrix=word) for each in story().results)
    put(tmp_path / "reports", word.strip("/"), replace(story(), matrices=(word,), results=results))
    build([tmp_path / "reports"], tmp_path / "site", title=word)
    check_links(tmp_path / "site")


def text_of(page):
    return re.sub(
        r"\s+", " ", re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", page.read_text("utf-8"), flags=re.S)
    )


def test_the_index_names_the_result_of_every_matrix_and_marks_a_stand_in(built):
    text = text_of(built / "index.html")
    assert "1 of 2 matrices is not as expected" in text
    assert "Emulated answers are among these" in text
    for words in ("field-report", "second", "openai 1.0-2.0: 1 change in 2 releases", "nightly/2026-02-01"):
        assert words in text
    assert text.index("2026-03-01") < text.index("2026-01-01"), "newest first"


def test_a_matrix_page_has_its_table_its_history_and_what_changed(built):
    text = text_of(built / "matrix" / "field-report.html")
    assert "not the vendor's words" in text.replace("&#39;", "'")
    assert "rejected 400 invalid_value → rejected 404 model_not_found" in text
    assert "The model does not exist." in text
    # The second run is like the first: only one step has something to tell.
    assert text.count("From ") == 1 + text.count("From the bottom up")
    assert "second/" not in text, "another matrix's cases"


def test_what_is_no_longer_there_goes_and_nothing_else(built, tmp_path):
    (built / "CNAME").write_text("uploads.example")
    (tmp_path / "reports" / "history.json").unlink()
    build([tmp_path / "reports"], built, title=TITLE)
    assert not (built / "sweep").exists()
    assert not (built / "data" / "history.json").exists()
    assert (built / "CNAME").exists()


def test_a_folder_of_a_users_own_is_refused_and_left_alone(tmp_path):
    write_reports(tmp_path / "reports")
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="no site of upload-matrix"):
        build([tmp_path / "reports"], home, title=TITLE)
    assert tree(home) == {"thesis.txt": b"mine"}


def test_a_list_of_files_that_leads_out_of_the_site_removes_nothing_there(built, tmp_path):
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    manifest = built / "site.json"
    manifest.write_text(
        manifest.read_text("utf-8").replace('"index.html"', '"../victim.txt", "index.html"'), "utf-8"
    )
    build([tmp_path / "reports"], built, title=TITLE)
    assert victim.exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "upload-matrix site", "files": [1]}'])
def test_a_list_that_cannot_be_read_is_refused_by_name(built, tmp_path, text):
    (built / "site.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"site\.json"):
        build([tmp_path / "reports"], built, title=TITLE)


def test_a_broken_report_is_refused_by_name_before_the_index_is_touched(built, tmp_path):
    before = (built / "index.html").read_bytes()
    broken = tmp_path / "reports" / "2026-09-09.json"
    broken.write_text((tmp_path / "reports" / "2026-01-01.json").read_text("utf-8")[:-20], "utf-8")
    with pytest.raises(ConfigurationError, match=r"2026-09-09\.json: not JSON"):
        build([tmp_path / "reports"], built, title=TITLE)
    assert (built / "index.html").read_bytes() == before


@pytest.mark.parametrize("word", HOSTILE)
def test_words_from_elsewhere_make_no_element(tmp_path, word):
    reports = tmp_path / "reports"
    put(reports, "2026-01-01", hostile_run(word))
    put(reports, "2026-01-02", hostile_run(f"{word}."))
    build([reports], tmp_path / "site", title=word)
    for page in (tmp_path / "site").glob("matrix/*.html"):
        found = read(page)
        assert not {"img", "iframe", "object", "b\x00"} & set(found.tags)
        assert found.tags.count("script") == 2
    check_links(tmp_path / "site")


def test_of_two_runs_in_a_minute_the_later_one_is_what_is_so_now(tmp_path):
    red = run_of(replace(HANDLE, outcome=GONE))
    green = run_of(*TUPLE)
    for name, run, started in (
        ("b", green, "2026-11-22T10:00:05+00:00"),
        ("a", red, "2026-11-22T10:00:05.250000+00:00"),
    ):
        put(tmp_path / "reports", name, run)
        (tmp_path / "reports" / f"{name}.run.json").write_text(json.dumps({"started": started}), "utf-8")
    build([tmp_path / "reports"], tmp_path / "site", title=TITLE)
    index = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "1 of 1 matrix is not as expected" in index
    assert "The matrix is as expected" not in index
    assert "2026-11-22 10:00<" in index


def test_the_command_says_what_was_built_and_what_was_not_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_reports(tmp_path / "reports")
    (tmp_path / "reports" / "other.json").write_text("{}")
    result = CliRunner().invoke(commands, ["site"])
    assert result.exit_code == 0, result.output
    assert result.stdout == "5 reports, 2 matrices, 15 files: site/index.html; 1 JSON file left out\n"
    assert result.stderr == "left out reports/other.json: not a report of upload-matrix\n"
    assert CliRunner().invoke(commands, ["site", "nowhere"]).exit_code == 2
