"""The value of the fixture ``upload_case``: one case, run and judged when the test asks for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from upload_matrix.model.case import Case
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import CaseResult, VerdictKind
from upload_matrix.report.text import explain
from upload_matrix.report.wording import printed
from upload_matrix.run.session import Session


class UploadCase:
    """One cell of the matrix in a test.

    ``check()`` runs it and fails the test when it is not as the matrix expects; a known failure is an
    expected failure, an environment that is not here a skip. ``run()`` gives the result to look at.
    """

    def __init__(
        self,
        case: Case,
        session: Session,
        done: Callable[[CaseResult], None],
        following: Case | None = None,
    ) -> None:
        self.case = case
        self._following = following
        self._session = session
        self._done = done
        self._result: CaseResult | None = None

    def __repr__(self) -> str:
        return f"<upload case {self.case.id}>"

    def run(self) -> CaseResult:
        """Run the case, once; raises ConfigurationError when it cannot be set up."""
        if self._result is None:
            self._result = self._session.run(self.case, self._following)
            self._done(self._result)
        return self._result

    def check(self) -> CaseResult:
        """Run the case and compare it with the matrix's expectation."""
        result = self.run()
        verdict = result.verdict.kind
        if verdict is VerdictKind.AS_EXPECTED:
            return result
        if verdict is VerdictKind.KNOWN_FAILURE:
            pytest.xfail(printed(result.verdict.because or "known failure"))
        if result.outcome.kind is OutcomeKind.UNAVAILABLE:
            pytest.skip(printed(result.outcome.detail or "environment not available"))
        pytest.fail(printed(explain(result, self._session.wires)), pytrace=False)
