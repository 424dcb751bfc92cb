"""The pytest plugin: parametrized cases in a user's own test function, and the report at the end.

``options`` declares and reads the options, ``cases`` makes cases of matrices and holds the fixture's value,
``state`` is what a process holds and what crosses between processes, ``coordinator`` writes the report,
``hooks`` is what pytest loads.
"""
