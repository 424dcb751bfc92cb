"""A view: one readable report that prints, and that a notebook shows."""

from __future__ import annotations

from upload_matrix.report.document import Readable, markdown, terminal


class View:
    """Something to read. ``str`` gives what a terminal shows, Jupyter shows the same with tables."""

    def readable(self) -> Readable:
        """Its title, tables and sentences, for every way in which it is shown."""
        raise NotImplementedError

    def markdown(self) -> str:
        """It as Markdown, for an issue or a pull request."""
        return markdown(self.readable())

    def __str__(self) -> str:
        return terminal(self.readable())

    def _repr_markdown_(self) -> str:
        return self.markdown()
