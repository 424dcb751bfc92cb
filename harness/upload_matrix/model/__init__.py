"""The words everything else speaks: case, operation, exchange, answer, outcome, verdict, finding, result.

Frozen data and pure functions, no input or output; ``codec`` makes a document of a type, and its schema.
"""
