"""Views of a finished run: JSON (the truth), Markdown, JUnit, and the texts shown in a terminal.

Imports ``model`` and ``analysis``, is imported by the front. A report is one file in this folder that
exposes ``NAME``, ``SUFFIX`` and ``render(run) -> str`` (see ``registry``); add a file to add a report.
"""
