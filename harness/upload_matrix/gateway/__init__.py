"""A gateway between the client and the target: started or found, sent to, and listened to from behind.

``spec`` reads how it is given, ``process`` starts a command, ``behind`` is the second tap that the gateway
forwards to, ``gateway`` takes one call through and gives back what was forwarded for it. Imports
``upload_matrix.model``, and of the engine's rooms the tap's HTTP server and the targets' forwarder.
"""
