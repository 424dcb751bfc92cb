"""Running code in a built environment, as the probe pool will."""

from __future__ import annotations

import os
import subprocess


def run(built, code):
    """What ``code`` prints there; its last line of complaint when it fails."""
    done = subprocess.run(
        [built.python, "-c", code],
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, built.pythonpath))},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


VERSIONS = "import fakesdk, fakedep; print(fakesdk.version, fakedep.version)"
