"""A gateway between the client and the target: started or found, sent to, and listened to from behind.

``spec`` reads how it is given, ``process`` starts a command, ``gateway`` has the second tap that it forwards
to, takes one call through, and gives back what was forwarded for it.
"""
