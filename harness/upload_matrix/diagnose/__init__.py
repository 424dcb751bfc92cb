"""The playbook of a failing call: suspects one after the other, the cheapest first, until one is proven.

``playbook`` is the order, ``steps`` what is done, ``bench`` what they share. ``command`` takes a failing
request from somebody's program, ``releases`` and ``mending`` try other SDK releases and the mend. May be
imported by the command line; imports what ``session`` may, ``isolating`` and ``inspecting`` among it.
"""
