"""``upload-matrix facts page``: the registry as pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from click.testing import CliRunner

from upload_matrix import vendors
from upload_matrix.cli import commands
from upload_matrix.emulator.profile import profiles_of
from upload_matrix.facts.fact import Fact, FactSource, Grade, SaidError, named
from upload_matrix.matrix.load import load_operations
from upload_matrix.report.document import markdown, terminal
from upload_matrix.report.errors_page import errors_page
from upload_matrix.report.facts_pages import Age, Known, disputed_page, front_page, handing_page
from upload_matrix.report.html.document_page import chunks
from upload_matrix.report.vendors_page import vendors_page

TODAY = Age(date(2026, 11, 29))


def fact(vendor="acme", **changes):
    plain = {
        "carrier": "multipart", "place": "image", "declared": "image/webp", "sniffed": "webp", "status": 200,
        "model": "m-1", "filename": "a.webp", "recorded": "2026-02", **changes,
    }  # fmt: skip
    source = (FactSource("somebody/tapes", "a.yaml", "0", "0" * 40, "MIT"),)
    return named(Fact("", vendor, "images.edit", Grade.RECORDED, source, **plain))


def page(make, *facts, **more):
    return markdown(make(Known(facts, TODAY), **more))


def test_the_front_table_counts_by_format_and_old_facts_are_in_italics():
    text = page(
        front_page, fact(), fact(status=400), fact("bcme", recorded="2025-10"), fact("bcme", status=401)
    )
    assert "| acme images.edit | ✓ 1 ✗ 1 |   |" in text
    assert "| bcme images.edit | *✓ 1* |   |" in text
    on_its_day = markdown(front_page(Known((fact("bcme", recorded="2025-10"),), Age(date(2026, 10, 31)))))
    assert "| bcme images.edit | ✓ 1 |   |" in on_its_day


def test_the_page_of_vendors_has_each_operation_limit_and_profile_with_what_it_rests_on():
    seen = fact("openai", count=3), fact("openai", status=400), fact("openai", status=401)
    text = markdown(vendors_page((*seen, fact("acme"), fact("openai", carrier="sung", place="x"))))
    for vendor in vendors.known():
        section = text.partition(f"\n## {vendor.name}\n")[2].partition("\n## ")[0]
        assert [
            name for name in vendor.routes if name != "models.list" and f"| `{name}` |" not in section
        ] == []
        assert [each.source for each in vendor.limits if f"<{each.source}>" not in section] == []
        assert [each.name for each in profiles_of(vendor.name) if f"| `{each.name}` |" not in section] == []
    assert "multipart: ✓ 3 ✗ 1 (recorded 4)<br>sung: ✓ 1 (recorded 1)" in text
    assert text.endswith("| acme | multipart: ✓ 1 (recorded 1) |\n")


def test_the_page_of_messages_has_what_was_sent_what_was_taken_and_who_saw_it():
    said = SaidError(message="Invalid type for 'image[3]'.")
    bad = fact("openai", declared="generic", status=400, error=said, model="gpt-image-1")
    other = fact(
        "openai", declared="generic", status=400, error=replace(said, message="Invalid type for 'image[0]'.")
    )
    key = fact("openai", status=401, error=SaidError(message="Incorrect API key"))
    text = markdown(
        errors_page((bad, other, key, fact("openai"), fact("openai", declared="absent", status=400)))
    )
    sent = "multipart with `application/octet-stream`, and the bytes are webp, named `a.webp`"
    tape = f"[somebody/tapes](<https://github.com/somebody/tapes/blob/{'0' * 40}/a.yaml>)"
    seen = [f"recorded 2026-02, {tape} (fact `{each.id}`)" for each in (bad, other)]
    section = text.partition("### `Invalid type for 'image[N]'.`\n\n")[2].partition("\n\n###")[0]
    assert section.splitlines() == [
        "- operation: `images.edit`",
        f"- sent: {sent}, to `gpt-image-1`; or {sent}, to `m-1`",
        "- taken instead: webp as multipart with `image/webp` (1 time, recorded 2026-02)",
        "- documented: types `image/png`, `image/jpeg`, `image/webp`",
        f"- seen: {', '.join(seen)}",
        "- rule: `image-type-falls-through`",
    ]
    assert "Incorrect API key" not in text


def test_every_operation_and_vendor_names_what_it_was_read_in():
    assert [each.name for each in load_operations().values() if not each.source] == []
    assert [each.name for each in vendors.known() if not each.source] == []


def test_a_retired_model_is_history():
    gone = fact("openai", model="dall-e-2", recorded="2026-04")
    known = Known((gone,), TODAY)
    assert (known.current, known.retired) == ((), (gone,))
    assert Known((gone,), Age(date(2026, 1, 1))).current == (gone,)
    text = page(handing_page, gone, formats=["webp"])
    assert "No way is known that a model of today took." in text
    assert "*recorded 2026-04 retired*" in text
    assert "Nothing was seen of webp at" not in text


def test_the_best_way_comes_first_and_what_was_not_seen_is_said():
    worse = [fact(declared="generic"), fact(declared="generic", status=400)]
    text = page(handing_page, fact(), *worse, fact("bcme", sniffed="png"), formats=["webp"])
    first, rest = text.split("<details>")
    assert (
        "| acme | images.edit | multipart | `image/webp` | `.webp` | ✓ 1 | recorded 2026-02 | `m-1` |"
        in first
    )
    assert "✓ 1 ✗ 1" in rest
    assert "Nothing was seen of webp at: bcme." in text
    assert "openai: `image_url.url` as `image/webp`" in text


def test_both_sides_of_a_contest_are_named_with_their_sources():
    yes, no = fact(), fact(status=400)
    text = page(disputed_page, yes, no)
    assert "1 declaration to one and the same model got more than one answer" in text
    assert (
        f"| accepted | `{yes.id}` | 200 | recorded 2026-02 | 1 | [somebody/tapes](<https://github.com/"
        in text
    )
    assert f"| rejected | `{no.id}` | 400 |" in text


def test_foreign_words_are_no_markup_on_a_page():
    bad = fact(model="<script>alert(1)</script>", filename="a.<b>")
    html = "".join(chunks(handing_page(Known((bad,), TODAY), ["webp"])))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "\x1b" not in terminal(handing_page(Known((replace(bad, model="\x1b[2J"),), TODAY), ["webp"]))


def test_the_command_writes_each_form(tmp_path):
    def run(*words, code=0):
        done = CliRunner().invoke(commands, ["facts", "page", *words])
        assert done.exit_code == code, done.output
        return done.output

    out = tmp_path / "page.html"
    run("handing", "pdf", "--format", "html", "--today", "2026-11-29", "-o", str(out))
    assert "<h1>" in out.read_text("utf-8")
    assert "https://" not in out.read_text("utf-8").partition("<main")[0]
    assert run("rules", "--format", "markdown").startswith("# What the emulator's rules rest on")
    assert "name a format" in run("handing", code=2)
    assert "of all formats" in run("rules", "pdf", code=2)
