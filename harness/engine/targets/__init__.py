"""Who answers: the emulator, or any OpenAI-compatible base URL. One YAML file describes a live target.

``spec`` reads the descriptions, ``emulated`` and ``upstream`` ask. Imports ``model`` and the emulator;
the real key is read here, in the forwarder, and goes nowhere else.
"""
