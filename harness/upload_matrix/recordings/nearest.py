"""The recorded wire form closest to one that has no recording: where a reader starts to look."""

from __future__ import annotations

from collections.abc import Iterable

from upload_matrix.model.wire import WireForm
from upload_matrix.model.wirediff import Delta, diff


def nearest(form: WireForm, recorded: Iterable[WireForm]) -> tuple[WireForm, tuple[Delta, ...]] | None:
    """The closest of ``recorded`` and what separates it from ``form``; None when there is none at all.

    Forms of the same method and path come before all others, then fewer differences, then the digest.
    """
    forms = list(recorded)
    same = [other for other in forms if (other.method, other.path) == (form.method, form.path)]
    compared = [(other, diff(other, form)) for other in same or forms]
    return min(compared, key=lambda pair: (len(pair[1]), pair[0].digest), default=None)
