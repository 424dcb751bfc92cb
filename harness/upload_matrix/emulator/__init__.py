"""The emulator: a rule-driven local stand-in that judges a wire form and never passes for the vendor.

Rules are dated data in ``vendors/NAME/profiles`` (``vendors/profiles.md`` says how to write one). Everything
here is pure but the reading of those files.
"""
