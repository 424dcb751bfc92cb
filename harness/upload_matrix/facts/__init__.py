"""What is known of the servers: facts as data, in ``vendors/NAME/evidence``, and their one reader.

A fact is what one upload declared and what the answer showed, with who saw it; it is not a rule.
"""
