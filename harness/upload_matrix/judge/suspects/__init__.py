"""The suspects of a failing call: what the evidence on each says. Pure, one file a suspect.

A file has a ``NUMBER`` and a ``NAME`` and a function ``judge`` that is handed what was found out and gives an
``Inquiry`` without its costs, which whoever asked knows. ``verdict`` sums up.
"""
