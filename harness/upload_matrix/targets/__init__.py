"""Who answers for real: any base URL that speaks a known API, described by a YAML file or the command line.

``spec`` describes a target, ``upstream`` sends a request on once, ``sending`` with patience and within a
budget, ``models`` lists what a server has. The real key is read here (``keys``), put into what is forwarded,
and goes nowhere else.
"""
