"""Where a client runs: an interpreter with its packages and its mime table, and the probe inside it.

``probes`` drives probe programs over their pipes, one an environment, and replaces what died or hangs; the
probe itself lives in ``probe`` and is never imported. ``interpreters`` are found, ``index`` and ``npm`` list
releases, ``releases`` selects among them, ``store`` builds environments of them and ``kept`` keeps these.
"""
