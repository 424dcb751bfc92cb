"""A worker that fails costs its release another try, and at worst the release: never the sweep."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from dataclasses import replace

import pytest
from sweep_releases import FORMS, kinds, sdk, told, write_matrix

from upload_matrix.environments.interpreters import Located
from upload_matrix.environments.kept import Way
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Environment
from upload_matrix.model.sweep import Cell, ReleaseResult
from upload_matrix.run.cluster import ROUNDS, ClusterExecutor, Workers
from upload_matrix.run.dask import CarriedAnswers, WorkerFailure, WorkerReport, pack, unpack
from upload_matrix.run.measure import LIMIT, Measured, ThreadExecutor
from upload_matrix.run.session import Session

RELEASES = [f"1.{number}.0" for number in range(6)]


class Ground:
    """Where releases lie; in those of ``bad`` something of ours goes wrong, so and so many times."""

    def __init__(self, folder, bad, error):
        self.folder = folder
        self.bad = dict(bad)
        self.error = error
        (folder / "openai").mkdir()
        (folder / "openai" / "__init__.py").write_text(sdk())

    def locate(self, seat):
        if self.bad.get(seat.sdk, 0):
            self.bad[seat.sdk] -= 1
            raise self.error
        return Located(sys.executable, (self.folder,))


def surveyed(tmp_path, bad, error):
    home = write_matrix(tmp_path)
    settings, variants = told(home, Ground(tmp_path, bad, error).locate)
    with ThreadExecutor(settings, variants, python="this", workers=2) as executor:
        found = list(executor.measure(RELEASES[:3]))
    assert sorted(item.result.release for item in found) == RELEASES[:3]
    return {item.result.release: item for item in found}


def test_a_thread_that_fails_has_its_release_measured_again_and_at_worst_given_up(tmp_path):
    error = OSError(28, "No space left on device")
    found = surveyed(tmp_path, {"1.0.0": LIMIT - 1, "1.1.0": 99}, error)
    assert kinds(found["1.0.0"]) == kinds(found["1.2.0"]) == {"accepted", "rejected"}
    assert not found["1.1.0"].result.signatures()
    outcomes = {cell.outcome for cell in found["1.1.0"].result.cells.values()}
    why = f"given up: the worker failed {LIMIT} times, the last time with OSError: {error}"
    assert outcomes == {Outcome(OutcomeKind.HARNESS_ERROR, detail=why)}


def test_what_the_user_can_fix_ends_it(tmp_path):
    with pytest.raises(ConfigurationError, match="this folder is wrong"):
        surveyed(tmp_path, {"1.0.0": 99}, ConfigurationError("this folder is wrong"))


# From here on the executor of a cluster, whose workers are played by a function.


class Played:
    """A cluster of two workers. ``play`` gets the task and who is avoided, and gives a result or raises."""

    class LostError(Exception):
        pass

    def __init__(self, play):
        self.play = play
        self.tasks = []
        self.under_way = 0
        self.gone = False

    def submit(self, task, avoid):
        self.tasks.append((task, frozenset(avoid)))
        future = Future()
        try:
            future.set_result(self.play(task, frozenset(avoid)))
        except BaseException as error:  # noqa: BLE001
            future.set_exception(error)
        return future

    def free_slots(self):
        return 2

    def check(self):
        if self.gone:
            raise HarnessError("nobody is left")

    def lost(self, error):
        return isinstance(error, Played.LostError)

    def times(self, name):
        return sum(task.release == name for task, _ in self.tasks)


def report(task, where="one", wanted=(), unavailable=None, environment=()):
    outcome = Outcome(OutcomeKind.ACCEPTED, status=200)
    cells = {case.id: Cell(case.id, task.release, (), outcome) for case in task.variants}
    result = ReleaseResult(task.release, {} if unavailable else cells, tuple(environment), unavailable)
    return WorkerReport(where, Measured(result, {}, {}), dict(wanted))


def executor_of(tmp_path, play, **policy):
    settings, variants = told(write_matrix(tmp_path), **policy)
    cluster = Played(play)
    executor = ClusterExecutor(
        settings,
        variants,
        Workers("this", "3.11.7", Way.OVERLAY, offline=False),
        cluster,
    )
    return executor, cluster


def measured_by(executor, names=RELEASES):
    with executor:
        found = {item.result.release: item for item in executor.measure(names)}
    assert sorted(found) == sorted(names)
    return found


def test_a_release_whose_worker_stumbles_is_tried_elsewhere(tmp_path):
    def play(task, avoid):
        return (
            WorkerFailure("one", "OSError: disk")
            if task.release == "1.2.0" and "one" not in avoid
            else report(task)
        )

    executor, cluster = executor_of(tmp_path, play)
    assert kinds(measured_by(executor)["1.2.0"]) == {"accepted"}
    assert [avoid for task, avoid in cluster.tasks if task.release == "1.2.0"] == [set(), {"one"}]
    assert len(cluster.tasks) == len(RELEASES) + 1


def test_a_release_on_which_every_worker_stumbles_is_given_up(tmp_path):
    def play(task, avoid):
        return (
            WorkerFailure(f"worker {len(avoid)}", "OSError: disk")
            if task.release == "1.2.0"
            else report(task)
        )

    executor, cluster = executor_of(tmp_path, play)
    found = measured_by(executor)
    assert kinds(found["1.2.0"]) == {"harness_error"}
    assert "OSError: disk" in next(iter(found["1.2.0"].result.cells.values())).outcome.detail
    assert cluster.times("1.2.0") == LIMIT


def test_a_release_that_kills_workers_is_given_up_and_its_neighbours_are_not(tmp_path):
    deaths = {"1.2.0": 99, "1.3.0": 1}
    executor, cluster = executor_of(tmp_path, None)

    def play(task, avoid):
        if deaths.get(task.release, 0):
            deaths[task.release] -= 1
            raise Played.LostError
        return report(task)

    cluster.play = play
    found = measured_by(executor)
    assert kinds(found["1.2.0"]) == {"harness_error"}
    assert kinds(found["1.3.0"]) == {"accepted"}
    assert cluster.times("1.2.0") == 2
    # Suspects run after all others: with nobody beside them, who is killed is the one to blame.
    assert {task.release for task, _ in cluster.tasks[-2:]} == {"1.2.0", "1.3.0"}


def test_unavailable_on_one_machine_is_asked_of_another(tmp_path):
    def play(task, avoid):
        return (
            report(task, unavailable=None if avoid else "no network here")
            if task.release == "1.2.0"
            else report(task)
        )

    executor, cluster = executor_of(tmp_path, play)
    assert kinds(measured_by(executor)["1.2.0"]) == {"accepted"}

    executor, cluster = executor_of(
        tmp_path / "again", lambda task, _: report(task, unavailable="it is gone")
    )
    found = measured_by(executor, ["1.2.0"])
    assert found["1.2.0"].result.unavailable == "it is gone"
    assert cluster.times("1.2.0") == 2


def test_what_the_user_can_fix_ends_it_on_a_cluster_too(tmp_path):
    def play(task, avoid):
        raise ConfigurationError("another version")

    executor, _ = executor_of(tmp_path, play)
    with executor, pytest.raises(ConfigurationError, match="another version"):
        list(executor.measure(RELEASES))


def test_a_cluster_that_is_gone_ends_it_with_what_was_measured(tmp_path):
    executor, cluster = executor_of(tmp_path, lambda task, _: report(task))
    given = executor.measure(RELEASES)
    with executor:
        assert kinds(next(given)) == {"accepted"}
        cluster.gone = True
        cluster.submit = lambda *_: Future()  # nobody will ever do it
        with pytest.raises(HarnessError, match="nobody is left"):
            list(given)


def environment(python="3.11.2", guess="image/webp"):
    return Environment("openai-1.0.0/system", python, "system", {}, {".webp": guess})


def test_machines_that_differ_are_told_from_releases_that_do(tmp_path):
    executor, _ = executor_of(tmp_path, lambda task, _: report(task, environment=[environment("3.12.1")]))
    with (
        executor,
        pytest.raises(ConfigurationError, match=r"worker one runs Python 3\.12, this machine 3\.11"),
    ):
        list(executor.measure(["1.0.0"]))

    answers = iter(["image/webp", None])

    def play(task, avoid):
        name = f"openai-{task.release}/system"
        return report(task, environment=[replace(environment(guess=next(answers)), name=name)])

    executor, _ = executor_of(tmp_path / "tables", play)
    with executor, pytest.raises(ConfigurationError, match="--mime-table system=FILE"):
        list(executor.measure(["1.0.0", "1.1.0"]))


def sent(tmp_path, home):
    """What a worker with no answers wants: each distinct request of a release, as captured."""
    ground = Ground(tmp_path, {}, OSError())
    settings, variants = told(home, ground.locate)
    carried = CarriedAnswers(settings.policy, {"emulator:openai-2026-02": "/v1"}, {})
    with Session(settings, carried) as session:
        for case in variants:
            session.run(case)
    return carried.wanted


def test_each_distinct_request_is_answered_once_and_later_tasks_carry_the_answer(tmp_path, monkeypatch):
    wanted = sent(tmp_path, write_matrix(tmp_path))
    assert len(wanted) == FORMS

    def play(task, avoid):
        missing = {key: request for key, request in wanted.items() if key not in task.answers}
        return report(task, wanted=missing)

    (tmp_path / "executor").mkdir()
    executor, cluster = executor_of(tmp_path / "executor", play)
    asked = count_asking(executor, monkeypatch)
    measured_by(executor)
    assert sorted(asked) == sorted(wanted)
    # Two are under way before anything is known; everybody after them has it in the carried.
    assert len(cluster.tasks) == len(RELEASES) + 2


def count_asking(executor, monkeypatch, answer=None):
    asked = []
    genuine = executor._answering.answerer

    def answerer(target):
        def ask(request):
            asked.append((request.wire.digest, target))
            return answer or genuine(target)(request)

        return ask

    monkeypatch.setattr(executor._answering, "answerer", answerer)
    return asked


def test_an_answer_that_says_nothing_is_for_one_release_and_asked_for_again_by_the_next(
    tmp_path, monkeypatch
):
    wanted = sent(tmp_path, write_matrix(tmp_path))
    (tmp_path / "executor").mkdir()
    executor, _ = executor_of(
        tmp_path / "executor",
        lambda task, _: report(
            task, wanted={key: value for key, value in wanted.items() if key not in task.answers}
        ),
    )
    trouble = Answer(503, (), b"", Source("openai", Provenance.LIVE, Supply.FORWARDED))
    asked = count_asking(executor, monkeypatch, trouble)
    measured_by(executor, RELEASES[:3])
    assert len(asked) == 3 * FORMS


def test_a_release_that_never_sends_the_same_twice_is_given_up(tmp_path):
    some = next(iter(sent(tmp_path, write_matrix(tmp_path)).items()))
    (tmp_path / "executor").mkdir()
    executor, cluster = executor_of(tmp_path / "executor", lambda task, _: report(task, wanted=[some]))
    found = measured_by(executor, ["1.0.0"])
    assert "without --scheduler" in next(iter(found["1.0.0"].result.cells.values())).outcome.detail
    assert cluster.times("1.0.0") == ROUNDS + 1


def test_a_parcel_brings_the_users_files_and_leaves_recordings_and_targets_at_home(tmp_path):
    home = write_matrix(tmp_path)
    (home / "clients").mkdir()
    (home / "clients" / "mine.py").write_text("NAME = 'mine'\n")
    (home / "cassettes").mkdir()
    (home / "cassettes" / "tape.yaml").write_text("secret")
    settings, _ = told(home)
    parcel = pack(settings, {"emulator:openai-2026-02": "/v1"}, Way.OVERLAY, offline=True)
    assert not [place for place in parcel.files if "tape" in place]
    assert not parcel.settings.targets
    there = unpack(parcel, tmp_path / "there", settings.locate)
    assert there.files["photo"].name == "photo.xyz"
    assert there.files["photo"].read_bytes() == b"a picture of mine"
    assert there.tables["mine"].read_text().startswith("image/x-mine")
    assert (there.folders[0] / "clients" / "mine.py").read_text() == "NAME = 'mine'\n"
    (home / "photo.xyz").unlink()
    with pytest.raises(ConfigurationError, match=r"photo\.xyz: it cannot be sent"):
        pack(settings, {}, Way.OVERLAY, offline=True)
