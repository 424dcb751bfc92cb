from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spending_wires import edit, generate, raw

from upload_matrix.model.estimate import asked, estimate, estimate_in, model_of, operation_of
from upload_matrix.model.price import Usage, cost
from upload_matrix.spending.tables import load_prices

TABLE = load_prices()
SQUARE = {"model": "gpt-image-1", "prompt": "", "size": "1024x1024"}


def estimated(wire):
    return estimate_in(TABLE, wire)


def dollars(tokens, rate):
    return Decimal(tokens) * Decimal(rate) / 1_000_000


@pytest.mark.parametrize(("quality", "tokens"), [("low", 272), ("medium", 1056), ("high", 4160)])
def test_a_generated_picture_costs_its_published_tokens(quality, tokens):
    found = estimated(generate(**SQUARE, quality=quality))
    assert found.expected == dollars(tokens, 40)
    # The overhead of the prompt is the only other thing: generate takes no picture.
    assert found.worst == dollars(tokens, 40) + dollars(32, 5)
    assert found.notes == ()


def test_without_a_quality_and_a_size_the_worst_is_the_dearest():
    found = estimated(generate(model="gpt-image-1", prompt="", quality="auto"))
    assert found.expected == dollars(1056, 40)
    assert found.worst == dollars(6240, 40) + dollars(32, 5)
    assert found.notes == (
        "quality auto: expected medium, at worst high",
        "size auto: expected 1024x1024, at worst 1536x1024",
    )


def test_size_scales_by_area_but_never_below_the_base_in_the_worst_case():
    large = estimated(generate(**{**SQUARE, "size": "1536x1024"}, quality="low"))
    small = estimated(generate(**{**SQUARE, "size": "512x1024"}, quality="low"))
    assert (large.expected, small.expected) == (dollars(408, 40), dollars(136, 40))
    assert (large.worst, small.worst) == (
        dollars(408, 40) + dollars(32, 5),
        dollars(272, 40) + dollars(32, 5),
    )


def test_each_of_n_pictures_and_each_partial_one_counts():
    found = estimated(generate(**SQUARE, quality="low", n=3, partial_images=2, stream=True))
    assert found.worst == dollars(3 * (272 + 200), 40) + dollars(32, 5)


def test_an_edit_has_its_input_pictures_and_the_mask():
    wire = edit(
        ("model", "gpt-image-1"), ("prompt", ""), ("quality", "low"), ("size", "1024x1024"), mask="m.png"
    )
    found = estimated(wire)
    assert found.expected == dollars(272, 40) + dollars(2 * 194, 10) + dollars(32, 5)
    assert found.worst == dollars(272, 40) + dollars(2 * 6821, 10) + dollars(3 * 32, 5)


def test_the_worst_case_of_a_real_call_holds():
    wire = edit(("model", "gpt-image-1"), ("prompt", "x" * 25), ("quality", "low"), ("size", "1024x1024"))
    # The usage reported for such a call: https://community.openai.com/t/1281361
    real = cost(
        Usage(text_in=25 + 32, image_in=194, image_out=272), TABLE.price("gpt-image-1", "images.edit")
    )
    assert real <= estimated(wire).worst


@pytest.mark.parametrize(
    ("prompt", "expected", "worst"),
    [("a" * 400, 100, 400), ("배경을" * 100, 300, 900), ("é" * 100, 63, 200), ("😀" * 10, 10, 40)],
    ids=["english", "korean", "accented", "emoji"],
)
def test_a_prompt_is_at_worst_a_token_a_byte(prompt, expected, worst):
    price = TABLE.price("gpt-image-1", "images.generate")
    for wire in (
        generate(**{**SQUARE, "prompt": prompt}, quality="low"),
        edit(
            ("model", "gpt-image-1"),
            ("prompt", prompt),
            ("quality", "low"),
            ("size", "1024x1024"),
            image=None,
        ),
    ):
        found = estimate(wire, price)
        assert found.expected == dollars(272, 40) + dollars(expected, 5)
        assert found.worst == dollars(272, 40) + dollars(worst + 32, 5)


def test_a_long_prompt_counts_although_the_wire_form_keeps_its_length_only():
    prompt = "가나다 " * 8000
    wire = edit(("model", "gpt-image-1"), ("prompt", prompt), ("quality", "low"), ("size", "1024x1024"))
    assert wire.field("prompt") is None
    assert asked(wire).text_bytes == len(prompt.encode())
    assert asked(wire).text_characters == len(prompt)


