"""What stands on the wire, whoever sent it: its form, its reader and writer, and what differs between two.

``form`` is the canonical request, ``read`` makes one of bytes as they come, ``write`` makes bytes of one;
``difference`` compares two, ``splice`` builds what lies between them and ``fixes`` what may pass instead.
Pure. Imports nothing but ``upload_matrix.model``'s codec, errors and answers.
"""
