"""Asking live servers, in four steps: capture every request offline, plan, send, replay.

``planning`` captures with nobody to answer, and says what would be sent and what it may cost; ``sending``
asks within limits, each answer on disk before it is used; the replay is an ordinary run. May be imported by
the jobs that ask, the pytest plugin and the command line; imports ``run`` and what that may.
"""
