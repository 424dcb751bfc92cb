"""Which models a server has, and until when: read from its own list, so that a run asks a living one.

The list is asked for through any ``ask``: ``Upstream.ask``, ``Sender.ask`` or the emulator's answerer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import Any

from upload_matrix import vendors
from upload_matrix.model.answer import Answer, NoAnswer, api_error
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError, UnavailableError
from upload_matrix.targets.spec import Api, TargetSpec
from upload_matrix.wire.coding import plain_body
from upload_matrix.wire.form import Captured, Framing, WireForm

AUTO = "auto"
"""What a matrix gives as its model to have one picked."""

_VERSION = re.compile(r"\d+(?:\.\d+)?")
_SNAPSHOT = re.compile(r"-(20\d\d-\d\d-\d\d)$")
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as its server lists it. ``created`` is in Unix seconds.

    From the day ``shutdown`` on it answers no more; None when no day is known.
    """

    id: str
    created: int = 0
    shutdown: date | None = None

    def living(self, today: date) -> bool:
        """Whether it answers on that day."""
        return self.shutdown is None or today < self.shutdown


def models_request(path: str) -> Captured:
    """``GET path``, as a client would send it."""
    head = f"GET {path} HTTP/1.1\r\nAccept: application/json\r\n\r\n".encode()
    wire = WireForm("GET", path, Framing.NONE)
    return Captured(head, ((b"Accept", b"application/json"),), b"", wire, complete=True)


def fetch_models(
    ask: Callable[[Captured], Answer | NoAnswer], target: str, path: str = "/v1/models"
) -> tuple[ListedModel, ...]:
    """The models that ``target`` lists under ``path``, in its order.

    Raises UnavailableError when there is no answer, and ConfigurationError when it is a refusal or no list
    of models.
    """
    reply = ask(models_request(path))
    if isinstance(reply, NoAnswer):
        raise UnavailableError(f"the models of {target} cannot be listed: {reply.says}")
    body = plain_body(reply)
    if reply.status == 429 or reply.status >= 500:
        raise UnavailableError(f"the models of {target} cannot be listed: it answers {reply.status}")
    if reply.status != 200:
        said = api_error(body).message or "nothing more"
        raise ConfigurationError(
            f"the models of {target} cannot be listed: {path} answers {reply.status} ({said[:200]}); name a "
            "model yourself, or see key and `models_path` of the target"
        )
    try:
        return read_models(body)
    except ValueError as error:
        raise ConfigurationError(
            f"the models of {target} cannot be listed: {path} answers no list of models ({error}); name a "
            "model yourself, or see `models_path` of the target"
        ) from error


def models_path(spec: TargetSpec) -> str:
    """Where a target lists its models, as ``fetch_models`` takes it."""
    return spec.root + spec.models_path


def read_models(body: bytes) -> tuple[ListedModel, ...]:
    """The models of an answer to ``GET models``; raises ValueError when it is none.

    Reads OpenAI's ``shutdown_date`` (an ISO date, a moment or Unix seconds) and Azure's
    ``deprecation.inference`` (Unix seconds; Azure's REST reference, "Models - List").
    """
    document = parsed(body)
    entries = document.get("data") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("there is no `data` with models")  # noqa: TRY004 - it is the body's value
    return tuple(
        _model(entry) for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)
    )


def pick(models: Sequence[ListedModel], today: date) -> ListedModel:
    """The newest living model whose name fits: by ``created``, then by the number in its name.

    Of one made at the same time, the plain name comes before its dated snapshot, then the alphabet
    decides. Raises ConfigurationError when none is alive.
    """
    images = _image_models(models)
    living = [model for model in images if model.living(today)]
    if not living:
        gone = ", ".join(f"{model.id} ended {model.shutdown}" for model in images[:_SHOWN])
        raise ConfigurationError(
            f"model {AUTO}: no living image model is listed ({gone or 'none at all'}); name one yourself"
        )
    return min(living, key=_newest_first)


def retired(model: str, models: Sequence[ListedModel], today: date) -> str | None:
    """A sentence when the server itself says that ``model`` has ended; None otherwise."""
    listed = next((entry for entry in models if entry.id == model), None)
    if listed is None or listed.living(today):
        return None
    return f"the model {model} was shut down on {listed.shutdown}; {_instead(models, today)}"


def unlisted(model: str, models: Sequence[ListedModel], today: date, api: Api = Api.OPENAI) -> str | None:
    """A sentence when ``model`` is not in the server's list; None otherwise, and always with Azure.

    That is no proof: it may be new, misspelt or closed to this key. OpenAI takes models that have ended off
    its list. Azure lists models, but is asked for deployments, whose names are their owner's.
    """
    if api is Api.AZURE or any(entry.id == model for entry in models):
        return None
    return (
        f"the model {model} is not among the {len(models)} that the server lists: shut down, misspelt, or "
        f"not open to this key; {_instead(models, today)}"
    )


def ending(model: str, models: Sequence[ListedModel], today: date, days: int = 30) -> str | None:
    """A sentence when ``model`` still lives but ends within ``days``; None otherwise."""
    listed = next((entry for entry in models if entry.id == model), None)
    if listed is None or listed.shutdown is None or not listed.living(today):
        return None
    if (listed.shutdown - today).days > days:
        return None
    others = [entry for entry in models if entry.id != model]
    return f"the model {model} ends on {listed.shutdown}; {_instead(others, today)}"


def _instead(models: Sequence[ListedModel], today: date) -> str:
    living = sorted((model for model in _image_models(models) if model.living(today)), key=_newest_first)
    if not living:
        return "no living image model is listed"
    more = f" and {len(living) - _SHOWN} more" if len(living) > _SHOWN else ""
    return f"living image models: {', '.join(model.id for model in living[:_SHOWN])}{more}"


def _image_models(models: Sequence[ListedModel]) -> list[ListedModel]:
    patterns = [pattern for vendor in vendors.known() for pattern in vendor.image_models]
    return [model for model in models if any(fnmatchcase(model.id, pattern) for pattern in patterns)]


def _newest_first(model: ListedModel) -> tuple[int, float, bool, str]:
    version = _VERSION.search(model.id)
    return -model.created, -float(version[0] if version else 0), bool(_SNAPSHOT.search(model.id)), model.id


def _model(entry: dict[str, Any]) -> ListedModel:
    created = entry.get("created", entry.get("created_at"))
    deprecation = entry.get("deprecation")
    inference = deprecation.get("inference") if isinstance(deprecation, dict) else None
    return ListedModel(
        id=entry["id"],
        created=int(created) if isinstance(created, (int, float)) else 0,
        shutdown=_day(entry.get("shutdown_date", inference)),
    )


def _day(value: Any) -> date | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value).date()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC).date()
    return None
