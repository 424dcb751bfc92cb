"""What an attempt that is over counts as, where its usage does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upload_matrix.model.money import NOTHING

if TYPE_CHECKING:
    from upload_matrix.model.money import Money


def charged(status: int | None, spent: Money | None, reserved: Money | None) -> Money | None:
    """USD to count for one attempt; None when its price is unknown.

    ``spent`` is its cost from usage (None without one), ``status`` the answer's (None without a whole one),
    ``reserved`` what it could cost at worst.
    """
    if spent is not None:
        # The server said what it used; that holds whatever else it said.
        return spent
    if status is not None and 300 <= status < 500:
        # The server looked at the request and turned it away: no picture was made, so there is nothing
        # to pay. That goes for 429 too: a rate limit refuses before the work begins.
        return NOTHING
    # 2xx without usage: it was made, and nobody says of how much. 5xx: a gateway may give up on a server
    # that goes on and charges. No whole answer: the request may have been served to the end.
    return reserved
