"""Pages for people, each one self-contained HTML file without network: of a run, a sweep, a comparison of two
runs, an A/B, an isolation, a diagnosis.

May import the model, the judgements and the words the other reports use; nobody but a report's front
(``html_report``, the command line, the site) imports it. A page is a frame (``page``) with
sections: to add one, name it in its page's list (``*_page``), beside what it shows, and add a template of
that name in ``templates/sections``; a style sheet in ``assets/css`` of the same name is taken in with it.
Plots are numbers (``plots``) that ``templates/plots.html`` draws.
"""
