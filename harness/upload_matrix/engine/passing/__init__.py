"""A tap that lets a program's own calls through: every chunk is passed on as it comes, and kept beside it.

``server`` turns connections into requests that are read bit by bit, ``tap`` keeps routes apart, ``passage``
is one request's way through: to a real server by ``forward``, or to whoever is named. ``forms`` and ``parts``
make the wire form while the body passes, ``spool`` keeps bodies, large ones on disk. Imports
``upload_matrix.model``, h11, httpcore and the multipart package; knows no other room of the engine.
"""
