"""A run of cases: matrix, answers and judging joined into results; and a sweep over many releases of the SDK.

``loading`` goes from paths to cases, ``session`` runs them one by one, ``collect`` makes the run of their
results; ``sweeping`` does a sweep, whose releases an executor of ``measure`` or ``cluster`` measures. May be
imported by the other jobs, the pytest plugin and the command line.
"""
