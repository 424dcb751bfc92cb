"""What a server, or a gateway, does with uploads: the same calls sent, each with one thing different.

``scenarios`` reads what is sent (data: ``scenarios.yaml``) and writes the requests, ``known`` says what the
vendor does with them, ``server`` asks a server, ``gateway`` has them pass a gateway with a tap behind it.
Imports everything below the front doors.
"""
