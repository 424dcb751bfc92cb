"""What is said about a faulty file: where, what, and the way out; all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix_files import CATALOG, problems, written

from upload_matrix.matrix import load_matrices
from upload_matrix.model.errors import ConfigurationError, MatrixError

FAULTS = {
    "unknown key": ("axes: {}\naxs: {}", ["2:1: unknown key `axs`; did you mean `axes`?"]),
    "missing axes": ("name: x", ["1:1: `axes` is missing"]),
    "missing outcome": (
        "axes: {}\nexpect:\n  - when: {}",
        ["3:5: `outcome` is missing in `expect[1]`"],
    ),
    "unknown axis": (
        "axes:\n  contaner: handle",
        ["2:3: `contaner` is not an axis; did you mean `container`?"],
    ),
    "unknown value": (
        "axes:\n  container: [handle, bytsio]",
        ["2:23: `container`: `bytsio` is not a known value; did you mean `bytesio`?"],
    ),
    "a value like none other": (
        "axes: {client: zzz}",
        ["1:16: `client`: `zzz` is not a known value; known: `httpx`, `openai`"],
    ),
    "unknown operation": (
        "axes: {operation: [images.edit, image.edit]}",
        ["1:33: `operation`: `image.edit` is not a known value; did you mean `images.edit`?"],
    ),
    "null for none": (
        "axes: {mask: [~, no]}",
        [
            "1:15: `mask`: `~` is not a known value; did you mean `none`?",
            "1:18: `mask`: `no` is not a known value; did you mean `none`?",
        ],
    ),
    "null in a text field": (
        "axes: {n: [1, null]}",
        [
            "1:15: `n`: null is not a value; put it in quotes to send the text, or leave the axis out to"
            " send nothing"
        ],
    ),
    "a sweep's exclusion that is no release": (
        "axes: {container: handle}\nsweep:\n  exclude: [{releases: [1.2.x], reason: bad}]",
        ["3:24: `1.2.x` is neither a version nor a range; write `1.82.7` or `>=1.82.7,<1.83`"],
    ),
    "a sweep's exclusion without a reason": (
        "axes: {container: handle}\nsweep:\n  exclude: [{releases: 1.2.0}]",
        ["3:13: `reason` is missing in `sweep.exclude[1]`"],
    ),
    "pictures and files": (
        "axes:\n  file: [mp3]\n  image: [png]",
        [
            "3:3: `image` and `file` both say what is sent; name the pictures under `file` too, and drop `image`"
        ],
    ),
    "a picture where files vary": (
        "axes: {file: mp3}\ninclude: [{image: png}]",
        ["2:12: `image` is not an axis of this matrix; did you mean `file`?"],
    ),
    "a condition on pictures where files vary": (
        "axes: {file: mp3}\nexpect: [{when: {image: png}, outcome: accepted}]",
        ["2:18: `image` is neither an axis of this matrix nor a fact; did you mean `file`?"],
    ),
    "a file among the pictures": (
        "axes: {image: mp3}",
        [
            "1:15: `image`: `mp3` is no picture; name what is sent under `file`, pictures too, in place of `image`"
        ],
    ),
    "an unknown file": (
        "axes: {file: pfd}",
        ["1:14: `file`: `pfd` is not a known value; did you mean `pdf`?"],
    ),
    "a file of two names": (
        "images: {a: m.yaml}\nfiles: {a: m.yaml}\naxes: {file: a}",
        ["2:9: `a` is in `images` too; choose another name"],
    ),
    "a file that is not there": (
        "files: {a: none.bin}\naxes: {file: a}",
        ["1:12: there is no file `FOLDER/none.bin`; paths start at this file's folder"],
    ),
    "a value that stands twice": ("axes: {n: [1, '1']}", ["1:15: `n`: `1` stands here twice"]),
    "one text, two values": (
        "axes: {n: 1}\ninclude: [{n: '1'}]",
        ["2:15: `n`: `1` is a text here and a number elsewhere; choose one"],
    ),
    "no values": ("axes: {n: []}", ["1:11: `axes.n`: must not be empty"]),
    "a mapping for a value": (
        "axes: {n: [{a: 1}]}",
        ["1:12: `axes.n[1]`: must be a single value: a text, a number, true or false, not a mapping"],
    ),
    "a line break in an id": (
        'axes: {prompt: "a\\nb"}',
        ["1:16: `prompt`: `a\\nb` cannot stand in a case id; send it by `request` instead"],
    ),
    "the harness's own word": (
        "axes: {prompt: n/a}",
        ["1:16: `prompt`: `n/a` cannot stand in a case id; send it by `request` instead"],
    ),
    "an axis of no operation": (
        "axes:\n  language: [ko]",
        ["2:3: `language` applies to no operation of this matrix (images.edit)"],
    ),
    "an unknown field": (
        "axes: {}\nrequest: {promt: x}",
        ["2:11: `promt` is not a text field of images.edit; did you mean `prompt`?"],
    ),
    "a field without value": (
        "axes: {}\nrequest: {prompt: }",
        ["2:19: `prompt` has no value; leave it out to send nothing, or write a value"],
    ),
    "unknown target": (
        "axes: {}\ntarget: emulator:openai-2026-20",
        [
            "2:9: `target`: `emulator:openai-2026-20` is not a known target;"
            " did you mean `emulator:openai-2026-02`?"
        ],
    ),
    "two targets": (
        "axes: {target: openai}\ntarget: openai",
        ["2:1: `target` is an axis too; keep one of the two"],
    ),
    "bad name": (
        "axes: {}\nname: Bad Name",
        ["2:7: `name`: `Bad Name` does not fit the pattern ^[a-z0-9][a-z0-9._-]*$"],
    ),
    "a name without value": (
        "axes: {}\nname:",
        ["2:6: `name`: null has no value; write a text, or leave the key out"],
    ),
    "a timeout of nothing": ("axes: {}\ntimeout: 0", ["2:10: `timeout`: must be greater than 0, not `0`"]),
    "a timeout in words": ("axes: {}\ntimeout: '30'", ["2:10: `timeout`: must be a number, not `30`"]),
    "a timeout of yes": ("axes: {}\ntimeout: true", ["2:10: `timeout`: must be a number, not `true`"]),
    "an endless timeout": (
        "axes: {}\ntimeout: .inf",
        [
            "2:10: `.inf` is no finite number; put it in quotes to send it as a text",
            "2:10: `timeout`: must be a number, not `.inf`",
        ],
    ),
    "unknown strategy": (
        "axes: {}\nstrategy: pairwize",
        ["2:11: `strategy`: `pairwize` is not one of `full`, `pairwise`; did you mean `pairwise`?"],
    ),
    "unknown outcome": (
        "axes: {}\nexpect: [{outcome: acepted}]",
        [
            "2:20: `expect[1].outcome`: `acepted` is not one of `accepted`, `rejected`, `not_sent`,"
            " `unparsed`, `altered`, `ignored`, `inconclusive`; did you mean `accepted`?"
        ],
    ),
    "a status out of range": (
        "axes: {}\nexpect: [{outcome: rejected, status: 4000}]",
        ["2:38: `expect[1].status`: must be at most 599, not `4000`"],
    ),
    "a status in words": (
        "axes: {}\nexpect: [{outcome: rejected, status: no}]",
        ["2:38: `expect[1].status`: must be a whole number, not `no`"],
    ),
    "a rejection with 500": (
        "axes: {}\nexpect: [{outcome: rejected, status: 500}]",
        ["2:38: `outcome: rejected` means a status of 3xx or 4xx other than 408, 425, 429, not 500"],
    ),
    "trouble that is expected of a server": (
        "axes: {}\nexpect: [{outcome: inconclusive}]",
        [
            "2:20: `inconclusive` can only be expected where `when` names `retries` (a scripted first answer)",
        ],
    ),
    "a rejection with 200": (
        "axes: {}\nexpect: [{outcome: rejected, status: 200}]",
        ["2:38: `outcome: rejected` means a status of 3xx or 4xx other than 408, 425, 429, not 200"],
    ),
    "an acceptance with an error": (
        "axes: {}\nexpect: [{outcome: accepted, status: 400, code: x, message: y}]",
        [
            "2:38: `outcome: accepted` means a status of 2xx, not 400",
            "2:49: `outcome: accepted` carries no error code; leave `code` out",
            "2:61: `outcome: accepted` carries no error message; leave `message` out",
        ],
    ),
    "a refusal with a status": (
        "axes: {}\nexpect: [{outcome: not_sent, status: 400}]",
        ["2:38: `outcome: not_sent` means that nothing was sent, so there is no status"],
    ),
    "a condition that is none": (
        "axes: {}\nexclude: [{client: {nott: x}}]",
        [
            "2:20: `exclude[1].client`: must be a value, a list of values, or `{not: ...}`"
            " with either, not a mapping"
        ],
    ),
    "an unknown name in a condition": (
        "axes: {}\nexpect: [{outcome: accepted, when: {gues: x}}]",
        ["2:37: `gues` is neither an axis of this matrix nor a fact; did you mean `guess`?"],
    ),
    "a release that is no range": (
        "axes: {}\nexpect: [{outcome: not_sent, when: {sdk_version: [<1.76, 1.76]}}]",
        ["2:58: `1.76` is no range of releases; write one such as `<1.76` or `>=1.1,<2`"],
    ),
    "a value that never occurs": (
        "axes: {client: [openai, httpx]}\nexclude: [{client: {not: [openai, htpx]}}]",
        ["2:35: `client` never has the value `htpx` in this matrix; did you mean `httpx`?"],
    ),
    "an absence that never occurs": (
        "axes: {}\nexclude: [{client: null}]",
        [
            "2:20: `client` applies to every operation of this matrix, so `null` never holds; put the word in"
            " quotes if a value is meant"
        ],
    ),
    "conditions that never meet": (
        "axes: {operation: [images.edit, images.generate]}\n"
        "expect: [{outcome: accepted, when: {operation: images.generate, container: handle}}]",
        ["2:36: no case of this matrix meets all these conditions; fix them, or drop the entry"],
    ),
    "conditions on what is excluded": (
        "axes: {client: [openai, httpx]}\nexclude: [{client: httpx}]\n"
        "known_failures: [{reason: x, when: {client: httpx, guess: null}}]",
        ["3:36: no case of this matrix meets all these conditions; fix them, or drop the entry"],
    ),
    "a fact in exclude": (
        "axes: {}\nexclude: [{guess: null}]",
        ["2:12: `guess` is known only when a case runs; `exclude` can name axes only"],
    ),
    "exclude without conditions": ("axes: {}\nexclude: [{}]", ["2:11: `exclude[1]`: must not be empty"]),
    "nothing left": ("axes: {}\nexclude: [{client: openai}]", ["2:1: `exclude` leaves no case"]),
    "an unknown axis in include": (
        "axes: {}\ninclude: [{clint: httpx}, {quality: low}]",
        [
            "2:12: `clint` is not an axis of this matrix; did you mean `client`?",
            "2:28: `quality` is not an axis of this matrix; add it to `axes`",
        ],
    ),
    "an include that cannot be": (
        "axes: {}\ninclude: [{operation: images.generate, container: path}]",
        ["2:40: `container` does not apply to `images.generate`; leave it out"],
    ),
    "no file": (
        "axes: {}\nmime_tables: {alpine: tables/alpine.types}",
        ["2:23: there is no file `FOLDER/tables/alpine.types`; paths start at this file's folder"],
    ),
    "a built-in table": (
        "axes: {}\nmime_tables: {system: m.yaml}",
        ["2:15: `system` is built in; choose another name"],
    ),
    "a link that is none": (
        "axes: {}\nknown_failures: [{reason: x, when: {client: openai}, link: ftp://x}]",
        ["2:60: `known_failures[1].link`: `ftp://x` does not fit the pattern ^https?://[^\\s/]+\\S*$"],
    ),
    "a day that is none": (
        "axes: {}\nknown_failures:\n  - {reason: x, when: {client: openai}, expires: 2026-02-30}\n"
        "  - {reason: x, when: {client: openai}, expires: 31.12.2026}",
        [
            "3:50: `known_failures[1].expires`: `2026-02-30` is no day of the calendar",
            "4:50: `known_failures[2].expires`: `31.12.2026` is not a date; write it as 2026-12-31",
        ],
    ),
    "a failure of everything": (
        "axes: {}\nknown_failures: [{reason: x, when: {}}]",
        ["2:36: `known_failures[1].when`: must not be empty"],
    ),
    "a failure that is expected": (
        "axes: {container: [bytesio, tuple3]}\nexpect:\n  - {when: {container: bytesio}, outcome: rejected, code: x}\n"
        "known_failures:\n  - {reason: r, when: {container: tuple3}}\n  - {reason: r, when: {client: openai, guess: null}}",
        [
            "6:5: line 3 expects `rejected x` of `m/images.edit/openai/bytesio/png/system`, which is then no failure; "
            "drop one of the two entries, or narrow its `when`"
        ],
    ),
    "a list": ("- axes", ["1:1: the file: must be a mapping (`key: value`), not a list"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place_and_the_way_out(tmp_path: Path, fault: str) -> None:
    text, says = FAULTS[fault]
    assert [line.replace(tmp_path.as_posix(), "FOLDER") for line in problems(tmp_path, text)] == says


def test_two_cases_never_share_an_id(tmp_path: Path) -> None:
    assert problems(tmp_path, "axes: {model: m, quality: [a, a/b], size: [c, b/c]}") == [
        "1:1: two different cases have the id `m/images.edit/m/openai/handle/png/system/a/b/c`; a `/` in a"
        " value makes them look alike"
    ]


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(
        tmp_path,
        """
        nam: x
        timeout: -1
        axes: {contaner: handle, client: opnai}
        exclude: [{clent: httpx}]
        expect:
          - outcome: acepted
          - {outcome: accepted, when: {clint: openai}}
        """,
        "b.yaml",
    )
    written(tmp_path, "axes: [", "a.yaml")
    written(tmp_path, "axes: {}", "c.yaml")
    with pytest.raises(MatrixError) as caught:
        load_matrices([Path("c.yaml"), tmp_path / "b.yaml", Path("a.yaml")], CATALOG)
    assert str(caught.value) == "\n".join(
        [
            "a.yaml:1:8: not valid YAML: did not find expected node content while parsing a flow node",
            "b.yaml:1:1: unknown key `nam`; did you mean `name`?",
            "b.yaml:2:10: `timeout`: must be greater than 0, not `-1`",
            "b.yaml:3:8: `contaner` is not an axis; did you mean `container`?",
            "b.yaml:3:34: `client`: `opnai` is not a known value; did you mean `openai`?",
            "b.yaml:4:12: `clent` is neither an axis of this matrix nor a fact; did you mean `client`?",
            "b.yaml:6:14: `expect[1].outcome`: `acepted` is not one of `accepted`, `rejected`, `not_sent`,"
            " `unparsed`, `altered`, `ignored`, `inconclusive`; did you mean `accepted`?",
            "b.yaml:7:32: `clint` is neither an axis of this matrix nor a fact; did you mean `client`?",
        ]
    )


def test_a_name_is_given_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "axes: {}", "a.yaml")
    written(tmp_path, "axes: {}\nname: a", "b.yaml")
    with pytest.raises(MatrixError) as caught:
        load_matrices([tmp_path], CATALOG)
    assert str(caught.value) == "b.yaml:2:7: the name `a` is already taken by a.yaml; set another `name`"


def test_a_file_name_that_is_no_name_asks_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "axes: {}", "My Matrix.yaml")
    with pytest.raises(MatrixError) as caught:
        load_matrices([tmp_path], CATALOG)
    assert str(caught.value) == (
        "My Matrix.yaml:1:1: the file's name gives no matrix name (`My Matrix` does not fit"
        " ^[a-z0-9][a-z0-9._-]*$); set `name`"
    )


def test_two_matrices_do_not_name_two_files_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.types", "b.types"):
        (tmp_path / name).write_text("")
    written(tmp_path, "axes: {}\nmime_tables: {mine: a.types}", "a.yaml")
    written(tmp_path, "axes: {}\nmime_tables: {mine: b.types}", "b.yaml")
    written(tmp_path, "axes: {}\nmime_tables: {mine: ./a.types}", "c.yaml")
    with pytest.raises(MatrixError) as caught:
        load_matrices([tmp_path], CATALOG)
    assert str(caught.value) == "b.yaml:2:15: `mine` names another file in a.yaml; choose another name"


def test_paths_without_a_matrix_are_a_configuration_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError) as missing:
        load_matrices([tmp_path / "none.yaml"], CATALOG)
    with pytest.raises(ConfigurationError) as empty:
        load_matrices([Path("empty")], CATALOG)
    assert (
        str(missing.value)
        == "none.yaml: no such file or folder (looking for a matrix; `upload-matrix init` writes one)"
    )
    assert (
        str(empty.value)
        == "empty: no *.yaml or *.yml in this folder (looking for a matrix; `upload-matrix init` writes one)"
    )
