"""The words everything else speaks: case, wire form, exchange, answer, outcome, verdict, finding, result.

Frozen data and pure functions, no input or output. Imports nothing else of this package.
"""
