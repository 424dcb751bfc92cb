"""Pages for people, each one self-contained HTML file without network: of a run, a sweep, a comparison of two
runs, an A/B, an isolation, a diagnosis.

May import the model, the analysis and the words the other reports use; nobody but a report's front
(``html_report``, ``sweep_html``, the command line) imports it. A page is a frame (``page``) with sections: to
add one, add a Python file in ``sections`` that says what it shows and a template of the same name in
``templates/sections``; a style sheet in ``assets/css`` or a script in ``assets/js`` of the same name is taken
in with it. A kind of page is a file ``*_page``; plots are numbers (``plots``) that ``templates/plots.html``
draws.
"""
