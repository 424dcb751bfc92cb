"""The reports that git keeps, held against what is run again today."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "matrix" / "tables"


def committed(name: str) -> Path:
    """The JSON of a committed report."""
    return ROOT / "reports" / f"{name}.json"


def cases(text: str) -> dict:
    """What does not hang on versions: by case, each attempt's wire form and what became of it."""
    return {
        case["id"]: (
            [attempt["wire"] for attempt in case.get("attempts", ())],
            case["outcome"]["kind"],
            case["outcome"].get("code"),
            [finding["code"] for finding in case.get("findings", ())],
        )
        for case in json.loads(text)["cases"]
    }


def run_again(pytester, name: str, matrix: str, *options: str) -> dict:
    """The cases of a matrix, run from the shipped recordings."""
    pytester.makepyfile(test_uploads="def test_upload(upload_case):\n    upload_case.check()\n")
    pytester.runpytest(
        "-p", "no:cacheprovider",
        f"--upload-matrix={ROOT / 'matrix' / matrix}",
        f"--upload-cassettes={ROOT / 'cassettes'}",
        *options,
        f"--upload-report={name}",
    )  # fmt: skip
    return cases((pytester.path / "reports" / f"{name}.json").read_text("utf-8"))
