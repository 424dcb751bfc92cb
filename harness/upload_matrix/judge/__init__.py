"""What the evidence means: outcome, verdict, findings, deciding differences, grouping, comparison.

Pure functions over what ``model`` and ``wire`` hold.
"""
