"""Killed at any moment, a recording loses nothing it has, sends nothing twice that it has, and owns up to all.

``UPLOAD_MATRIX_KILLS=200`` makes it a long test; the benchmarks' page has the figures of one.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

from kill_worker import TARGET, stored
from record_upstream import ACCEPTED, Vendor, answer

from upload_matrix.recordings.files import read_cassette
from upload_matrix.recordings.identity import folder_name
from upload_matrix.spending import Ledger

KILLS = int(os.environ.get("UPLOAD_MATRIX_KILLS", "12"))
REQUESTS = 30
WORKER = Path(__file__).with_name("kill_worker.py")
PRICE = Decimal("0.002673")
"""What one answer costs by its usage and the price of gpt-image-1-mini."""


class Upstream:
    """Notes the requests by recording name; answers after a moment, so that kills find some under way."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._arrived = threading.Condition()
        self.seen: list[str] = []

    def wait_for(self, count: int):
        """Until so many requests in all have arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.seen) >= count, timeout=60)

    def judge(self, request):
        number = int(request.body.split(b"door ")[1].split(b'"')[0])
        with self._arrived:
            self.seen.append(stored(number))
            self._arrived.notify_all()
            pause = self._chance.uniform(0, 0.012)
        time.sleep(pause)
        return answer(200, ACCEPTED)


def recordings(folder):
    # One folder below: beside them lies the description of the server, which is no recording.
    return {path.stem: path for path in (folder / "cassettes" / folder_name(TARGET)).glob("*/[!.]*.yaml")}


def start(folder, base_url, run):
    environment = {**os.environ, "PYTHONPATH": str(WORKER.parent)}
    return subprocess.Popen(
        [sys.executable, str(WORKER), str(folder), base_url, run, str(REQUESTS)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_recording_killed_at_random_moments_never_pays_twice(tmp_path):
    chance = random.Random(20261123)
    upstream = Upstream(chance)
    kills = 0
    with Vendor(upstream.judge) as vendor, Ledger(tmp_path / "ledger.sqlite") as ledger:
        run = ledger.open_run(label="kills")
        while kills < KILLS:
            before = set(recordings(tmp_path))
            if len(before) == REQUESTS:
                shutil.rmtree(tmp_path / "cassettes")
                before = set()
            mark = len(upstream.seen)
            workers = [start(tmp_path, vendor.base_url, run) for _ in range(2)]
            for worker in workers:
                assert worker.stdout.readline() == "ready\n"
            # Some requests are under way when this many have arrived, and the rest of them moves on from there.
            upstream.wait_for(mark + chance.randint(1, min(10, REQUESTS - len(before))))
            time.sleep(chance.uniform(0, 0.02))
            for worker in workers:
                kills += worker.poll() is None
                worker.kill()
                worker.communicate()
            sent = Counter(upstream.seen[mark:])
            assert not before & set(sent), "what was recorded was sent again"
            after = recordings(tmp_path)
            assert before <= set(after), "a recording was lost"
            for path in after.values():
                (recording,) = read_cassette(path)
                assert recording.answer.status == 200
            # One that was under way when its process died has an answer that nobody has: the other one
            # may still have sent it again before it was killed too.
            assert all(times <= 2 for times in sent.values())
            entry = ledger.run(run)
            assert entry.calls >= len(upstream.seen), "a call was made that the books do not know"
            assert entry.counted.known >= PRICE * len(upstream.seen)
        # Left alone it comes to its end: nothing was left locked or half-written.
        worker = start(tmp_path, vendor.base_url, run)
        out, _ = worker.communicate(timeout=60)
        assert out == "ready\ndone\n"
        assert len(recordings(tmp_path)) == REQUESTS
