"""The sections of pages, one file each; the template of the same name says how it looks.

May import what ``harness.reports.html`` may. A file exposes ``TITLE``, ``ORDER`` (its place, small first)
and ``of_run``, ``of_sweep`` or ``of_comparison``; ``conclusions`` is the shortest to copy.
"""
