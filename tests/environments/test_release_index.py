"""The list of releases: read from JSON or HTML, kept for an hour, and clear about what went wrong."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from upload_matrix.environments.index import Index, configured_index, uv_index
from upload_matrix.environments.interpreters import ReleasesError, Uv
from upload_matrix.environments.releases import PublishedRelease

LISTED = (
    PublishedRelease("1.0.0", date(2023, 1, 10)),
    PublishedRelease("1.1.0", date(2023, 3, 1)),
    PublishedRelease("1.2.0", date(2023, 4, 1), yanked="wrong files"),
    PublishedRelease("2.0.0rc1", date(2024, 5, 20), prerelease=True),
    PublishedRelease("2.0.0", date(2024, 6, 1), requires_python=">=3.8"),
    PublishedRelease("2.1.0", date(2024, 7, 1), requires_python=">=3.99"),
    PublishedRelease("3.0.0", date(2025, 1, 1), requires_python=">=3.8"),
)


def test_json_page(index, tmp_path):
    assert Index(tmp_path, index=index.url).releases("FakeSDK") == LISTED


def test_html_page_has_everything_but_dates(index, tmp_path):
    index.json = False

    assert Index(tmp_path, index=index.url).releases("fakesdk") == tuple(
        PublishedRelease(entry.version, None, entry.yanked, entry.prerelease, entry.requires_python)
        for entry in LISTED
    )


def test_a_release_with_one_file_that_stands_is_not_yanked(index, tmp_path):
    index.page = (
        200,
        "application/vnd.pypi.simple.v1+json",
        b'{"files": [{"filename": "fakesdk-1.0-py3-none-any.whl", "yanked": true},'
        b' {"filename": "fakesdk-1.0.tar.gz", "yanked": false}, {"filename": "fakesdk-1.0.exe"},'
        b' {"filename": "fakesdk-1.1.tar.gz", "yanked": true}]}',
    )

    assert Index(tmp_path, index=index.url).releases("fakesdk") == (
        PublishedRelease("1.0"),
        PublishedRelease("1.1", yanked=""),
    )


def test_a_list_is_kept_for_its_time(index, tmp_path):
    Index(tmp_path, index=index.url).releases("fakesdk")
    Index(tmp_path, index=index.url).releases("fakesdk")
    assert len(index.asked) == 1

    Index(tmp_path, index=index.url, keep=timedelta(0)).releases("fakesdk")
    assert len(index.asked) == 2


def test_offline_takes_a_list_of_any_age_and_asks_nobody(index, tmp_path):
    Index(tmp_path, index=index.url).releases("fakesdk")
    offline = Index(tmp_path, index=index.url, offline=True, keep=timedelta(0))

    assert offline.releases("fakesdk") == LISTED
    assert len(index.asked) == 1


def test_offline_without_a_list_says_so(index, tmp_path):
    with pytest.raises(ReleasesError, match="run once without --offline"):
        Index(tmp_path, index=index.url, offline=True).releases("fakesdk")
    assert index.asked == []


def test_a_list_that_cannot_be_read_is_asked_for_again(index, tmp_path):
    Index(tmp_path, index=index.url).releases("fakesdk")
    for file in tmp_path.glob("fakesdk-*.json"):
        file.write_text("{broken")

    assert Index(tmp_path, index=index.url).releases("fakesdk") == LISTED


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ((404, "text/plain", b""), "answered 404; check the name"),
        ((200, "application/json", b'{"message": "hello"}'), "something other than a page of the Simple API"),
        ((200, "application/json", b"<html>"), "something other than a page of the Simple API"),
    ],
)
def test_what_is_no_list_is_an_error_that_names_the_page(index, tmp_path, page, says):
    index.page = page

    with pytest.raises(ReleasesError) as caught:
        Index(tmp_path, index=index.url).releases("fakesdk")
    assert says in str(caught.value)
    assert f"{index.url}fakesdk/" in str(caught.value)


def test_an_unreachable_index_is_an_error_without_the_password(tmp_path):
    with pytest.raises(ReleasesError) as caught:
        Index(tmp_path, index="http://me:secret@127.0.0.1:9/simple").releases("fakesdk")
    assert "http://127.0.0.1:9/simple/fakesdk/ was asked" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_index_of_files_cannot_be_listed(tmp_path):
    with pytest.raises(ReleasesError, match="not served over HTTP"):
        Index(tmp_path, index="file:///wheels").releases("fakesdk")


def test_one_release(index, tmp_path):
    listed = Index(tmp_path, index=index.url)

    assert listed.release("fakesdk", "1.0").version == "1.0.0"
    with pytest.raises(ReleasesError, match=r"no release 9\.9 of 'fakesdk'"):
        listed.release("fakesdk", "9.9")


def test_variables_name_the_index_and_uvs_come_first():
    assert configured_index({"PIP_INDEX_URL": "https://pip/", "UV_INDEX_URL": "https://uv/"}) == "https://uv/"
    assert configured_index({"UV_DEFAULT_INDEX": "corp=https://corp/?a=b"}) == "https://corp/?a=b"
    assert configured_index({"UV_DEFAULT_INDEX": "https://corp/?a=b"}) == "https://corp/?a=b"


def test_pip_settings_name_the_index(tmp_path, monkeypatch):
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://from.pip/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    pip = tmp_path / "pip"
    pip.write_text('#!/bin/sh\n[ "$*" = "config get global.index-url" ] && echo https://from.pip/simple\n')
    pip.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert configured_index({}) == "https://from.pip/simple"


def test_without_pip_the_choice_is_uvs(monkeypatch):
    monkeypatch.setenv("PATH", "")

    assert configured_index({}) is None


def test_uv_tells_which_index_it_uses(index):
    index.wheels = [wheel for wheel in index.wheels if wheel.version in ("1.0.0", "1.0")]

    assert uv_index("fakesdk", Uv(index=index.url)).rstrip("/") == index.url.rstrip("/")


def test_uv_that_finds_nothing_is_an_error_with_its_reason(index):
    with pytest.raises(ReleasesError, match="Set UV_DEFAULT_INDEX to your index"):
        uv_index("absent", Uv(index=index.url))
