from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_matrix.model.price import Usage, read_usage

IMAGES = {"created": 1, "data": [{"b64_json": "eA=="}]}


def images(**usage):
    return json.dumps({**IMAGES, "usage": usage}).encode()


def test_an_answer_with_pictures():
    body = images(
        input_tokens=219,
        input_tokens_details={"image_tokens": 194, "text_tokens": 25},
        output_tokens=272,
        total_tokens=491,
    )
    assert read_usage(body) == Usage(text_in=25, image_in=194, image_out=272)


def test_text_output_is_counted_apart():
    body = images(
        input_tokens=10,
        input_tokens_details={"image_tokens": 0, "text_tokens": 10},
        output_tokens=300,
        output_tokens_details={"image_tokens": 272, "text_tokens": 20},
    )
    assert read_usage(body) == Usage(text_in=10, image_out=272, text_out=20, unsorted=8)


def test_cached_tokens_are_taken_out_of_the_others():
    details = {
        "image_tokens": 194,
        "text_tokens": 2000,
        "cached_tokens": 1536,
        "cached_tokens_details": {"image_tokens": 100, "text_tokens": 1436},
    }
    body = images(input_tokens=2194, input_tokens_details=details, output_tokens=1)
    usage = read_usage(body)
    assert usage == Usage(text_in=564, image_in=94, cached_text_in=1436, cached_image_in=100, image_out=1)
    assert (usage.cached_text_in + usage.cached_image_in, usage.tokens) == (1536, 2195)


@pytest.mark.parametrize(("image", "cached_text"), [(0, 60), (30, 0)])
def test_cached_tokens_without_a_split_count_as_cached_only_where_there_is_one_kind(image, cached_text):
    details = {"image_tokens": image, "text_tokens": 100, "cached_tokens": 60}
    usage = read_usage(images(input_tokens=100 + image, input_tokens_details=details, output_tokens=1))
    assert usage == Usage(text_in=100 - cached_text, cached_text_in=cached_text, image_in=image, image_out=1)


def test_input_without_details_is_of_no_known_kind_where_pictures_may_be_in_it():
    assert read_usage(images(input_tokens=50, output_tokens=272)) == Usage(unsorted=50, image_out=272)


def test_a_chat_and_a_response_and_a_transcription():
    chat = {
        "usage": {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 2}}
    }
    response = {"object": "response", "usage": {"input_tokens": 9, "output_tokens": 4}}
    heard = {
        "text": "",
        "usage": {
            "type": "tokens",
            "input_tokens": 9,
            "input_token_details": {"text_tokens": 2, "audio_tokens": 7},
            "output_tokens": 4,
        },
    }
    assert read_usage(json.dumps(chat).encode()) == Usage(text_in=7, cached_text_in=2, text_out=4)
    assert read_usage(json.dumps(response).encode()) == Usage(text_in=9, text_out=4)
    assert read_usage(json.dumps(heard).encode()) == Usage(text_in=2, unsorted=7, text_out=4)


def test_the_last_usage_of_a_stream():
    partial = {"type": "image_edit.partial_image", "b64_json": "eA=="}
    done = {
        "type": "image_edit.completed",
        "b64_json": "eA==",
        "usage": {"input_tokens": 9, "output_tokens": 372},
    }
    events = "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in (partial, done))
    assert read_usage(events.encode() + b"data: [DONE]\n\n") == Usage(unsorted=9, image_out=372)
    wrapped = {"type": "response.completed", "response": {"usage": {"input_tokens": 1, "output_tokens": 2}}}
    assert read_usage(b"data: " + json.dumps(wrapped).encode()) == Usage(text_in=1, text_out=2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b'{"data": []}',
        b'{"usage": null}',
        b'{"usage": {"type": "duration", "seconds": 3}}',
        images(input_tokens="12", output_tokens=1),
        images(input_tokens=-1, output_tokens=1),
        images(input_tokens=True, output_tokens=1),
        images(input_tokens=1.5, output_tokens=1),
        b'{"usage": {"input_tokens": 1',
        b"[" * 100_000,
    ],
)
def test_what_is_no_usage_is_none(body):
    assert read_usage(body) is None


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
        {"input_tokens": 0, "output_tokens": 272},
        {"input_tokens": 1000, "input_tokens_details": {"cached_tokens": 1000}, "output_tokens": 0},
        {"input_tokens": 9, "output_tokens": 272, "output_tokens_details": {"text_tokens": 272}},
        {"input_tokens": 9, "output_tokens": 272, "total_tokens": 9},
    ],
    ids=["zeros", "nothing-in", "nothing-out", "pictures-of-text", "another-total"],
)
def test_a_usage_that_cannot_be_true_is_none_and_never_zero(usage):
    assert read_usage(images(**usage)) is None


COUNT = st.one_of(st.integers(-5, 5000), st.none(), st.text(max_size=3), st.booleans())
DETAILS = st.dictionaries(
    st.sampled_from(
        ["image_tokens", "text_tokens", "audio_tokens", "cached_tokens", "cached_tokens_details"]
    ),
    st.one_of(COUNT, st.dictionaries(st.sampled_from(["image_tokens", "text_tokens"]), COUNT)),
)


@given(st.integers(1, 5000), st.integers(1, 5000), DETAILS, DETAILS, st.booleans())
def test_no_token_is_lost_whatever_the_details_say(received, made, inside, outside, pictures):
    document = {
        "usage": {
            "input_tokens": received,
            "input_tokens_details": inside,
            "output_tokens": made,
            "output_tokens_details": outside,
        }
    }
    usage = read_usage(json.dumps({**(IMAGES if pictures else {}), **document}).encode())
    if usage is None:
        # A picture made of text alone, which is not believed.
        assert pictures
        return
    assert usage.tokens >= received + made
    assert all(count >= 0 for count in (usage.text_in, usage.image_in, usage.unsorted))


def test_usages_add_up():
    one = Usage(1, 2, 3, 4, 5, 6, 7)
    assert sum([one, one], Usage()) == Usage(2, 4, 6, 8, 10, 12, 14)
