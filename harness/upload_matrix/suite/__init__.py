"""The test that ``upload-matrix run`` hands to pytest, and nothing else; it imports nothing."""
