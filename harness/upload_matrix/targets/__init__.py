"""Who answers for real: any OpenAI-compatible base URL, described by a YAML file or the command line.

``spec`` and ``adhoc`` describe a target, ``upstream`` sends a request on once, ``sending`` with patience and
within a budget, ``models`` lists what a server has. Imports ``model`` only; the real key is read here
(``keys``), put into what is forwarded, and goes nowhere else.
"""
