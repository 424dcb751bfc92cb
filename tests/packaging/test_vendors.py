"""A vendor is a folder beside the others: no line of code names it."""

import json
import shutil
from pathlib import Path

import pytest
from emulator_wires import file, multipart

from upload_matrix import vendors
from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import load_profile, profile_names
from upload_matrix.matrix.load import load_operations
from upload_matrix.spending.tables import load_prices, load_recipes
from upload_matrix.targets.spec import load_targets

FILES = {
    "vendor.yaml": "target: acme\nbase_url: https://api.acme.example/v2\nhosts: [.acme.example]\nroots: [/v2]\n"
    "variables: {base_url: ACME_URL, key: ACME_KEY}\n",
    "operations/pictures.send.yaml": "name: pictures.send\nmethod: POST\npath: /pictures\nencoding: multipart\n"
    "file_fields: {picture: {}}\ntext_fields: [tone]\n"
    'emulated: {bytes: "{size}", tones: ["{tone}"], of: "{profile} {filename}", done: true}\n',
    "operations/pictures.drop.yaml": "name: pictures.drop\nmethod: POST\npath: /drops\nencoding: multipart\n"
    "file_fields: {picture: {}}\n",
    "targets/acme.yaml": "name: acme\nbase_url: https://api.acme.example/v2\nkey_env: ACME_KEY\n",
    "prices/acme.yaml": "name: acme\nas_of: 2026-11-01\n"
    "prices:\n  - {models: [acme-1], operations: ['*'], per_call: 0.02, source: their page}\n",
    "recipes/acme.yaml": "recipes:\n  - {name: send, says: send it, source: us, calls: [{step: send, "
    "operation: pictures.send, basis: unknown, source: us}]}\n",
    "profiles/acme-2026.yaml": "name: acme-2026\ndate: 2026-11-01\nsummary: Acme.\nextends: openai-2026-11\n",
}


def test_a_second_vendor_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(vendors.ROOT / "openai", tmp_path / "openai")
    for name, text in FILES.items():
        path = tmp_path / "acme" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    monkeypatch.setattr(vendors, "ROOT", tmp_path)
    assert [vendor.target for vendor in vendors.known()] == ["openai", "acme"]
    assert vendors.addressed("/v2/pictures") == ("pictures.send", "POST", None)
    assert vendors.addressed("/v1/images/edits") == ("images.edit", "POST", None)
    assert vendors.vendor_of("pictures.send").owns("api.acme.example")
    acme = load_profile("acme-2026")
    sent = answer(acme, multipart("/v2/pictures", file("picture", size=7), tone="7"))
    assert (sent.status, json.loads(sent.body)) == (
        200,
        {"bytes": 7, "tones": ["7"], "of": "acme-2026 avatar.png", "done": True},
    )
    assert answer(acme, multipart("/v2/drops", file("picture"))).status == 501
    assert {"pictures.send", "images.edit"} < load_operations().keys()
    assert load_targets().keys() == {"acme", "azure", "openai"}
    assert load_prices().price("acme-1", "pictures.send").table == "acme"
    assert load_recipes()[0].name == "send"
    assert profile_names()[0] == load_profile("acme-2026").name == "acme-2026"


@pytest.mark.parametrize("kind", ["operations", "targets", "profiles"])
def test_no_two_vendors_have_a_file_of_one_name(kind: str) -> None:
    names = [path.name for path in vendors.files(kind)]
    assert sorted(set(names)) == sorted(names) != []
