"""The models of live targets, before anything is sent: which live, and what ``model: auto`` stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from upload_matrix.answers.answering import Answering
from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.plan import Plan
from upload_matrix.recordings import RecordMode
from upload_matrix.run.loading import Loaded, asks_auto, keep_model
from upload_matrix.targets.models import (
    AUTO,
    ListedModel,
    ending,
    fetch_models,
    models_path,
    pick,
    retired,
    unlisted,
)
from upload_matrix.targets.spec import Api, TargetSpec


@dataclass(frozen=True, slots=True)
class ModelWords:
    """What targets list, by name; ``silent`` says why one lists nothing."""

    targets: Mapping[str, TargetSpec]
    listed: Mapping[str, tuple[ListedModel, ...]] = field(default_factory=dict)
    emulated: frozenset[str] = frozenset()
    silent: Mapping[str, str] = field(default_factory=dict)

    def warnings(self, plan: Plan, today: date) -> Iterator[str]:
        """What is to be said of the models that would be asked, each once."""
        asked = dict.fromkeys(
            (wanted.target, wanted.model) for wanted in plan.wanted if wanted.samples and not wanted.free
        )
        for target, model in asked:
            listed = self.listed.get(target)
            if listed is None or model is None:
                continue
            api = self.targets[target].api
            said = (
                retired(model, listed, today)
                or unlisted(model, listed, today, api)
                or ending(model, listed, today)
            )
            if said is not None:
                yield f"! {target}: {said}"
        for target, why in self.silent.items():
            yield f"! {target}: whether its models are alive is not known: {why}"


def models_of(
    loaded: Loaded, answering: Answering, targets: Mapping[str, TargetSpec], mode: RecordMode
) -> ModelWords:
    """Ask each live target that may be sent something for its models; that costs nothing.

    A target that does not say is no error yet: only ``model: auto`` needs the list.
    """
    listed: dict[str, tuple[ListedModel, ...]] = {}
    silent: dict[str, str] = {}
    emulated: set[str] = set()
    if mode is RecordMode.NONE:
        return ModelWords(targets)
    for target in dict.fromkeys(case.target for case in loaded.cases):
        spec = targets.get(target)
        if spec is None:
            if any(asks_auto(case) for case in loaded.cases if case.target == target):
                listed[target] = fetch_models(answering.direct(target), target)
                emulated.add(target)
            continue
        if spec.provenance is Provenance.EMULATED:
            emulated.add(target)
        try:
            listed[target] = fetch_models(answering.direct(target), target, models_path(spec))
        except HarnessError as error:
            silent[target] = str(error)
    return ModelWords(targets, listed, frozenset(emulated), silent)


def pick_models(loaded: Loaded, words: ModelWords, cassettes: Path, mode: RecordMode) -> dict[str, str]:
    """A living image model for each target with ``model: auto``, written down beside its recordings.

    With mode ``none`` nothing is picked: what was written down counts. Raises ConfigurationError when no
    model can be picked.
    """
    if mode is RecordMode.NONE:
        return {}
    today = datetime.now(tz=UTC).date()
    picked: dict[str, str] = {}
    for target in dict.fromkeys(case.target for case in loaded.cases if asks_auto(case)):
        spec = words.targets.get(target)
        if spec is not None and spec.api is Api.AZURE:
            raise ConfigurationError(
                f"model: {AUTO}: {target} is asked for deployments, whose names are your own; name one"
            )
        if target not in words.listed:
            raise ConfigurationError(f"model: {AUTO}: {words.silent.get(target, 'no list of models')}")
        picked[target] = pick(words.listed[target], today).id
        keep_model(cassettes, target, picked[target], today=today, emulated=target in words.emulated)
    return picked
