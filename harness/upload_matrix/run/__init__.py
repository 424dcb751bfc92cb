"""A run of cases: joins the matrix, the engine and the analysis into results, for both front doors.

``settings`` says what a run needs, ``vocabulary`` gathers the words a matrix may use, ``instruction``
turns a case into a line for the probe, ``session`` runs cases one by one, ``collect`` makes the run of
their results. Imports every room but the front doors and the reports.
"""
