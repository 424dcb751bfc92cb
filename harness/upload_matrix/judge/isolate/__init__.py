"""Isolation: which changes between a passing and a failing request decide, found by asking few questions.

Pure: what to ask next follows from what was answered, and somebody else asks (``isolate`` in ``drive`` shows
how). Imports ``upload_matrix.model`` and, for words and labels, its neighbours in ``upload_matrix.judge``.
"""
