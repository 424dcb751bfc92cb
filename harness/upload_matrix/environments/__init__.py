"""Where a client runs: an interpreter with its packages and its mime table, and the probe inside it.

``process`` drives one probe program over its pipes, ``pool`` keeps one per environment and replaces what
died or hangs. Imports ``model`` only; the probe itself lives in ``probe`` and is never imported.
"""
