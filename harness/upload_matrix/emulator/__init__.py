"""The emulator: a rule-driven local stand-in that judges a wire form and never passes for the vendor.

Rules are dated data in ``vendors/NAME/profiles`` (whose README.md says how to write one); everything here
is pure but the reading of those files, and imports only ``upload_matrix.model``.
"""
