from __future__ import annotations

from pathlib import Path

import pytest
from reports_story import HANDLE, edit, file_part, run_of, story

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import Run
from upload_matrix.report import json_report, junit, markdown, registry
from upload_matrix.report.registry import available, write, write_text


def test_the_reports_of_this_folder_are_found():
    found = {name: report.suffix for name, report in available().items()}
    assert {"json": ".json", "junit": ".xml", "markdown": ".md"}.items() <= found.items()
    assert len(set(found.values())) == len(found)


def test_a_file_put_into_the_folder_is_a_report(tmp_path, monkeypatch):
    tmp_path.joinpath("one_line.py").write_text(
        'NAME = "one-line"\nSUFFIX = ".txt"\ndef render(run):\n    return f"{len(run.results)} cases\\n"\n'
    )
    monkeypatch.setattr(
        registry.upload_matrix.report, "__path__", [*registry.upload_matrix.report.__path__, str(tmp_path)]
    )
    assert "one-line" in available()
    (path,) = write(story(), tmp_path / "out", "r", ["one-line"])
    assert path.read_text() == available()["one-line"].render(story()) == "7 cases\n"


def test_each_format_is_one_file_beside_the_others(tmp_path):
    paths = write(story(), tmp_path / "new" / "folder", "r", ["markdown", "json", "junit", "json"])
    folder = tmp_path / "new" / "folder"
    assert paths == (folder / "r.md", folder / "r.json", folder / "r.xml")
    assert paths[0].read_bytes() == markdown.render(story()).encode()
    assert paths[1].read_bytes() == json_report.render(story()).encode()
    assert paths[2].read_bytes() == junit.render(story()).encode()
    assert sorted(folder.iterdir()) == sorted(paths)


def test_a_lone_surrogate_is_no_reason_to_lose_a_report(tmp_path):
    odd = edit(file_part("a\udc80.webp"))
    run = Run(("m",), (HANDLE,), {**run_of(HANDLE).wires, odd.digest: odd}, (), ("note \udc80",))
    for path in write(run, tmp_path, "r", ["json", "markdown", "junit"]):
        path.read_text("utf-8")


def test_a_report_that_breaks_off_leaves_the_old_file_and_no_rest(tmp_path):
    def breaking():
        yield "half"
        raise OSError("disk full")

    path = tmp_path / "r.json"
    path.write_text("old")
    with pytest.raises(ConfigurationError, match=r"r\.json: cannot be written: disk full"):
        write_text(path, breaking())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_unknown_format_suggests_the_closest_before_anything_is_written(tmp_path):
    with pytest.raises(
        ConfigurationError, match=r"no report is called 'markdwon'. Did you mean 'markdown'\?"
    ):
        write(story(), tmp_path / "out", "r", ["json", "markdwon"])
    with pytest.raises(ConfigurationError, match=r"'pdf'. There are: .*json, junit, markdown"):
        write(story(), tmp_path / "out", "r", ["pdf"])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../r", "a/b", "a\\b"])
def test_a_name_cannot_leave_its_folder(tmp_path, name):
    with pytest.raises(ConfigurationError, match="is no name for a report's file"):
        write(story(), tmp_path / "out", name, ["json"])
    assert list(Path(tmp_path).iterdir()) == []
