"""Building requests that lie between two captured ones: what differs, and real bytes with some of it changed.

Everything here is pure. Imports ``model`` and the multipart package (for header options), nothing of
the engine's other rooms; whoever sends a crafted request may read it back with the tap's parser first.
"""
