"""Which single difference on the wire decides, found by asking: two requests in, a cause out.

``subject`` is a failing request with where it came from, ``ends`` looks for a passing one, ``asker`` asks
(recordings first, within limits), ``isolated`` runs the search. May be imported by ``session.diagnosing`` and
the command line; imports what ``session`` may.
"""
