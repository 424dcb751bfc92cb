"""What cases a matrix gives: ids, axes, defaults, collapse, include, exclude, request, expectations."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from matrix_files import CATALOG, ids, loaded, written

from upload_matrix.matrix import load_matrices
from upload_matrix.model.case import Condition, Expectation, KnownFailure
from upload_matrix.model.outcome import OutcomeKind


def test_a_file_needs_nothing_but_axes(tmp_path: Path) -> None:
    matrix = loaded(tmp_path, "axes: {}")
    (case,) = matrix.cases
    assert case.id == "m/images.edit/openai/handle/png/system"
    assert list(case.axes.items()) == [
        ("operation", "images.edit"),
        ("client", "openai"),
        ("container", "handle"),
        ("image", "png"),
        ("mime_table", "system"),
        ("prepare", "as-is"),
        ("mask", "none"),
    ]
    assert (case.matrix, case.target, case.request) == ("m", "emulator:openai-2026-02", {})
    assert (matrix.name, matrix.path, matrix.description) == ("m", tmp_path / "m.yaml", "")
    assert (matrix.timeout, matrix.strategy, matrix.targets) == (30.0, "full", ("emulator:openai-2026-02",))
    assert (matrix.mime_tables, matrix.images) == ({}, {})


def test_a_case_knows_its_file_where_that_lies_below_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere,) = loaded(tmp_path, "axes: {}").cases
    folder = tmp_path / "matrix"
    folder.mkdir()
    path = written(folder, "axes: {}")
    monkeypatch.chdir(tmp_path)
    (absolute,) = load_matrices([path], CATALOG)[0].cases
    (relative,) = load_matrices([Path("matrix/m.yaml")], CATALOG)[0].cases
    monkeypatch.chdir(folder)
    (above,) = load_matrices([Path("../matrix/m.yaml")], CATALOG)[0].cases
    assert [case.file for case in (elsewhere, absolute, relative, above)] == [
        None,
        "matrix/m.yaml",
        "matrix/m.yaml",
        None,
    ]


def test_the_product_comes_in_the_order_of_the_values(tmp_path: Path) -> None:
    matrix = loaded(
        tmp_path,
        """
        name: field-report
        axes:
          mask: [none, unnamed]
          container: [path, bytesio]
          model: gpt-image-1
        """,
    )
    assert ids(matrix) == [
        "field-report/images.edit/gpt-image-1/openai/path/png/system",
        "field-report/images.edit/gpt-image-1/openai/path/png/system/mask:unnamed",
        "field-report/images.edit/gpt-image-1/openai/bytesio/png/system",
        "field-report/images.edit/gpt-image-1/openai/bytesio/png/system/mask:unnamed",
    ]


def test_ids_do_not_depend_on_the_order_of_known_axes(tmp_path: Path) -> None:
    one = loaded(
        tmp_path, "axes: {container: [path, handle], client: [httpx, openai], model: a, quality: low}"
    )
    two = loaded(
        tmp_path, "axes: {quality: low, model: a, client: [httpx, openai], container: [path, handle]}"
    )
    assert ids(one) == ids(two)


def test_axes_that_an_operation_lacks_collapse(tmp_path: Path) -> None:
    matrix = loaded(
        tmp_path,
        """
        axes:
          operation: [images.edit, images.generate, images.variations]
          container: [handle, bytesio]
          mask: [none, unnamed]
          quality: [low, high]
        """,
    )
    assert ids(matrix) == [
        "m/images.edit/openai/handle/png/system/low",
        "m/images.edit/openai/handle/png/system/high",
        "m/images.edit/openai/handle/png/system/mask:unnamed/low",
        "m/images.edit/openai/handle/png/system/mask:unnamed/high",
        "m/images.edit/openai/bytesio/png/system/low",
        "m/images.edit/openai/bytesio/png/system/high",
        "m/images.edit/openai/bytesio/png/system/mask:unnamed/low",
        "m/images.edit/openai/bytesio/png/system/mask:unnamed/high",
        "m/images.generate/openai/low",
        "m/images.generate/openai/high",
        "m/images.variations/openai/handle/png/system",
        "m/images.variations/openai/bytesio/png/system",
    ]
    control = matrix.cases[8]
    assert [control.axis(name) for name in ("container", "image", "mime_table", "prepare", "mask")] == [
        None
    ] * 5
    assert (matrix.cases[10].axes["mask"], matrix.cases[10].axes["quality"]) == ("n/a", "n/a")


def test_request_holds_real_values_in_the_operations_order(tmp_path: Path) -> None:
    matrix = loaded(
        tmp_path,
        """
        request: {prompt: "배경을 흰색으로", stream: false, size: auto, user: 1.10}
        axes:
          size: [1024, auto]
          model: m1
          operation: [images.edit, images.variations]
        """,
    )
    first, second, third, _ = matrix.cases
    assert list(first.request.items()) == [
        ("model", "m1"),
        ("prompt", "배경을 흰색으로"),
        ("size", 1024),
        ("stream", False),
        ("user", 1.1),
    ]
    assert second.request["size"] == "auto"
    assert third.request == {"model": "m1", "size": 1024, "user": 1.1}
    assert first.axes["size"] == "1024"


def test_words_that_yaml_1_1_would_change_stay_words(tmp_path: Path) -> None:
    matrix = loaded(
        tmp_path,
        "axes: {n: [no, off, y, 1.10, 1_000, 010, 0x1F, 12:30:45, 2026-01-01, true, '7', 1e3, -.5]}",
    )
    assert {case.axes["n"]: case.request["n"] for case in matrix.cases} == {
        "no": "no",
        "off": "off",
        "y": "y",
        "1.10": 1.1,
        "1_000": "1_000",
        "010": 10,
        "0x1F": 31,
        "12:30:45": "12:30:45",
        "2026-01-01": "2026-01-01",
        "true": True,
        "7": "7",
        "1e3": 1000.0,
        "-.5": -0.5,
    }
    assert [type(case.request["n"]) for case in matrix.cases][3:8] == [float, str, int, int, str]


def test_names_are_taken_as_they_are_written(tmp_path: Path) -> None:
    matrix = loaded(tmp_path, "{name: 1.10, description: no, axes: {mask: none}}")
    assert (matrix.name, matrix.description) == ("1.10", "no")


def test_exclude_drops_what_meets_all_conditions(tmp_path: Path) -> None:
    matrix = loaded(
        tmp_path,
        """
        axes: {client: [openai, httpx], container: [handle, path, spooled]}
        exclude:
          - {client: httpx, container: [path, spooled]}
          - {client: openai, container: {not: [handle, spooled]}}
        """,
    )
    assert ids(matrix) == [
        "m/images.edit/openai/handle/png/system",
        "m/images.edit/openai/spooled/png/system",
        "m/images.edit/httpx/handle/png/system",
    ]


def test_null_in_a_condition_means_that_the_axis_does_not_apply(tmp_path: Path) -> None:
    text = "axes: {operation: [images.edit, images.generate], container: [handle, path]}\n"
    text += "exclude: [{container: %s}]"
    assert ids(loaded(tmp_path, text % "null")) == [
        "m/images.edit/openai/handle/png/system",
        "m/images.edit/openai/path/png/system",
    ]
    assert ids(loaded(tmp_path, text % "{not: [null, path]}")) == [
        "m/images.edit/openai/path/png/system",
        "m/images.generate/openai",
    ]


def test_include_adds_cases_and_fills_in_first_values(tmp_path: Path) -> None:
    matrix = loaded(
        tmp_path,
        """
        axes: {client: [openai, httpx], container: [handle], n: [1]}
        exclude: [{client: httpx}]
        include:
          - {container: path}
          - {client: httpx, n: 2}
          - {client: openai}
          - {operation: images.generate}
        """,
    )
    assert ids(matrix) == [
        "m/images.edit/openai/handle/png/system/1",
        "m/images.edit/openai/path/png/system/1",
        "m/images.edit/httpx/handle/png/system/2",
        "m/images.generate/openai/1",
    ]
    assert [case.line for case in matrix.cases] == [1, 4, 5, 7]
    assert matrix.cases[2].request == {"n": 2}


def test_target_can_be_an_axis(tmp_path: Path) -> None:
    matrix = loaded(tmp_path, "axes: {target: [openai, emulator:openai-2026-11]}")
    assert [(case.target, case.id) for case in matrix.cases] == [
        ("openai", "m/images.edit/openai/handle/png/system/openai"),
        ("emulator:openai-2026-11", "m/images.edit/openai/handle/png/system/emulator:openai-2026-11"),
    ]
    assert matrix.targets == ("openai", "emulator:openai-2026-11")


def test_expectations_are_chosen_by_axes_and_keep_conditions_on_facts(tmp_path: Path) -> None:
    matrix = loaded(
        tmp_path,
        """
        axes: {operation: [images.edit, images.generate], container: [handle, tuple3]}
        expect:
          - when: {operation: images.generate}
            outcome: accepted
          - when: {container: {not: tuple3}, guess: null}
            outcome: rejected
            status: 400
            code: invalid_value
            message: "Value must be 'dall-e-2'"
          - outcome: not_sent
            message: 404
        known_failures:
          - when: {container: tuple3, guess: [image/webp, null]}
            reason: known
            link: https://example.org/1
            expires: 2026-12-31
        """,
    )
    handle, tuple3, control = matrix.cases
    rejected = Expectation(
        when=(Condition("guess", (None,)),),
        outcome=OutcomeKind.REJECTED,
        status=400,
        code="invalid_value",
        message="Value must be 'dall-e-2'",
        line=5,
    )
    refused = Expectation((), OutcomeKind.NOT_SENT, message="404", line=10)
    assert handle.expectations == (rejected, refused)
    assert tuple3.expectations == (refused,)
    assert control.expectations == (Expectation((), OutcomeKind.ACCEPTED, line=3), rejected, refused)
    assert tuple3.known_failures == (
        KnownFailure(
            (Condition("guess", ("image/webp", None)),),
            reason="known",
            link="https://example.org/1",
            expires=date(2026, 12, 31),
            line=13,
        ),
    )
    assert handle.known_failures == ()


def test_a_known_failure_stands_beside_an_expectation_that_only_the_environment_brings_about(
    tmp_path: Path,
) -> None:
    matrix = loaded(
        tmp_path,
        """
        axes: {container: [handle, tuple3]}
        expect:
          - {when: {container: handle, guess: null}, outcome: rejected}
        known_failures:
          - {when: {container: handle}, reason: where the type is known}
        """,
    )
    assert [len(case.known_failures) for case in matrix.cases] == [1, 0]


def test_a_matrix_brings_mime_tables_and_images_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "alpine.types").write_text("image/webp webp\n")
    (tmp_path / "own.webp").write_bytes(b"RIFF")
    matrix = loaded(
        tmp_path,
        """
        mime_tables: {alpine: alpine.types}
        images: {own: own.webp}
        axes: {mime_table: [system, alpine], image: own}
        """,
    )
    assert ids(matrix) == [
        "m/images.edit/openai/handle/own/system",
        "m/images.edit/openai/handle/own/alpine",
    ]
    assert matrix.mime_tables == {"alpine": tmp_path / "alpine.types"}
    assert matrix.images == {"own": tmp_path / "own.webp"}


def test_any_file_is_sent_where_a_matrix_has_the_axis(tmp_path: Path) -> None:
    (tmp_path / "own.webp").write_bytes(b"RIFF")
    (tmp_path / "notes.txt").write_text("notes\n")
    matrix = loaded(
        tmp_path,
        """
        images: {own: own.webp}
        files: {notes: notes.txt}
        axes: {operation: [files.create, images.generate], file: [mp3, png, own, notes], prepare: [as-is, png]}
        expect:
          - {when: {file: [mp3, notes]}, outcome: rejected}
          - {when: {file: null}, outcome: accepted}
        """,
    )
    assert ids(matrix) == [
        "m/files.create/openai/handle/mp3/system",
        "m/files.create/openai/handle/png/system",
        "m/files.create/openai/handle/png/system/prepare:png",
        "m/files.create/openai/handle/own/system",
        "m/files.create/openai/handle/own/system/prepare:png",
        "m/files.create/openai/handle/notes/system",
        "m/files.create/openai/handle/notes/system/prepare:png",
        "m/images.generate/openai",
    ]
    assert [case.axis("image") for case in matrix.cases] == [None] * 8
    assert [len(case.expectations) for case in matrix.cases] == [1, 0, 0, 0, 0, 1, 1, 1]
    assert matrix.files == {"notes": tmp_path / "notes.txt"}


def test_anchors_and_aliases_of_whole_values_are_fine(tmp_path: Path) -> None:
    matrix = loaded(
        tmp_path,
        """
        axes: {container: [handle, path, spooled]}
        exclude: [&odd {container: path}]
        expect:
          - {when: {container: &word spooled}, outcome: accepted}
          - {when: {container: *word}, outcome: not_sent}
        """,
    )
    assert [len(case.expectations) for case in matrix.cases] == [0, 2]


def test_a_folder_gives_its_files_by_name_and_each_file_once(tmp_path: Path) -> None:
    written(tmp_path, "axes: {}", "b.yml")
    first = written(tmp_path, "axes: {}", "a.yaml")
    written(tmp_path, "not yaml: [", "c.txt")
    (tmp_path / "sub").mkdir()
    written(tmp_path / "sub", "axes: {}", "d.yaml")
    assert [matrix.name for matrix in load_matrices([tmp_path, first], CATALOG)] == ["a", "b"]
    assert [matrix.name for matrix in load_matrices([first, tmp_path], CATALOG)] == ["a", "b"]


def test_a_bom_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes("\ufeffname: x\r\naxes:\r\n  n: [1]\r\n".encode())
    (matrix,) = load_matrices([path], CATALOG)
    assert ids(matrix) == ["x/images.edit/openai/handle/png/system/1"]


def test_a_hundred_thousand_cases_share_what_they_have_in_common(tmp_path: Path) -> None:
    numbers = ", ".join(map(str, range(2500)))
    matrix = loaded(
        tmp_path,
        f"""
        request: {{prompt: hello}}
        axes:
          user: [{numbers}]
          client: [openai, httpx]
          container: [handle, path, bytesio, tuple3, spooled]
          image: [png, webp]
          mime_table: [system, builtin]
        expect: [{{when: {{client: httpx}}, outcome: rejected}}]
        """,
        max_cases=100_000,
    )
    assert len(matrix.cases) == len({case.id for case in matrix.cases}) == 100_000
    assert len({id(case.request) for case in matrix.cases}) == 2500
    assert len({id(case.expectations) for case in matrix.cases if case.expectations}) == 1
    assert len({id(case.axes["user"]) for case in matrix.cases}) == 2500
