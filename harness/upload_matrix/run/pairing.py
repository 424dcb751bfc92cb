"""The two cases of an A/B comparison: found by their ids, or one made from the other with a thing changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from upload_matrix.answers.answering import EMULATOR
from upload_matrix.files import closest, hint
from upload_matrix.model.case import Case, case_id
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.run.loading import Loaded

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Changes:
    """What B has other than A: its target, its SDK release, text fields of its request."""

    target: str | None = None
    sdk: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.target is not None or self.sdk is not None or bool(self.fields)


@dataclass(frozen=True, slots=True)
class Pair:
    """The cases to compare, and the ``controls`` that go with them in every round."""

    a: Case
    b: Case
    controls: tuple[Case, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """All of them as they go in a round: the controls first."""
        return (*self.controls, self.a, self.b)


def find_case(words: str, cases: Sequence[Case]) -> Case:
    """The case with this id, or the only one whose id holds the words of this one in order.

    So ``tuple3/webp`` may stand for ``mine/images.edit/httpx/tuple3/webp/builtin``. Raises ConfigurationError
    when there is none or more than one.
    """
    exact = [case for case in cases if case.id == words]
    found = exact or [case for case in cases if _holds(case.id.split("/"), words.split("/"))]
    if len(found) == 1:
        return found[0]
    if not found:
        known = {word for case in cases for word in case.id.split("/")}
        meant = "/".join(closest(word, known) or word for word in words.split("/"))
        nearest = f" Did you mean {meant!r}?" if meant != words else ""
        raise ConfigurationError(f"no case is called {words!r}; `upload-matrix cases` lists them.{nearest}")
    named = "\n  ".join(case.id for case in found[:_SHOWN])
    more = f"\n  and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise ConfigurationError(f"{words!r} fits {len(found)} cases; give more of the id:\n  {named}{more}")


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    left = iter(words)
    return all(word in left for word in wanted)


def pair_of(
    cases: Sequence[Case],
    targets: Collection[str],
    a: str,
    b: str | None,
    changes: Changes,
    controls: Sequence[str] = (),
) -> Pair:
    """The pair: ``b`` None makes B of A; ``changes`` are B's. ``controls`` name cases known to pass, else the
    cases without an upload that share target and model are taken. ``targets`` are the names there are.

    Raises ConfigurationError when a case cannot be found or B would be A.
    """
    first = find_case(a, cases)
    second = _changed(first if b is None else find_case(b, cases), changes, targets)
    if second.id == first.id:
        raise ConfigurationError(
            f"{first.id}: A and B are the same case; name another, or say what B has other than A with "
            "--target-b, --model-b, --sdk-b or --set-b FIELD=VALUE"
        )
    if controls:
        named = tuple(find_case(words, cases) for words in controls)
    else:
        named = _controls(cases, (first, second), changes)
    others = {case.id: case for case in named if case.id not in (first.id, second.id)}
    return Pair(first, second, tuple(others.values()))


def targets_of(loaded: Loaded) -> tuple[str, ...]:
    """The names of all targets a case may have."""
    return (*loaded.targets, *(f"{EMULATOR}{name}" for name in loaded.profiles))


def _changed(case: Case, changes: Changes, targets: Collection[str]) -> Case:
    axes, request = dict(case.axes), dict(case.request)
    for name, text in changes.fields.items():
        if name not in case.operation.text_fields:
            way_out = hint(name, case.operation.text_fields)
            raise ConfigurationError(
                f"--set-b {name}: {case.operation.name} has no such text field; {way_out}"
            )
        # An axis of its own tells the cases apart where the matrix has none.
        axes[name] = request[name] = text
    if changes.target is not None:
        _check_target(changes.target, targets)
        axes["target"] = changes.target
    if changes.sdk is not None:
        axes["sdk"] = changes.sdk
    # What the matrix expects is expected of its own cases, not of one made here.
    own = case if not changes else replace(case, expectations=(), known_failures=())
    return replace(
        own, id=case_id(case.matrix, axes), axes=axes, request=request, target=changes.target or case.target
    )


def _check_target(target: str, known: Collection[str]) -> None:
    if target not in known:
        raise ConfigurationError(
            f"--target-b {target}: no target is called so; {hint(target, sorted(known))}"
        )


def _controls(cases: Sequence[Case], pair: tuple[Case, Case], changes: Changes) -> tuple[Case, ...]:
    """For each of the pair a case without an upload that is asked of its target with its model.

    One with its client is taken before another: then no further client has to be started.
    """
    found: list[Case] = []
    without = [case for case in cases if case.operation.upload is None]
    for one in pair:
        # B's target or model may be one that the matrix has no control for: then A's stands in, changed.
        stood_in = [_as_asked(case, one) for case in without] if changes else []
        fitting = [case for case in (*without, *stood_in) if _speaks_for(case, one)]
        found += sorted(fitting, key=lambda case: case.axis("client") != one.axis("client"))[:1]
    return tuple(found)


def _as_asked(control: Case, one: Case) -> Case:
    axes, request = dict(control.axes), dict(control.request)
    model = one.request.get("model")
    if model is not None and request.get("model") != model:
        axes["model"], request["model"] = str(model), model
    if control.target != one.target:
        axes["target"] = one.target
    return replace(
        control,
        id=case_id(control.matrix, axes),
        axes=axes,
        request=request,
        target=one.target,
        expectations=(),
        known_failures=(),
    )


def _speaks_for(control: Case, one: Case) -> bool:
    return control.target == one.target and control.request.get("model") == one.request.get("model")
