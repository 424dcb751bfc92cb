"""Running somebody's own program with its uploads in view: what it sent, what was said to it, and the fix.

``command`` is the way in: ``inspect_command(argv, settings)``. ``routes`` says which variables point where
and who answers, ``calls`` who is calling and what a request means, ``saved`` is a request as files,
``as_case`` makes a matrix of one. May be imported by ``isolate``, ``diagnose`` and the command line.
"""
