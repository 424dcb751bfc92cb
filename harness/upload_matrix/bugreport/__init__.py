"""Bug reports: a ``Story`` written down as a folder of files, repros in several languages among them.

``reporting`` is what others call and runs the repros, ``folder`` makes the files; a repro's language is one
file (``repro_*.py``), an issue form one template.
"""
