"""Which single difference on the wire decides, found by asking: two requests in, a cause out.

``subject`` is a failing request with where it came from, ``asker`` asks (recordings first, within limits),
``isolated`` looks for a passing request and runs the search between the two. May be imported by ``diagnose``
and the command line; imports the jobs below it.
"""
