"""What is known of servers, as ``upload-matrix facts`` has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upload_matrix.api.view import View
from upload_matrix.facts.fact import Fact
from upload_matrix.facts.read import all_facts, selected
from upload_matrix.report.document import Readable
from upload_matrix.report.facts_report import list_report


@dataclass(frozen=True, repr=False)
class FactsView(View, Sequence[Fact]):
    """Facts: a sequence of ``Fact``, each one upload and its answer with who saw it; shown as a table."""

    facts: tuple[Fact, ...]

    def __getitem__(self, index: int | slice) -> Fact | FactsView:  # type: ignore[override]
        """A fact, or some of them."""
        return FactsView(self.facts[index]) if isinstance(index, slice) else self.facts[index]

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    def __len__(self) -> int:
        return len(self.facts)

    def readable(self) -> Readable:
        """A row a fact."""
        return list_report(self.facts)


def find_facts(
    vendor: str | None = None,
    operation: str | None = None,
    *,
    model: str | None = None,
    carrier: str | None = None,
    declared: str | None = None,
    sniffed: str | None = None,
    grade: str | None = None,
    accepted: bool | None = None,
) -> FactsView:
    """The facts of which all that is asked for is known and so.

    ``model`` may be a pattern (``gpt-4o*``); ``declared`` is the media type that the upload was given,
    ``sniffed`` the format of its bytes (``webp``), ``carrier`` how it travelled (``multipart``,
    ``data-url``, ...), ``grade`` how sure it is (``live-recorded``, ``documented``, ``reported``). Raises
    ConfigurationError for a vendor or operation that no fact is about.
    """
    return FactsView(
        selected(
            all_facts(),
            vendor=vendor,
            operation=operation,
            model=model,
            carrier=carrier,
            declared=declared,
            sniffed=sniffed,
            grade=grade,
            accepted=accepted,
        )
    )
