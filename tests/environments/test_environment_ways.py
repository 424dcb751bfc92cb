"""Three ways to build an environment, and what each shows."""

from __future__ import annotations

from datetime import date

import pytest
from environment_runs import VERSIONS, run
from fake_index import FakeIndex, Wheel

from upload_matrix.environments.interpreters import UnbuildableError, Uv
from upload_matrix.environments.kept import Blueprint, Built, Way
from upload_matrix.environments.store import EnvironmentStore, held_to, shared_constraints
from upload_matrix.model.errors import UnavailableError

HELD = ("fakedep<2",)


def blueprint(version, way=Way.OVERLAY, **more):
    return Blueprint("this", version, way, "fakesdk", **more)


@pytest.fixture
def store(index, tmp_path):
    return EnvironmentStore(tmp_path / "store", index=index.url, constraints=HELD)


def test_an_overlay_holds_dependencies_to_what_old_releases_work_with(store):
    assert run(store.build(blueprint("1.0.0")), VERSIONS) == "1.0.0 1.0"


def test_a_real_environment_shows_the_dependency_that_breaks_the_release(store):
    built = store.build(blueprint("1.0.0", Way.REAL))

    assert built.pythonpath == ()
    assert run(built, VERSIONS) == "TypeError: connect() got an unexpected keyword argument 'proxies'"
    assert run(built, "import fakedep; print(fakedep.version)") == "2.0"


def test_a_contemporary_environment_is_resolved_as_of_the_release(store):
    assert run(store.build(blueprint("1.0.0", Way.CONTEMPORARY)), VERSIONS) == "1.0.0 1.0"
    assert run(store.build(blueprint("2.0.0", Way.CONTEMPORARY)), VERSIONS) == "2.0.0 2.0"


def test_a_contemporary_environment_takes_the_day_it_is_given(store):
    built = store.build(blueprint("1.0.0", Way.CONTEMPORARY, date=date(2024, 6, 1)))

    assert run(built, "import fakedep; print(fakedep.version)") == "2.0"


def test_an_index_without_dates_cannot_build_contemporary_ones(index, tmp_path):
    index.json = False
    store = EnvironmentStore(tmp_path, index=index.url)

    with pytest.raises(UnavailableError, match=r"does not tell when fakesdk 1\.0\.0 came out"):
        store.build(blueprint("1.0.0", Way.CONTEMPORARY))


@pytest.mark.parametrize("way", [Way.OVERLAY, Way.REAL])
@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("3.0.0", "fakedep>=9"),
        ("2.1.0", "Python>=3.99"),
        ("9.9", "there is no version of fakesdk==9.9"),
    ],
)
def test_what_the_resolver_refuses_is_unavailable_with_its_reason(store, way, version, reason):
    with pytest.raises(UnavailableError) as caught:
        store.build(blueprint(version, way))
    assert str(caught.value).startswith(f"fakesdk {version} ({way}, Python ")
    assert reason in str(caught.value)
    assert [entry for entry in store.list() if entry.way is not None and way is Way.REAL] == []


def test_yanked_and_pre_releases_are_built_when_named(store):
    assert run(store.build(blueprint("1.2.0")), VERSIONS) == "1.2.0 1.0"
    assert run(store.build(blueprint("2.0.0rc1", Way.REAL)), VERSIONS) == "2.0.0rc1 2.0"


def test_a_missing_interpreter_is_unavailable(store, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UnavailableError, match=r"Python 3\.98 is not installed"):
        store.build(Blueprint("3.98", "1.0.0", Way.OVERLAY, "fakesdk"))


def test_no_network_is_unavailable_and_not_the_releases_doing(tmp_path):
    store = EnvironmentStore(tmp_path, index="http://127.0.0.1:9/simple/")

    with pytest.raises(UnavailableError, match="Failed to fetch") as caught:
        store.build(blueprint("1.0.0"))
    assert not isinstance(caught.value, UnbuildableError)


@pytest.mark.parametrize("way", [Way.OVERLAY, Way.REAL])
def test_what_lies_beside_a_release_is_held_and_has_to_allow_it(way, tmp_path):
    wheels = [
        *(Wheel("transport", f"1.{number}.0", "2024-01-01") for number in range(3)),
        Wheel("fakesdk", "5.0.0", "2024-01-01", requires=("transport<1.2",)),
        Wheel("fakesdk", "6.0.0", "2024-01-01"),
    ]
    versions = (
        "import transport, fakesdk, importlib.metadata as m; "
        "print(transport.version, fakesdk.version, m.version('transport'))"
    )
    with FakeIndex(wheels=wheels) as index:
        store = EnvironmentStore(tmp_path / "store", index=index.url, constraints=())
        beside = {"distribution": "transport", "beside": ("fakesdk==5.0.0",)}
        built = store.build(Blueprint("this", "1.0.0", way, **beside))
        assert run(built, versions) == "1.0.0 5.0.0 1.0.0"
        with pytest.raises(UnbuildableError, match=r"transport ?<1\.2|transport<1\.2"):
            store.build(Blueprint("this", "1.2.0", way, **beside))


