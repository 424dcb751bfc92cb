from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from upload_matrix import vendors
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.price import Basis
from upload_matrix.spending.tables import load_prices, load_recipes

HEAD = "name: own\nas_of: 2026-11-01\nprices:\n"


def written(folder, text, name="own.yaml"):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_line_counts_before_the_built_in_ones(tmp_path):
    written(tmp_path, HEAD + "  - {models: [gpt-image-2], image_out: 30, source: my invoice}\n")
    price = load_prices([tmp_path, tmp_path / "absent"]).price("gpt-image-2", "images.edit")
    assert (price.image_out, price.source, price.table) == (30, "my invoice", "own")
    assert price.as_of == date(2026, 11, 1)
    assert load_prices([tmp_path]).price("gpt-image-1", "images.edit").table == "openai"


def test_a_file_named_counts_before_folders_and_a_later_folder_before_an_earlier(tmp_path):
    line = "  - {{models: [m], image_out: {}, source: me}}\n"
    for number, folder in enumerate(("one", "two")):
        written(tmp_path / folder, HEAD + line.format(number))
    file = written(tmp_path, HEAD + line.format(7))
    folders = [tmp_path / "one", tmp_path / "two"]
    assert load_prices(folders).price("m", "images.edit").image_out == 1
    assert load_prices(folders, [file]).price("m", "images.edit").image_out == 7


def test_numbers_are_what_they_are_written_as(tmp_path):
    written(
        tmp_path, HEAD + '  - {models: [m], text_in: 0.1, image_in: "2.50", image_out: 1e-2, source: me}\n'
    )
    price = load_prices([tmp_path]).price("m", "images.edit")
    assert (price.text_in, price.image_in, price.image_out) == (
        Decimal("0.1"),
        Decimal("2.5"),
        Decimal("0.01"),
    )


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (HEAD + "  - {models: [m], image_uot: 3, source: me}\n", 4, "did you mean `image_out`?"),
        (HEAD + "  - {models: [m], image_out: 3}\n", 4, "source: Field required"),
        (HEAD + "  - models: [m]\n    source: me\n    image_out: -1\n", 6, "from 0 to 1000000 (found -1)"),
        (HEAD + "  - models: [m]\n    source: me\n    image_out: .nan\n", 6, "from 0 to 1000000"),
        (HEAD + "  - models: [m]\n    source: me\n    image_out: dear\n", 6, "such as 2.50 (found 'dear')"),
        (HEAD + "  - models: [m]\n    source: me\n    image_out: true\n", 6, "such as 2.50"),
        (HEAD + "  - {models: [m], source: me}\n", 4, "a line without a price says why, in note"),
        (HEAD + "  - {models: [m], source: me, per_call: 1, text_in: 1}\n", 4, "drop it or text_in"),
        (HEAD + "  - {models: [], source: me, per_call: 1}\n", 4, "models"),
        (HEAD + "  - {models: [m], source: me, text_in: 1, tokens: there}\n", 4, "there are (none)"),
        (HEAD + "  - {models: [m], source: me, text_in: 1, text_in: 2}\n", 4, "'text_in' is given twice"),
        ("name: own\nas_of: soon\nprices: [{models: [m], source: me, per_call: 1}]\n", 2, "as_of"),
        ("name: own\nas_of: 2026-11-01\nprices: []\n", 3, "prices"),
        ("- a\n- b\n", 1, "a price table is a mapping"),
        ("", 1, "a price table is a mapping"),
        ("name: [\n", 2, "not YAML"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_way_out(tmp_path, text, line, says):
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_prices([tmp_path])
    assert f"{path}:{line}" in str(caught.value)
    assert says in str(caught.value)


def test_all_mistakes_are_named_at_once_and_each_once(tmp_path):
    path = written(tmp_path, HEAD + "  - models: [m]\n    image_uot: 3\n    source: me\n    note: 7\n")
    with pytest.raises(ConfigurationError) as caught:
        load_prices([tmp_path])
    assert str(caught.value).splitlines() == [
        f"{path}:7:11: prices.0.note: Input should be a valid string (found 7)",
        f"{path}:5:5: prices.0.image_uot: unknown word; did you mean `image_out`?",
    ]


COUNTS = """name: own
as_of: 2026-11-01
tokens:
  c:
    published: {published}
    image_out: {{low: {low}}}
    largest: {largest}
    image_in: {{expected: {expected}, worst: 10}}
    text_overhead: 0
    text_out: {{expected: 0, worst: 0}}
    partial_image: 0
    margin: {margin}
    source: me
prices: [{{models: [m], image_out: 1, tokens: c, source: me}}]
"""
SOUND = {"published": "true", "low": 5, "largest": "1024x1024", "expected": 1, "margin": 1}


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        ({"expected": 11}, 8, "expected (11) is more than worst (10)"),
        ({"margin": 0.5}, 4, "give 1 or more"),
        ({"largest": "wide"}, 7, "such as 1536x1024"),
        ({"low": 2.5}, 6, "low"),
        ({"low": "true"}, 6, "low"),
        ({"published": "perhaps"}, 5, "published"),
    ],
)
def test_token_counts_are_checked_as_well(tmp_path, wrong, line, says):
    path = written(tmp_path, COUNTS.format(**SOUND))
    assert load_prices([tmp_path]).price("m", "images.edit").tokens.image_out == {"low": 5}
    written(tmp_path, COUNTS.format(**{**SOUND, **wrong}))
    with pytest.raises(ConfigurationError) as caught:
        load_prices([tmp_path])
    assert f"{path}:{line}" in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 5000 + "]" * 5000, "a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n"
     "c: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\n"
     "f: [*e,*e,*e,*e,*e,*e,*e,*e]\n", "x" * 1_100_000, "a: &a [*a]\n"],
    ids=["deep", "many aliases", "large", "holds itself"],
)  # fmt: skip
def test_a_hostile_file_is_refused(tmp_path, text):
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError, match=r"own\.yaml"):
        load_prices(files=[path])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"absent\.yaml: no such file"):
        load_prices(files=[tmp_path / "absent.yaml"])


def test_every_shipped_line_has_a_source_and_a_day():
    table = load_prices()
    assert table.lines
    for line in table.lines:
        assert line.source
        assert line.as_of <= date(2026, 11, 22)
    assert [line for line in table.lines if not line.known and not line.note] == []
    assert all(path.read_text("utf-8").startswith("#") for path in vendors.files("prices"))


def test_the_field_reports_recipes():
    described, edited = load_recipes()
    assert (described.reported, edited.reported) == (Decimal("0.017"), Decimal("0.015"))
    assert [call.basis for call in described.calls] == [Basis.UNKNOWN, Basis.ASSUMED]
    assert [call.basis for call in edited.calls] == [Basis.REPORTED]


def test_a_recipe_says_where_its_tokens_are_from(tmp_path):
    path = written(
        tmp_path,
        "recipes:\n  - name: r\n    says: r\n    source: me\n    calls:\n"
        "      - {step: s, operation: images.edit, basis: unknown, source: me, usage: {image_out: 1}}\n",
    )
    with pytest.raises(ConfigurationError, match=r"own\.yaml:6:9: .*give a usage and where it is from"):
        load_recipes(path)
