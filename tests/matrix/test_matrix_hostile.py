"""Files that mean harm, or are no YAML at all, end in a message and not in a dead or busy process."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix_files import loaded, problems

from upload_matrix.matrix.document import MAX_BYTES, MAX_DEPTH, MAX_NODES
from upload_matrix.matrix.shape import MAX_RULES


def test_an_alias_bomb_is_refused_before_it_is_built(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert problems(tmp_path, "\n".join(lines)) == [
        "5:5: its aliases, written out, make more than 100,000 values"
    ]


def test_aliases_that_nest_too_deep_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 5000)]
    assert problems(tmp_path, "\n".join(lines)) == [
        "32:6: its aliases, written out, nest more than 32 levels deep"
    ]


@pytest.mark.parametrize(
    ("text", "where"), [("axes: &a {n: *a}", "1:7"), ("axes: {n: &a [1, *a]}", "1:11"), ("&a [*a]", "1:1")]
)
def test_an_alias_that_leads_to_itself_is_refused(tmp_path: Path, text: str, where: str) -> None:
    assert problems(tmp_path, text) == [f"{where}: an alias in this value leads back to the value itself"]


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 50_000, "- " * 100_000, "? " * 100_000])
def test_nesting_that_would_kill_the_parser_is_refused(tmp_path: Path, text: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.endswith(f"nested more than {MAX_DEPTH} levels deep")


def test_too_many_values_are_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"axes: {{n: [{'1,' * (MAX_NODES + 1)}]}}")
    assert problem.endswith("more than 100,000 values in one file")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    assert problems(tmp_path, b"#" * (MAX_BYTES + 1)) == [
        "1:1: the file has 4,000,001 bytes; at most 4,000,000 are read"
    ]


def test_a_huge_product_is_refused_before_it_is_made(tmp_path: Path) -> None:
    values = ", ".join(f"v{n}" for n in range(100))
    text = (
        f"axes:\n  n: [{values}]\n  size: [{values}]\n  user: [{values}]\n  prompt: [{values}]\n  style: x\n"
    )
    assert problems(tmp_path, text + "  operation: [images.edit, images.generate]") == [
        "1:1: the axes (operation 2 x n 100 x size 100 x user 100 x prompt 100) make 200,000,000 cases, more"
        " than 50,000 (`exclude` not yet applied); take fewer values, set `strategy: pairwise`, or allow them"
        " with `--max-cases 200000000`"
    ]


def test_the_limit_is_the_callers_and_counts_collapsed_cases(tmp_path: Path) -> None:
    text = "axes: {operation: [images.edit, images.generate], container: [handle, path, bytesio]}"
    assert len(loaded(tmp_path, text, max_cases=4).cases) == 4
    (problem,) = problems(tmp_path, text, max_cases=3)
    assert "make 4 cases, more than 3" in problem
    pairwise = text + "\nstrategy: pairwise"
    assert problems(tmp_path, pairwise, max_cases=3) == [
        "1:1: 4 cases are more than 3; allow them with `--max-cases 4`"
    ]


def test_too_many_pairs_are_refused_before_a_row_is_made(tmp_path: Path) -> None:
    values = ", ".join(f"v{n}" for n in range(300))
    text = f"axes:\n  n: [{values}]\n  size: [{values}]\nstrategy: pairwise"
    (problem,) = problems(tmp_path, text)
    assert problem == (
        "1:1: the axes (n 300 x size 300) have 90,000 pairs of values, more than 50,000; take fewer values"
    )


def test_too_many_rules_are_refused(tmp_path: Path) -> None:
    text = "axes: {}\nexclude:\n" + "- {client: openai}\n" * (MAX_RULES + 1)
    assert problems(tmp_path, text) == ["3:1: `exclude`: has 1,001 entries; at most 1,000 are allowed"]


def test_exclusions_as_hard_as_a_riddle_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pigeons and holes: eleven axes, no two of which may have the same of ten values."""
    monkeypatch.setattr("upload_matrix.matrix.combining.MAX_STEPS", 100_000)
    names = "model prompt n size quality background input_fidelity output_format stream user response_format"
    axes = names.split()
    lines = [
        "strategy: pairwise",
        "axes:",
        *(f"  {name}: [{', '.join('abcdefghij')}]" for name in axes),
        "exclude:",
    ]
    for position, one in enumerate(axes):
        lines += [f"- {{{one}: {v}, {two}: {v}}}" for two in axes[position + 1 :] for v in "abcdefghij"]
    (problem,) = problems(tmp_path, "\n".join(lines))
    assert problem.endswith(
        "these exclusions are too entangled to be decided; take fewer, or exclude whole values"
    )