@pytest.mark.parametrize("way", list(Way))
def test_malicious_releases_are_never_installed(way, tmp_path):
    wheels = [
        *(Wheel("litellm", f"1.82.{number}", "2026-03-24") for number in (6, 7)),
        Wheel("fakesdk", "1.0.0", "2026-03-25", requires=("litellm",)),
    ]
    with FakeIndex(wheels=wheels) as index:
        store = EnvironmentStore(tmp_path / "store", index=index.url, constraints=())
        with pytest.raises(UnbuildableError, match="it is never installed: malicious"):
            store.build(Blueprint("this", "1.82.7", way, "litellm"))
        # Nor does a resolver choose one, though it is the newest.
        built = store.build(blueprint("1.0.0", way))
        assert run(built, "import importlib.metadata as m; print(m.version('litellm'))") == "1.82.6"
        assert index.downloads("litellm-1.82.7-py3-none-any.whl") == 0


def test_a_second_build_calls_no_uv_even_in_another_store(index, store, tmp_path, monkeypatch):
    wanted = [blueprint("1.0.0"), blueprint("1.1.0"), blueprint("1.0.0", Way.REAL)]
    first = store.build_many(wanted)
    monkeypatch.setattr(Uv, "run", lambda *_arguments, **_options: pytest.fail("uv was called"))

    assert EnvironmentStore(tmp_path / "store", index=index.url, constraints=HELD).build_many(wanted) == first


def test_releases_that_declare_the_same_share_their_dependencies(store):
    first, second, other = (store.build(blueprint(version)) for version in ("1.0.0", "1.1.0", "2.0.0"))

    assert first.python == second.python == other.python
    assert first.pythonpath != second.pythonpath
    assert [(entry.what, entry.way) for entry in store.list()] == [
        ("dependencies: fakedep", None),
        ("fakesdk 1.0.0", Way.OVERLAY),
        ("fakesdk 1.1.0", Way.OVERLAY),
        ("fakesdk 2.0.0", Way.OVERLAY),
    ]


def test_a_real_environment_is_resolved_anew_the_next_day(index, tmp_path):
    keys = {
        EnvironmentStore(tmp_path, index=index.url, today=day).build(blueprint("1.0.0", Way.REAL)).key
        for day in (date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 2))
    }

    assert len(keys) == 2


def test_another_index_is_another_environment(index, store, tmp_path):
    other = EnvironmentStore(
        tmp_path / "store", index=index.url.replace("127.0.0.1", "localhost"), constraints=HELD
    )

    assert store.build(blueprint("1.0.0")).key != other.build(blueprint("1.0.0")).key


def test_an_environment_sees_nothing_of_the_harness(store):
    assert run(store.build(blueprint("1.0.0")), "import pytest").startswith("ModuleNotFoundError")


def test_packages_are_compiled_and_share_their_bytecode(store):
    first, second = store.build(blueprint("1.0.0")), store.build(blueprint("1.2.0"))
    compiled = [next(built.pythonpath[0].glob("fakesdk/__pycache__/*.pyc")) for built in (first, second)]

    assert "packages/fakesdk/__init__.py" in run(first, "import fakesdk; print(fakesdk.__spec__.origin)")
    # The compiled code was made elsewhere, in a draft; what it says of itself is where it is.
    code = "import fakedep; print(fakedep.connect.__code__.co_filename)"
    assert run(first, code).startswith(str(first.python.parents[1]))
    assert compiled[0].stat().st_nlink == 2


def test_many_at_once_report_each_as_it_is_done(store):
    done = []
    wanted = [blueprint("1.0.0"), blueprint("3.0.0"), blueprint("1.0.0"), blueprint("1.1.0", Way.REAL)]

    results = store.build_many(wanted, lambda plan, result: done.append((plan, result)))

    assert dict(done) == results
    assert [(plan.version, isinstance(result, Built)) for plan, result in results.items()] == [
        ("1.0.0", True),
        ("3.0.0", False),
        ("1.1.0", True),
    ]


def test_the_shipped_constraints():
    assert shared_constraints() == ("httpx<0.28",)


def test_a_shared_constraint_gives_way_to_a_release_that_asks_for_more():
    held = ("httpx<0.28", "pydantic<3")
    assert held_to(held, ("httpx<1.0.0,>=0.28.1", "anyio>=4")) == ("pydantic<3",)
    assert held_to(held, ("httpx<1,>=0.23.0", "pydantic>=1.9")) == held
    assert held_to(held, ("HTTPX~=0.28.0", "pydantic==2.*")) == ("pydantic<3",)
