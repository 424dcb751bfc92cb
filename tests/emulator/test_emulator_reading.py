"""How a path, a model and a field are read off a wire form."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from emulator_wires import edit, file, json_body, text

from upload_matrix.emulator.conditions import PartTest
from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile, read
from upload_matrix.vendors import Addressed, addressed

PNG, OCTET, UNTYPED = (
    file("image", "a.PNG"),
    file("image", "upload", "application/octet-stream"),
    file("image[]", "upload", None),
)

PROFILE = load_profile("openai-2025")


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/images/edits", Addressed("images.edit", "POST", None)),
        ("/openai/v1/images/edits", Addressed("images.edit", "POST", None)),
        ("/openai/deployments/our%20model/images/edits", Addressed("images.edit", "POST", "our model")),
        ("/v1/models", Addressed("models.list", "GET", None)),
        ("/openai/files", Addressed("files.create", "POST", None)),
        ("/openai/models", Addressed("models.list", "GET", None)),
        ("/openai/images/edits", Addressed(None, None, None)),
        ("/v1/images/edits/", Addressed(None, None, None)),
        ("/v1/v1/images/edits", Addressed(None, None, None)),
        ("/images/edits", Addressed(None, None, None)),
    ],
)
def test_the_path_below_the_root_names_the_operation(path, route):
    assert addressed(path) == route


def test_azures_deployment_stands_in_for_a_model_that_the_body_does_not_name():
    untyped = file("image", "upload", "application/octet-stream")
    path = "/openai/deployments/gpt-image-1/images/edits"
    assert answer(PROFILE, replace(edit(untyped, model=None), path=path)).rule == "image-type-gpt"
    assert answer(PROFILE, replace(edit(untyped, model="dall-e-2"), path=path)).rule == "image-type-dall-e-2"


def test_a_text_field_sent_with_a_filename_is_no_text_field():
    wire = edit(file("image"), file("prompt", "prompt.txt", "text/plain", None), prompt=None)
    assert answer(PROFILE, wire).rule == "prompt-missing"


def test_json_null_counts_as_absent_and_numbers_are_judged():
    images = [{"file_id": "file-1"}]
    null = replace(
        json_body("/v1/images/edits", images=images), json=json.dumps({"prompt": None, "images": images})
    )
    many = json_body("/v1/images/edits", images=images, prompt="hat", n=11)
    assert answer(PROFILE, null).rule == "prompt-missing"
    assert answer(PROFILE, many).rule == "n-out-of-range"


@pytest.mark.parametrize("document", ["[]", '"text"', "3"])
def test_json_that_is_no_object_has_no_fields(document):
    wire = replace(json_body("/v1/images/edits"), json=document)
    assert answer(PROFILE, wire).rule == "images-missing"


def test_a_value_with_braces_in_it_is_quoted_and_not_filled_in():
    body = json.loads(answer(PROFILE, edit(size="{model}")).body)
    assert body["error"]["message"].startswith("Invalid value: '{model}'.")


def test_a_long_value_that_the_wire_form_does_not_hold_is_in_no_list():
    body = json.loads(answer(PROFILE, edit(file("image"), text("size", "1" * 5000))).body)
    assert body["error"]["message"].startswith("Invalid value: '(long text)'.")


@pytest.mark.parametrize("content_type", ["image/PNG", "image/png; charset=binary"])
def test_case_and_parameters_of_a_type_do_not_matter(content_type):
    assert answer(PROFILE, edit(file("image", "a.png", content_type))).status == 200


@pytest.mark.parametrize(
    ("test", "holds_for"),
    [
        ({}, [PNG, OCTET, UNTYPED]),
        ({"type": "missing"}, [UNTYPED]),
        ({"type": "generic"}, [OCTET]),
        ({"type_one_of": ["image/png"]}, [PNG]),
        ({"type_none_of": ["image/png"]}, [OCTET, UNTYPED]),
        ({"extension": "missing"}, [OCTET, UNTYPED]),
        ({"extension_one_of": ["png"]}, [PNG]),
        ({"extension_none_of": ["png"]}, [OCTET, UNTYPED]),
        ({"format_one_of": ["png"]}, [PNG, OCTET, UNTYPED]),
        ({"format_none_of": ["png"]}, []),
        ({"array": True}, [UNTYPED]),
        ({"array": False}, [PNG, OCTET]),
        ({"sent": "text"}, []),
        ({"empty": True}, []),
        ({"size_over": "999 B"}, [PNG, OCTET, UNTYPED]),
        ({"size_over": "1 KiB"}, []),
        ({"type_none_of": ["image/png"], "array": False}, [OCTET]),
    ],
)
def test_each_word_about_a_part_holds_for_these_parts(test, holds_for):
    asked = PartTest.model_validate({"name": "image", **test})
    readings = {part: read(PROFILE, edit(part)) for part in (PNG, OCTET, UNTYPED)}
    assert [part for part, reading in readings.items() if asked.finds(reading) is not None] == holds_for


def test_what_a_part_gives_to_a_message():
    asked = PartTest.model_validate(
        {"name": "image", "type": "missing", "extension_none_of": ["png", "webp"]}
    )
    found = asked.finds(read(PROFILE, edit(file("image[]"), replace(UNTYPED, filename="tmpabcdefgh.IMG"))))
    assert found == {
        "part": "image[1]",
        "name": "image",
        "number": "2",
        "content_type": "application/octet-stream",
        "filename": "<temporary name>.IMG",
        "extension": "img",
        "size": "1000",
        "supported": "'png' and 'webp'",
        "supported_list": "['png', 'webp']",
    }
    assert set(found) == asked.gives()


def test_an_array_of_images_may_be_numbered():
    first, second = file("image[0]"), file("image[1]", "upload", "application/octet-stream")
    assert answer(PROFILE, edit(first)).status == 200
    said = answer(PROFILE, edit(first, second))
    assert (said.rule, json.loads(said.body)["error"]["param"]) == ("image-type-gpt", "image[1]")
