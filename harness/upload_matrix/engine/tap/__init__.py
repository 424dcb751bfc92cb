"""The loopback server every client talks to: it captures each attempt byte for byte, then has it answered.

``http`` turns connections into requests, ``multipart`` and ``wireforms`` turn a request into its wire
form, ``server`` keeps cases apart. Imports ``model`` and h11; knows nothing of who answers.
"""
