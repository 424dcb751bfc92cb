"""What the evidence means: outcome, verdict, findings, deciding differences, grouping, comparison.

Pure functions over ``upload_matrix.model``, which is all this room may import; reports and front import it.
"""
