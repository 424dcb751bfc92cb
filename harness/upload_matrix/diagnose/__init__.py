"""The playbook of a failing call: suspects one after the other, the cheapest first, until one is proven.

``playbook`` is the order, ``steps`` what is done for each suspect, ``program`` runs somebody's program and
the one that sends the fix. May be imported by the command line; imports the other jobs.
"""