@pytest.mark.parametrize("model", ["gpt-image-2.5-flare", "gpt-image-2.6-sunburst"])
def test_assumed_token_counts_say_so_and_have_a_margin(model):
    found = estimated(generate(model=model, prompt="", size="1024x1024", quality="high"))
    assert found.expected == dollars(7024, 30)
    assert found.worst == dollars(10536, 30) + dollars(32, 5)
    assert found.notes == (f"token counts of {model} are assumed; the worst case is 1.5 times theirs",)


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"model": "gpt-image-2"}, "gpt-image-2: its price is unconfirmed"),
        ({"model": "dall-e-2"}, "no price table knows dall-e-2 for images.generate"),
        ({}, "the request names no model"),
        (
            {"model": "gpt-image-2.6-flare", "quality": "max", "size": "1024x1024"},
            "nobody knows how many tokens quality max takes",
        ),
    ],
)
def test_what_is_not_known_is_unknown_and_says_why(fields, note):
    found = estimated(generate(prompt="", **fields))
    assert (found.expected, found.worst) == (None, None)
    assert note in found.notes


def test_an_operation_without_prices_is_unknown():
    wire = edit(("model", "whisper-1"), path="/v1/audio/transcriptions")
    assert estimated(wire).notes == ("no price table knows whisper-1 for audio.transcriptions",)


def test_rates_without_token_counts_give_a_cost_afterwards_and_no_estimate(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "name: own\nas_of: 2026-11-22\nprices:\n  - {models: [mine], text_in: 1, source: me}\n"
    )
    found = estimate_in(load_prices([tmp_path]), generate(model="mine", prompt=""))
    assert found == type(found)(None, None, ("mine: rates are known, but no counts of tokens",))


def test_what_a_server_may_take_either_way_is_taken_for_the_dearer():
    twice = edit(
        ("model", "gpt-image-1"), ("n", "1"), ("n", "4"), ("quality", "low"), ("quality", "high"), ("size", "1x1"),
        ("size", "auto"),
    )  # fmt: skip
    request = asked(twice)
    assert (request.images, request.quality, request.size) == (4, None, None)
    assert asked(edit(("model", "a"), ("model", "b"))).model is None


@pytest.mark.parametrize("n", ["many", "-3", "1.5", "", "99999999999"])
def test_an_n_that_is_no_number_is_the_most_there_can_be(n):
    assert asked(edit(("n", n))).images == 10


def test_a_body_that_cannot_be_read_is_the_most_it_can_be():
    wire = raw(b"x" * 1000, path="/openai/deployments/gpt-image-1/images/edits")
    found = estimated(wire)
    assert found.expected is not None
    assert found.worst == dollars(6240 * 10, 40) + dollars(16 * 6821, 10) + dollars(1000 + 17 * 32, 5)
    assert "the body could not be read: taken for the most it can ask for" in found.notes


def test_pictures_in_json_count_too():
    wire = generate(
        path="/v1/images/edits", images=[{"file_id": "a"}, {"file_id": "b"}], mask={"file_id": "c"}
    )
    assert asked(wire).inputs == 3
    assert asked(generate(path="/v1/images/edits")).inputs == 0


def test_a_raw_buffer_sent_as_text_fields_is_one_input_each():
    assert asked(edit(("image[0]", "1"), ("image[1]", "2"), ("imagery", "3"), image=None)).inputs == 2


@pytest.mark.parametrize(
    ("path", "operation", "model"),
    [
        ("/v1/images/edits", "images.edit", None),
        ("/openai/deployments/my%20gpt/images/edits", "images.edit", "my gpt"),
        ("/gateway/v1/images/generations", "images.generate", None),
        ("/v1/batches", None, None),
        ("/v1/chat/completions", "chat.completions.create", None),
    ],
)
def test_operation_and_deployment_are_read_from_the_path(path, operation, model):
    wire = edit(path=path)
    assert (operation_of(wire), model_of(wire)) == (operation, model)


FIELDS = st.fixed_dictionaries(
    {"model": st.sampled_from(["gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "gpt-image-2.6-flare"])},
    optional={
        "prompt": st.text(max_size=60),
        "quality": st.sampled_from(["low", "medium", "high", "auto"]),
        "size": st.one_of(
            st.sampled_from(["auto", "", "huge"]),
            st.builds("{}x{}".format, st.integers(1, 4096), st.integers(1, 4096)),
        ),
        "n": st.one_of(st.integers(1, 10), st.text(max_size=3)),
        "partial_images": st.integers(0, 3),
    },
)


@given(FIELDS, st.booleans())
def test_the_worst_is_never_below_the_expected_and_neither_is_free(fields, as_edit):
    wire = edit(*fields.items()) if as_edit and "\n" not in str(fields) else generate(**fields)
    found = estimated(wire)
    assert 0 < found.expected <= found.worst


@given(FIELDS, st.integers(1, 9))
def test_asking_for_more_never_costs_less(fields, n):
    less, more = (estimated(generate(**{**fields, "n": count})) for count in (n, n + 1))
    assert less.worst < more.worst
    assert less.expected <= more.expected


def test_an_absurd_request_has_an_absurd_price_and_no_crash():
    found = estimated(generate(**{**SQUARE, "size": "99999x99999"}, n=999_999_999, quality="high"))
    assert found.worst > 1_000_000
