"""The same SDK calls with nothing around them: ``python bare_loop.py URL PICTURE CASES TIMES_FILE``.

Writes the moment at which each call was done, in seconds, as a JSON list, and says how many there were.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from openai import OpenAI


def main() -> None:
    url, picture, cases, times = sys.argv[1:]
    client = OpenAI(api_key="none", base_url=url, max_retries=0)
    done = []
    for number in range(int(cases)):
        answer = client.images.edit(
            image=("photo.png", Path(picture).read_bytes(), "image/png"),
            model="gpt-image-1",
            prompt=f"make-the-sky-blue-{number:05}",
        )
        assert answer.data
        done.append(time.perf_counter())
    Path(times).write_text(json.dumps(done), "utf-8")
    print(f"{len(done)} passed")


if __name__ == "__main__":
    main()
