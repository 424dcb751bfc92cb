"""The sections of pages, one file each; the template of the same name says how it looks.

May import what ``reports.html`` may. A file exposes ``TITLE``, ``ORDER`` (its place, small first)
and one or more of ``of_run``, ``of_sweep``, ``of_comparison``, ``of_ab``, ``of_isolation``, ``of_diagnosis``
and ``of_measured`` (a run with the times of its live calls); ``conclusions`` is the shortest to copy.
"""
