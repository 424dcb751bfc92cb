"""Pairwise rows: every pair that can occur does, nothing excluded occurs, and the rows are few."""

from __future__ import annotations

import random
from itertools import combinations, product
from pathlib import Path

import covertable
import pytest
from matrix_files import ids, loaded

from upload_matrix.matrix.axes import Rule, holds
from upload_matrix.matrix.combining import Space, pair_count, pairwise_rows
from upload_matrix.model.errors import HarnessError


def pairs(rows: list[tuple[str, ...]]) -> set[tuple[tuple[int, str], ...]]:
    return {pair for row in rows for pair in combinations(enumerate(row), 2)}


def allowed(domains: list[list[str]], forbidden: list[Rule]) -> list[tuple[str, ...]]:
    return [row for row in product(*domains) if not any(holds(rule, row) for rule in forbidden)]


def random_space(seed: int) -> tuple[list[list[str]], list[Rule]]:
    chance = random.Random(seed)
    domains = [[f"v{value}" for value in range(chance.randint(1, 4))] for _ in range(chance.randint(2, 6))]
    forbidden = []
    for _ in range(chance.randint(0, 12)):
        axes = chance.sample(range(len(domains)), chance.randint(1, min(3, len(domains))))
        forbidden.append(
            tuple(
                (axis, frozenset(chance.sample(domains[axis], chance.randint(1, len(domains[axis])))))
                for axis in axes
            )
        )
    return domains, forbidden


@pytest.mark.parametrize("seed", range(400))
def test_rows_hold_exactly_the_pairs_that_brute_force_finds(seed: int) -> None:
    domains, forbidden = random_space(seed)
    everything = allowed(domains, forbidden)
    rows = pairwise_rows(domains, forbidden)
    assert pairs(rows) == pairs(everything)
    assert set(rows) <= set(everything)
    assert len(rows) == len(set(rows)) <= max(1, pair_count([len(values) for values in domains]))
    assert rows == pairwise_rows(domains, forbidden)


@pytest.mark.parametrize("seed", range(60))
def test_pairs_that_covertable_leaves_are_covered_all_the_same(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covertable, "make_async", lambda *_args, **_options: iter(()))
    domains, forbidden = random_space(seed)
    assert pairs(pairwise_rows(domains, forbidden)) == pairs(allowed(domains, forbidden))


@pytest.mark.parametrize("seed", range(60))
def test_covertable_may_be_stopped_half_way(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upload_matrix.matrix.combining._COVERTABLE_COMPARISONS", 40)
    domains, forbidden = random_space(seed)
    assert pairs(pairwise_rows(domains, forbidden)) == pairs(allowed(domains, forbidden))


def test_a_row_that_is_excluded_is_our_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covertable, "make_async", lambda *_args, **_options: iter([[0, 0]]))
    with pytest.raises(HarnessError, match="covertable made a row that the matrix excludes"):
        pairwise_rows([["a", "b"], ["c"]], [((0, frozenset("a")),)])


def test_rows_are_few() -> None:
    assert len(pairwise_rows([list("abcd")] * 6, [])) == 26
    assert len(pairwise_rows([list("ab")] * 10, [])) == 9


def test_twenty_axes_of_ten_values_are_covered() -> None:
    domains = [list("abcdefghij")] * 20
    chance = random.Random(7)
    forbidden: list[Rule] = [
        tuple((axis, frozenset(chance.sample("abcdefghij", 2))) for axis in chance.sample(range(20), 2))
        for _ in range(20)
    ]
    rows = pairwise_rows(domains, forbidden)
    assert not [row for row in rows if any(holds(rule, row) for rule in forbidden)]
    space = Space.over(domains, forbidden)
    missing = set(combinations([(axis, value) for axis in range(20) for value in "abcdefghij"], 2)) - pairs(
        rows
    )
    for (axis, value), (other, second) in missing:
        start = space.everything()
        start[axis] &= 1 << "abcdefghij".index(value)
        start[other] &= 1 << "abcdefghij".index(second)
        assert space.solved(start) is None
    assert len(rows) < 300


def test_one_axis_gives_its_values() -> None:
    assert pairwise_rows([["a", "b", "c"]], [((0, frozenset("b")),)]) == [("a",), ("c",)]


def test_nothing_is_left_when_everything_is_excluded() -> None:
    assert pairwise_rows([["a"], ["b", "c"]], [((1, frozenset("bc")),)]) == []


PAIRWISE = """
    strategy: pairwise
    axes:
      operation: [images.edit, images.generate, files.create]
      client: [openai, httpx]
      container: [handle, path, bytesio, tuple3]
      image: [png, webp]
      quality: [low, high]
      mask: [none, unnamed]
    exclude:
      - {client: httpx, container: [path, bytesio]}
"""


def test_pairwise_keeps_to_collapse_and_exclude(tmp_path: Path) -> None:
    full = loaded(tmp_path, PAIRWISE.replace("pairwise", "full"))
    some = loaded(tmp_path, PAIRWISE)
    assert pairs([tuple(case.axes.values()) for case in some.cases]) == pairs(
        [tuple(case.axes.values()) for case in full.cases]
    )
    assert set(ids(some)) < set(ids(full))
    assert ids(some) == [case for case in ids(full) if case in set(ids(some))]
    assert len(some.cases) < len(full.cases) / 2


def test_an_expectation_may_meet_no_row_when_it_could_meet_a_case(tmp_path: Path) -> None:
    text = PAIRWISE + (
        "    expect:\n"
        "      - when: {client: openai, container: path, image: webp, quality: low, guess: null}\n"
        "        outcome: rejected\n"
    )
    assert loaded(tmp_path, text).cases
