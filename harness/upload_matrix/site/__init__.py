"""A static site over many reports: an index, a page a matrix with its history, a page a run and a sweep.

May import ``report``, ``judge`` and ``model``; only the command line imports it. The way: ``reading`` finds
the reports, ``stories`` follows each matrix through them, ``pages`` makes HTML of it, ``build`` writes.
Nothing in a site but its reports' own times depends on when or where it was built.
"""
