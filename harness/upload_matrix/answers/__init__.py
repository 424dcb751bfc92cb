"""The machinery: pictures, environments with their probes, the tap, and who answers.

All input and output of a run happens here. Imports ``model`` only; the rooms do not judge anything.
"""
