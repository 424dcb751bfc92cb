"""Where a key comes from; none of the errors ever shows what was found in its place."""

import sys

import pytest

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets import keys
from upload_matrix.targets.keys import read_key
from upload_matrix.targets.spec import ad_hoc

CANARY = "canary-0123456789"


def printing(code):
    return ad_hoc("https://h/v1", key_command=[sys.executable, "-c", code], name="t")


def test_from_a_variable():
    spec = ad_hoc("https://h/v1", key_env="K")
    assert read_key(spec, {"K": f" {CANARY}\n"}) == CANARY


@pytest.mark.parametrize("environ", [{}, {"K": ""}, {"K": "  \n"}])
def test_an_empty_variable_is_said_with_the_way_out(environ):
    with pytest.raises(
        ConfigurationError, match=r"the variable K holds no key; set it, or replay .*--record-mode none"
    ):
        read_key(ad_hoc("https://h/v1", key_env="K"), environ)


@pytest.mark.parametrize("value", [f"{CANARY}\nx: y", f"{CANARY} {CANARY}", f"{CANARY}é", f"{CANARY}\x00"])
def test_what_cannot_stand_in_a_header_is_no_key_and_is_not_shown(value):
    with pytest.raises(ConfigurationError) as caught:
        read_key(ad_hoc("https://h/v1", key_env="K"), {"K": value})
    assert "what the variable K holds has spaces, line breaks" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_from_a_program_with_the_line_end_taken_off():
    assert read_key(printing(f"print('{CANARY}')")) == CANARY


def test_no_shell_reads_the_command(tmp_path):
    spec = ad_hoc(
        "https://h/v1", key_command=[sys.executable, "-c", "import sys; print(sys.argv[1])", "$(echo)"]
    )
    assert read_key(spec) == "$(echo)"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (f"print('{CANARY}'); raise SystemExit(3)", "ended with exit code 3"),
        ("pass", "printed is empty"),
        (f"print('{CANARY}'); print('{CANARY}')", "has spaces, line breaks"),
    ],
)
def test_a_program_that_gives_no_key(code, says, capfd):
    with pytest.raises(ConfigurationError) as caught:
        read_key(printing(code))
    assert says in str(caught.value)
    assert CANARY not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert CANARY not in "".join(capfd.readouterr())


def test_a_program_that_is_not_there():
    spec = ad_hoc("https://h/v1", key_command=["no-such-program-anywhere"], name="t")
    with pytest.raises(
        ConfigurationError, match=r"target t: key_command: no-such-program-anywhere cannot be run"
    ):
        read_key(spec)


def test_a_program_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(keys, "KEY_COMMAND_SECONDS", 0.5)
    with pytest.raises(ConfigurationError, match=r"printed no key in 0\.5 seconds") as caught:
        read_key(printing(f"import time; print('{CANARY}', flush=True); time.sleep(60)"))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
