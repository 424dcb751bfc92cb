"""Isolation of planted causes: is exactly the cause found, and in how many calls against the bound?

The causes are those of ``tests/isolate/planted.yaml``, each in an emulator profile of its own. Prints
Markdown, the same every time, as the noise comes from seeds. ``--seeds N`` repeats noisy runs, each with
other noise.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "isolate"))

from isolate_world import World, named, planted

from upload_matrix.judge.isolate.drive import isolate
from upload_matrix.judge.isolate.notebook import Options
from upload_matrix.judge.isolate.result import Isolation, Stop
from upload_matrix.judge.isolate.trial import Trial

NOISES = (0.0, 0.05, 0.10)


def run(number: int, noise: float, seed: int) -> tuple[bool, Isolation]:
    case = planted()[number]
    world = World(case, noise=noise, seed=str(seed))
    options = Options(trial=Trial(repeat=noise > 0))
    result = isolate(world.splicer, world.ask, options=options)
    return result.stopped is Stop.FOUND and named(result) == case.expected(), result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="runs of each noisy case (default 1)")
    seeds = parser.parse_args().seeds
    cases = planted()
    results = {
        noise: [
            [run(number, noise, seed) for seed in range(seeds if noise else 1)]
            for number in range(len(cases))
        ]
        for noise in NOISES
    }
    print(f"{len(cases)} planted causes. Questions: asked by the search; calls: all of them, with both ends,")
    print("confirmation, repetitions and controls. The bound is t(ceil(log2 n) + 1) questions for a cause of")
    print("t of n changes.\n")
    print("| noise | kind | runs | exact | questions, median | of the bound, worst | calls, median | most |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for noise in NOISES:
        for kind in dict.fromkeys(case.kind for case in cases):
            rows = [
                row
                for case, found in zip(cases, results[noise], strict=True)
                if case.kind == kind
                for row in found
            ]
            line(f"{noise:.0%}", kind, rows)
        line(f"{noise:.0%}", "**all**", [row for found in results[noise] for row in found])
    print("\n| planted | cause | n | questions | bound | calls without noise | with 5 % | with 10 % |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for number, case in enumerate(cases):
        calm = results[0.0][number][0][1]
        calls = [statistics.median(result.calls for _, result in results[noise][number]) for noise in NOISES]
        cause = "; ".join(" + ".join(f"`{where}`" for where in cause) for cause in case.causes)
        shown = " | ".join(f"{value:g}" for value in calls)
        print(f"| {case.id} | {cause} | {len(calm.changes)} | {calm.searched} | {calm.bound} | {shown} |")


def line(noise: str, kind: str, rows: list[tuple[bool, Isolation]]) -> None:
    exact = sum(found for found, _ in rows)
    questions = statistics.median(result.searched for _, result in rows)
    worst = max((result.searched / result.bound for _, result in rows if result.bound), default=0)
    calls = [result.calls for _, result in rows]
    print(
        f"| {noise} | {kind} | {len(rows)} | {exact} | {questions:g} | {worst:.0%} "
        f"| {statistics.median(calls):g} | {max(calls)} |"
    )


if __name__ == "__main__":
    main()
