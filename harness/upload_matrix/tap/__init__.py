"""The loopback servers that clients and programs talk to: a request is captured, then answered or passed on.

``http`` is the one server, ``server`` keeps cases apart and takes requests whole. ``passing`` lets a
program's own calls through, chunk by chunk, to a real server by ``forward`` or to whoever is named, and
``spool`` keeps bodies. This room knows nothing of who answers.
"""
