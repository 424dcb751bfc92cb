"""Carriers: the ways in which a file stands in a request, a file each.

Each has ``uploads``, which yields an ``Upload`` for every file that it finds in what it is handed; for the
rest of the program an upload is one thing, whatever carries it. ``multipart`` is the one to copy.
May be imported by ``wire`` and all above it.
"""
