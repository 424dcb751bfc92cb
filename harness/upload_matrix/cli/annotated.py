"""Beside a line of the matrix: what is wrong with it, where GitHub Actions runs the command."""

from __future__ import annotations

from collections.abc import Mapping

from upload_matrix.model.errors import MatrixError


def annotated(error: Exception, environ: Mapping[str, str]) -> str:
    """Workflow commands for a matrix that is at fault; empty elsewhere, and for any other error."""
    if not isinstance(error, MatrixError) or environ.get("GITHUB_ACTIONS") != "true":
        return ""
    from upload_matrix.report.annotations import of_problems

    return of_problems(error.problems)
