"""Finding the two cases of a comparison, and making B of A."""

import pytest

from upload_matrix.model.case import Case, Encoding, FileField, Operation, case_id
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.run.loading import sampled
from upload_matrix.run.pairing import Changes, find_case, pair_of

EDIT = Operation(
    "images.edit", "POST", "/images/edits", Encoding.MULTIPART, (FileField("image"),),
    ("model", "prompt", "quality"),
)  # fmt: skip
GENERATE = Operation(
    "images.generate", "POST", "/images/generations", Encoding.JSON, (), ("model", "prompt", "quality")
)
TARGETS = ("vendor", "other", "emulator:p")


def case(operation, container, client="httpx", model="m1"):
    axes = {"operation": operation.name, "model": model, "client": client, "container": container}
    return Case(
        id=case_id("mine", axes),
        matrix="mine",
        axes=axes,
        operation=operation,
        request={"model": model, "prompt": "p"},
        target="vendor",
        expectations=("a rule",),
    )


CASES = (
    case(GENERATE, "n/a"),
    case(GENERATE, "n/a", model="m2"),
    case(EDIT, "handle"),
    case(EDIT, "tuple"),
    case(EDIT, "tuple", client="openai"),
)


def pair(a, b=None, controls=(), **changes):
    return pair_of(CASES, TARGETS, a, b, Changes(**changes), controls)


@pytest.mark.parametrize("words", ["mine/images.edit/m1/httpx/handle", "handle", "m1/handle"])
def test_a_case_is_found_by_its_id_or_by_enough_of_its_words(words):
    assert find_case(words, CASES) is CASES[2]


def test_words_that_fit_several_or_none_say_which():
    with pytest.raises(ConfigurationError, match=r"fits 2 cases; give more of the id:\n  mine/images\.edit"):
        find_case("tuple", CASES)
    with pytest.raises(
        ConfigurationError, match=r"no case is called 'httpx/handel'.*Did you mean 'httpx/handle'"
    ):
        find_case("httpx/handel", CASES)
    # The words stand in the id's own order.
    with pytest.raises(ConfigurationError):
        find_case("handle/httpx", CASES)


def test_controls_share_target_and_model_and_go_first():
    found = pair("handle", "httpx/tuple")
    assert [each.id for each in found.cases] == [
        "mine/images.generate/m1/httpx",
        "mine/images.edit/m1/httpx/handle",
        "mine/images.edit/m1/httpx/tuple",
    ]


def test_another_model_has_a_control_of_its_own():
    found = pair("handle", fields={"model": "m2"})
    assert found.b.id == "mine/images.edit/m2/httpx/handle"
    assert found.b.request["model"] == "m2"
    assert [each.id for each in found.controls] == [
        "mine/images.generate/m1/httpx",
        "mine/images.generate/m2/httpx",
    ]
    made = pair("handle", fields={"model": "m3"}).controls[1]
    assert (made.id, made.request["model"]) == ("mine/images.generate/m3/httpx", "m3")


def test_another_target_release_or_field_makes_a_case_of_its_own():
    there = pair("handle", target="other")
    assert (there.b.target, there.b.id) == ("other", "mine/images.edit/m1/httpx/handle/other")
    assert [each.target for each in there.controls] == ["vendor", "other"]
    older = pair("openai/tuple", sdk="1.0.0").b
    assert older.id == "mine/images.edit/m1/openai/tuple/sdk:1.0.0"
    low = pair("handle", fields={"quality": "low"})
    assert low.b.id == "mine/images.edit/m1/httpx/handle/low"
    assert (low.b.request["quality"], "quality" in low.a.request) == ("low", False)
    # What the matrix expects is expected of its own cases.
    assert (low.a.expectations, low.b.expectations) == (("a rule",), ())


def test_what_cannot_be_is_refused_with_a_way_out():
    with pytest.raises(ConfigurationError, match="A and B are the same case"):
        pair("handle")
    with pytest.raises(ConfigurationError, match=r"--set-b qualty: images\.edit .* did you mean 'quality'"):
        pair("handle", fields={"qualty": "low"})
    with pytest.raises(ConfigurationError, match=r"--target-b othr: .* did you mean 'other'"):
        pair("handle", target="othr")


def test_named_controls_are_taken_as_they_are():
    assert [each.id for each in pair("handle", "httpx/tuple", ("openai/tuple",)).controls] == [
        "mine/images.edit/m1/openai/tuple"
    ]


def test_the_first_repetition_is_the_case_itself():
    assert sampled(CASES[2], 1).id == CASES[2].id
    assert sampled(CASES[2], 3).id == f"{CASES[2].id}/sample:3"
    assert sampled(CASES[2], 3).sample == 2
