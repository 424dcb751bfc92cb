"""Isolation of planted causes: is exactly the cause found, and in how many calls against the bound?

The causes are those of ``tests/isolate/planted.yaml``, each in an emulator profile of its own. Prints
Markdown, the same every time, as the noise comes from seeds. ``--rounds N`` repeats noisy runs, each with
other noise. Without noise every cause must be found.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "isolate"))

import support
from isolate_world import World, named, planted

from upload_matrix.judge.isolate.asking import SearchOptions
from upload_matrix.judge.isolate.result import Isolation, Stop, Trial
from upload_matrix.judge.isolate.search import isolate

NOISES = (0.0, 0.05, 0.10)


def run(number: int, noise: float, seed: int) -> tuple[bool, Isolation]:
    case = planted()[number]
    world = World(case, noise=noise, seed=str(seed))
    options = SearchOptions(trial=Trial(repeat=noise > 0))
    result = isolate(world.splicer, world.ask, options=options)
    return result.stopped is Stop.FOUND and named(result) == case.expected(), result


def main() -> None:
    parser = support.parser(__doc__)
    parser.set_defaults(rounds=1)
    parser.add_argument("--cases", type=support.number(1), default=None, help="so many causes (default: all)")
    options = parser.parse_args()
    cases = planted()[: options.cases]
    results = {
        noise: [
            [run(number, noise, seed) for seed in range(options.rounds if noise else 1)]
            for number in range(len(cases))
        ]
        for noise in NOISES
    }
    lost = [case.id for case, rows in zip(cases, results[0.0], strict=True) if not rows[0][0]]
    support.verified(
        cases and not lost, f"without noise not found: {', '.join(lost) or 'no cause is planted'}"
    )
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
    calls = {
        f"{noise:.0%}": {
            case.id: [result.calls for _, result in rows] for case, rows in zip(cases, found, strict=True)
        }
        for noise, found in results.items()
    }
    support.finish(options, {"calls": calls})


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
