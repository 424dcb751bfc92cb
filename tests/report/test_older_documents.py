"""Documents of the version before say ``mend`` and ``refused``; they are read as if they said today's words."""

import json
import re
from pathlib import Path

import pytest

from upload_matrix.report import json_report, registry, sweep_json
from upload_matrix.report.html import embed

REPORTS = Path(__file__).resolve().parents[2] / "reports"
OLD_KEYS, OLD_WORDS = {"fix": "mend", "not_sent": "refused"}, {"not_sent": "refused"}


def as_before(data):
    if isinstance(data, list):
        return [as_before(each) for each in data]
    if not isinstance(data, dict):
        return OLD_WORDS.get(data, data) if isinstance(data, str) else data
    return {OLD_KEYS.get(key, key): as_before(value) for key, value in data.items()}


@pytest.mark.parametrize(
    ("name", "kind"), [("clients", json_report), ("example", json_report), ("history", sweep_json)]
)
def test_a_report_of_the_version_before_is_read_as_one_of_today(name, kind):
    text = (REPORTS / f"{name}.json").read_text("utf-8")
    before = {**as_before(json.loads(text)), "version": 1}
    assert "not_sent" not in json.dumps(before)
    assert kind.load(json.dumps(before), "old.json") == kind.load(text, "new.json")


@pytest.mark.parametrize("form", ["html", "markdown", "junit", "step-summary", "json"])
def test_a_report_that_was_written_as_version_1_opens_in_every_view(form):
    # Some cases of a report as it was written before; nothing in it has today's words.
    text = (Path(__file__).parent / "older" / "clients.1.json").read_text("utf-8")
    run = json_report.load(text, "clients.1.json")
    (report,) = registry.find([form])
    shown = report.render(run)
    assert re.search("not[ _]sent", embed.unpacked(shown))
    assert json.loads(text)["version"] == 1
    if form == "html":
        blocks = embed.blocks(shown)
        assert len(blocks["index"]["ids"]) == len(run.results)
        assert "not_sent" in {each["kind"] for each in blocks["index"]["outcomes"]}
