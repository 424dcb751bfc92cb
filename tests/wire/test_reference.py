"""What stands in a body for a file that lies elsewhere."""

import pytest

from upload_matrix.wire.carriers.reference import names_a_file


@pytest.mark.parametrize(
    ("place", "value", "is_one"),
    [
        ("fields.messages[0].content[1].file.file_id", "file-abc", True),
        ("fields.file_ids[0]", "file-abc", True),
        ("fields.input[0].content[1].image_url", "https://example.com/a.png", True),
        ("fields.contents[0].parts[1].file_data.fileUri", "gs://bucket/a.png", True),
        ("fields.messages[0].content[1].file.file_id", None, False),
        ("fields.model", "gpt-4o", False),
        ("messages[0].content[1].image_url.url.prefix", "data:image/png;base64,", False),
    ],
)
def test_an_id_or_an_address_names_a_file(place, value, is_one):
    assert names_a_file(place, value) is is_one
