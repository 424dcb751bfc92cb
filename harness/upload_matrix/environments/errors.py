"""What can keep an environment or a list of releases from being had; neither says anything about an upload.

* HarnessError
  * ReleasesError      the releases of a distribution cannot be listed
  * UnavailableError   an environment cannot be built here; its cases are ``unavailable``, never failed
"""

from __future__ import annotations

from upload_matrix.model.errors import HarnessError, UnavailableError

__all__ = ["ReleasesError", "UnavailableError"]


class ReleasesError(HarnessError):
    """The package index did not give a list of releases; the message says what was asked and the way out."""
