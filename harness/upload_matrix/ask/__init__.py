"""Asking live servers, in four steps: capture every request offline, plan, send, replay.

``capture`` runs cases with nobody to answer; ``planning`` says what would be sent and what it may cost;
``sending`` asks, within limits, each answer on disk before it is used; the replay is an ordinary run. May be
imported by the plugin and the command line, and imports what ``session`` may.
"""