def test_a_key_stands_once(tmp_path: Path) -> None:
    assert problems(tmp_path, "axes:\n  n: 1\n  n: 2\naxes: {}\n") == [
        "3:3: the key `n` stands here a second time, first on line 2",
        "4:1: the key `axes` stands here a second time, first on line 1",
    ]


TEXTS: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "1:1: the file is empty"),
    "a comment": ("# nothing\n", "1:1: the file is empty"),
    "null": ("---\n", "2:1: the file: must be a mapping (`key: value`), not null"),
    "two documents": ("axes: {}\n---\naxes: {}\n", "2:1: a second document starts here; one file holds one"),
    "a tab": ("axes:\n\tn: 1\n", "2:1: a tab stands where YAML wants spaces; indent with spaces"),
    "a tab after a text": (
        "name: x\n\ty: 1\n",
        "2:1: a tab stands where YAML wants spaces; indent with spaces",
    ),
    "Latin-1": ("name: x\n# é".encode("latin-1"), "2:3: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    "UTF-16": ("axes: {}".encode("utf-16"), "1:1: byte 0xff is not UTF-8; save the file as UTF-8"),
    "a control character": (
        "# é\nname: é\x01",
        '2:8: the character U+0001 may not stand in YAML; write it as an escape in "quotes"',
    ),
    "a merge key": (
        "axes: {}\nexpect: [{outcome: accepted, <<: {status: 200}}]",
        "2:30: merge keys (`<<`) are not supported; write the keys out, or alias a whole value",
    ),
    "a key that is a list": ("axes: {}\n? [a]\n: 1\n", "2:3: a key must be a single word"),
    "a Python object": (
        "axes: {n: !!python/object/apply:os.system [x]}",
        "1:11: the tag `tag:yaml.org,2002:python/object/apply:os.system` is not supported; write the"
        " value without a tag",
    ),
    "a tag of one's own": (
        "axes: {n: !mine x}",
        "1:11: the tag `!mine` is not supported; write the value without a tag",
    ),
    "a number that is none": ("axes: {n: !!int x}", "1:11: `x` is not a number; leave the tag out"),
    "a number without end": (
        f"axes: {{n: {'9' * 5000}}}",
        "1:11: a number of 5000 characters; put it in quotes to send it as a text",
    ),
    "a number too large": (
        "axes: {n: 1e999}",
        "1:11: `1e999` is no finite number; put it in quotes to send it as a text",
    ),
    "a colon": (
        "description: a: b",
        "1:15: not valid YAML: mapping values are not allowed in this context; put a text"
        " that holds `: ` in quotes",
    ),
    "an unknown alias": ("axes: *a", "1:7: not valid YAML: found undefined alias"),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_what_is_not_read_is_said_with_its_place(tmp_path: Path, kind: str) -> None:
    text, says = TEXTS[kind]
    assert says in problems(tmp_path, text)


def test_a_tag_that_says_text_makes_a_text(tmp_path: Path) -> None:
    (case,) = loaded(tmp_path, "axes: {n: !!str 1}").cases
    assert case.request == {"n": "1"}
