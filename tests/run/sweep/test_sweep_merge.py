from __future__ import annotations

from dataclasses import replace

import pytest
from sweep_builders import (
    ACCEPTED,
    ASKED,
    EMULATED,
    NEW,
    OLD,
    RECORDED,
    REJECTED,
    environment,
    released,
    story,
    sweep,
)

from upload_matrix.judge.merge import merge
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.sweep import Guard, Strategy

NAMES = ("1", "2", "3", "4")


def shard(told, **given):
    return sweep(told, names=NAMES, **given)


def test_shards_by_release_give_the_whole():
    whole = story(notes=("a note",))
    half = {name: whole.results[name] for name in ("1.0", "1.2", "1.4")}
    rest = {name: whole.results[name] for name in ("1.1", "1.3", "2.0")}
    assert merge([replace(whole, results=rest), replace(whole, results=half)]) == whole
    assert list(merge([replace(whole, results=rest), replace(whole, results=half)]).results) == list(
        whole.results
    )


def test_shards_by_variant_give_the_whole():
    merged = merge([shard({"1": {"a": (OLD, REJECTED)}}), shard({"1": {"b": (NEW, ACCEPTED)}})])
    assert merged == shard({"1": {"a": (OLD, REJECTED), "b": (NEW, ACCEPTED)}})
    assert [answer.wire for answer in merged.answers] == sorted([OLD.digest, NEW.digest])


def test_one_sweep_merges_to_itself():
    assert merge([story()]) == story()


def test_a_release_that_two_have_alike_is_no_contradiction():
    assert merge([story(), story()]) == story()


def test_an_answer_asked_live_is_counted_once():
    told = {"1": {"a": (OLD, REJECTED)}}
    asked = replace(ASKED, recorded_on="2026-11-30")
    merged = merge([shard(told, source=RECORDED), shard(told, source=asked), shard(told, source=RECORDED)])
    assert [answer.source for answer in merged.answers] == [asked]
    assert (merged.counts.needed, merged.counts.asked, merged.counts.recorded) == (1, 1, 0)


ONE = shard({"1": {"a": (OLD, REJECTED)}})


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (replace(ONE, distribution="litellm"), "sweeps 1 and 2 do not have the same distribution"),
        (replace(ONE, releases=released("1", "2")), "sweeps 1 and 2 do not have the same releases"),
        (replace(ONE, strategy=Strategy.BISECT), "sweeps 1 and 2 do not have the same strategy"),
        (replace(ONE, guard=Guard(every=2)), "sweeps 1 and 2 do not have the same guard"),
        (shard({"1": "no wheel"}), "release 1 was available to one sweep and not to another: no wheel"),
        (shard({"1": {"a": (OLD, ACCEPTED)}}), "release 1, a: one sweep has rejected 400"),
        (shard({"1": {"a": (NEW, REJECTED)}}), f"another rejected 400 .* with wire forms {NEW.digest}"),
        (
            shard({"1": {"b": (OLD, REJECTED)}}, environments={"1": environment("1", python="3.9.1")}),
            "release 1: the environment 'here' is not the same",
        ),
        (
            replace(ONE, answers=(replace(ONE.answers[0], source=None),)),
            r"one sweep has emulated words \(profile openai-2026-02\), another no answer",
        ),
        (
            replace(ONE, answers=(replace(ONE.answers[0], source=replace(EMULATED, profile="other")),)),
            r"another emulated words \(profile other\)",
        ),
    ],
)
def test_contradictions_are_refused(other, says):
    with pytest.raises(ConfigurationError, match=says):
        merge([ONE, other])


def test_nothing_to_merge():
    with pytest.raises(ConfigurationError, match="nothing to merge"):
        merge([])
