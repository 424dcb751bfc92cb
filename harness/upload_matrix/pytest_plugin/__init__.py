"""The pytest plugin: parametrized cases in a user's own test function, and the report at the end.

``options`` declares and reads the switches, ``parametrize`` makes cases of matrices, ``case`` is the
fixture's value, ``records`` carries results between processes, ``hooks`` is what pytest loads. One of the
two front doors: it may import every room.
"""
