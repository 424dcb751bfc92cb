"""A static site over many reports: an index, a page a matrix with its history, a page a run and a sweep.

May import ``reports``, ``analysis`` and ``model``; only the command line imports it. The way: ``reading``
finds the reports, ``entries`` and ``stories`` say what a page needs of them, ``index_page`` and
``matrix_page`` lay it out, ``frame`` makes HTML of it, ``build`` writes. Nothing in a site but its
reports' own times depends on when or where it was built.
"""
