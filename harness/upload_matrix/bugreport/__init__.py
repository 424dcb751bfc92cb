"""Bug reports: a ``Story`` written down as a folder of files, repros in several languages among them.

Pure: no file is read but templates, and none written. ``folder`` is what others call; a repro's language is
one file (``repro_*.py``), an issue form one template. Imports ``model`` and the other reports.
"""
