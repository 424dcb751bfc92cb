"""Running somebody's own program with its uploads in view: what it sent, what was said to it, and the mend.

``command`` is the way in: ``inspect_command(argv, settings)``. ``routes`` says which variables point where,
``callers`` who is calling, ``calls`` what a request means, ``saved`` is a request as files, ``as_case`` makes
a matrix of one. May be imported by the command line and other rooms of the session; imports what they may.
"""
