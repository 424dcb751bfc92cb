"""Pages for people: a run, a sweep or a comparison as one self-contained HTML file without network.

May import the model, the analysis and the words the other reports use; nobody but a report's front
(``html_report``, the command line) imports it. A page is a frame (``page``) with sections: to add one, add
a Python file in ``sections`` that says what it shows and a template of the same name in
``templates/sections``; a style sheet in ``assets/css`` or a script in ``assets/js`` of the same name is
taken in with it.
"""
