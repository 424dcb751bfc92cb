"""A user's own profile: what it may say, what it inherits, and how a mistake is pointed out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from emulator_wires import bare, edit, file

from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile
from upload_matrix.model.errors import ConfigurationError

HEAD = "name: mine\ndate: 2026-11-01\nsummary: mine\n"
RULE = "rules:\n  - id: teapot\n    source: our runbook\n    when: {operation: images.edit}\n"
ANSWER = "    answer: {status: 418, message: no}\n"


def rules(*ids, before=None):
    listed = [
        {
            "id": name,
            "source": "ours",
            "when": {"path": "unknown"},
            "answer": {"status": 400, "message": "no"},
        }
        for name in ids
    ]
    listed[-1] |= {"before": before} if before else {}
    return yaml.safe_dump({"rules": listed})


def saved(tmp_path, text, name="mine.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_example_of_the_readme_loads_and_does_what_it_says(tmp_path):
    readme = Path(__file__).parents[2] / "harness" / "upload_matrix" / "vendors" / "profiles.md"
    example = re.search(r"```yaml\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    profile = load_profile(saved(tmp_path, example[1]))

    said = answer(profile, edit(file("image", "a.webp", "image/webp", "webp")))
    assert (said.status, json.loads(said.body)["error"]["message"]) == (415, "No image/webp here.")
    assert answer(profile, edit(n="11")).status == 200
    assert answer(profile, edit(model="gpt-image-1")).rule == "model-retired"


def test_a_child_replaces_inserts_appends_and_removes(tmp_path):
    saved(tmp_path, HEAD + rules("a", "b", "c"), "base.yaml")
    child = saved(
        tmp_path, HEAD + "extends: base.yaml\nremove: [c]\n" + rules("b", "last", "new", before="a")
    )
    assert [rule.id for rule in load_profile(child).rules] == ["new", "a", "b", "last"]


def test_a_changed_list_reaches_the_rules_that_were_taken_over(tmp_path):
    path = saved(tmp_path, HEAD + "extends: openai-2025\nlists: {gpt-sizes: [64x64]}\n")
    assert answer(load_profile(path), edit(size="1024x1024")).rule == "size-unknown-gpt"
    assert answer(load_profile(path), edit(size="64x64")).status == 200


def test_the_first_test_of_a_rule_is_what_its_message_speaks_of(tmp_path):
    conditions = "{field: [{name: quality, longer_than: 1}, {name: size, longer_than: 2}]}"
    rule = RULE.replace("{operation: images.edit}", conditions) + ANSWER.replace("no", "'{field} is {value}'")
    said = answer(load_profile(saved(tmp_path, HEAD + rule)), edit(size="auto", quality="low"))
    assert json.loads(said.body)["error"]["message"] == "quality is low"


@pytest.mark.parametrize(("shutdown", "state"), [("2026-11-02", "live"), ("2026-11-01", "retired")])
def test_on_the_day_of_its_shutdown_a_model_answers_no_more(tmp_path, shutdown, state):
    models = f"models: [{{id: m, operations: [images.edit], shutdown: {shutdown}}}]\n"
    profile = load_profile(saved(tmp_path, HEAD + models))
    assert profile.model_state("m", "images.edit") == state


def test_a_request_that_a_small_profile_does_not_speak_of_is_not_taken_for_a_rejection(tmp_path):
    profile = load_profile(saved(tmp_path, HEAD))
    assert answer(profile, bare("GET", "/nowhere")).status == 501
    assert answer(profile, edit(size="99999x99999", n="999999")).status == 200


MISTAKES = {
    "an unknown word": (
        HEAD + RULE.replace("operation:", "operatoin:") + ANSWER,
        "mine.yaml:7:12: rules.0.when.operatoin: unknown word 'operatoin'. Did you mean 'operation'? Known: ",
    ),
    "an unknown operation": (
        HEAD + RULE.replace("images.edit", "images.edits") + ANSWER,
        "no operation is called 'images.edits'. Did you mean 'images.edit'? Known: ",
    ),
    "an unknown list": (
        HEAD
        + "lists: {sizes: [auto]}\n"
        + RULE.replace("images.edit", "images.edit, field: {name: size, none_of: size}")
        + ANSWER,
        "mine.yaml:8:36: rules.0.when.field.0.none_of: no list is called 'size'. Did you mean 'sizes'?",
    ),
    "an unknown family": (
        HEAD + RULE.replace("images.edit", "images.edit, model_family: gpt") + ANSWER,
        "no family of models is called 'gpt'. Known: (none).",
    ),
    "a size without unit": (
        HEAD + RULE.replace("images.edit", "images.edit, part: {name: image, size_over: 4}") + ANSWER,
        "4 is not a size: write a number and its unit, such as '4 MiB' or '26214400 B'",
    ),
    "a placeholder from nowhere": (
        HEAD + RULE + ANSWER.replace("message: no", "message: 'no {modle}'"),
        "nothing in 'when' gives the placeholder {modle}. Did you mean 'model'? Known: ",
    ),
    "no source": (
        HEAD + RULE.replace("    source: our runbook\n", "") + ANSWER,
        "mine.yaml:5:5: rules.0.source: Field required",
    ),
    "an empty source": (
        HEAD + RULE.replace("our runbook", "' '") + ANSWER,
        "mine.yaml:6:13: rules.0.source: ",
    ),
    "no condition": (
        HEAD + RULE.replace("{operation: images.edit}", "{}") + ANSWER,
        "a rule without conditions would refuse every request.",
    ),
    "a field of which nothing is asked": (
        HEAD + RULE.replace("{operation: images.edit}", "{field: {name: size}}") + ANSWER,
        "nothing is asked of the field 'size'; say 'is: present' if that is meant",
    ),
    "a field both absent and compared": (
        HEAD
        + RULE.replace("{operation: images.edit}", "{field: {name: n, is: absent, one_of: ['1']}}")
        + ANSWER,
        "the field 'n' cannot be absent and have a value: drop 'is: absent'",
    ),
    "a count without limit": (
        HEAD + RULE.replace("{operation: images.edit}", "{count: {name: image}}") + ANSWER,
        "count of 'image': give either 'over' or 'under'",
    ),
    "an answer that says nothing": (
        HEAD + RULE + "    answer: {status: 400}\n",
        "give either a message, or 'body: empty' or 'body: ignored'",
    ),
    "an answer that is no error": (
        HEAD + RULE + "    answer: {status: 200, message: fine}\n",
        "a rule answers an error (400 to 599), or 'body: ignored' with status 200",
    ),
    "an id twice": (
        HEAD + RULE + ANSWER + (RULE + ANSWER).removeprefix("rules:\n"),
        "mine.yaml:9:9: rules.1.id: 'teapot' is the id of an earlier rule: ids are unique",
    ),
    "before a rule that is not there": (
        HEAD + RULE + ANSWER + "    before: taepot\n",
        "mine.yaml:9:13: rules.0.before: no rule is called 'taepot'. Known: (none).",
    ),
    "removing a rule that is not there": (
        HEAD + "extends: openai-2025\nremove: [model-unknwon]\n",
        "mine.yaml:5:10: remove.0: no rule is called 'model-unknwon'. Did you mean 'model-unknown'? Known: ",
    ),
    "extending what is not there": (
        HEAD + "extends: openai-2052\n",
        "mine.yaml:4:10: extends: no profile 'openai-2052': neither a built-in name nor a file. Did you mean",
    ),
    "extending itself": (HEAD + "extends: mine.yaml\n", "'mine.yaml' extends this profile in turn"),
    "no date": (HEAD.replace("date: 2026-11-01\n", ""), "date: Field required"),
    "a list": ("- a\n", "mine.yaml:1:1: a profile is a mapping"),
    "nothing": ("", "a profile is a mapping"),
    "no YAML": ("name: [\n", "not YAML"),
}


@pytest.mark.parametrize(("text", "says"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_file_line_and_way_out(tmp_path, text, says):
    with pytest.raises(ConfigurationError) as caught:
        load_profile(saved(tmp_path, text))
    assert str(tmp_path / "mine.yaml") in str(caught.value)
    assert says in str(caught.value)


def test_an_unknown_profile_is_answered_with_the_closest_name():
    with pytest.raises(ConfigurationError) as caught:
        load_profile("openai-2026-2")
    assert str(caught.value) == (
        "no profile 'openai-2026-2': neither a built-in name nor a file. Did you mean 'openai-2026-02'? "
        "Known: anthropic-2026, deepgram-2026, gemini-2026, mistral-2026, openai-2025, openai-2026-02, "
        "openai-2026-11."
    )
